"""The search: who finds what, whatever is asked, in which language, in which order."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from opencx_admin.orgs.models import Organization
from tests.ticketing.knowledge.copies import Copy
from ticketing.knowledge.index import Audience, find_passages
from ticketing.knowledge.search import search

CONTACTS, AGENTS = Audience.CONTACTS, Audience.AGENTS


@pytest.fixture
def copy(org: Organization) -> Copy:
    return Copy(org)


def titles(org: Organization, query: str, audience: Audience = CONTACTS, locale: str = "") -> list[str]:
    return [found.title for found in search(org, query, audience=audience, locale=locale)]


def test_the_passage_that_answers_comes_first(copy: Copy, org: Organization) -> None:
    copy.add("Returns", "<h2>Deadline</h2><p>You have 30 days to return.</p><h2>Cost</h2><p>Labels cost 4 euros.</p>")
    copy.add("Shipping", "<p>We ship daily. Returning trucks pick parcels up.</p>")
    found = search(org, "How many days do I have for returning things?", audience=CONTACTS)
    assert found[0].text == "Deadline\nYou have 30 days to return."
    assert (found[0].title, found[0].is_public) == ("Returns", True)
    assert found == sorted(found, key=lambda passage: -passage.score)


@pytest.mark.parametrize(("is_draft", "is_restricted"), [(True, False), (False, True), (True, True)])
def test_contacts_never_find_what_is_internal(
    copy: Copy, org: Organization, is_draft: bool, is_restricted: bool
) -> None:
    copy.add("Secret", "<p>The margin is forty percent.</p>", is_draft=is_draft, is_restricted=is_restricted)
    assert titles(org, "margin") == []
    assert titles(org, "marg") == []
    (found,) = search(org, "margin", audience=AGENTS)
    assert not found.is_public


def test_the_query_itself_keeps_internal_passages_from_contacts(copy: Copy, org: Organization) -> None:
    copy.add("Secret", "<p>The margin is forty percent.</p>", is_restricted=True)
    assert find_passages(org.pk, ["margin"], CONTACTS) == []
    assert find_passages(org.pk, ["margin"], AGENTS) != []


def test_nothing_is_told_to_contacts_while_the_help_center_is_off(copy: Copy, org: Organization) -> None:
    copy.add("Returns", "<p>Thirty days.</p>")
    copy.source.is_on = False
    copy.source.save(update_fields=["is_on"])
    assert titles(org, "thirty days") == []
    assert titles(org, "thirty days", AGENTS) == ["Returns"]


def test_a_copy_that_does_not_count_yet_is_not_found(copy: Copy, org: Organization) -> None:
    copy.add("Returns", "<p>Thirty days.</p>", edition=2)
    assert titles(org, "thirty days", AGENTS) == []


def test_another_organizations_articles_are_not_there(copy: Copy, other_org: Organization) -> None:
    copy.add("Returns", "<p>Thirty days.</p>")
    assert titles(other_org, "thirty days", AGENTS) == []


def test_forms_of_a_word_are_one_word(copy: Copy, org: Organization) -> None:
    copy.add("Returns", "<p>Returning parcels is free.</p>")
    assert titles(org, "return a parcel") == ["Returns"]


def test_a_slip_in_the_end_of_a_word_still_finds(copy: Copy, org: Organization) -> None:
    copy.add("Guarantee", "<p>The warranty lasts two years.</p>")
    assert titles(org, "warrantee") == ["Guarantee"]


def test_the_contacts_language_comes_first_and_an_article_only_once(copy: Copy, org: Organization) -> None:
    copy.add("Express", "<p>Express arrives tomorrow.</p>", number=1)
    copy.add("Express", "<p>Express kommt morgen an.</p>", number=1, locale="de")
    copy.add("Express abroad", "<p>Express to Norway.</p>", number=2)
    found = search(org, "Express", audience=CONTACTS, locale="de-at")
    assert [passage.article_id for passage in found] == ["1:de", "2:en-us"]
    assert len(search(org, "Express", audience=CONTACTS)) == 2


def test_a_long_article_does_not_fill_the_answer(copy: Copy, org: Organization) -> None:
    copy.add("Long", "".join(f"<h2>Part {n}</h2><p>Thunder again.</p>" for n in range(9)))
    copy.add("Short", "<p>Thunder once, in a long text about very many other things that nobody asked for.</p>")
    assert sorted(titles(org, "thunder")) == ["Long", "Long", "Short"]


HOSTILE = [
    '"', "'", '"""', "NEAR(a b)", "title:secret", "* OR *", "-x", "^a", "a AND", "a' OR '1'='1", "'); DROP TABLE x;--",
    "%s %(x)s {0}", "a:*", "a & | ! <->", "\\", "\x00thunder", "🦆", "{{ticket.id}}", "(", "NOT", "thunder" * 500,
    "(thunder", "🦆 thunder",
]  # fmt: skip


@pytest.mark.parametrize("query", HOSTILE)
def test_a_question_is_never_an_order(copy: Copy, org: Organization, query: str) -> None:
    copy.add("Weather", "<p>Thunder and rain.</p>")
    copy.add("Secret", "<p>Thunder inside.</p>", is_draft=True)
    assert set(titles(org, query)) <= {"Weather"}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(query=st.text(max_size=80))
def test_any_text_can_be_asked(org: Organization, query: str) -> None:
    assert search(org, query, audience=CONTACTS) == []


@pytest.mark.parametrize("query", ["", "   ", "?!", "the of and"])
def test_a_question_without_words_finds_nothing(copy: Copy, org: Organization, query: str) -> None:
    copy.add("Returns", "<p>Thirty days.</p>")
    assert titles(org, query) == []
