"""The stand-in's addresses. Accounts stand in the path: ``/acme/api/v2/tickets``."""

from django.urls import include, path

from integrations.sandbox.pages import admin, agent, chats, contact, home, messaging, rules, schedules
from integrations.sandbox.platform import events

# Admin Center's own addresses, so that links into it lead somewhere here too.
WEBHOOKS = "<str:subdomain>/admin/apps-integrations/webhooks/webhooks"
TRIGGERS = "<str:subdomain>/admin/objects-rules/rules/triggers"
VIEWS = "<str:subdomain>/admin/workspaces/agent-workspace/views"
SCHEDULES = "<str:subdomain>/admin/objects-rules/rules/schedules"
MESSAGING = "<str:subdomain>/admin/apps-integrations/integrations/conversations-integrations"

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
    path("<str:subdomain>/", include("integrations.sandbox.help_center.page_urls")),
    path(WEBHOOKS, rules.listing, {"kind": "webhook"}, name="admin-webhooks"),
    path(f"{WEBHOOKS}/<str:pk>/details", rules.detail, {"kind": "webhook"}, name="admin-webhook"),
    path(TRIGGERS, rules.listing, {"kind": "trigger"}, name="admin-triggers"),
    path(f"{TRIGGERS}/<str:pk>", rules.detail, {"kind": "trigger"}, name="admin-trigger"),
    path(VIEWS, rules.listing, {"kind": "view"}, name="admin-views"),
    path(f"{VIEWS}/<str:pk>", rules.detail, {"kind": "view"}, name="admin-view"),
    path(SCHEDULES, schedules.schedules, name="admin-schedules"),
    path(MESSAGING, messaging.listing, name="admin-messaging"),
    path("<str:subdomain>/admin/<path:rest>", admin.elsewhere),
    path("<str:subdomain>/api/v2/help_center/", include("integrations.sandbox.help_center.urls")),
    path("<str:subdomain>/sc/", include("integrations.sandbox.sunshine.urls")),
    path("<str:subdomain>/", include("integrations.sandbox.api.urls")),
]
