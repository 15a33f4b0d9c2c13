"""Repairs of handoffs: try them again, and merge tickets that stand for one session."""

from __future__ import annotations

import datetime as dt
from collections import Counter

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from integrations.clients.errors import ProviderError
from integrations.clients.zendesk_merge import merge_tickets
from integrations.doctor.registry import Context, Done, Preview, Repair
from opencx_admin.orgs import audit
from opencx_admin.orgs.models import Role
from ticketing.acts import retry_handoff
from ticketing.canary.apart import handoffs_of
from ticketing.checks.case import case_of, client_of
from ticketing.checks.duplicates import Double, find_doubles
from ticketing.models import Handoff, ReasonCode

AT_ONCE = 100
# Of many at once these are not tried again; of one, only the first: nothing changed for it.
LEFT_OUT = (ReasonCode.CONTACT_HAS_NO_EMAIL, ReasonCode.TICKET_DELETED)
JUST_NOW = dt.timedelta(seconds=20)


def failed_handoffs(context: Context) -> QuerySet[Handoff]:
    """Those that wait for a person, or the one of the run's session."""
    rows = handoffs_of(context.organization).filter(status=Handoff.Status.FAILED)
    if context.subject:
        case = case_of(context)
        rows = rows.filter(pk=case.handoff.pk) if case.handoff else rows.none()
    return rows.select_related("organization", "session__contact").order_by("created_at")


def cause_word(code: str) -> str:
    """A cause in plain words."""
    return str(ReasonCode(code).label) if code in ReasonCode.values else code or _("no cause told")


def retryable_handoffs(context: Context) -> QuerySet[Handoff]:
    """Those that another try may bring through. Of many at once, none whose ticket somebody deleted.

    Trying such a one again makes a new ticket: that is decided for one handoff at a time.
    """
    left_out = LEFT_OUT[:1] if context.subject else LEFT_OUT
    return failed_handoffs(context).exclude(reason_code__in=left_out)


def _preview_retry(context: Context) -> Preview:
    counts = Counter(row.reason_code for row in retryable_handoffs(context)[:AT_ONCE])
    failed = Counter(failed_handoffs(context).values_list("reason_code", flat=True)[:AT_ONCE])
    left = failed[ReasonCode.CONTACT_HAS_NO_EMAIL]
    deleted = failed[ReasonCode.TICKET_DELETED] - counts[ReasonCode.TICKET_DELETED]
    parts: list[tuple[int | str, str]] = [(number, cause_word(code)) for code, number in counts.most_common()]
    if left:
        text = ngettext(
            "is left out: its contact has no address. Enter it on its page.",
            "are left out: their contacts have no address. Enter it on their pages.",
            left,
        )
        parts.append((left, text))
    if deleted > 0:
        text = ngettext(
            "is left out: its ticket was deleted, and another try makes a new one. Decide on its page.",
            "are left out: their tickets were deleted, and another try makes new ones. Decide on their pages.",
            deleted,
        )
        parts.append((deleted, text))
    if counts[ReasonCode.TICKET_DELETED]:
        parts.append(("", _("Its ticket was deleted: this makes a new one.")))
    parts.append(("", _("We look for each ticket in Zendesk first, so there is never a second one.")))
    number = sum(counts.values())
    title = ngettext("Try %(n)s handoff again?", "Try %(n)s handoffs again?", number) % {"n": number}
    return Preview(title=title, parts=tuple(parts), is_empty=not number)


def _retry(context: Context, request: HttpRequest, seen: str) -> Done:
    rows = retryable_handoffs(context)[:AT_ONCE]
    done = sum(retry_handoff(request, row).ok for row in rows)
    if not done:
        return Done(ok=False, text=_("Nothing changed: none waits any more."))
    text = ngettext("%(n)s queued. It goes now.", "%(n)s queued. They go now.", done)
    return Done(ok=True, text=text % {"n": done})


def _is_moving(context: Context) -> bool:
    """True while what was queued just now is being tried."""
    moving = (Handoff.Status.QUEUED, Handoff.Status.WORKING)
    since = timezone.now() - JUST_NOW
    return handoffs_of(context.organization).filter(status__in=moving, queued_at__gte=since).exists()


RETRY_HANDOFFS = Repair(gettext_lazy("Try again"), _preview_retry, _retry, role=Role.LEAD, is_under_way=_is_moving)


def _preview_merge(context: Context) -> Preview:
    try:
        doubles = find_doubles(context, client_of(context))
    except ProviderError as error:
        return Preview(title="", note=error.sentence, is_empty=True)
    number = sum(len(double.others) for double in doubles)
    parts = [("", _merge_text(double)) for double in doubles]
    parts.append(("", _("Zendesk closes a merged ticket, and nobody can take that back.")))
    return Preview(
        title=ngettext("Merge %(n)s ticket?", "Merge %(n)s tickets?", number) % {"n": number},
        parts=tuple(parts),
        note=_("The comments of the merged tickets stay readable there; an internal note in each says what happened."),
        seen=_fingerprint(doubles),
        is_empty=not number,
    )


def _merge_text(double: Double) -> str:
    words = {"others": ", ".join(f"#{one}" for one in double.others), "kept": double.kept, "session": double.session_id}
    return _("%(others)s into #%(kept)s, which session %(session)s is linked to.") % words


def _fingerprint(doubles: list[Double]) -> str:
    return ";".join(f"{double.kept}:{','.join(map(str, double.others))}" for double in doubles)


def _merge(context: Context, request: HttpRequest, seen: str) -> Done:
    client = client_of(context)
    try:
        doubles = find_doubles(context, client)
        if client is None or not doubles:
            return Done(ok=False, text=_("Nothing changed: there is no double ticket any more."))
        if _fingerprint(doubles) != seen:
            return Done(ok=False, text=_("Nothing changed: the tickets are others by now. Look at them again."))
        for double in doubles:
            note = _("Merged by OpenCX: both tickets were made for session %(id)s.") % {"id": double.session_id}
            merge_tickets(client, double.kept, double.others, note)
            audit.record(
                context.organization,
                "ticket.merge",
                request=request,
                object_label=f"#{double.kept}",
                before={"tickets": [double.kept, *double.others]},
                after={"ticket": double.kept},
            )
    except ProviderError as error:
        return Done(ok=False, text=_("Zendesk did not merge them: %(why)s") % {"why": error.sentence})
    return Done(ok=True, text=_("Zendesk merges them now."))


MERGE_TICKETS = Repair(gettext_lazy("Merge"), _preview_merge, _merge)
