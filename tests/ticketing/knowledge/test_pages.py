"""Data sources as people see them: what the AI may use, why, and what they may do about it."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client
from django.utils import timezone

from opencx_admin.orgs.models import AuditEntry, Organization
from tests.factories import ZendeskConnectionFactory
from tests.ticketing.knowledge.copies import ACCOUNT, Copy
from tests.ticketing.views.pages import read, words
from ticketing.models import Article, KnowledgeSource, SyncRun

URL = "/data-sources/"


@pytest.fixture
def copy(org: Organization) -> Copy:
    return Copy(org)


def do(client: Client, action: str, **fields: str) -> str:
    answer = client.post(URL, {"action": action, **fields}, follow=True)
    assert answer.status_code == 200
    return words(answer.content)


def test_without_an_account_the_way_to_one_is_shown(as_alice: Client) -> None:
    assert "No Zendesk account is connected" in read(as_alice, URL)
    assert as_alice.post(URL, {"action": "add", "cadence": "hourly"}).status_code == 422
    assert not KnowledgeSource.objects.exists()


def test_an_admin_adds_the_help_center_with_the_credentials_of_ticketing(org: Organization, as_alice: Client) -> None:
    ZendeskConnectionFactory.create(organization=org)
    assert "for agents only, in Assist’s notes" in read(as_alice, URL)
    do(as_alice, "add", cadence="daily")
    source = KnowledgeSource.objects.get()
    assert (source.cadence, source.state, source.account) == ("daily", "queued", ACCOUNT)
    assert source.next_attempt_at is not None
    assert AuditEntry.objects.filter(action="source.add", actor__name="Alice").exists()
    do(as_alice, "add", cadence="hourly")
    assert KnowledgeSource.objects.get().cadence == "daily"


def test_the_page_says_from_how_many_articles_the_ai_answers(copy: Copy, as_vera: Client) -> None:
    copy.add("Returns", "<p>Thirty days.</p>")
    copy.add("Budget", "<p>Twenty euros.</p>", is_restricted=True)
    page = read(as_vera, URL)
    assert "The AI answers contacts from 1 article." in page
    assert "1 more is for agents only." in page
    assert "needs the role admin" in page


@pytest.mark.parametrize("action", ["sync", "rebuild", "remove", "cadence", "sync_article", "keep", "add"])
def test_only_admins_act(copy: Copy, as_lea: Client, as_vera: Client, action: str) -> None:
    for client in (as_lea, as_vera):
        assert client.post(URL, {"action": action}).status_code == 403


def test_sync_now_is_due_at_once_and_shows_progress(copy: Copy, as_alice: Client) -> None:
    do(as_alice, "sync")
    copy.source.refresh_from_db()
    assert (copy.source.state, copy.source.asked) == ("queued", "sync")
    SyncRun.objects.create(
        source=copy.source,
        kind="sweep",
        edition=1,
        processed=400,
        total=1000,
        cursor={"phase": "list"},
        started_at=timezone.now() - dt.timedelta(seconds=60),
    )
    page = as_alice.get(URL)
    assert "Reading articles: 400 of 1 000" in words(page.content)
    assert "400 a minute, 1 min 30 s left" in words(page.content)
    assert b'hx-trigger="every 2s"' in page.content


def test_the_page_stops_looking_when_nothing_moves(copy: Copy, as_alice: Client) -> None:
    assert b"hx-trigger" not in as_alice.get(URL).content
    part = as_alice.get(URL, headers={"HX-Request": "true", "HX-Target": "live-part"})
    assert part.status_code == 286


def test_the_cadence_can_be_changed_and_the_next_look_follows(copy: Copy, as_alice: Client) -> None:
    do(as_alice, "cadence", cadence="manual")
    copy.source.refresh_from_db()
    assert copy.source.next_attempt_at is None
    assert "by hand only" in read(as_alice, URL)
    do(as_alice, "cadence", cadence="daily")
    tomorrow = timezone.now() + dt.timedelta(hours=23)
    assert KnowledgeSource.objects.filter(next_attempt_at__gt=tomorrow).exists()
    assert as_alice.post(URL, {"action": "cadence", "cadence": "yearly"}).status_code == 422


@pytest.mark.parametrize("what", ["rebuild", "remove"])
def test_what_is_felt_is_asked_before(copy: Copy, as_alice: Client, as_vera: Client, what: str) -> None:
    assert "Not now" in read(as_alice, f"{URL}?ask={what}")
    assert "Not now" not in read(as_vera, f"{URL}?ask={what}")


def test_removing_takes_the_copy_away(copy: Copy, as_alice: Client) -> None:
    copy.add("Returns", "<p>Thirty days.</p>")
    assert "Removed." in do(as_alice, "remove")
    assert not KnowledgeSource.objects.exists()
    assert not Article.objects.exists()
    assert AuditEntry.objects.get(action="source.remove").before["articles"] == 1


def test_a_full_look_that_misses_much_asks(copy: Copy, as_alice: Client, as_vera: Client) -> None:
    run = SyncRun.objects.create(
        source=copy.source, kind="sweep", edition=1, state="asking", missing=6, missing_of=12, ended_at=timezone.now()
    )
    assert "Zendesk’s list lacks 6 of 12 articles" in read(as_vera, URL)
    assert "6 of 12 were missing last time" in read(as_alice, f"{URL}?ask=accept_sweep")
    do(as_alice, "keep")
    run.refresh_from_db()
    assert run.state == "stopped"
    assert "Zendesk’s list lacks" not in read(as_alice, URL)


@pytest.mark.parametrize(
    ("is_draft", "is_restricted", "said"),
    [
        (False, False, "Yes, for contacts and for agents."),
        (True, False, "For agents only: it is a draft."),
        (False, True, "For agents only: it is restricted to a user segment."),
        (True, True, "For agents only: it is a draft and restricted to a user segment."),
    ],
)
def test_an_article_is_explained_by_its_address(
    copy: Copy, as_vera: Client, is_draft: bool, is_restricted: bool, said: str
) -> None:
    body = "<p>Thirty days.</p>"
    article = copy.add("Returns", body, number=360012, is_draft=is_draft, is_restricted=is_restricted)
    for text in (article.url, f"{article.url}-Returns?x=1", "360012", " 360012 "):
        answer = as_vera.get(URL, {"check": text}, follow=True)
        assert answer.redirect_chain[-1][0] == article.get_absolute_url()
        page = words(answer.content)
        assert said in page
        assert "Yes, in 1 passage." in page


def test_an_article_that_is_not_there_can_be_fetched_by_an_admin(copy: Copy, as_alice: Client, as_vera: Client) -> None:
    assert "Article 99 is not in the copy." in read(as_alice, f"{URL}?check=99")
    assert b'value="sync_article"' in as_alice.get(f"{URL}?check=99").content
    assert b'value="sync_article"' not in as_vera.get(f"{URL}?check=99").content
    assert "That holds no article’s number." in read(as_alice, f"{URL}?check=hello")


def test_a_withdrawn_or_empty_article_says_so(copy: Copy, as_vera: Client) -> None:
    gone = copy.add("Gone", "<p>Thirty days.</p>")
    Article.objects.filter(pk=gone.pk).update(withdrawn_at=timezone.now(), is_public=False)
    assert "No: it is gone from the Help Center." in read(as_vera, gone.get_absolute_url())
    empty = copy.add("Empty", None)
    assert "No: it has no text to quote." in read(as_vera, empty.get_absolute_url())


def test_what_the_ai_would_find_differs_by_audience(copy: Copy, as_vera: Client) -> None:
    copy.add("Returns", "<p>You have thirty days.</p>")
    copy.add("Budget", "<p>Thirty euros for goodwill.</p>", is_draft=True)
    contacts = read(as_vera, f"{URL}?find=thirty&audience=contacts")
    assert "You have thirty days." in contacts
    assert "goodwill" not in contacts
    assert "Thirty euros for goodwill." in read(as_vera, f"{URL}?find=thirty&audience=agents")
    assert "No article shares a word" in read(as_vera, f"{URL}?find=zebra")


def test_the_list_is_filtered_by_visibility_language_and_title(copy: Copy, as_vera: Client) -> None:
    copy.add("Returns", "<p>Thirty days.</p>")
    copy.add("Rückgabe", "<p>Dreißig Tage.</p>", locale="de")
    copy.add("Budget", "<p>Twenty.</p>", is_restricted=True)
    where = f"{URL}articles/"
    assert "3 of 3" in read(as_vera, where)
    agents = read(as_vera, f"{where}?visibility=agents")
    assert "Budget" in agents
    assert "Returns" not in agents
    german = read(as_vera, f"{where}?locale=de")
    assert "Rückgabe" in german
    assert "1 of 3" in german
    assert "Returns" in read(as_vera, f"{where}?q=turns")
    assert "No article passes these filters" in read(as_vera, f"{where}?q=zebra")


def test_articles_words_are_shown_as_text(copy: Copy, as_vera: Client) -> None:
    article = copy.add("<b>Bold</b>", "<p>&lt;script&gt;alert(1)&lt;/script&gt; thunder</p>")
    for url in (article.get_absolute_url(), f"{URL}?find=thunder", f"{URL}articles/"):
        content = as_vera.get(url).content
        assert b"<script>alert" not in content
        assert b"<b>Bold</b>" not in content


def test_another_organizations_articles_are_not_there(copy: Copy, as_mallory: Client) -> None:
    article = copy.add("Returns", "<p>Thirty days.</p>")
    assert as_mallory.get(article.get_absolute_url()).status_code == 404
    assert "not in the copy" not in read(as_mallory, URL)
    assert as_mallory.get(f"{URL}articles/").status_code == 302


def test_what_stops_a_source_is_said_with_whose_move_it_is(copy: Copy, as_vera: Client) -> None:
    rows = KnowledgeSource.objects.filter(pk=copy.source.pk)
    rows.update(state="failed", is_on=False, last_error="Zendesk answers that Help Center is not switched on.")
    for url in (URL, "/"):
        page = read(as_vera, url)
        assert "Help Center is not switched on in Zendesk" in page
        assert "You, in Zendesk" in page
    rows.update(is_on=True, last_error="No Zendesk account is connected.")
    assert "Open the credentials" in read(as_vera, URL)
    ZendeskConnectionFactory.create(organization=copy.organization)
    rows.update(last_error="It answered 503: not available now.")
    assert "It answered 503" in read(as_vera, URL)
    rows.update(synced_at=None)
    assert "no article was read yet" in read(as_vera, "/")
