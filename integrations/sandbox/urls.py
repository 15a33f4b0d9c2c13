"""The stand-in's addresses. Accounts stand in the path: ``/acme/api/v2/tickets``."""

from django.urls import include, path

from integrations.sandbox.platform import events

urlpatterns = [
    path("_control/", include("integrations.sandbox.control.urls")),
    path("platform/events", events.receive),
    path("platform/events/<str:name>", events.receive),
    path("<str:subdomain>/", include("integrations.sandbox.api.urls")),
]
