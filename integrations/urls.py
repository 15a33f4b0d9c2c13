"""Settings → Integrations, Webhook activity, and the address that Zendesk calls."""

from __future__ import annotations

from django.urls import URLPattern, path

from integrations.views.activity import activity
from integrations.views.call import call
from integrations.views.doctor import doctor, doctor_help
from integrations.views.event import event
from integrations.views.hub import integrations, zendesk
from integrations.views.messaging import messaging
from integrations.views.objects import objects
from integrations.views.opencx import opencx
from integrations.views.ticketing import ticketing
from integrations.views.webhook import webhook
from integrations.webhooks.views import receive_sunshine, receive_zendesk

urlpatterns: list[URLPattern] = [
    # With a slash behind it: the same address. `reverse` gives the one without, which stands last.
    path("webhooks/zendesk/<str:token>/", receive_zendesk, name="receive-zendesk"),
    path("webhooks/sunshine/<str:token>/", receive_sunshine, name="receive-sunshine"),
    path("webhooks/zendesk/<str:token>", receive_zendesk, name="receive-zendesk"),
    path("webhooks/sunshine/<str:token>", receive_sunshine, name="receive-sunshine"),
    path("webhooks/", activity, name="webhooks"),
    path("webhooks/<int:pk>/", call, name="webhook"),
    path("doctor/", doctor, name="doctor"),
    path("doctor/help/", doctor_help, name="doctor-help"),
    path("webhooks/events/<int:pk>/", event, name="webhook-event"),
    path("settings/integrations/", integrations, name="integrations"),
    path("settings/integrations/zendesk/", zendesk, name="zendesk"),
    path("settings/integrations/zendesk/ticketing/", ticketing, name="zendesk-ticketing"),
    path("settings/integrations/zendesk/messaging/", messaging, name="zendesk-messaging"),
    path("settings/integrations/zendesk/webhook/", webhook, name="zendesk-webhook"),
    path("settings/integrations/zendesk/objects/", objects, name="zendesk-objects"),
    path("settings/integrations/opencx/", opencx, name="opencx"),
]
