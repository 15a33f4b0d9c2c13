"""The stand-in Zendesk, and a small stand-in for the platform.

It runs as a Django project of its own, with its own database, in a process of
its own. The product reaches it through HTTP only and never imports it.
"""
