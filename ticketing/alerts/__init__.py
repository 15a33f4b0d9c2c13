"""Alerts: what an organization is told of by email or signed webhook, and what was told."""
