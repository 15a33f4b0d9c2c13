"""What it means when Zendesk's calls come to nothing, by what is wrong with them."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from integrations.models import EventResult
from integrations.webhooks import parse

Text = str | Promise


@dataclass(frozen=True, slots=True)
class CallWords:
    """A sentence, what it means, and what to do."""

    title: Text
    what: Text
    move: Text


_BODY = _("Let the trigger send the body that Settings › Integrations › Zendesk › Webhook shows.")
CALLS: dict[str, CallWords] = {
    EventResult.NO_MATCH: CallWords(
        _("Zendesk’s calls match no session"),
        _("Their external id is none of ours, and their tickets are not linked. Zendesk was answered 500."),
        _("Match them by hand, or narrow the trigger to tickets with our tag. Then replay."),
    ),
    EventResult.FAILED: CallWords(
        _("Zendesk’s calls could not be processed"),
        _("The tickets could not be read for a day."),
        _("Replay them when the connection works: what was delivered is not delivered again."),
    ),
    parse.MALFORMED: CallWords(
        _("Zendesk’s calls carry no JSON object"), _("No ids could be read from them, not even leniently."), _BODY
    ),
    parse.MISSING_TICKET: CallWords(
        _("Zendesk’s calls lack the ticket_id"), _("Nobody knows which ticket rang. The hourly reading goes on."), _BODY
    ),
    parse.MISSING_EXTERNAL: CallWords(
        _("Zendesk’s calls lack the external_id"), _("The key must be there; it may be empty."), _BODY
    ),
}
