"""Proof: a test call that Zendesk makes through the real path, and that is seen arriving."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable

from django.http import HttpRequest
from django.utils.translation import gettext as _

from integrations.budget import Lane
from integrations.clients.errors import ProviderError
from integrations.clients.zendesk_rules import TestAnswer, ZendeskRules
from integrations.connect import open_zendesk
from integrations.models import ObjectKind, ProvisionedObject, TestCall
from integrations.provisioning.reading import connection_of, say
from integrations.webhooks.inbox import TEST_PREFIX
from opencx_admin.crypto import Undecryptable
from opencx_admin.orgs import audit
from opencx_admin.orgs.models import Organization


def send_test_call(
    organization: Organization,
    *,
    request: HttpRequest | None = None,
    who: str = "",
    keep_claim: Callable[[], None] | None = None,
) -> TestCall:
    """Have Zendesk call our webhook with ids that we made up, and see whether the call arrives.

    Never raises for Zendesk's failures: `problem` then says what happened. The row is not saved when there is
    no webhook to call.
    """
    connection = connection_of(organization.pk)
    row = ProvisionedObject.objects.filter(organization=organization, kind=ObjectKind.WEBHOOK, is_gone=False).first()
    if connection is None or row is None:
        return TestCall(organization=organization, problem=_("The webhook is not set up yet."))
    call = TestCall.objects.create(organization=organization, nonce=TEST_PREFIX + secrets.token_urlsafe(16))
    began = time.monotonic()
    try:
        client = open_zendesk(connection, lane=Lane.ASSIST, subject="provisioning", keep_claim=keep_claim)
        body = json.dumps({"ticket_id": "0", "external_id": call.nonce, "status": "test"})
        answer = ZendeskRules(client).test_webhook(row.external_id, body)
        call.refresh_from_db()
        call.http_status, call.problem = answer.status, _judge(answer, call)
    except ProviderError as error:
        call.refresh_from_db()
        call.problem = _("Zendesk could not make the test call: %(why)s") % {"why": say(error)}
    except Undecryptable:
        call.problem = _("A stored secret cannot be opened with the present keys.")
    call.ms = int((time.monotonic() - began) * 1000)
    call.save(update_fields=["http_status", "problem", "ms"])
    audit.record(
        organization,
        "zendesk_object.test",
        request=request,
        actor_label=who,
        object_label=row.title,
        after={"result": call.problem or "ok", "answered": call.http_status, "ms": call.ms},
    )
    return call


def last_proof(organization: Organization) -> TestCall | None:
    """The last test call that went the whole way."""
    return TestCall.objects.filter(organization=organization, problem="").exclude(arrived_at=None).first()


def _judge(answer: TestAnswer, call: TestCall) -> str:
    """Empty when it went through, else what is wrong."""
    if call.arrived_at is not None and answer.status == 200:
        return ""
    if answer.status == 401:
        return _("Zendesk’s test call came and was refused (401): its signature is not of the secret known here.")
    if answer.status in (404, 410):
        return _("Zendesk’s test call went to an address that is not ours any more (%(status)s).") % {
            "status": answer.status
        }
    if answer.status != 200:
        return _("Zendesk’s test call was answered %(status)s.") % {"status": answer.status or _("with nothing")}
    return _("Zendesk says that its test call was answered 200, and it never arrived here: something else answers.")
