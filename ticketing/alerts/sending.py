"""Sending an alert: by Django's mail, or as a signed call. The same way for tests and for real ones."""

from __future__ import annotations

import datetime as dt
import json
import logging
import smtplib

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils import timezone
from django.utils.translation import gettext as _

from integrations.clients.errors import ProviderError
from integrations.clients.platform import GONE, send_event
from integrations.connect import record_calls
from opencx_admin.crypto import Undecryptable
from opencx_admin.due import GIVE_UP_AFTER, backoff
from opencx_admin.net import guarded_session
from ticketing.alerts import checking
from ticketing.models import AlertChannel, SentAlert

log = logging.getLogger("opencx.alerts")
LEASE = dt.timedelta(seconds=60)
Status = SentAlert.Status
TYPES = {SentAlert.What.ALERT: "alert.raised", SentAlert.What.RECOVERY: "alert.over", SentAlert.What.TEST: "alert.test"}


def deliver(alert: SentAlert) -> bool:
    """One try at a due alert, if this worker wins it. A test is tried once. True when it went out."""
    if not alert.claim(LEASE, status=Status.WORKING):
        return False
    channel = alert.channel
    if channel is None:
        alert.rest(status=Status.FAILED, last_error=_("Its channel was removed."))
        return False
    try:
        status = _send(alert, channel)
    except ProviderError as error:
        _put_off(alert, error.sentence, error.status, is_over=error.status == GONE)
        return False
    except Undecryptable as error:
        _put_off(alert, str(error), None, is_over=True)
        return False
    except (smtplib.SMTPException, OSError) as error:
        _put_off(alert, _("The mail server refused it: %(why)s") % {"why": str(error)[:200]}, None)
        return False
    except Exception:
        log.exception("alert %s could not be sent", alert.pk)
        _put_off(alert, _("It could not be sent; the log tells more."), None)
        return False
    now = timezone.now()
    alert.rest(status=Status.SENT, sent_at=now, last_status=status, last_error="")
    AlertChannel.objects.filter(pk=channel.pk).update(proven_at=now)
    return True


def _put_off(alert: SentAlert, why: str, status: int | None, *, is_over: bool = False) -> None:
    changes = {"last_error": why, "last_status": status}
    is_late = timezone.now() - alert.created_at >= GIVE_UP_AFTER
    if is_over or is_late or alert.what == SentAlert.What.TEST:
        alert.rest(status=Status.FAILED, **changes)
    else:
        alert.postpone(backoff(alert.attempts), status=Status.RETRYING, **changes)


def _send(alert: SentAlert, channel: AlertChannel) -> int | None:
    """The status of the receiver's answer; None for mail."""
    if channel.kind == AlertChannel.Kind.WEBHOOK:
        return _call(alert, channel)
    _send_mail(alert, channel)
    return None


def _send_mail(alert: SentAlert, channel: AlertChannel) -> None:
    """Raises what the mail backend raises. The Message-ID is the same on every try."""
    if not settings.EMAIL_IS_SET:
        raise OSError(_("no mail server is set. EMAIL_URL names one."))
    over = {SentAlert.What.RECOVERY: _("Over"), SentAlert.What.TEST: _("Test")}
    word = over.get(SentAlert.What(alert.what), _("Alert"))
    host = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].strip("> ") or "localhost"
    EmailMessage(
        subject=" ".join(f"[{alert.organization.name}] {word}: {alert.title}".split()),
        body=f"{alert.title}\n\n{alert.text}\n\n{alert.url}\n",
        to=list(channel.emails),
        headers={"Message-ID": f"<{alert.uid.hex}@{host}>", "Auto-Submitted": "auto-generated"},
    ).send()


def write_body(alert: SentAlert) -> str:
    """The JSON of the call: `{"type", "timestamp", "data"}`, as Standard Webhooks has it."""
    data = {
        "alert_id": alert.webhook_id,
        "organization_id": str(alert.organization_id),
        "kind": alert.kind,
        "title": alert.title,
        "text": alert.text,
        "number": alert.number,
        "url": alert.url,
    }
    body = {
        "type": TYPES[SentAlert.What(alert.what)],
        "timestamp": alert.created_at.astimezone(dt.UTC).isoformat(),
        "data": data,
    }
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))


def _call(alert: SentAlert, channel: AlertChannel) -> int:
    answer = send_event(
        channel.url,
        channel.signing_secret.reveal(),
        alert.webhook_id,
        write_body(alert),
        at=timezone.now(),
        session=guarded_session(settings.OUTBOUND_ALLOW_HOSTS),
        observe=record_calls(alert.organization, "alert", f"alert:{alert.pk}"),
    )
    return answer.status


def send_test(channel: AlertChannel) -> SentAlert:
    """Store a test and send it now, through the real path; the outcome is on the row."""
    alert = checking.make_test(channel, channel.organization)
    deliver(alert)
    alert.refresh_from_db()
    return alert


def tell_silence() -> None:
    """Called where a web process sees that the worker is silent: what it cannot send is sent from here."""
    for alert in checking.notice_silence():
        deliver(alert)
