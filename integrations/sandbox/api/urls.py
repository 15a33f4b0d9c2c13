"""Zendesk's paths, below ``/<subdomain>/``."""

from django.urls import path, re_path

from integrations.sandbox.api import (
    comments,
    forms,
    history,
    hooks,
    oauth,
    rules,
    schedules,
    tickets,
    users,
    various,
    views,
)
from integrations.sandbox.api.gate import route

V2 = "api/v2/"
TICKET = f"{V2}tickets/<int:number>"
TRIGGER = f"{V2}triggers/<int:trigger_id>"
VIEW = f"{V2}views/<int:view_id>"
HOOK = f"{V2}webhooks/<str:webhook_id>"

urlpatterns = [
    path("oauth/tokens", route("oauth", is_open=True, POST=oauth.create_token)),
    path(f"{V2}oauth/tokens/current", route("oauth", GET=oauth.current_token)),
    path(f"{V2}users/me", route("users", is_open=True, GET=users.me)),
    path(f"{V2}users", route("users", GET=users.listing, POST=users.create)),
    path(f"{V2}users/show_many", route("users", GET=users.show_many)),
    path(f"{V2}users/search", route("users", GET=users.search)),
    path(f"{V2}users/create_or_update", route("users", POST=users.create_or_update)),
    path(f"{V2}users/<int:user_id>", route("users", GET=users.show, PUT=users.update, DELETE=users.delete)),
    path(f"{V2}users/<int:user_id>/identities", route("users", GET=users.identities)),
    path(f"{V2}users/<int:user_id>/merge", route("users", PUT=users.merge)),
    path(f"{V2}custom_roles", route("custom_roles", GET=users.list_roles)),
    path(f"{V2}custom_roles/<int:role_id>", route("custom_roles", GET=users.read_role)),
    path(f"{V2}tickets", route("tickets", GET=tickets.listing, POST=tickets.create)),
    path(f"{V2}tickets/count", route("tickets", GET=tickets.count)),
    path(f"{V2}tickets/show_many", route("tickets", GET=tickets.show_many)),
    path(f"{V2}tickets/update_many", route("tickets", PUT=various.update_many)),
    path(TICKET, route("tickets", GET=tickets.show, PUT=tickets.update, DELETE=tickets.delete)),
    path(f"{TICKET}/audits", route("tickets", GET=tickets.audits)),
    path(f"{TICKET}/comments", route("tickets", GET=comments.listing)),
    path(f"{TICKET}/comments/count", route("tickets", GET=comments.count)),
    path(
        f"{TICKET}/tags",
        route(
            "tickets",
            GET=comments.show_tags,
            PUT=comments.add_tags,
            POST=comments.set_tags,
            DELETE=comments.remove_tags,
        ),
    ),
    path(f"{TICKET}/merge", route("tickets", POST=various.merge)),
    path(f"{V2}incremental/tickets/cursor", route("incremental", GET=various.export_tickets)),
    path(f"{V2}search", route("search", GET=various.search)),
    path(f"{V2}uploads", route("uploads", POST=various.upload)),
    path("attachments/token/<str:token>/<int:attachment_id>", route("uploads", is_open=True, GET=various.download)),
    path(f"{V2}job_statuses/<str:job_id>", route("job_statuses", GET=various.read_job)),
    path(f"{V2}business_hours/schedules", route("schedules", GET=schedules.list_schedules)),
    path(f"{V2}business_hours/schedules/<int:schedule_id>", route("schedules", GET=schedules.read_schedule)),
    path(f"{V2}business_hours/schedules/<int:schedule_id>/holidays", route("schedules", GET=schedules.list_holidays)),
    path(f"{V2}ticket_forms", route("ticket_forms", GET=forms.list_forms)),
    path(f"{V2}ticket_forms/<int:form_id>", route("ticket_forms", GET=forms.read_form)),
    path(f"{V2}ticket_fields", route("ticket_fields", GET=rules.list_fields, POST=rules.create_field)),
    path(
        f"{V2}ticket_fields/<int:field_id>",
        route("ticket_fields", GET=rules.read_field, PUT=rules.update_field, DELETE=rules.delete_field),
    ),
    path(f"{V2}triggers", route("triggers", GET=rules.list_triggers, POST=rules.create_trigger)),
    path(f"{V2}triggers/active", route("triggers", GET=rules.list_active_triggers)),
    path(f"{V2}triggers/search", route("triggers", GET=rules.search_triggers)),
    path(TRIGGER, route("triggers", GET=rules.read_trigger, PUT=rules.update_trigger, DELETE=rules.delete_trigger)),
    path(f"{TRIGGER}/revisions", route("triggers", GET=history.list_revisions)),
    path(f"{TRIGGER}/revisions/<int:revision_id>", route("triggers", GET=history.read_revision)),
    path(f"{V2}audit_logs", route("audit_logs", GET=history.list_audit_logs)),
    path(f"{V2}audit_logs/<int:entry_id>", route("audit_logs", GET=history.read_audit_log)),
    path(f"{V2}views", route("views", GET=views.listing, POST=views.create)),
    path(f"{V2}views/active", route("views", GET=views.list_active)),
    path(f"{V2}views/search", route("views", GET=views.search)),
    path(VIEW, route("views", GET=views.read, PUT=views.update, DELETE=views.delete)),
    path(f"{VIEW}/count", route("views", GET=views.count)),
    path(f"{VIEW}/tickets", route("views", GET=views.list_tickets)),
    path(f"{VIEW}/execute", route("views", GET=views.execute)),
    path(f"{V2}webhooks", route("webhooks", GET=hooks.listing, POST=hooks.create)),
    path(f"{V2}webhooks/test", route("webhooks", POST=hooks.test)),
    path(HOOK, route("webhooks", GET=hooks.show, PUT=hooks.update, PATCH=hooks.update, DELETE=hooks.delete)),
    path(f"{HOOK}/signing_secret", route("webhooks", GET=hooks.read_secret, POST=hooks.reset_secret)),
    path(f"{HOOK}/invocations", route("webhooks", GET=hooks.list_invocations)),
    path(f"{HOOK}/invocations/<str:invocation_id>/attempts", route("webhooks", GET=hooks.list_attempts)),
    re_path(r"^(?:api|oauth)/.*$", route("", is_open=True)),
]
