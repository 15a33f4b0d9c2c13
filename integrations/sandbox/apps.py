"""The one app of the stand-in."""

from django.apps import AppConfig


class SandboxConfig(AppConfig):
    """Label ``sandbox``; installed only by ``integrations.sandbox.settings``."""

    name = "integrations.sandbox"
    label = "sandbox"
    default_auto_field = "django.db.models.BigAutoField"
