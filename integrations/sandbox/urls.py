"""The stand-in's addresses. Accounts stand in the path: ``/acme/api/v2/tickets``."""

from django.urls import include, path

from integrations.sandbox.pages import admin, agent, chats, contact, home
from integrations.sandbox.platform import events

urlpatterns = [
    path("", home.home, name="home"),
    path("_control/", include("integrations.sandbox.control.urls")),
    path("platform/", contact.platform, name="platform"),
    path("platform/events", events.receive),
    path("platform/events/<str:name>", events.receive),
    path("platform/<str:session_id>/", contact.conversation, name="conversation"),
    path("<str:subdomain>/agent/", agent.tickets, name="tickets"),
    path("<str:subdomain>/agent/tickets/<int:number>", agent.ticket, name="ticket"),
    path("<str:subdomain>/agent/chats/", chats.chats, name="chats"),
    path("<str:subdomain>/agent/chats/<str:uid>/", chats.chat, name="chat"),
    path("<str:subdomain>/admin/", admin.admin, name="admin"),
    path("<str:subdomain>/api/v2/help_center/", include("integrations.sandbox.help_center.urls")),
    path("<str:subdomain>/sc/", include("integrations.sandbox.sunshine.urls")),
    path("<str:subdomain>/", include("integrations.sandbox.api.urls")),
]
