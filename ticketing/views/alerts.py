"""Settings → Alerts: the channels, the rules of each, and what was sent."""

from __future__ import annotations

import re
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from integrations.models.platform import new_signing_secret
from integrations.redact import DOTS
from opencx_admin.crypto import Secret
from opencx_admin.orgs.access import PageRequest, page
from opencx_admin.orgs.audit import record
from opencx_admin.orgs.components import Action, Confirm, Verdict
from opencx_admin.orgs.models import Role
from ticketing.alerts.checking import make_rules
from ticketing.alerts.forms import EmailsForm, RulesForm, WebhookForm
from ticketing.alerts.sending import send_test
from ticketing.models import AlertChannel, AlertRule, SentAlert
from ticketing.reading.reader import Reader

Kind = AlertChannel.Kind
SHOWN, MOST_CHANNELS = 50, 10
_PATH = re.compile(r"(https?://[^\s/?#]+)[/?#]\S+")


@page(read=Role.VIEWER, write=Role.ADMIN)
def alerts(request: PageRequest) -> HttpResponse:
    """/settings/alerts/. POST `action` = add_email (`emails`), add_webhook (`events_url`), save (the rules of
    `channel`), test or remove (`channel`).
    """
    if request.method != "POST":
        return _ask_remove(request) if request.GET.get("ask") == "remove" else _show(request)
    acts = {"add_email": _add_email, "add_webhook": _add_webhook, "save": _save, "test": _test, "remove": _remove}
    act = acts.get(request.POST.get("action", ""))
    return act(request) if act else _show(request, status=422)


def _add_email(request: PageRequest) -> HttpResponse:
    form = EmailsForm(request.POST)
    if not form.is_valid() or _is_full(request, form):
        return _show(request, emails=form, status=422)
    _add(request, AlertChannel(kind=Kind.EMAIL, emails=form.cleaned_data["emails"]))
    messages.success(request, _("Added, with every alert on. Send a test to prove it."))
    return redirect("alerts")


def _add_webhook(request: PageRequest) -> HttpResponse:
    """The secret is shown in this very answer and never again."""
    form = WebhookForm(request.POST)
    if not form.is_valid() or _is_full(request, form):
        return _show(request, webhook=form, status=422)
    secret = new_signing_secret()
    _add(
        request,
        AlertChannel(kind=Kind.WEBHOOK, url=form.cleaned_data["events_url"], signing_secret=Secret.hide(secret)),
    )
    return _show(request, secret=secret)


def _is_full(request: PageRequest, form: EmailsForm | WebhookForm) -> bool:
    if AlertChannel.objects.filter(organization=request.org).count() < MOST_CHANNELS:
        return False
    form.add_error(None, _("Keep it to %(n)s channels; remove one first.") % {"n": MOST_CHANNELS})
    return True


def _add(request: PageRequest, channel: AlertChannel) -> None:
    with transaction.atomic():
        channel.organization, channel.created_by = request.org, str(request.user)[:254]
        channel.save()
        make_rules(channel)
        _record(request, "alert_channel.add", channel, after={"kind": channel.kind, "address": str(channel)})


def _ask_remove(request: PageRequest) -> HttpResponse:
    """The question before a channel goes: ?ask=remove&channel=."""
    if not request.role.allows(Role.ADMIN):
        return _show(request)
    channel = _find_channel(request)
    here = reverse("alerts")
    confirm = Confirm(
        title=_("Remove this channel?"),
        parts=[
            ("", _("Nothing is sent to %(where)s any more.") % {"where": channel}),
            ("", _("Its rules go with it; what was sent stays listed.")),
        ],
        action=Action(_("Remove the channel"), here, value="remove"),
        back_url=here,
        is_final=True,
        hidden={"channel": str(channel.pk)},
    )
    return render(request, "ticketing/alerts_confirm.html", {"confirm": confirm})


def _find_channel(request: PageRequest) -> AlertChannel:
    text = request.POST.get("channel") or request.GET.get("channel") or ""
    number = int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else 0
    return get_object_or_404(AlertChannel, organization=request.org, pk=number)


def _save(request: PageRequest) -> HttpResponse:
    channel = _find_channel(request)
    rules = list(channel.rules.all())
    form = RulesForm(request.POST, rules=rules)
    if not form.is_valid():
        return _show(request, saved=(channel, form), status=422)
    before, after = {}, {}
    with transaction.atomic():
        for rule in rules:
            changes = form.changes(rule)
            former = {name: getattr(rule, name) for name in changes}
            if former == changes:
                continue
            before[rule.kind], after[rule.kind] = former, changes
            anew = {"firing_since": None, "is_told": False, "checked_at": None}
            due_at = timezone.now() if changes["is_on"] else None
            AlertRule.objects.filter(pk=rule.pk).update(**changes, **anew, next_attempt_at=due_at)
        if after:
            _record(request, "alert_rule.save", channel, before=before, after=after)
    messages.success(request, _("Saved. The rules that changed are read within a minute."))
    return redirect("alerts")


def _test(request: PageRequest) -> HttpResponse:
    channel = _find_channel(request)
    alert = send_test(channel)
    _record(request, "alert_channel.test", channel, after={"result": alert.status})
    if alert.status == SentAlert.Status.SENT:
        messages.success(request, _("The test went to %(where)s.") % {"where": channel})
    else:
        messages.error(request, _("The test did not go out. %(why)s") % {"why": alert.last_error})
    return redirect("alerts")


def _remove(request: PageRequest) -> HttpResponse:
    channel = _find_channel(request)
    with transaction.atomic():
        _record(request, "alert_channel.remove", channel, before={"kind": channel.kind, "address": str(channel)})
        channel.delete()
    messages.success(request, _("Removed. Nothing is sent there any more; what was sent stays listed."))
    return redirect("alerts")


def _record(request: PageRequest, action: str, channel: AlertChannel, **values: Any) -> None:
    record(request.org, action, request=request, object_label=str(channel), object_url=reverse("alerts"), **values)


def _show(
    request: PageRequest,
    *,
    emails: EmailsForm | None = None,
    webhook: WebhookForm | None = None,
    saved: tuple[AlertChannel, RulesForm] | None = None,
    secret: str = "",
    status: int = 200,
) -> HttpResponse:
    channels = AlertChannel.objects.filter(organization=request.org).prefetch_related("rules")
    forms = {channel.pk: RulesForm(rules=list(channel.rules.all())) for channel in channels}
    if saved is not None:
        forms[saved[0].pk] = saved[1]
    sent = list(SentAlert.objects.filter(organization=request.org)[:SHOWN])
    context = {
        "verdict": _tell(request, list(channels)),
        "channels": [(channel, forms[channel.pk], _hide(request, str(channel))) for channel in channels],
        "emails": emails or EmailsForm(),
        "webhook": webhook or WebhookForm(),
        "secret": secret,
        "sent": [(alert, _hide(request, alert.address), _hide(request, alert.last_error)) for alert in sent],
        "shown": SHOWN,
        "has_mail": settings.EMAIL_IS_SET,
        "may_change": request.role.allows(Role.ADMIN),
    }
    return render(request, "ticketing/alerts.html", context, status=status)


def _hide(request: PageRequest, text: str) -> str:
    """Addresses as this person may see them: to a viewer emails are masked, and of a URL only its host is told."""
    if request.role.allows(Role.LEAD):
        return text
    return _PATH.sub(rf"\1/{DOTS}", Reader(request.role).emails(text))


def _tell(request: PageRequest, channels: list[AlertChannel]) -> Verdict:
    """The sentence the page opens with."""
    if not channels:
        text = _("Add addresses or a webhook below. Every alert is on at first.")
        return Verdict("unknown", _("Nobody is told when something fails"), text)
    firing = AlertRule.objects.filter(organization=request.org, firing_since__isnull=False, is_on=True)
    kinds = list(dict.fromkeys(str(rule.get_kind_display()) for rule in firing))
    if kinds:
        title = ngettext("%(n)s alert is raised now", "%(n)s alerts are raised now", len(kinds)) % {"n": len(kinds)}
        return Verdict("warning", title, ", ".join(kinds))
    if any(channel.kind == Kind.EMAIL for channel in channels) and not settings.EMAIL_IS_SET:
        text = _("No mail server is set, so alerts by email do not go out. EMAIL_URL names one.")
        return Verdict("problem", _("Alerts by email cannot be sent"), text)
    unproven = [channel for channel in channels if channel.proven_at is None]
    if unproven:
        text = _("Send a test to see that it arrives.")
        return Verdict("unknown", _("No alert is raised; a channel is not proven yet"), text)
    return Verdict("ok", _("No alert is raised"), _("The rules are read once a minute."))
