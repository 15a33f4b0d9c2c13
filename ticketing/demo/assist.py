"""The demo's Assist Mode: on, with one topic that it leaves alone, and two mails that came to Zendesk directly."""

from __future__ import annotations

from django.utils import timezone

from opencx_admin.orgs.models import Organization
from ticketing.demo.notes import BY
from ticketing.demo.rows import SUBDOMAIN
from ticketing.demo.stage import Stage
from ticketing.models import AssistSettings

TOPICS = "Legal threats or a lawyer"
MAILS = (
    {
        "email": "hedda.lind@example.net",
        "name": "Hedda Lind",
        "subject": "Sending a jacket back",
        "text": "Hello, I would like to return the jacket I bought last week. How many days do I have to return it?",
    },
    {
        "email": "otto.brand@example.net",
        "name": "Otto Brand",
        "subject": "My lawyer will write to you",
        "text": "You ignored me three times. My lawyer will write to you about the damaged tent.",
    },
)


def turn_on(organization: Organization) -> None:
    """Turn it on, once, before the objects in Zendesk are set up: it has a trigger of its own."""
    wanted = {"is_enabled": True, "no_assist_topics": TOPICS, "changed_at": timezone.now(), "changed_by": BY}
    AssistSettings.objects.get_or_create(organization=organization, defaults=wanted)


def send_mails(stage: Stage) -> None:
    """Play the mails, once."""
    if stage.notes.said.get("has_mailed"):
        return
    for mail in MAILS:
        stage.control(f"accounts/{SUBDOMAIN}/play", {"action": "new_ticket", **mail})
    stage.notes.said["has_mailed"] = True
    stage.notes.write()
