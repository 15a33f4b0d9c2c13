"""Login, account, team, audit log, the style guide, and what machines ask."""

from django.urls import path

from opencx_admin.orgs import health
from opencx_admin.orgs.views.account import account
from opencx_admin.orgs.views.audit import audit
from opencx_admin.orgs.views.session import choose_theme, log_in, log_out, switch_organization
from opencx_admin.orgs.views.style import style
from opencx_admin.orgs.views.team import team

urlpatterns = [
    path("login/", log_in, name="login"),
    path("logout/", log_out, name="logout"),
    path("switch/", switch_organization, name="switch"),
    path("theme/", choose_theme, name="theme"),
    path("account/", account, name="account"),
    path("settings/team/", team, name="team"),
    path("audit/", audit, name="audit"),
    path("style/", style, name="style"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", health.metrics, name="metrics"),
]
