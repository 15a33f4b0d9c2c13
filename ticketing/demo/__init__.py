"""The demo: an organization connected to the stand-in Zendesk, and a morning's conversations played into both.

Nothing here is drawn: every session goes through the platform's API and every answer through the stand-in.
"""
