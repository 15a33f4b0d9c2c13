"""The Help Center's copy over real HTTP: every article, what changes, what vanishes, and what must never vanish."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from integrations.hooks import tell_verified
from integrations.models import ProviderCall, RateBudget, ZendeskConnection
from opencx_admin.crypto import Secret
from opencx_admin.due import due
from opencx_admin.orgs.models import Organization
from tests.api_client import ApiClient
from tests.flows.between import Between, stand_between
from tests.sandbox.server import Desk, Sandbox
from ticketing.knowledge.index import Audience
from ticketing.knowledge.one import NotRead, sync_article
from ticketing.knowledge.search import search
from ticketing.knowledge.sources import add_source, ask
from ticketing.knowledge.sync import advance
from ticketing.models import Article, ArticlePassage, KnowledgeSource, SyncRun

Kind, State, Ask = SyncRun.Kind, KnowledgeSource.State, KnowledgeSource.Ask
RETURNS = {"title": "Send something back", "body": "<p>Send parcels back within <b>thirty</b> days.</p>"}
SIZES = {"title": "Find your size", "body": "<h2>Boots</h2><p>Boots come out half a number small.</p>"}


@pytest.fixture(autouse=True)
def empty_shelves(desk: Desk) -> None:
    """An account begins with a Help Center without articles."""
    desk.help_center(replace=True, is_on=True, default_locale="en-us", locales=["en-us", "de"])


@pytest.fixture
def between(desk: Desk, sandbox: Sandbox, settings: Settings) -> Iterator[Between]:
    with stand_between(sandbox.url) as found:
        settings.ZENDESK_URL = f"{found.url}/{{subdomain}}"
        yield found


def work(source: KnowledgeSource, rounds: int = 200) -> KnowledgeSource:
    """Let the worker do what is due until the source rests."""
    for _round in range(rounds):
        row = due(KnowledgeSource.objects.filter(pk=source.pk)).first()
        if row is None:
            break
        advance(row)
    source.refresh_from_db()
    return source


def synced(org: Organization) -> KnowledgeSource:
    """A source after its first sync."""
    source = work(add_source(org))
    assert source.state == State.READY, source.last_error
    return source


def again(source: KnowledgeSource, what: KnowledgeSource.Ask = Ask.SYNC) -> SyncRun:
    """What a person asks for, done; the run that did it."""
    ask(source, what)
    work(source)
    return source.runs.latest("pk")


def swept(source: KnowledgeSource) -> SyncRun:
    """The daily full look."""
    KnowledgeSource.objects.filter(pk=source.pk).update(swept_at=timezone.now() - dt.timedelta(days=1))
    return again(source)


def found(org: Organization, words: str, audience: Audience = Audience.CONTACTS) -> list[str]:
    return [passage.title for passage in search(org, words, audience=audience)]


def test_the_first_sync_brings_every_article_in_every_language(desk: Desk, org: Organization) -> None:
    german = {"title": "Etwas zurückschicken", "body": "<p>Schicken Sie Pakete binnen dreißig Tagen zurück.</p>"}
    desk.add_articles({**RETURNS, "translations": {"de": german}}, SIZES)
    source = synced(org)
    run = source.runs.get()
    assert (run.kind, run.state, run.processed, run.total, run.added) == (Kind.FIRST, SyncRun.State.DONE, 3, 3, 3)
    assert set(Article.objects.values_list("title", "locale", "is_public")) == {
        ("Send something back", "en-us", True),
        ("Etwas zurückschicken", "de", True),
        ("Find your size", "en-us", True),
    }
    assert found(org, "how many days to send it back?")[0] == "Send something back"
    assert found(org, "zurückschicken")[0] == "Etwas zurückschicken"
    assert source.next_attempt_at is not None


def test_drafts_and_restricted_articles_are_for_agents_only(desk: Desk, org: Organization) -> None:
    desk.add_articles(
        {"title": "Goodwill budget", "body": "<p>Agents may spend twenty euros.</p>", "restricted": True},
        {"title": "Winter sale", "body": "<p>Twenty percent from December.</p>", "draft": True},
        RETURNS,
    )
    synced(org)
    assert found(org, "twenty euros percent") == []
    assert set(found(org, "twenty euros percent", Audience.AGENTS)) == {"Goodwill budget", "Winter sale"}


@pytest.mark.parametrize("change", [{"restricted": True}, {"draft": True}])
def test_an_article_that_becomes_internal_leaves_contacts_with_the_next_look(
    desk: Desk, org: Organization, change: dict[str, Any]
) -> None:
    (number,) = desk.add_articles(RETURNS)
    source = synced(org)
    assert found(org, "parcels")
    desk.edit_article(number, **change)
    run = again(source)
    assert (run.kind, run.hidden) == (Kind.INCREMENTAL, 1)
    assert found(org, "parcels") == []
    assert found(org, "parcels", Audience.AGENTS) == ["Send something back"]


def test_a_translation_changes_comes_and_goes(desk: Desk, org: Organization) -> None:
    (number,) = desk.add_articles(RETURNS)
    source = synced(org)
    desk.edit_article(number, translations={"de": {"title": "Rücksendung", "body": "<p>Innerhalb von Wochen.</p>"}})
    assert again(source).added == 1
    assert found(org, "Rücksendung") == ["Rücksendung"]
    desk.edit_article(number, drop_locales=["de"])
    assert again(source).withdrawn == 1
    assert found(org, "Rücksendung") == []
    assert found(org, "parcels") == ["Send something back"]


def test_the_same_last_article_each_time_is_no_change(desk: Desk, org: Organization) -> None:
    desk.add_articles(RETURNS, SIZES)
    source = synced(org)
    until = source.synced_until
    for _time in range(3):
        run = again(source)
        assert (run.added, run.changed, run.hidden, run.withdrawn) == (0, 0, 0, 0)
    assert source.synced_until is not None
    assert until is not None
    assert source.synced_until >= until


def test_the_end_time_of_an_empty_answer_is_not_kept(desk: Desk, org: Organization) -> None:
    (number,) = desk.add_articles(RETURNS)
    source = synced(org)
    KnowledgeSource.objects.filter(pk=source.pk).update(synced_until=int(timezone.now().timestamp()) + 60)
    source.refresh_from_db()
    until = source.synced_until
    again(source)
    assert source.synced_until == until
    assert number in Article.objects.values_list("external_id", flat=True)


def test_a_deleted_article_is_found_by_the_full_look_alone(desk: Desk, org: Organization) -> None:
    first, _second = desk.add_articles(RETURNS, SIZES)
    source = synced(org)
    desk.edit_article(first, archive=True)
    assert again(source).withdrawn == 0
    assert found(org, "parcels") == ["Send something back"]
    run = swept(source)
    assert (run.kind, run.withdrawn) == (Kind.SWEEP, 1)
    assert found(org, "parcels", Audience.AGENTS) == []
    assert not ArticlePassage.objects.filter(article__external_id=first).exists()
    desk.edit_article(first, restore=True)
    again(source)
    assert found(org, "parcels") == ["Send something back"]


def test_an_empty_answer_wipes_nothing_and_asks(desk: Desk, org: Organization) -> None:
    desk.add_articles(RETURNS, SIZES)
    source = synced(org)
    desk.help_center(looks_empty=True)
    run = swept(source)
    assert (run.state, run.missing, run.missing_of) == (SyncRun.State.ASKING, 2, 2)
    assert found(org, "parcels") == ["Send something back"]
    # Even a person's word takes away only what is gone article by article.
    assert again(source, Ask.ACCEPT_SWEEP).withdrawn == 0
    assert found(org, "parcels") == ["Send something back"]


def test_many_missing_at_once_wait_for_a_person(desk: Desk, org: Organization) -> None:
    numbers = desk.add_articles(*({**SIZES, "title": f"Size {n}"} for n in range(12)))
    source = synced(org)
    for number in numbers[:6]:
        desk.edit_article(number, delete=True)
    run = swept(source)
    assert (run.state, run.missing, run.missing_of, run.withdrawn) == (SyncRun.State.ASKING, 6, 12, 0)
    assert Article.objects.filter(withdrawn_at=None).count() == 12
    assert again(source).kind == Kind.INCREMENTAL
    run = again(source, Ask.ACCEPT_SWEEP)
    assert (run.state, run.withdrawn) == (SyncRun.State.DONE, 6)
    assert Article.objects.filter(withdrawn_at=None).count() == 6


def test_a_help_center_that_is_switched_off_is_said_and_keeps_the_copy(desk: Desk, org: Organization) -> None:
    desk.add_articles(RETURNS)
    source = synced(org)
    desk.help_center(is_on=False)
    run = swept(source)
    assert run.state == SyncRun.State.FAILED
    assert source.last_error == "Zendesk answers that Help Center is not switched on."
    assert found(org, "parcels") == []
    assert found(org, "parcels", Audience.AGENTS) == ["Send something back"]
    desk.help_center(is_on=True)
    again(source)
    assert found(org, "parcels") == ["Send something back"]


def test_switched_off_while_missing_ones_are_confirmed_withdraws_nothing(
    between: Between, desk: Desk, org: Organization
) -> None:
    first, _second = desk.add_articles(RETURNS, SIZES)
    source = synced(org)
    desk.edit_article(first, archive=True)

    def switch_off() -> None:
        desk.help_center(is_on=False)

    between.act("GET", "/acme/api/v2/help_center/articles/*/translations/*", before=switch_off)
    run = swept(source)
    assert (run.state, run.withdrawn) == (SyncRun.State.FAILED, 0)
    assert not source.is_on


def test_a_rebuild_never_leaves_an_empty_moment(between: Between, desk: Desk, org: Organization) -> None:
    desk.add_articles(RETURNS, *({**SIZES, "title": f"Size {n}"} for n in range(150)))
    source = synced(org)
    Article.objects.filter(title="Send something back").update(last_cited_at=timezone.now())
    seen: list[bool] = []
    between.act("GET", "/acme/api/v2/help_center/*", after=lambda: seen.append(found(org, "parcels") != []), times=99)
    run = again(source, Ask.REBUILD)
    assert (run.kind, run.state, source.edition) == (Kind.REBUILD, SyncRun.State.DONE, 2)
    assert seen
    assert all(seen)
    assert set(Article.objects.values_list("edition", flat=True)) == {2}
    assert Article.objects.get(title="Send something back").last_cited_at is not None
    assert found(org, "parcels") == ["Send something back"]


def test_a_worker_that_dies_at_any_page_is_followed_by_another(between: Between, desk: Desk, org: Organization) -> None:
    desk.add_articles(*({**SIZES, "title": f"Size {n}"} for n in range(250)))
    source = add_source(org)

    def run_out() -> None:
        KnowledgeSource.objects.update(next_attempt_at=timezone.now())

    between.act("GET", "/acme/api/v2/help_center/*", after=run_out, times=9)
    for _worker in range(30):
        row = due(KnowledgeSource.objects.all()).first()
        if row is not None:
            advance(row)
    source.refresh_from_db()
    run = source.runs.get()
    assert (run.state, run.processed, run.added) == (SyncRun.State.DONE, 250, 250)
    assert Article.objects.count() == 250


def test_a_rate_limit_is_waited_for_and_nothing_is_lost(desk: Desk, org: Organization) -> None:
    desk.add_articles(*({**SIZES, "title": f"Size {n}"} for n in range(150)))
    source = add_source(org)
    desk.fault("429", path="/api/v2/help_center/en-us/articles", seconds=30)
    advance(KnowledgeSource.objects.get())
    source.refresh_from_db()
    assert source.next_attempt_at is not None
    assert source.next_attempt_at > timezone.now() + dt.timedelta(seconds=20)
    KnowledgeSource.objects.update(next_attempt_at=timezone.now())
    work(source)
    assert Article.objects.count() == 150


def test_a_thousand_articles_take_ten_pages_and_never_meet_the_limit(desk: Desk, org: Organization) -> None:
    text = "<p>" + "Parcels travel two to four days, and a note tells when they leave. " * 6 + "</p>"
    desk.help_center(locales=["en-us"])
    desk.add_articles(*({"title": f"Article {n}", "body": text} for n in range(1_000)))
    source = synced(org)
    assert Article.objects.filter(is_public=True).count() == 1_000
    assert not ProviderCall.objects.filter(status=429).exists()
    assert RateBudget.objects.filter(account=f"{source.account}#help_center").exists()
    assert ProviderCall.objects.filter(path__contains="articles").count() <= 1_000 / 100 + 3


def test_hostile_and_huge_articles_do_no_harm(desk: Desk, org: Organization) -> None:
    desk.add_articles(
        {"title": "Script", "body": "<p>Before</p><script>steal()</script><p onclick='x()'>after lightning</p>"},
        {"title": "Nothing", "body": None},
        {"title": "Huge", "body": "<p>" + "thunder " * 150_000 + "</p>"},
        {"title": "Nul", "body": "<p>rain\u0000bow</p>"},
    )
    synced(org)
    script = Article.objects.get(title="Script")
    assert "steal" not in script.body_html + script.body_text
    assert "onclick" not in script.body_html
    assert found(org, "lightning") == ["Script"]
    assert Article.objects.get(title="Nothing").problem == Article.Problem.EMPTY
    huge = Article.objects.get(title="Huge")
    assert huge.problem == Article.Problem.CUT
    assert len(huge.body_text) <= 200_000
    assert found(org, "thunder") == ["Huge", "Huge"]


def test_one_unreadable_article_is_named_and_the_others_come(between: Between, desk: Desk, org: Organization) -> None:
    desk.add_articles(RETURNS, SIZES)

    def spoil(body: dict[str, Any]) -> None:
        for row in body["articles"]:
            if row["title"] == "Find your size":
                row["id"] = None

    between.change("GET", "/acme/api/v2/help_center/en-us/articles", spoil)
    source = synced(org)
    assert found(org, "parcels") == ["Send something back"]
    assert source.runs.get().problems == [{"id": None, "title": "", "why": "no_id"}]


def test_rejected_credentials_end_the_run_and_verify_begins_it_again(desk: Desk, org: Organization) -> None:
    desk.add_articles(RETURNS)
    source = synced(org)
    ZendeskConnection.objects.update(client_id="somebody else", access_token=Secret(""))
    assert again(source).state == SyncRun.State.FAILED
    assert source.state == State.FAILED
    assert found(org, "parcels") == ["Send something back"]
    ZendeskConnection.objects.update(client_id=desk.client["client_id"])
    tell_verified(ZendeskConnection.objects.get())
    assert work(source).state == State.READY


def test_without_a_connection_it_says_so(desk: Desk, org: Organization) -> None:
    source = add_source(org)
    ZendeskConnection.objects.all().delete()
    assert work(source).last_error == "No Zendesk account is connected."


def test_another_organization_finds_nothing(desk: Desk, org: Organization, other_org: Organization) -> None:
    desk.add_articles(RETURNS)
    synced(org)
    assert search(other_org, "parcels", audience=Audience.AGENTS) == []


def test_the_database_itself_holds_what_is_public(desk: Desk, org: Organization) -> None:
    desk.add_articles({**RETURNS, "draft": True})
    synced(org)
    with pytest.raises(Exception, match="article_public_is_open"), connection.cursor() as cursor:
        cursor.execute("UPDATE ticketing_article SET is_public = true")


def test_one_article_is_read_at_once(desk: Desk, org: Organization) -> None:
    desk.add_articles(SIZES)
    source = synced(org)
    (number,) = desk.add_articles(RETURNS)
    assert sync_article(source, number)
    assert found(org, "parcels") == ["Send something back"]
    desk.edit_article(number, restricted=True)
    assert sync_article(source, number)
    assert found(org, "parcels") == []
    desk.edit_article(number, delete=True)
    assert not sync_article(source, number)
    assert found(org, "parcels", Audience.AGENTS) == []
    assert found(org, "boots") == ["Find your size"]


def test_one_article_is_not_taken_for_gone_while_the_help_center_is_off(desk: Desk, org: Organization) -> None:
    (number,) = desk.add_articles(RETURNS)
    source = synced(org)
    desk.help_center(is_on=False)
    with pytest.raises(NotRead, match="not switched on"):
        sync_article(source, number)
    assert found(org, "parcels") == ["Send something back"]


def test_an_answer_of_the_ai_marks_the_articles_it_names(desk: Desk, org: Organization, api: ApiClient) -> None:
    (number,) = desk.add_articles(RETURNS)
    synced(org)
    url = Article.objects.get(external_id=number).url
    api.put_session("ses-1")
    said = {"id": "m-1", "sender": "ai", "text": "Thirty days.", "created_at": "2026-11-20T09:00:00Z"}
    knowledge = [{"title": "Returns", "url": url}, {"title": "Elsewhere", "url": "https://example.com/articles/x"}]
    assert api.post_messages("ses-1", {**said, "knowledge": knowledge}).status == 202
    cited_at = Article.objects.get(external_id=number).last_cited_at
    assert cited_at is not None
    assert cited_at.isoformat() == "2026-11-20T09:00:00+00:00"


def test_another_account_gets_a_copy_of_its_own(
    desk: Desk, sandbox: Sandbox, org: Organization, settings: Settings
) -> None:
    desk.add_articles(RETURNS)
    source = synced(org)
    other = sandbox.account("globex")
    other.help_center(replace=True, is_on=True, default_locale="en-us", locales=["en-us"])
    other.add_articles(SIZES)
    client = other.client
    ZendeskConnection.objects.update(
        subdomain="globex",
        client_id=client["client_id"],
        client_secret=Secret.hide(client["client_secret"]),
        access_token=Secret(""),
    )
    run = again(source)
    assert (run.kind, run.state) == (Kind.REBUILD, SyncRun.State.DONE)
    assert found(org, "parcels") == []
    assert found(org, "boots") == ["Find your size"]
    assert source.account.endswith("/globex")


def test_a_run_under_way_stops_when_another_account_is_connected(desk: Desk, org: Organization) -> None:
    desk.add_articles(RETURNS)
    source = add_source(org)
    old = SyncRun.objects.create(
        source=source, kind="first", edition=1, cursor={"phase": "list", "at": 5, "account": "https://old.example"}
    )
    work(source)
    old.refresh_from_db()
    assert old.state == SyncRun.State.STOPPED
    assert found(org, "parcels") == ["Send something back"]


@pytest.mark.parametrize("change", [{"restricted": True}, {"draft": True}])
def test_what_a_rebuild_sees_closed_leaves_contacts_before_the_copies_are_swapped(
    between: Between, desk: Desk, org: Organization, change: dict[str, Any]
) -> None:
    (number, *_others) = desk.add_articles(RETURNS, *({**SIZES, "title": f"Size {n}"} for n in range(150)))
    source = synced(org)
    desk.edit_article(number, **change)
    seen: list[list[str]] = []
    between.act(
        "GET", "/acme/api/v2/help_center/de/articles", after=lambda: seen.append(found(org, "parcels")), times=2
    )
    again(source, Ask.REBUILD)
    assert seen == [["Send something back"], []]  # when they are counted, and when the second language is listed
    assert found(org, "parcels", Audience.AGENTS) == ["Send something back"]


def test_an_article_read_by_hand_during_a_rebuild_stays_as_it_was_read(
    between: Between, desk: Desk, org: Organization
) -> None:
    (number, *_others) = desk.add_articles(RETURNS, *({**SIZES, "title": f"Size {n}"} for n in range(150)))
    source = synced(org)

    calls: list[str] = []

    def close() -> None:
        """At the second call the first language was listed already."""
        calls.append("de")
        if len(calls) < 2:
            return
        desk.edit_article(number, restricted=True)
        sync_article(KnowledgeSource.objects.get(pk=source.pk), number)

    between.act("GET", "/acme/api/v2/help_center/de/articles", before=close, times=2)
    again(source, Ask.REBUILD)
    assert not between.failures
    assert len(calls) == 2
    assert found(org, "parcels") == []


def test_a_secret_that_no_key_opens_ends_the_run_with_the_reason(
    desk: Desk, org: Organization, settings: Settings
) -> None:
    source = synced(org)
    settings.CREDENTIALS_KEYS = ["A" * 43 + "="]
    run = again(source)
    assert (run.state, source.state) == (SyncRun.State.FAILED, State.FAILED)
    assert "CREDENTIALS_KEYS" in source.last_error
