"""Every URL of the product, app by app."""

from django.urls import include, path

urlpatterns = [
    path("", include("opencx_admin.orgs.urls")),
    path("", include("integrations.urls")),
    path("", include("ticketing.urls")),
]
