"""Doing again what failed: what would happen first, then a job."""
