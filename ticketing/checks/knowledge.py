"""Are the Help Center's articles there for the AI to answer from?"""

from __future__ import annotations

import datetime as dt

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from integrations.doctor.finding import HERE, IN_ZENDESK, Finding, ok, problem, skipped, unknown, warning
from integrations.doctor.registry import Check, Context, Done, Preview, Repair
from opencx_admin.orgs.times import moment_text
from ticketing.knowledge import sources
from ticketing.models import Article, KnowledgeSource

FAMILY = "knowledge"
State, Cadence = KnowledgeSource.State, KnowledgeSource.Cadence
LATE = {Cadence.HOURLY: dt.timedelta(hours=3), Cadence.DAILY: dt.timedelta(hours=30)}


def _source(context: Context) -> KnowledgeSource | None:
    return context.recall("knowledge", lambda: sources.find_source(context.organization))


def _none() -> Finding:
    return skipped(_("No Help Center was added under Data sources."))


def _synced(context: Context) -> Finding:
    source = _source(context)
    if source is None:
        return _none()
    last = source.runs.order_by("-pk").first()
    when = moment_text(source.synced_at) if source.synced_at else _("never")
    facts = ((_("Last sync"), when), (_("Looks"), str(source.get_cadence_display())))
    if source.state == State.FAILED:
        why = last.detail if last else ""
        fix = _("See what it says, then sync now.")
        return problem(_("The last sync failed: %(why)s") % {"why": why}, HERE, fix, facts=facts, repair=_("Sync now"))
    if sources.open_question(source) is not None:
        fix = _("Decide under Data sources whether the missing articles are withdrawn.")
        return warning(_("A full look did not find many articles and asks you."), HERE, fix, facts=facts)
    if source.is_moving:
        done = f"{last.processed}/{last.total}" if last and last.total else ""
        return unknown(_("It is under way. %(done)s") % {"done": done}, "us", facts=facts)
    late = LATE.get(Cadence(source.cadence))
    if late is not None and (source.synced_at is None or timezone.now() - source.synced_at > late):
        evidence = _("The last sync was %(when)s.") % {"when": when}
        return warning(evidence, HERE, _("Sync now."), facts=facts, repair=_("Sync now"))
    return ok(_("Up to date, synced %(when)s.") % {"when": when}, facts=facts)


def _public(context: Context) -> Finding:
    source = _source(context)
    if source is None:
        return _none()
    rows = Article.objects.filter(source=source, edition=source.edition, withdrawn_at=None)
    total, public = rows.count(), rows.filter(is_public=True).count()
    facts = (
        (_("Drafts"), str(rows.filter(is_draft=True).count())),
        (_("Restricted"), str(rows.filter(is_draft=False, is_restricted=True).count())),
        (_("Never cited"), str(rows.filter(last_cited_at=None).count())),
    )
    words = {"public": public, "total": total}
    if not total:
        fix = _("Publish articles, then sync now.")
        return warning(_("The Help Center has no article."), IN_ZENDESK, fix, facts=facts, repair=_("Sync now"))
    evidence = _("%(public)s of %(total)s articles may be told to contacts.") % words
    if not public:
        fix = _("Publish them for everyone: drafts and restricted articles are for agents only.")
        return problem(evidence, IN_ZENDESK, fix, facts=facts)
    return ok(evidence, facts=facts)


def _indexed(context: Context) -> Finding:
    source = _source(context)
    if source is None:
        return _none()
    rows = Article.objects.filter(source=source, edition=source.edition, withdrawn_at=None)
    without = rows.filter(passages=None).exclude(problem=Article.Problem.EMPTY)
    flawed = rows.exclude(problem="")
    lost, number = without.count(), flawed.count()
    if lost:
        evidence = ngettext("%(n)s article is not in the index.", "%(n)s articles are not in the index.", lost)
        fix = _("Sync now: it is indexed again.")
        return problem(evidence % {"n": lost}, HERE, fix, repair=_("Sync now"))
    if number:
        facts = tuple((row.title[:80], str(row.get_problem_display())) for row in flawed[:6])
        evidence = ngettext(
            "%(n)s article is searched only in part, or not.",
            "%(n)s articles are searched only in part, or not.",
            number,
        )
        fix = _("Give it text, or split it in Zendesk.")
        return warning(evidence % {"n": number}, IN_ZENDESK, fix, facts=facts)
    return ok(_("All %(n)s are searched.") % {"n": rows.count()})


def _preview(context: Context) -> Preview:
    return Preview(
        title=_("Sync the Help Center now?"),
        parts=(("", _("What changed since the last look is read. Nothing is written in Zendesk.")),),
        is_empty=_source(context) is None,
    )


def _sync(context: Context, request: HttpRequest, seen: str) -> Done:
    source = _source(context)
    if source is None:
        return Done(ok=False, text=_("No Help Center was added."))
    sources.ask(source, KnowledgeSource.Ask.SYNC, request=request)
    return Done(ok=True, text=_("It is being read now."))


def _is_under_way(context: Context) -> bool:
    source = sources.find_source(context.organization)
    return source is not None and source.is_moving


SYNC_NOW = Repair(gettext_lazy("Sync now"), _preview, _sync, is_under_way=_is_under_way)
MISSING = gettext_lazy("An article of the Help Center is missing from answers.")


def _place() -> str:
    return reverse("data-sources")


CHECKS = (
    Check(
        "knowledge.synced",
        FAMILY,
        gettext_lazy("Is the copy of the Help Center up to date?"),
        MISSING,
        gettext_lazy("The sync is running, failed, or has not looked for changes for long."),
        gettext_lazy("Sync now. Data sources also tells of one article whether the AI would use it."),
        _synced,
        rows=(8,),
        repair=SYNC_NOW,
        place=_place,
    ),
    Check(
        "knowledge.public",
        FAMILY,
        gettext_lazy("May contacts be told of the articles?"),
        MISSING,
        gettext_lazy("Drafts, and articles restricted to signed-in users or segments, are for agents only."),
        gettext_lazy("Publish the article for everyone in Zendesk; the next sync takes it over."),
        _public,
        rows=(8,),
        repair=SYNC_NOW,
        place=_place,
    ),
    Check(
        "knowledge.indexed",
        FAMILY,
        gettext_lazy("Is every article searched?"),
        MISSING,
        gettext_lazy("An article without text has nothing to search, and of a very long one only its beginning is."),
        gettext_lazy("Give it text or split it in Zendesk, then sync now."),
        _indexed,
        rows=(8,),
        repair=SYNC_NOW,
        place=_place,
    ),
)
