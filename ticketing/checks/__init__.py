"""The doctor's checks of sessions, handoffs and tickets; `catalog` gives them to the registry."""
