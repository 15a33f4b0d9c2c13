"""Knowledge: the Help Center copied, kept in step and searched."""
