"""Verifying saved credentials once more: what waited for them then goes by itself."""

from __future__ import annotations

from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from integrations.connect import record_calls
from integrations.credentials import keep_proof, watch_calls
from integrations.doctor.registry import Context, Done, Preview, Repair
from integrations.messaging_credentials import keep_messaging_proof, register
from integrations.models import SunshineConnection, ZendeskConnection
from integrations.verify import Candidate, verify
from integrations.verify_messaging import MessagingCandidate, verify_messaging


def _connection(context: Context) -> ZendeskConnection | None:
    return ZendeskConnection.objects.select_related("organization").filter(organization=context.organization).first()


def _sunshine(context: Context) -> SunshineConnection | None:
    return SunshineConnection.objects.select_related("organization").filter(organization=context.organization).first()


def _preview(context: Context) -> Preview:
    connection = _connection(context)
    return Preview(
        title=_("Verify the saved credentials again?"),
        object_label=connection.subdomain if connection else "",
        parts=(
            ("", _("Zendesk is asked with the saved credentials. Nothing is written there.")),
            ("", _("If it takes them, the handoffs that waited for them go by themselves.")),
        ),
        is_empty=connection is None,
    )


def _apply(context: Context, request: HttpRequest, seen: str) -> Done:
    connection = _connection(context)
    if connection is None:
        return Done(ok=False, text=_("No account is connected."))
    report = verify(Candidate.of(connection), watch_calls(context.organization, connection.base_url))
    keep_proof(connection, report, request=request)
    if report.problem:
        return Done(
            ok=False, text=_("Still refused: %(why)s") % {"why": report.problem.answer or report.problem.failure}
        )
    return Done(ok=True, text=_("Zendesk takes them. What waited for them goes now."))


VERIFY_AGAIN = Repair(gettext_lazy("Verify again"), _preview, _apply)


def _preview_messaging(context: Context) -> Preview:
    connection = _sunshine(context)
    return Preview(
        title=_("Verify the saved Messaging key again?"),
        object_label=connection.app_id if connection else "",
        parts=(
            ("", _("Sunshine is asked with the saved key. Nothing is written there.")),
            ("", _("If it takes it, new chats go into live conversations again, at once.")),
            ("", _("Chats that became tickets stay tickets.")),
        ),
        is_empty=connection is None,
    )


def _apply_messaging(context: Context, request: HttpRequest, seen: str) -> Done:
    connection = _sunshine(context)
    if connection is None:
        return Done(ok=False, text=_("Messaging is not set up."))
    account = ZendeskConnection(subdomain=connection.subdomain).base_url
    watch = (record_calls(context.organization, "sunshine", "verify"), watch_calls(context.organization, account))
    report = verify_messaging(MessagingCandidate.of(connection), *watch)
    keep_messaging_proof(connection, report, request=request)
    if report.problem:
        return Done(
            ok=False, text=_("Still refused: %(why)s") % {"why": report.problem.answer or report.problem.failure}
        )
    return Done(ok=True, text=_("Sunshine takes it. Chats go into live conversations from now on."))


VERIFY_MESSAGING = Repair(gettext_lazy("Verify again"), _preview_messaging, _apply_messaging)


def _preview_register(context: Context) -> Preview:
    connection = _sunshine(context)
    return Preview(
        title=_("Register the webhook of Messaging again?"),
        object_label=_("Messaging’s webhook"),
        parts=(
            ("", _("The webhook that calls us is pointed at the present URL, and gets every event that we need.")),
            ("", _("If there is none, one is made. Other integrations stay as they are.")),
            ("", _("Its secret is kept here, so that its calls are taken.")),
        ),
        is_empty=connection is None,
    )


def _apply_register(context: Context, request: HttpRequest, seen: str) -> Done:
    connection = _sunshine(context)
    if connection is None:
        return Done(ok=False, text=_("Messaging is not set up."))
    why = register(connection, request=request)
    if why:
        return Done(ok=False, text=_("The webhook is not registered: %(why)s") % {"why": why})
    return Done(ok=True, text=_("The webhook is registered. Agents’ messages come here."))


REGISTER_WEBHOOK = Repair(gettext_lazy("Register again"), _preview_register, _apply_register)


def _preview_join(context: Context) -> Preview:
    connection = _sunshine(context)
    return Preview(
        title=_("Use the Ticketing credentials in Messaging?"),
        object_label=connection.app_id if connection else "",
        parts=(
            ("", _("New chats look the contact up in Support first, so that one person stays one contact.")),
            ("", _("Contacts that exist twice already are merged in Zendesk, by you.")),
        ),
        is_empty=connection is None or connection.use_ticketing_credentials or _connection(context) is None,
    )


def _apply_join(context: Context, request: HttpRequest, seen: str) -> Done:
    rows = SunshineConnection.objects.filter(organization=context.organization, use_ticketing_credentials=False)
    if not rows.update(use_ticketing_credentials=True):
        return Done(ok=False, text=_("Nothing changed: they are in use by now."))
    return Done(ok=True, text=_("Messaging uses the Ticketing credentials from now on."))


JOIN_CONTACTS = Repair(gettext_lazy("Use the Ticketing credentials"), _preview_join, _apply_join)
