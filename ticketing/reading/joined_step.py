"""The best action when Zendesk's side shows replies that never reached the contact."""

from __future__ import annotations

from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from opencx_admin.orgs.components import Action, Banner
from opencx_admin.orgs.times import clock_text
from ticketing.models.handoffs import Owner
from ticketing.reading.joined import Ring, Side
from ticketing.reading.joined_gaps import find_gaps
from ticketing.reading.next_step import Step, may
from ticketing.reading.reader import Reader
from ticketing.reading.timeline import Story

CHECK = "replies.session"


def deliver_step(story: Story, side: Side | None, reader: Reader) -> Step | None:
    """Deliver what the gaps kept back; None when nothing is missing. The doctor's repair asks first."""
    missing = _missing(story, side) if side else []
    if not missing:
        return None
    contact, number = reader.name(story.session.contact), len(missing)
    author = side.people.get(missing[0].author_id or 0) if side else None
    words = {"n": number, "name": contact, "who": author.name if author else _("An agent")}
    title = ngettext(
        "%(who)s’s reply of %(time)s has not reached %(name)s",
        "%(n)s replies since %(time)s have not reached %(name)s",
        number,
    ) % {**words, "time": clock_text(missing[0].at, seconds=False)}
    query = urlencode({"session": story.session.external_id, "repair": CHECK})
    label = ngettext("Deliver the reply", "Deliver the %(n)s replies", number) % {"n": number}
    return Step(
        Banner(
            "failed",
            title,
            ngettext(
                "It is in Zendesk, and no call told us. Sending is safe: it goes once, and only if it did not go yet.",
                "They are in Zendesk, and no call told us. Sending is safe: each goes once, if it did not go yet.",
                number,
            ),
            owner=Owner.YOU_HERE,
            actions=(may(reader, Action(label, f"{reverse('doctor')}?{query}", kind="act", icon="send")),),
        )
    )


def _missing(story: Story, side: Side) -> list[Ring]:
    """The agents' replies that rang in vain and were not found since, oldest first."""
    found = {reply.comment_id for reply in story.replies}
    rings = [gap.ring for gap in find_gaps(story, side) if gap.ring]
    lost = {ring.audit_id: ring for ring in rings if ring.comment_id and ring.comment_id not in found}
    return sorted(lost.values(), key=lambda ring: ring.at)
