"""``/_control/``: for tests and the demo, from this machine only."""

from django.urls import path

from integrations.sandbox.control import accounts, contacts, play, rules, sunshine
from integrations.sandbox.help_center import control as help_center

urlpatterns = [
    path("health", accounts.health),
    path("reset", accounts.reset),
    path("clock", accounts.clock),
    path("accounts", accounts.accounts),
    path("accounts/<str:subdomain>", accounts.account),
    path("accounts/<str:subdomain>/faults", accounts.account_faults),
    path("accounts/<str:subdomain>/requests", accounts.requests),
    path("accounts/<str:subdomain>/webhook", rules.webhook),
    path("accounts/<str:subdomain>/trigger", rules.trigger),
    path("accounts/<str:subdomain>/schedules", rules.schedules),
    path("accounts/<str:subdomain>/invocations", accounts.invocations),
    path("accounts/<str:subdomain>/by_hand", rules.hand),
    path("accounts/<str:subdomain>/audit", rules.audit),
    path("accounts/<str:subdomain>/play", play.play),
    path("accounts/<str:subdomain>/help_center", help_center.help_center),
    path("accounts/<str:subdomain>/help_center/articles/<int:article_id>", help_center.article),
    path("accounts/<str:subdomain>/past_tickets", help_center.past_tickets),
    path("accounts/<str:subdomain>/sunshine", sunshine.sunshine),
    path("accounts/<str:subdomain>/sunshine/calls", sunshine.calls),
    path("platform", contacts.platform),
    path("platform/events", contacts.events),
]
