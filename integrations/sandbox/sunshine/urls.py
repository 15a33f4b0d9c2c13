"""Sunshine's paths, below ``/<subdomain>/sc/``."""

from django.urls import path

from integrations.sandbox.sunshine import (
    apps,
    attachments,
    conversations,
    integrations,
    messages,
    switchboard,
    users,
)
from integrations.sandbox.sunshine.gate import Route, serve

APP = "apps/*"
KEYS = f"{APP}/keys"
USERS = f"{APP}/users"
CHATS = f"{APP}/conversations"
INTEGRATIONS = f"{APP}/integrations"
HOOKS = f"{INTEGRATIONS}/*/webhooks"
BOARDS = f"{APP}/switchboards"
SEATS = f"{BOARDS}/*/switchboardIntegrations"

ROUTES = [
    Route("GET", "tokenInfo", apps.show),
    Route("GET", "apps", apps.listing, "accounts"),
    Route("GET", APP, apps.show, "app"),
    Route("PATCH", APP, apps.update, "app"),
    Route("GET", KEYS, apps.list_keys, "app"),
    Route("POST", KEYS, apps.create_key, "app"),
    Route("GET", f"{KEYS}/*", apps.read_key, "app"),
    Route("DELETE", f"{KEYS}/*", apps.delete_key, "app"),
    Route("POST", f"{APP}/attachments", attachments.upload),
    Route("POST", f"{APP}/attachments/remove", attachments.remove),
    Route("GET", USERS, users.listing),
    Route("POST", USERS, users.create),
    Route("GET", f"{USERS}/*", users.show),
    Route("PATCH", f"{USERS}/*", users.update),
    Route("DELETE", f"{USERS}/*", users.delete),
    Route("DELETE", f"{USERS}/*/personalinformation", users.forget),
    Route("POST", f"{USERS}/*/sync", users.sync),
    Route("GET", CHATS, conversations.listing),
    Route("POST", CHATS, conversations.create),
    Route("GET", f"{CHATS}/*", conversations.show),
    Route("PATCH", f"{CHATS}/*", conversations.update),
    Route("DELETE", f"{CHATS}/*", conversations.delete),
    Route("GET", f"{CHATS}/*/participants", conversations.participants),
    Route("POST", f"{CHATS}/*/join", conversations.join),
    Route("POST", f"{CHATS}/*/leave", conversations.leave),
    Route("GET", f"{CHATS}/*/messages", messages.listing),
    Route("POST", f"{CHATS}/*/messages", messages.post),
    Route("DELETE", f"{CHATS}/*/messages", messages.delete_all),
    Route("DELETE", f"{CHATS}/*/messages/*", messages.delete_one),
    Route("POST", f"{CHATS}/*/activity", messages.activity),
    Route("POST", f"{CHATS}/*/passControl", switchboard.pass_control),
    Route("POST", f"{CHATS}/*/offerControl", switchboard.offer_control),
    Route("POST", f"{CHATS}/*/acceptControl", switchboard.accept_control),
    Route("POST", f"{CHATS}/*/releaseControl", switchboard.release_control),
    Route("GET", INTEGRATIONS, integrations.listing, "app"),
    Route("POST", INTEGRATIONS, integrations.create, "app"),
    Route("GET", f"{INTEGRATIONS}/*", integrations.show, "app"),
    Route("PATCH", f"{INTEGRATIONS}/*", integrations.update, "app"),
    Route("DELETE", f"{INTEGRATIONS}/*", integrations.delete, "app"),
    Route("GET", HOOKS, integrations.list_hooks),
    Route("POST", HOOKS, integrations.create_hook),
    Route("GET", f"{HOOKS}/*", integrations.read_one_hook),
    Route("PATCH", f"{HOOKS}/*", integrations.update_hook),
    Route("DELETE", f"{HOOKS}/*", integrations.delete_hook),
    Route("GET", BOARDS, apps.list_switchboards, "app"),
    Route("POST", BOARDS, apps.create_switchboard, "app"),
    Route("PATCH", f"{BOARDS}/*", apps.update_switchboard, "app"),
    Route("DELETE", f"{BOARDS}/*", apps.delete_switchboard, "app"),
    Route("GET", SEATS, apps.list_seats, "app"),
    Route("POST", SEATS, apps.create_seat, "app"),
    Route("PATCH", f"{SEATS}/*", apps.update_seat, "app"),
    Route("DELETE", f"{SEATS}/*", apps.delete_seat, "app"),
]

urlpatterns = [
    path("attachments/v2/<str:token>/<path:name>", attachments.download),
    path("<path:rest>", serve(ROUTES)),
]
