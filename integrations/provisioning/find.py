"""Telling our objects from all others: by the id that we stored, by our own address, never by a name alone.

A webhook is ours by the address it calls, a trigger by the webhook it calls; only the view goes by its title.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.utils.translation import gettext as _

from integrations.clients.errors import ProviderError
from integrations.clients.sunshine import TRIGGERS as SUNSHINE_TRIGGERS
from integrations.clients.sunshine import SunshineWebhook
from integrations.clients.zendesk_rules import AccountObject, ZendeskRules
from integrations.hooks import wants_assist
from integrations.models import (
    EndpointKind,
    ObjectKind,
    ProvisionedObject,
    SunshineConnection,
    WebhookEndpoint,
    ZendeskConnection,
)
from integrations.provisioning import admin_center, wanted
from integrations.provisioning.addresses import Addresses
from integrations.provisioning.compare import Difference, compare, has_condition, nearness
from integrations.provisioning.evidence import tell_evidence
from integrations.provisioning.fields import sunshine_fields, trim
from integrations.provisioning.items import ADOPT, CANNOT, CREATE, NONE, PATCH, SECRET_FIELD, Action, PlanItem, Stranger
from integrations.provisioning.reading import TRIGGERS, Reading, part_of
from integrations.provisioning.who import find_editor, find_remover

Rows = Mapping[ObjectKind, ProvisionedObject]


@dataclass
class Finder:
    """Goes through a reading of the account. `tells_who` asks Zendesk who changed what."""

    connection: ZendeskConnection
    sunshine: SunshineConnection | None
    rules: ZendeskRules
    reading: Reading
    rows: Rows
    addresses: Addresses
    tells_who: bool = False

    # -- which is which ---------------------------------------------------------------------------

    @cached_property
    def callers(self) -> list[AccountObject]:
        """Webhooks for triggers that call one of our addresses: the present one first, active ones first."""
        found = [hook for hook in self.reading.webhooks if self._address(hook) is not None and _is_for_triggers(hook)]
        return sorted(found, key=self._rank)

    def _address(self, hook: AccountObject) -> WebhookEndpoint | None:
        return self.addresses.find(hook.fields.get("endpoint"))

    def _rank(self, hook: AccountObject) -> tuple[bool, bool, str]:
        address = self._address(hook)
        return (not (address and address.is_current), hook.fields.get("status") != "active", hook.id)

    @cached_property
    def webhook(self) -> AccountObject | None:
        """Our webhook."""
        known = _by_id(self.reading.webhooks, self.rows.get(ObjectKind.WEBHOOK))
        return known or next(iter(self.callers), None)

    @cached_property
    def ringing(self) -> list[AccountObject]:
        """Triggers that call one of those webhooks, or the one that we knew and that is gone."""
        ids = {hook.id for hook in self.callers} | ({self.webhook.id} if self.webhook else set())
        if row := self.rows.get(ObjectKind.WEBHOOK):
            ids.add(row.external_id)
        return [one for one in self.reading.triggers if ids & set(wanted.webhooks_named(one.fields.get("actions")))]

    @cached_property
    def triggers(self) -> dict[ObjectKind, AccountObject]:
        """Each kind's trigger: the known one, else the nearest of those that ring us, each used once."""
        found = {kind: one for kind in TRIGGERS if (one := _by_id(self.reading.triggers, self.rows.get(kind)))}
        taken = {one.id for one in found.values()}
        free = [one for one in self.ringing if one.id not in taken]
        for kind in (kind for kind in TRIGGERS if kind not in found):
            if kind == ObjectKind.ASSIST_TRIGGER and not wants_assist(self.connection.organization):
                continue
            near = _nearest(kind, free)
            if near is not None and self._may_take(kind, near):
                found[kind] = near
                free.remove(near)
        return found

    def _may_take(self, kind: ObjectKind, near: AccountObject) -> bool:
        """In place of ours that is gone only one that does the same: any other was made for something else."""
        return kind not in self.rows or nearness(wanted.want_trigger(kind, ""), near.fields) == 1

    # -- items ------------------------------------------------------------------------------------

    def find_item(self, kind: ObjectKind) -> PlanItem:
        """The plan of one object."""
        refusal = self.reading.refusals.get(part_of(kind), "") or (
            self.reading.refusal if kind in (ObjectKind.WEBHOOK, *TRIGGERS) else ""
        )
        if kind == ObjectKind.SUNSHINE_WEBHOOK:
            return self._sunshine_item(refusal)
        row, found = self.rows.get(kind), self._find(kind)
        if row is not None and found is not None and row.external_id != found.id:
            row = None  # ours is gone, and this one rings us in its place: it is adopted
        fields = self._want(kind, row, found)
        title = str(fields.get("name") or fields.get("title") or "")
        if refusal or found is None:
            return self._missing(kind, title, fields, row, refusal)
        differences = self._compare(kind, fields, found)
        by, at = self._tell_editor(kind, found) if row is not None and differences else ("", found.updated_at)
        action: Action = ADOPT if row is None else PATCH if differences else NONE
        return PlanItem(
            kind=kind,
            name=kind.label,
            title=found.title,
            action=action,
            wanted=fields,
            current=trim(kind, found.fields),
            differences=differences,
            external_id=found.id,
            admin_url=admin_center.link(self.connection, kind, found.id),
            changed_by=by,
            changed_at=at,
            is_ours=row is not None,
        )

    def _missing(
        self, kind: ObjectKind, title: str, fields: dict[str, Any], row: ProvisionedObject | None, refusal: str
    ) -> PlanItem:
        by, at, reason = "", None, refusal
        if row is not None and not refusal:
            reason = _("It was deleted in Zendesk.")
            by, at = self._tell_remover(kind, row)
        return PlanItem(
            kind=kind,
            name=kind.label,
            title=title,
            action=CANNOT if refusal else CREATE,
            wanted=fields,
            admin_url=admin_center.link(self.connection, kind),
            changed_by=by,
            changed_at=at,
            reason=reason,
            evidence=tell_evidence(self.addresses.current, kind) if refusal else "",
            is_ours=row is not None,
        )

    def _find(self, kind: ObjectKind) -> AccountObject | None:
        if kind == ObjectKind.WEBHOOK:
            return self.webhook
        if kind in TRIGGERS:
            return self.triggers.get(kind)
        known = _by_id(self.reading.views, self.rows.get(kind))
        named = (one for one in self.reading.views if one.title == wanted.VIEW_TITLE and not _is_personal(one))
        return known or next(named, None)

    def _want(self, kind: ObjectKind, row: ProvisionedObject | None, found: AccountObject | None) -> dict[str, Any]:
        """What it should be. What was there before us keeps its name, and what it does beside ringing us."""
        former: Mapping[str, Any] | None = row.former if row else None
        if row is None and found is not None:
            former = found.fields
        if former is not None and found is None:  # an adopted one was deleted: a new one is ours alone
            former = None
        if kind == ObjectKind.WEBHOOK:
            name = str((former or {}).get("name") or wanted.WEBHOOK_NAME)
            return wanted.want_webhook(self.addresses.current.url, name=name, is_adopted=former is not None)
        if kind == ObjectKind.VIEW:
            return wanted.want_view()
        return wanted.want_trigger(
            kind,
            self.webhook.id if self.webhook else "",
            title=str((former or {}).get("title") or ""),
            is_active=kind != ObjectKind.ASSIST_TRIGGER or wants_assist(self.connection.organization),
            kept=wanted.keep_actions((former or {}).get("actions") or []),
        )

    def _compare(self, kind: ObjectKind, fields: dict[str, Any], found: AccountObject) -> tuple[Difference, ...]:
        differences = compare(fields, found.fields)
        if kind == ObjectKind.WEBHOOK:
            differences += self._compare_secret(found)
        hide = self.addresses.show
        return tuple(Difference(one.field, hide(one.expected), hide(one.actual)) for one in differences)

    def _compare_secret(self, found: AccountObject) -> tuple[Difference, ...]:
        """The secret that signs the calls, against the one we know; what it is stands nowhere."""
        try:
            secret = self.rules.signing_secret(found.id)
        except ProviderError:  # it is not shown to us: calls tell whether it is the right one
            return ()
        known = self.addresses.current.signing_secret
        if not known:
            return (Difference(SECRET_FIELD, _("known here, every call is checked"), _("not known here")),)
        if known.reveal() != secret:
            return (Difference(SECRET_FIELD, _("the one that is known here"), _("another one")),)
        return ()

    def _sunshine_item(self, refusal: str) -> PlanItem:
        kind, row = ObjectKind.SUNSHINE_WEBHOOK, self.rows.get(ObjectKind.SUNSHINE_WEBHOOK)
        address = WebhookEndpoint.current(self.connection.organization, EndpointKind.SUNSHINE)
        fields = wanted.want_sunshine(address.url, SUNSHINE_TRIGGERS)
        found = self._find_sunshine(row)
        connection = self.sunshine or self.connection
        if refusal or found is None:
            return self._missing(kind, wanted.WEBHOOK_NAME, fields, row, refusal)
        hide = self.addresses.show
        current = sunshine_fields(found)
        differences = tuple(Difference(d.field, hide(d.expected), hide(d.actual)) for d in compare(fields, current))
        is_known = row is not None or (self.sunshine is not None and self.sunshine.webhook_id == found.id)
        action: Action = PATCH if differences and is_known else NONE if is_known else ADOPT
        return PlanItem(
            kind=kind,
            name=kind.label,
            title=found.display_name or wanted.WEBHOOK_NAME,
            action=action,
            wanted=fields,
            current=current,
            differences=differences,
            external_id=found.id,
            admin_url=admin_center.link(connection, kind),
            is_ours=row is not None,
        )

    def _find_sunshine(self, row: ProvisionedObject | None) -> SunshineWebhook | None:
        hooks = self.reading.sunshine
        known = {row.external_id} if row else set()
        if self.sunshine is not None and self.sunshine.webhook_id:
            known.add(self.sunshine.webhook_id)
        found = next((hook for hook in hooks if hook.id in known), None)
        ours = (hook for hook in hooks if self.addresses.find(hook.target, EndpointKind.SUNSHINE))
        return found or next(ours, None)

    # -- others -----------------------------------------------------------------------------------

    def list_strangers(self) -> tuple[Stranger, ...]:
        """What else rings us: it is shown, never touched."""
        ours = {self.webhook.id} if self.webhook else set()
        used = {one.id for one in self.triggers.values()}
        hooks = [hook for hook in self.reading.webhooks if self._address(hook) is not None and hook.id not in ours]
        rings = [one for one in self.ringing if one.id not in used and one.fields.get("active") is not False]
        unsigned = _("It also calls us. Its calls are signed with a secret of its own, so they are refused.")
        doubled = _("It also rings us. A call more than needed changes nothing.")
        return tuple(
            [self._stranger("webhook", ObjectKind.WEBHOOK, one, unsigned) for one in hooks]
            + [self._stranger("trigger", ObjectKind.REPLY_TRIGGER, one, doubled) for one in rings]
        )

    def _stranger(self, word: Any, kind: ObjectKind, one: AccountObject, reason: str) -> Stranger:
        return Stranger(word, one.title, one.id, admin_center.link(self.connection, kind, one.id), reason)

    def _tell_editor(self, kind: ObjectKind, found: AccountObject) -> tuple[str, dt.datetime | None]:
        return find_editor(self.rules, kind, found) if self.tells_who else ("", found.updated_at)

    def _tell_remover(self, kind: ObjectKind, row: ProvisionedObject) -> tuple[str, dt.datetime | None]:
        return find_remover(self.rules, kind, row.external_id) if self.tells_who else ("", None)


def _by_id(rows: list[AccountObject], row: ProvisionedObject | None) -> AccountObject | None:
    return next((one for one in rows if row is not None and one.id == row.external_id), None)


def _is_personal(view: AccountObject) -> bool:
    """A view that one person made for themself."""
    restriction = view.fields.get("restriction")
    return isinstance(restriction, Mapping) and restriction.get("type") == "User"


def _is_for_triggers(hook: AccountObject) -> bool:
    """The kind of a webhook cannot be changed: one that is subscribed to events cannot be called by a trigger."""
    subscriptions = hook.fields.get("subscriptions")
    return not isinstance(subscriptions, list) or not subscriptions or wanted.TRIGGERS_ONLY in subscriptions


def _nearest(kind: ObjectKind, triggers: list[AccountObject]) -> AccountObject | None:
    """The trigger that is meant for this: by its telling condition; one that tells nothing counts as a reply's."""
    tells = {word: wanted.TELLING[word] for word in TRIGGERS}
    fits = [one for one in triggers if has_condition(one.fields, tells[kind])]
    if kind == ObjectKind.REPLY_TRIGGER:  # Assist's asks for public comments too
        fits = [one for one in fits if not has_condition(one.fields, tells[ObjectKind.ASSIST_TRIGGER])]
    if not fits and kind == ObjectKind.REPLY_TRIGGER:
        fits = [one for one in triggers if not any(has_condition(one.fields, tell) for tell in tells.values())]
    meant = wanted.want_trigger(kind, "")
    return max(fits, key=lambda one: (nearness(meant, one.fields), one.fields.get("active") is not False), default=None)
