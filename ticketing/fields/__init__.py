"""AI fields: the account's ticket fields read, watched, filled at the handoff, learned from, tried, filled later."""
