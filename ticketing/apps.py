from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TicketingConfig(AppConfig):
    """What the product does with sessions and tickets."""

    name = "ticketing"
    verbose_name = _("Ticketing")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from integrations.hooks import after_verify
        from opencx_admin.orgs.audit import register_words
        from opencx_admin.orgs.nav import register_count
        from ticketing import handlers, metrics
        from ticketing.act_words import act_word
        from ticketing.checks.catalog import register_checks
        from ticketing.fields.readings import hurry
        from ticketing.fields.standing import count_problems
        from ticketing.knowledge.showing import count_questions
        from ticketing.knowledge.sources import queue_waiting
        from ticketing.problems.keeping import count_open
        from ticketing.reading.handoff_list import count_needing_person

        handlers.register()
        after_verify.append(hurry)
        register_words(act_word)
        metrics.register_figures()
        register_checks()
        after_verify.append(queue_waiting)
        register_count("/handoffs/", count_needing_person)
        register_count("/data-sources/", count_questions)
        register_count("/problems/", count_open)
        register_count("/settings/ticketing/ai-fields/", count_problems)
