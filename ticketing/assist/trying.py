"""Drafting on screen: the ticket read now, the answer asked for now, and nothing written, here or in Zendesk."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from integrations.budget import Lane
from integrations.clients import errors
from integrations.connect import open_zendesk
from integrations.models import ZendeskConnection
from opencx_admin.crypto import Undecryptable
from ticketing.ai.engine import Passage
from ticketing.assist.asking import Answer, ask
from ticketing.assist.cases import read_rules
from ticketing.assist.deciding import judge_draft, judge_ticket, read_question
from ticketing.assist.note import split_blocks
from ticketing.assist.reading import read_ticket
from ticketing.models import AssistCase, AssistReason


@dataclass(frozen=True)
class Trial:
    """What would be drafted now. `kept_back`: each rule that would keep it quiet, with a sentence."""

    problem: str = ""
    question: str = ""
    answer: Answer = field(default_factory=Answer)
    kept_back: tuple[tuple[str, str], ...] = ()

    @property
    def blocks(self) -> list[str]:
        return split_blocks(self.answer.draft.text)

    @property
    def sources(self) -> tuple[Passage, ...]:
        return self.answer.draft.sources

    @property
    def unused(self) -> list[Passage]:
        """Articles that were found and not used, each once."""
        used = {passage.article_id for passage in self.sources}
        found = {passage.article_id: passage for passage in self.answer.passages if passage.article_id not in used}
        return list(found.values())

    @property
    def share(self) -> int:
        """The draft's confidence in percent."""
        return round(100 * self.answer.draft.confidence)


def draft_on_screen(case: AssistCase) -> Trial:
    """A fresh draft whatever rule kept Assist quiet, and which rules would keep it quiet now."""
    connection = ZendeskConnection.objects.filter(organization_id=case.organization_id).first()
    if connection is None:
        return Trial(_("Zendesk Ticketing is not set up."))
    subject = f"assist:{case.uid}"
    try:
        client = open_zendesk(connection, lane=Lane.ASSIST, subject=subject)
        seen = read_ticket(case.organization, case.ticket_id, client, even_ours=True).seen
    except errors.ProviderError as error:
        return Trial(_("The ticket could not be read. %(why)s") % {"why": error.sentence})
    except Undecryptable as error:
        return Trial(str(error))
    rules, question = read_rules(case.organization), read_question(seen)
    answer = ask(case.organization, question, rules, subject=subject, is_topic_final=False)
    found = [judge_ticket(rules, seen, seen.newest_id), judge_draft(rules, answer.draft)]
    kept = [(str(AssistReason(reason).label), detail) for reason, detail in filter(None, found)]
    if answer.topic:
        detail = _("It is about “%(topic)s”.") % {"topic": answer.topic}
        kept.insert(0, (str(AssistReason.NO_ASSIST_TOPIC.label), detail))
    return Trial("", question, answer, tuple(kept))
