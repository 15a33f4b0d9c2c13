from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OrgsConfig(AppConfig):
    """Organizations, people, rights, API keys and the audit log: nobody's feature, everybody's ground."""

    name = "opencx_admin.orgs"
    label = "orgs"
    verbose_name = _("Organizations")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from opencx_admin import checks  # noqa: F401 - registers the system checks
