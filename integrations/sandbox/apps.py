"""The one app of the stand-in."""

from django.apps import AppConfig


class SandboxConfig(AppConfig):
    """Label ``sandbox``; installed only by ``integrations.sandbox.settings``."""

    name = "integrations.sandbox"
    label = "sandbox"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Lets the Agent Workspace see what becomes of its tickets."""
        from integrations.sandbox.desk import tickets
        from integrations.sandbox.sunshine.switchboard import end_solved

        tickets.watchers.append(end_solved)
