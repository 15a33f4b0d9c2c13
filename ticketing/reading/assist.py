"""What the pages of Assist say: how it stands, the ledger's filters and counts, and one case in words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.db.models import Count, F, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from integrations.ai import is_configured
from integrations.models import ObjectKind, ProvisionedObject, WebhookEvent, ZendeskConnection
from opencx_admin.orgs.components import Action, Empty, Evidence, Mark, Tab, Verdict
from opencx_admin.orgs.filters import Facet, Filters
from opencx_admin.orgs.models import Organization, Role
from opencx_admin.orgs.times import moment_text
from ticketing.models import Article, AssistCase, AssistReason, AssistSettings, KnowledgeSource

Status = AssistCase.Status
WEEK = dt.timedelta(days=7)
# Calls for tickets opened in Zendesk, as the inbox names them: considered, and before Assist was on.
CONSIDERED, NATIVE = "assist", "native_ticket"
# Where what is missing is mended.
REPAIRS = {
    "account": (gettext_lazy("Connect Zendesk"), "zendesk-ticketing"),
    "trigger": (gettext_lazy("Put the trigger in place"), "zendesk-objects"),
    "knowledge": (gettext_lazy("Add knowledge"), "data-sources"),
}
STATUS_WORDS: dict[str, tuple[str, str | Promise]] = {
    Status.QUEUED: ("queued", gettext_lazy("Queued")),
    Status.WORKING: ("working", gettext_lazy("Working")),
    Status.RETRYING: ("retrying", gettext_lazy("Retrying")),
    Status.DRAFTED: ("delivered", gettext_lazy("Drafted")),
    Status.QUIET: ("skipped", gettext_lazy("Stayed quiet")),
    Status.FAILED: ("failed", gettext_lazy("Failed")),
}
FACETS = (
    Facet("status", gettext_lazy("Status"), Status.choices),
    Facet("reason", gettext_lazy("Reason"), AssistReason.choices),
    Facet("ticket", gettext_lazy("Ticket")),
)


def mark_of(case: AssistCase) -> Mark:
    """Its status as icon and word."""
    return Mark(*STATUS_WORDS[case.status])


def tabs_of(here: str) -> list[Tab]:
    """The two pages of Assist."""
    return [
        Tab(_("Settings"), reverse("assist"), is_current=here == "assist"),
        Tab(_("Ledger"), reverse("assist-ledger"), is_current=here == "assist-ledger"),
    ]


def filtered(organization: Organization, filters: Filters) -> QuerySet[AssistCase]:
    """The cases that the filters ask for. “Considered within 48 hours” are those that Zendesk rang for again."""
    rows = AssistCase.objects.filter(organization=organization)
    status, reason, ticket = (filters.get(facet.param) for facet in FACETS)
    if status:
        rows = rows.filter(status=status)
    if reason == AssistReason.ALREADY_DRAFTED:
        rows = rows.filter(repeats__gt=0)
    elif reason:
        rows = rows.filter(reason=reason)
    if ticket:
        number = ticket.lstrip("#")
        is_number = number.isascii() and number.isdigit() and len(number) < 19
        rows = rows.filter(ticket_id=int(number)) if is_number else rows.none()
    return rows


@dataclass(frozen=True, slots=True)
class WeekCount:
    """How many cases of the last seven days ended so, and the ledger's page with them."""

    mark: Mark
    word: str | Promise
    number: int
    url: str

    @property
    def short(self) -> str:
        """The same in one line: “Drafted: 4”, “No helpful answer: 2”."""
        is_plain = self.mark.value == "delivered" or not self.word
        return f"{self.mark.word if is_plain else self.word}: {self.number}"


def count_week(organization: Organization) -> list[WeekCount]:
    """What became of the tickets considered in the last seven days, drafts first."""
    rows = AssistCase.objects.filter(organization=organization, created_at__gte=timezone.now() - WEEK)
    groups = rows.values("status", "reason").annotate(n=Count("pk")).order_by("-n", "reason")
    ledger = reverse("assist-ledger")
    drafted = [
        WeekCount(Mark(*STATUS_WORDS[Status.DRAFTED]), _("a note on the ticket"), row["n"], f"{ledger}?status=drafted")
        for row in groups
        if row["status"] == Status.DRAFTED
    ]
    others = [
        WeekCount(
            Mark(*STATUS_WORDS[row["status"]]),
            AssistReason(row["reason"]).label if row["reason"] else "",
            row["n"],
            f"{ledger}?status={row['status']}" + (f"&reason={row['reason']}" if row["reason"] else ""),
        )
        for row in groups
        if row["status"] != Status.DRAFTED
    ]
    return drafted + others


def count_articles(organization: Organization) -> int:
    """Articles that drafts can rest on, in every language."""
    rows = Article.objects.filter(organization=organization, source__is_on=True, edition=F("source__edition"))
    return rows.filter(withdrawn_at=None).count()


def tell_verdict(organization: Organization, wanted: AssistSettings, checks: Sequence[Evidence]) -> Verdict:
    """The sentence that the settings open with."""
    rows = AssistCase.objects.filter(organization=organization)
    last = rows.filter(status=Status.DRAFTED).order_by("-done_at").first()
    text = (
        _("Last draft: ticket #%(ticket)s, %(when)s.") % {"ticket": last.ticket_id, "when": moment_text(last.done_at)}
        if last and last.done_at
        else _("No draft was written yet.")
    )
    if not wanted.is_enabled:
        return Verdict("unknown", _("Assist is off"), _("Tickets opened in Zendesk get no draft."))
    missing = [row for row in checks if row.verdict == "problem"]
    if missing:
        label, page = REPAIRS[missing[0].code]
        action = Action(label, reverse(page))
        return Verdict("problem", _("Assist is on and cannot draft"), str(missing[0].answer), action=action)
    failed = rows.filter(status=Status.FAILED, created_at__gte=timezone.now() - WEEK).count()
    if failed:
        title = ngettext(
            "Assist drafts; %(n)s ticket of the last 7 days failed",
            "Assist drafts; %(n)s tickets of the last 7 days failed",
            failed,
        ) % {"n": failed}
        action = Action(_("Show them"), f"{reverse('assist-ledger')}?status=failed")
        return Verdict("warning", title, text, action=action)
    if any(row.verdict == "warning" for row in checks):
        return Verdict("warning", _("Assist is on, with a gap"), text)
    return Verdict("ok", _("Assist drafts answers on tickets opened in Zendesk"), text)


def list_checks(organization: Organization, wanted: AssistSettings) -> list[Evidence]:
    """What Assist needs: an account, a trigger that tells it, an engine, knowledge."""
    return [
        _check_account(organization),
        _check_trigger(organization, wanted),
        _check_engine(),
        _check_knowledge(organization, wanted),
    ]


def _check_account(organization: Organization) -> Evidence:
    asked = _("Is there an account to write notes in?")
    connection = ZendeskConnection.objects.filter(organization=organization).first()
    if connection is None:
        return Evidence("account", "problem", asked, _("Zendesk Ticketing is not connected."))
    if connection.refused_at is not None:
        return Evidence("account", "problem", asked, _("Zendesk refuses our credentials."))
    return Evidence("account", "ok", asked, connection.subdomain)


def _check_trigger(organization: Organization, wanted: AssistSettings) -> Evidence:
    asked = _("Does Zendesk tell us of such tickets?")
    objects = ProvisionedObject.objects.filter(organization=organization)
    found = objects.filter(kind=ObjectKind.ASSIST_TRIGGER).first()
    # Where nothing of ours is in the account, whoever made its triggers may ring for native tickets too.
    telling = [CONSIDERED] if objects.exists() else [CONSIDERED, NATIVE]
    calls = WebhookEvent.objects.filter(organization=organization, reason__in=telling)
    last = calls.order_by("-received_at").values_list("received_at", flat=True).first()
    rung = _("Last call %(when)s.") % {"when": moment_text(last)} if last else _("No call came yet.")
    if found is None and last and last > timezone.now() - WEEK:
        return Evidence("trigger", "ok", asked, _("A trigger made by hand calls us. %(rung)s") % {"rung": rung})
    if found is None:
        verdict = "problem" if wanted.is_enabled else "skipped"
        return Evidence("trigger", verdict, asked, _("Its trigger is not in Zendesk. Objects puts it there."))
    if found.is_gone:
        return Evidence("trigger", "problem", asked, _("Somebody deleted its trigger. Objects makes it again."))
    if found.drift:
        text = _("Somebody changed its trigger. Objects shows what. %(rung)s") % {"rung": rung}
        return Evidence("trigger", "warning", asked, text)
    words = {"title": found.title, "rung": rung}
    return Evidence("trigger", "ok", asked, _("“%(title)s” is in place. %(rung)s") % words)


def _check_engine() -> Evidence:
    asked = _("Who writes the drafts?")
    if is_configured():
        words = {"model": settings.AI_MODEL}
        return Evidence("engine", "ok", asked, _("The AI service, model %(model)s.") % words)
    return Evidence("engine", "ok", asked, _("The built-in engine: it quotes your articles and calls nobody."))


def _check_knowledge(organization: Organization, wanted: AssistSettings) -> Evidence:
    asked = _("Is there knowledge to draft from?")
    number = count_articles(organization)
    if number:
        text = ngettext("%(n)s article, internal ones too.", "%(n)s articles, internal ones too.", number)
        return Evidence("knowledge", "ok", asked, text % {"n": number})
    has_source = KnowledgeSource.objects.filter(organization=organization).exists()
    text = _("The data source holds no article yet.") if has_source else _("There is no data source yet.")
    needs_it = wanted.only_sourced or not is_configured()
    return Evidence("knowledge", "problem" if needs_it and wanted.is_enabled else "warning", asked, text)


def list_rules(kept_back: Sequence[tuple[str, str]]) -> list[Evidence]:
    """The rules that would keep a draft back now, each with its sentence."""
    if not kept_back:
        return [Evidence("rules", "ok", _("No rule would keep it quiet now."))]
    return [
        Evidence("rules", "warning", _("It would stay quiet: %(rule)s.") % {"rule": rule}, why)
        for rule, why in kept_back
    ]


def say_empty(organization: Organization, wanted: AssistSettings, filters: Filters, role: Role) -> Empty:
    """Why the ledger shows nothing."""
    if filters.values:
        number = AssistCase.objects.filter(organization=organization).count()
        text = ngettext("Without filters there is %(n)s.", "Without filters there are %(n)s.", number) % {"n": number}
        return Empty("filtered", _("No ticket matches"), text, Action(_("Remove the filters"), filters.path))
    if not wanted.is_enabled:
        label = _("Turn Assist on") if role.allows(Role.ADMIN) else _("Show the settings")
        text = _("Once it is on, every ticket that it considers stands here with the reason.")
        return Empty("unset", _("Assist is off"), text, Action(label, reverse("assist")))
    text = _("Open a ticket in Zendesk with a public comment, and it stands here within seconds.")
    return Empty("unset", _("No ticket was considered yet"), text, Action(_("Show the settings"), reverse("assist")))
