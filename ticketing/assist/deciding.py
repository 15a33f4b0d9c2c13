"""Whether a ticket gets a draft, and when not, why not. Pure: what was read comes in, a reason goes out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from ticketing.ai.engine import BlankReason, Draft
from ticketing.models import AssistReason

# Contract 7: the tags that say in Zendesk why Assist stayed quiet.
TAGS = {
    AssistReason.NOT_HELPFUL: "opencx_skipped_not_helpful_answer",
    AssistReason.NO_ASSIST_TOPIC: "opencx_skipped_assist_mode_because_of_the_topic_in_no_assist_list",
}
# By which tags a ticket is known as one that this product made, whichever organization of it.
OURS, OUR_CHANNEL = ("opencx_handedoff", "opencx_canary"), "opencx_channel_"
# A comment that was considered is left alone that long, however often Zendesk rings for it.
WINDOW = dt.timedelta(hours=48)
# These quiet reasons can be over the next time Zendesk rings.
PASSING = (
    AssistReason.STATUS,
    AssistReason.ASSIST_OFF,
    AssistReason.NO_PUBLIC_COMMENT,
    AssistReason.TICKET_GONE,
)
LONGEST_REMARK = 6_000
MOST_REMARKS = 6


@dataclass(frozen=True)
class Rules:
    """What the organization wants. Statuses in Zendesk's words; new counts as open."""

    is_on: bool
    only_sourced: bool
    statuses: Sequence[str]
    topics: Sequence[str]


@dataclass(frozen=True)
class Remark:
    """A comment as far as it matters here."""

    id: int
    text: str
    is_public: bool = True
    is_by_agent: bool = False


@dataclass(frozen=True)
class Seen:
    """A ticket as it was just read. `remarks`: its comments, oldest first; `is_whole`: none is missing."""

    ticket_id: int
    status: str
    subject: str = ""
    is_ours: bool = False
    remarks: tuple[Remark, ...] = ()
    is_whole: bool = True

    @property
    def public(self) -> tuple[Remark, ...]:
        return tuple(remark for remark in self.remarks if remark.is_public)

    @property
    def newest_id(self) -> int:
        """The newest public comment; 0 when there is none."""
        return self.public[-1].id if self.public else 0


def has_our_tag(tags: Sequence[str]) -> bool:
    """True for a ticket that a handoff made; the tags that Assist writes itself don't count."""
    return any(tag in OURS or tag.startswith(OUR_CHANNEL) for tag in tags)


def judge_ticket(rules: Rules, seen: Seen, comment_id: int) -> tuple[AssistReason, str] | None:
    """Why this comment gets no draft, with a sentence; None when the engine is to be asked."""
    if not rules.is_on:
        return AssistReason.ASSIST_OFF, _("Assist was turned off before its turn came.")
    if seen.is_ours:
        return AssistReason.OWN_TICKET, _("A handoff made it: what the AI knows stands in its transcript.")
    status = "open" if seen.status == "new" else seen.status
    if status not in rules.statuses:
        return AssistReason.STATUS, _("The ticket is “%(status)s”.") % {"status": seen.status}
    if not seen.public:
        return AssistReason.NO_PUBLIC_COMMENT, _("It holds internal notes only.")
    if seen.newest_id != comment_id:
        return AssistReason.NEWER_COMMENT, _("The newer one is considered in its own right.")
    if seen.public[-1].is_by_agent and not is_opening(seen):
        return AssistReason.AGENT_ANSWERED_LAST, _("The contact has not written since.")
    return None


def is_opening(seen: Seen) -> bool:
    """True when the newest public comment is the ticket's first one: an agent may have written it down for somebody."""
    return seen.is_whole and len(seen.public) == 1 and seen.remarks[0] == seen.public[0]


def read_question(seen: Seen) -> str:
    """The subject and what the contact wrote since an agent last answered; quoted lines of earlier mails left out."""
    asked: list[str] = []
    for remark in reversed(seen.public):
        if asked and (remark.is_by_agent or len(asked) >= MOST_REMARKS):
            break
        asked.append(_unquote(remark.text)[:LONGEST_REMARK])
    subject = "" if any(text.startswith(seen.subject) for text in asked) else seen.subject
    return "\n".join(part for part in (subject, *reversed(asked)) if part.strip())


def judge_draft(rules: Rules, draft: Draft) -> tuple[AssistReason, str] | None:
    """Why a draft is kept back, with a sentence; None when it may be shown to agents."""
    if draft.reason == BlankReason.ENGINE_FAILED:
        return AssistReason.ENGINE_FAILED, draft.detail or _("The AI gave no answer.")
    if not draft.text.strip():
        return AssistReason.NOT_HELPFUL, draft.detail or _("The knowledge does not answer it.")
    if rules.only_sourced and not draft.sources:
        return AssistReason.NOT_HELPFUL, _("The answer rests on no article, and only sourced ones are wanted.")
    return None


def _unquote(text: str) -> str:
    lines = [line for line in text.splitlines() if not line.lstrip().startswith(">")]
    return "\n".join(lines).strip()
