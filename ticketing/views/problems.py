"""Problems: failures grouped by cause, what each rests on, and what people decided about it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Count, QuerySet
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from opencx_admin.orgs.access import PageRequest, page
from opencx_admin.orgs.components import Action, Empty, Mark, Tab, Verdict
from opencx_admin.orgs.filters import Facet, Filters
from opencx_admin.orgs.models import Membership, Role, User
from ticketing.models import Problem, ProblemSweep, ReasonCode
from ticketing.models.handoffs import Owner
from ticketing.problems import acts
from ticketing.problems.evidence import list_changes, list_examples, read_trend, since_words
from ticketing.problems.stages import STAGES
from ticketing.problems.words import STAGE_WORDS, say, say_count
from ticketing.reading.reader import Reader
from ticketing.reading.reconciled import read_reconciled
from ticketing.replay.choosing import is_replayable

State = Problem.State
NOW, HEALING, SEEN, OVER = "", "healing", "seen", "over"
VIEWS = {
    NOW: gettext_lazy("Needs a person"),
    HEALING: gettext_lazy("Heals by itself"),
    SEEN: gettext_lazy("Seen"),
    OVER: gettext_lazy("Resolved"),
}
FACETS = (
    Facet("owner", gettext_lazy("Whose move"), Owner.choices),
    Facet("stage", gettext_lazy("Stage"), list(STAGE_WORDS.items())),
    Facet("assignee", gettext_lazy("Assigned to"), (("me", gettext_lazy("me")), ("nobody", gettext_lazy("nobody")))),
)
MOST = 200
MARKS = {
    State.ACKNOWLEDGED: Mark("checking", gettext_lazy("Acknowledged")),
    State.SNOOZED: Mark("waiting", gettext_lazy("Snoozed")),
    State.RESOLVED: Mark("ok", gettext_lazy("Resolved")),
    State.IGNORED: Mark("ignored", gettext_lazy("Ignored")),
}


@page()
def problems(request: PageRequest) -> HttpResponse:
    """/problems/?view= and the filters of `FACETS`."""
    view = request.GET.get("view", NOW)
    view = view if view in VIEWS else NOW
    filters = Filters.read(reverse("problems"), FACETS, request.GET, view=view)
    everything = Problem.objects.filter(organization=request.org)
    found = list(_filtered(in_view(everything, view), filters, request.user).select_related("assignee")[:MOST])
    order = list(STAGES)
    if view != OVER:
        found.sort(key=lambda row: (order.index(row.stage) if row.stage in order else len(order), row.began_at))
    swept = ProblemSweep.objects.filter(organization=request.org).first()
    context = {
        "verdict": _judge(everything, swept),
        "tabs": [
            Tab(
                word,
                f"{filters.path}?view={name}" if name else filters.path,
                in_view(everything, name).count(),
                is_current=name == view,
            )
            for name, word in VIEWS.items()
        ],
        "chips": filters.chips(),
        "adds": filters.adds(),
        "rows": [_row(row, request) for row in found],
        "empty": None if found else _empty(filters, view),
        "reconciled": read_reconciled(request.org),
        "is_blind": [STAGE_WORDS[name] for name in (swept.blind if swept else []) if name in STAGE_WORDS],
    }
    return render(request, "ticketing/problems.html", context)


def in_view(rows: QuerySet[Problem], view: str) -> QuerySet[Problem]:
    """The problems of a saved view."""
    if view == OVER:
        return rows.filter(state=State.RESOLVED).order_by("-resolved_at")
    if view == SEEN:
        return rows.filter(state__in=(State.ACKNOWLEDGED, State.SNOOZED, State.IGNORED))
    return rows.filter(state=State.OPEN, is_healing=view == HEALING)


def _filtered(rows: QuerySet[Problem], filters: Filters, person: User) -> QuerySet[Problem]:
    plain = {name: filters.get(name) for name in ("owner", "stage") if filters.get(name)}
    rows = rows.filter(**plain)
    whose = filters.get("assignee")
    if whose:
        rows = rows.filter(assignee=person) if whose == "me" else rows.filter(assignee=None)
    return rows


def _row(row: Problem, request: PageRequest) -> dict[str, Any]:
    return {"problem": row, "said": say(row), "count": say_count(row), "stage": STAGE_WORDS.get(row.stage, row.stage),
            "since": since_words(row), "mark": mark_of(row), "trend": read_trend(row),
            "who": Reader(request.role).emails(str(row.assignee)) if row.assignee else ""}  # fmt: skip


def mark_of(row: Problem) -> Mark:
    """Its state in the words of the look."""
    if row.state != State.OPEN:
        return MARKS[State(row.state)]
    if row.is_healing:
        return Mark("retrying")
    return Mark("problem" if row.owner in (Owner.YOU_HERE, Owner.YOU_ZENDESK) else "warning")


def _judge(rows: QuerySet[Problem], swept: ProblemSweep | None) -> Verdict:
    at = swept.swept_at if swept else None
    counts = dict(in_view(rows, NOW).order_by().values_list("owner").annotate(n=Count("pk")))
    total, healing = sum(counts.values()), in_view(rows, HEALING).count()
    if at is None:
        return Verdict("unknown", _("Nobody has looked yet"), _("The background worker looks every 30 seconds."))
    heals = ngettext("%(n)s more heals by itself.", "%(n)s more heal by themselves.", healing) % {"n": healing}
    if not total:
        return Verdict("ok", _("No problem needs a person"), heals if healing else "", at)
    title = ngettext("%(n)s problem needs a person", "%(n)s problems need a person", total) % {"n": total}
    here, there = counts.get(Owner.YOU_HERE, 0), counts.get(Owner.YOU_ZENDESK, 0)
    text = _("%(here)s to mend here, %(there)s in Zendesk, %(rest)s for others.") % {
        "here": here, "there": there, "rest": total - here - there
    }  # fmt: skip
    return Verdict("problem" if here or there else "warning", title, f"{text} {heals}" if healing else text, at)


def _empty(filters: Filters, view: str) -> Empty:
    chips = filters.chips()
    if chips:
        words = {"name": chips[-1].name, "value": chips[-1].value}
        text = _("“%(name)s: %(value)s” may be too narrow.") % words
        return Empty("filtered", _("No problem matches"), text, Action(_("Remove that filter"), chips[-1].remove_url))
    texts = {
        NOW: _("What fails or goes missing stands here by its cause, within half a minute."),
        HEALING: _("What retries by itself stands here."),
        SEEN: _("What somebody acknowledged, snoozed or ignored stands here."),
        OVER: _("What was mended stands here, and opens again when it comes back."),
    }
    return Empty("well", _("Nothing here now"), texts[view])


@page(read=Role.VIEWER, write=Role.LEAD)
def problem(request: PageRequest, pk: int) -> HttpResponse:
    """/problems/<id>/. POST `action` = acknowledge (`note`), snooze (`for`), assign (`person`), ignore, reopen."""
    rows = Problem.objects.filter(organization=request.org).select_related("organization", "assignee")
    row = get_object_or_404(rows, pk=pk)
    if request.method != "POST":
        return _show(request, row)
    action = request.POST.get("action", "")
    done = _act(request, row, action)
    if done is None:
        return _show(request, row, status=422)
    if done:
        messages.success(request, acts.say_done(action))
    else:
        messages.error(request, _("Nothing changed: it is resolved by now."))
    return HttpResponseRedirect(row.get_absolute_url(), status=303)


def _act(request: PageRequest, row: Problem, action: str) -> bool | None:
    """True when it was done, False when it was too late, None when the page knows no such act."""
    if action == "acknowledge":
        return acts.acknowledge(request, row, request.POST.get("note", "").replace("\x00", "").strip()[:500])
    if action == "snooze" and request.POST.get("for") in acts.SNOOZES:
        return acts.snooze(request, row, request.POST["for"])
    if action == "ignore":
        return acts.ignore(request, row)
    if action == "reopen":
        return acts.reopen(request, row)
    if action == "assign":
        wanted = request.POST.get("person", "")
        person = _people(request).filter(pk=wanted).first() if wanted.isdecimal() and len(wanted) < 19 else None
        return acts.assign(request, row, person) if person or not wanted else None
    return None


def _people(request: PageRequest) -> QuerySet[User]:
    """The members who may act."""
    may = [role for role in Role if role.allows(Role.LEAD)]
    members = Membership.objects.filter(organization=request.org, role__in=may)
    return User.objects.filter(pk__in=members.values("user"), is_active=True).order_by("name", "email")


def _show(request: PageRequest, row: Problem, status: int = 200) -> HttpResponse:
    reader, may_act = Reader(request.role), request.role.allows(Role.LEAD)
    trend = read_trend(row)
    context = {
        "problem": row,
        "said": say(row),
        "stage": STAGE_WORDS.get(row.stage, row.stage),
        "count": say_count(row),
        "since": since_words(row),
        "mark": mark_of(row),
        "detail": reader.emails(row.detail) if row.stage not in ("breaker",) else "",
        "examples": list_examples(row, reader),
        "changes": list_changes(row, reader),
        "trend": trend,
        "trend_total": sum(hour.count for hour in trend),
        "as_table": bool(request.GET.get("table")),
        "people": [(person.pk, reader.emails(str(person))) for person in _people(request)],
        "assignee": reader.emails(str(row.assignee)) if row.assignee else "",
        "changed_by": reader.emails(row.changed_by),
        "snoozes": [(key, word) for key, (word, _length) in acts.SNOOZES.items()],
        "may_act": may_act,
        "replay_url": f"{reverse('replay')}?problem={row.pk}" if is_replayable(row) else "",
        # Without an address a replay changes nothing: entering it does.
        "is_replay_best": is_replayable(row) and row.code != ReasonCode.CONTACT_HAS_NO_EMAIL,
    }
    return render(request, "ticketing/problem.html", context, status=status)
