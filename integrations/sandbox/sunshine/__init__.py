"""The stand-in's Sunshine Conversations: ``/<sub>/sc/v2/…``, its events, and the Agent Workspace behind it."""
