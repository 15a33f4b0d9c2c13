"""Are AI fields filled, and if not, why?"""

from __future__ import annotations

from collections import Counter

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from integrations.clients.zendesk_fields import ZendeskFields
from integrations.doctor.finding import HERE, IN_ZENDESK, Finding, ok, problem, skipped, unknown, warning
from integrations.doctor.registry import SUBJECTS, Check, Context, Done, Preview, Repair
from ticketing.ai.engine import BlankReason
from ticketing.checks.case import case_of, client_of
from ticketing.fields import backfill, schema
from ticketing.fields.readings import refresh_fields
from ticketing.fields.standing import Standing, read_standings
from ticketing.models import AIFieldResult, FieldBackfill

FAMILY = "ai_fields"
LOW = 50


def _standings(context: Context) -> list[Standing]:
    rows = context.recall("standings", lambda: read_standings(context.organization))
    return [row for row in rows if row.mapping is not None]


def _titles(rows: list[Standing]) -> str:
    return ", ".join(f"“{row.field.title}”" for row in rows[:5])


def _on(context: Context) -> Finding:
    rows = _standings(context)
    if not rows:
        return skipped(_("No field is filled by the AI."))
    on = [row for row in rows if row.is_on]
    if on:
        return ok(_("%(on)s of %(n)s are on.") % {"on": len(on), "n": len(rows)})
    return warning(_("Fields are described, and none is on."), HERE, _("Switch on those that the AI shall fill."))


def _there(context: Context) -> Finding:
    rows = [row for row in _standings(context) if row.is_on]
    if not rows:
        return skipped(_("No field is filled by the AI."))
    client = client_of(context)
    live = {found.id for found in ZendeskFields(client).fields() if found.is_active} if client else None
    gone = [row for row in rows if row.is_blocked or (live is not None and row.field.zendesk_id not in live)]
    asked = "GET /api/v2/ticket_fields"
    if not gone:
        return ok(_("%(n)s of %(n)s are there and take a value.") % {"n": len(rows)}, asked=asked)
    evidence = ngettext("%(titles)s takes no value any more.", "%(titles)s take no value any more.", len(gone))
    fix = _("Give the description to another field, or switch the field on again in Zendesk.")
    return problem(
        evidence % {"titles": _titles(gone)}, IN_ZENDESK, fix, asked=asked, repair=_("Read the fields again")
    )


def _changed(context: Context) -> Finding:
    changes = schema.open_changes(context.organization)
    if not changes:
        return ok(_("Nothing changed that nobody has seen."))
    said = " ".join(schema.say_change(change) for change in changes[:3])
    fix = _("Look whether the descriptions still fit, then mark it as seen.")
    return warning(said, HERE, fix)


def _described(context: Context) -> Finding:
    rows = [row for row in _standings(context) if row.is_on]
    if not rows:
        return skipped(_("No field is filled by the AI."))
    vague = [row for row in rows if row.is_vague]
    if not vague:
        return ok(_("No description is too vague."))
    evidence = ngettext("%(titles)s is described too vaguely.", "%(titles)s are described too vaguely.", len(vague))
    fix = _("Say when which option fits; the editor shows what is missing.")
    return warning(evidence % {"titles": _titles(vague)}, HERE, fix)


def _filled(context: Context) -> Finding:
    rows = [row for row in _standings(context) if row.is_on]
    asked, filled = sum(row.asked for row in rows), sum(row.filled for row in rows)
    if not asked:
        return unknown(_("No handoff has asked for a field in the last 7 days."))
    rate = round(100 * filled / asked)
    blanks = Counter(row.last_blank.reason for row in rows if row.last_blank)
    facts = tuple((_word(reason), str(number)) for reason, number in blanks.most_common())
    refused = [row for row in rows if row.mapping is not None and row.mapping.refused_at]
    words = {"rate": rate, "filled": filled, "asked": asked}
    evidence = _("%(rate)s %% filled in 7 days (%(filled)s of %(asked)s).") % words
    if refused:
        evidence += " " + _("Zendesk refused a value of %(titles)s.") % {"titles": _titles(refused)}
        return problem(evidence, HERE, _("See what Zendesk said; change the description or the field."), facts=facts)
    fix = _("Try the description on past sessions, then fill the blanks.")
    return ok(evidence, facts=facts) if rate >= LOW else warning(evidence, HERE, fix, facts=facts)


def _word(reason: str) -> str:
    return str(BlankReason(reason).label) if reason in BlankReason.values else reason or "–"


def _of_session(context: Context) -> Finding:
    handoff = case_of(context).handoff
    rows = list(AIFieldResult.objects.filter(handoff=handoff).select_related("field")) if handoff else []
    if not rows:
        return skipped(_("No field was asked for."))
    blank = [row for row in rows if not row.is_filled]
    words = {"n": len(rows), "filled": len(rows) - len(blank)}
    facts = tuple((row.field.title, _word(row.reason)) for row in blank)
    evidence = _("%(filled)s of %(n)s filled.") % words
    if not blank:
        return ok(evidence)
    fix = _("Each blank says why. Try the description on this session under AI fields.")
    refused = any(row.reason in (BlankReason.REFUSED, BlankReason.FIELD_GONE) for row in blank)
    link = reverse("ai-fields")
    return (problem if refused else warning)(evidence, HERE, fix, facts=facts, link=link)


def _backfill(context: Context) -> Finding:
    row = FieldBackfill.objects.filter(organization=context.organization).first()
    if row is None or not row.is_running:
        return ok(_("None is running."))
    words = {"done": row.done, "total": row.total}
    fix = _("It takes the lowest lane: handoffs and replies go first. Stop it if Zendesk is busy.")
    return warning(_("Running: %(done)s of %(total)s tickets.") % words, HERE, fix, repair=_("Stop it"))


def _preview(context: Context) -> Preview:
    return Preview(
        title=_("Read the ticket fields again?"),
        parts=(("", _("The list of fields and options is read from Zendesk. Nothing is written there.")),),
    )


def _refresh(context: Context, request: HttpRequest, seen: str) -> Done:
    why = refresh_fields(context.organization)
    return Done(ok=False, text=why) if why else Done(ok=True, text=_("Read. What changed is shown under AI fields."))


def _preview_stop(context: Context) -> Preview:
    row = FieldBackfill.objects.filter(organization=context.organization).first()
    is_running = row is not None and row.is_running
    left = row.total - row.done if row is not None else 0
    parts = ((left, _("tickets are left as they are. Filling begins there again when you start it.")),)
    return Preview(title=_("Stop filling the blanks?"), parts=parts, is_empty=not is_running)


def _stop(context: Context, request: HttpRequest, seen: str) -> Done:
    row = FieldBackfill.objects.filter(organization=context.organization).first()
    if row is None or not backfill.cancel(row):
        return Done(ok=False, text=_("Nothing changed: it is over by now."))
    return Done(ok=True, text=_("Stopped. What was filled stays filled."))


STOP_FILLING = Repair(gettext_lazy("Stop it"), _preview_stop, _stop)
READ_FIELDS = Repair(gettext_lazy("Read the fields again"), _preview, _refresh)
BLANK = gettext_lazy("AI fields stay blank in tickets.")


def _place() -> str:
    return reverse("ai-fields")


CHECKS = (
    Check(
        "fields.on",
        FAMILY,
        gettext_lazy("Is the AI told to fill fields?"),
        BLANK,
        gettext_lazy("A field that is described but switched off is left alone."),
        gettext_lazy("Switch it on under AI fields."),
        _on,
        rows=(7,),
        place=_place,
    ),
    Check(
        "fields.there",
        FAMILY,
        gettext_lazy("Are all mapped fields still there?"),
        BLANK,
        gettext_lazy("Somebody removed a field in Zendesk, or switched it off."),
        gettext_lazy("Map another field, or switch it on again; then read the fields."),
        _there,
        rows=(7,),
        repair=READ_FIELDS,
        place=_place,
    ),
    Check(
        "fields.changed",
        FAMILY,
        gettext_lazy("Are the fields as they were when they were described?"),
        BLANK,
        gettext_lazy("Options were added, renamed or removed: the AI gives only those that are in the list."),
        gettext_lazy("Look at each change and mark it as seen."),
        _changed,
        rows=(7,),
        place=_place,
    ),
    Check(
        "fields.described",
        FAMILY,
        gettext_lazy("Are the descriptions clear enough?"),
        BLANK,
        gettext_lazy("A description that names no option leaves the AI unsure, and it then leaves the field blank."),
        gettext_lazy("Say when which option fits, and try it on past sessions."),
        _described,
        rows=(7,),
        place=_place,
    ),
    Check(
        "fields.filled",
        FAMILY,
        gettext_lazy("How many are filled?"),
        BLANK,
        gettext_lazy("Every blank has a reason: not sure, not in the list, refused by Zendesk."),
        gettext_lazy("Mend the most frequent reason, then fill the blanks of open tickets."),
        _filled,
        rows=(7,),
        place=_place,
    ),
    Check(
        "fields.session",
        FAMILY,
        gettext_lazy("Were the AI fields of this ticket filled?"),
        BLANK,
        gettext_lazy("Every blank has a reason of its own."),
        gettext_lazy("Try the description on this session, then fill the blanks."),
        _of_session,
        rows=(7,),
        scopes=SUBJECTS,
    ),
    Check(
        "limits.backfill",
        "limits",
        gettext_lazy("Does no filling of blanks take calls just now?"),
        gettext_lazy("Handoffs and replies take longer than usual."),
        gettext_lazy("Filling the blanks of many tickets uses calls that others could use."),
        gettext_lazy("Stop it, and begin again in a quiet hour; it goes on where it was."),
        _backfill,
        rows=(17,),
        repair=STOP_FILLING,
        place=lambda: reverse("ai-fields-backfill"),
    ),
)
