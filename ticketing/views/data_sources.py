"""Data sources: the Help Center's copy, how it stands, and what the AI would find in it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from integrations.models import ZendeskConnection
from integrations.tasks import ring_again
from opencx_admin.orgs.access import PageRequest, page
from opencx_admin.orgs.models import Role
from ticketing.knowledge import showing, sources
from ticketing.knowledge.citing import read_address
from ticketing.knowledge.confirming import ask_first
from ticketing.knowledge.one import NotRead, sync_article
from ticketing.knowledge.search import Audience, search
from ticketing.knowledge.tasks import sync_knowledge
from ticketing.models import Article, KnowledgeSource
from ticketing.views.live import answer_live

TEMPLATE = "ticketing/data_sources.html"
Ask = KnowledgeSource.Ask
ASKS = {
    "sync": Ask.SYNC,
    "rebuild": Ask.REBUILD,
    "accept_sweep": Ask.ACCEPT_SWEEP,
    "accept_rebuild": Ask.ACCEPT_REBUILD,
}


class CadenceForm(forms.Form):
    """How often changes are looked for."""

    cadence = forms.ChoiceField(
        label=gettext_lazy("Look for changes"),
        choices=KnowledgeSource.Cadence.choices,
        widget=forms.RadioSelect,
        initial=KnowledgeSource.Cadence.HOURLY,
    )


@page(read=Role.VIEWER, write=Role.ADMIN)
def data_sources(request: PageRequest) -> HttpResponse:
    """/data-sources/?ask=&check=&find=&audience=; `action`: add, cadence, sync, rebuild, accept_…, keep, remove,
    sync_article."""
    source = sources.find_source(request.org)
    if request.method == "POST":
        return _act(request, source)
    may_act = request.role.allows(Role.ADMIN)
    if source is not None and may_act and (confirm := ask_first(source, request.GET.get("ask", ""))):
        return render(request, "ticketing/data_sources_confirm.html", {"confirm": confirm})
    if source is None:
        return _show_unset(request, CadenceForm())
    if request.GET.get("check", "").strip() and not request.htmx:
        found = _check(request, source)
        if isinstance(found, HttpResponse):
            return found
    return _show(request, source)


def _act(request: PageRequest, source: KnowledgeSource | None) -> HttpResponse:
    action = request.POST.get("action", "")
    if action == "add":
        return _add(request)
    if source is None:
        return _show_unset(request, CadenceForm(), status=422)
    if action in ASKS:
        sources.ask(source, ASKS[action], request=request)
        ring_again(sync_knowledge, source, source.pk)
        messages.success(request, _("Asked for. The progress is below."))
    elif action == "cadence":
        form = CadenceForm(request.POST)
        if not form.is_valid():
            return _show(request, source, form, status=422)
        sources.set_cadence(source, form.cleaned_data["cadence"], request=request)
        messages.success(request, _("Saved. The next look is named below."))
    elif action == "keep":
        sources.keep_missing(source, request=request)
        messages.info(request, _("Nothing was taken away."))
    elif action == "remove":
        sources.remove_source(source, request=request)
        messages.success(request, _("Removed. The AI answers without the Help Center from now on."))
    elif action == "sync_article":
        return _sync_article(request, source)
    else:
        return _show(request, source, status=422)
    return redirect("data-sources")


def _add(request: PageRequest) -> HttpResponse:
    form = CadenceForm(request.POST)
    has_account = ZendeskConnection.objects.filter(organization=request.org).exists()
    if not form.is_valid() or not has_account:
        return _show_unset(request, form, status=422)
    source = sources.add_source(request.org, form.cleaned_data["cadence"], request=request)
    ring_again(sync_knowledge, source, source.pk)
    messages.success(request, _("Added. The first sync has begun."))
    return redirect("data-sources")


def _sync_article(request: PageRequest, source: KnowledgeSource) -> HttpResponse:
    number, _locale = read_address(request.POST.get("article", ""))
    if number is None:
        messages.error(request, _("That holds no article’s number. Nothing was read."))
        return redirect("data-sources")
    try:
        is_there = sync_article(source, number, request=request)
    except NotRead as why:
        messages.error(request, _("Not read, nothing changed: %(why)s") % {"why": why})
    else:
        said = _("Read just now.") if is_there else _("Zendesk has no such article. It is in no answer.")
        messages.success(request, said)
    found = _find(source, number, "")
    return redirect(found) if found else redirect("data-sources")


def _check(request: PageRequest, source: KnowledgeSource) -> HttpResponse | None:
    """Go to the page of the article that an address or a number names; None when it is not in the copy."""
    number, locale = read_address(request.GET["check"])
    found = _find(source, number, locale) if number is not None else None
    return redirect(found) if found else None


def _find(source: KnowledgeSource, number: int, locale: str) -> Article | None:
    rows = list(Article.objects.filter(source=source, edition=source.edition, external_id=number))
    wanted = [locale, source.default_locale]
    return min(rows, key=lambda row: (row.locale not in wanted, row.locale != locale, row.pk), default=None)


def _show_unset(request: PageRequest, form: CadenceForm, status: int = 200) -> HttpResponse:
    context = {
        "form": form,
        "connection": ZendeskConnection.objects.filter(organization=request.org).first(),
        "may_act": request.role.allows(Role.ADMIN),
    }
    return render(request, "ticketing/data_sources_unset.html", context, status=status)


def _show(
    request: PageRequest, source: KnowledgeSource, form: CadenceForm | None = None, status: int = 200
) -> HttpResponse:
    may_act = request.role.allows(Role.ADMIN)
    totals = showing.count_articles(source)
    run = source.runs.order_by("-pk").first()
    context: dict[str, Any] = {
        "source": source,
        "totals": totals,
        "mark": showing.show_mark(source),
        "verdict": showing.judge(source, totals),
        "banner": showing.warn(source, may_act=may_act),
        "progress": showing.show_progress(source, run),
        "runs": showing.list_runs(source),
        "problems": showing.list_problems(source),
        "form": form or CadenceForm(initial={"cadence": source.cadence}),
        "may_act": may_act,
        **_read_questions(request, source),
    }
    version = f"{source.state}:{run.pk if run else 0}:{run.processed if run else 0}:{totals}:{source.last_error}"
    answer = answer_live(request, TEMPLATE, context, seconds=2 if source.is_moving else 0, version=version)
    if status != 200:
        answer.status_code = status
    return answer


def _read_questions(request: PageRequest, source: KnowledgeSource) -> dict[str, Any]:
    """What was asked in the two boxes, and what there is to say."""
    asked, checked = request.GET.get("find", "").strip()[:500], request.GET.get("check", "").strip()[:500]
    audience = Audience.AGENTS if request.GET.get("audience") == Audience.AGENTS else Audience.CONTACTS
    found = search(request.org, asked, audience=audience) if asked and not request.htmx else []
    keys = [passage.article_id.split(":") for passage in found]
    return {
        "asked": asked,
        "audience": audience,
        "found": list(zip(found, keys, strict=True)),
        "checked": checked,
        "checked_number": read_address(checked)[0] if checked else None,
    }
