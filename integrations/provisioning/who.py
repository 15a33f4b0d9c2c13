"""Who changed an object last, as far as Zendesk says so."""

from __future__ import annotations

import datetime as dt

from integrations.clients.errors import ProviderError, RateLimited
from integrations.clients.zendesk_rules import AccountObject, Change, ZendeskRules
from integrations.models import ObjectKind
from integrations.provisioning.reading import TRIGGERS

Editor = tuple[str, dt.datetime | None]
# Zendesk's audit log names triggers and views "rule".
SOURCES = {ObjectKind.WEBHOOK: ("webhook",)}
RULE = ("rule", "trigger")


def find_editor(rules: ZendeskRules, kind: ObjectKind, found: AccountObject) -> Editor:
    """Name and time of the last change; the name is empty when Zendesk does not tell (most plans do not)."""
    if found.updated_by is not None:
        return _name(rules, found.updated_by), found.updated_at
    change = _last(rules, kind, found.id)
    if change is None:
        return "", found.updated_at
    name = change.name or (_name(rules, change.user_id) if change.user_id is not None else "")
    return name, change.at or found.updated_at


def find_remover(rules: ZendeskRules, kind: ObjectKind, external_id: str) -> Editor:
    """Who deleted an object that is no longer there, and when."""
    for change in _audit(rules, kind, external_id):
        if change.action in ("destroy", "delete"):
            return change.name, change.at
    return "", None


def _last(rules: ZendeskRules, kind: ObjectKind, external_id: str) -> Change | None:
    if kind in TRIGGERS:
        try:
            found = rules.trigger_changes(external_id)
        except RateLimited:
            raise
        except ProviderError:  # the plan shows no revisions
            found = []
        if found:
            return found[0]
    return next(iter(_audit(rules, kind, external_id)), None)


def _audit(rules: ZendeskRules, kind: ObjectKind, external_id: str) -> list[Change]:
    for source in SOURCES.get(kind, RULE):
        try:
            found = rules.audit_changes(source, external_id)
        except RateLimited:
            raise
        except ProviderError:  # the plan has no audit log
            return []
        if found:
            return found
    return []


def _name(rules: ZendeskRules, user_id: int) -> str:
    try:
        return rules.client.user(user_id).name
    except RateLimited:
        raise
    except ProviderError:
        return ""
