"""Failures grouped by cause: found, kept, explained, worked on."""
