"""Assist Mode: drafts for agents, as internal notes on tickets that were opened in Zendesk."""
