from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class IntegrationsConfig(AppConfig):
    """Everything that speaks to an outside system."""

    name = "integrations"
    verbose_name = _("Integrations")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from integrations import metrics
        from integrations.activity import count_needing_person
        from integrations.doctor.catalog import register_checks
        from integrations.doctor.showing import count_problems
        from opencx_admin.orgs.nav import register_count

        metrics.register_figures()
        register_checks()
        register_count("/webhooks/", count_needing_person)
        register_count("/doctor/", count_problems)
