"""Every URL of the product, app by app."""

from django.urls import include, path

from opencx_admin.orgs import health

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", health.metrics, name="metrics"),
    path("", include("opencx_admin.orgs.urls")),
    path("", include("integrations.urls")),
    path("", include("ticketing.urls")),
]
