from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TicketingConfig(AppConfig):
    """What the product does with sessions and tickets."""

    name = "ticketing"
    verbose_name = _("Ticketing")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from opencx_admin.orgs.nav import register_count
        from integrations.hooks import after_verify
        from ticketing import handlers, metrics
        from ticketing.knowledge.sources import queue_waiting
        from ticketing.fields.standing import count_problems
        from ticketing.reading.handoff_list import count_needing_person

        handlers.register()
        metrics.register_figures()
        after_verify.append(queue_waiting)
        register_count("/handoffs/", count_needing_person)
        register_count("/settings/ticketing/ai-fields/", count_problems)
