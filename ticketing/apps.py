from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TicketingConfig(AppConfig):
    """What the product does with sessions and tickets."""

    name = "ticketing"
    verbose_name = _("Ticketing")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from ticketing import handlers

        handlers.register()
