"""Invented values for the style guide, one of each component; only for people who build pages, so not translated."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms

from opencx_admin.orgs.components import (
    Action,
    ActRow,
    AddChip,
    Banner,
    Chip,
    Confirm,
    DiffLine,
    Empty,
    Event,
    Evidence,
    Mark,
    More,
    Option,
    StepLink,
    Tab,
    Tile,
    Verdict,
)


class SampleForm(forms.Form):
    """A field of each kind."""

    key_id = forms.CharField(label="Key ID", help_text="It starts with app_.")
    channel = forms.ChoiceField(label="Channel", choices=[("web", "Web chat"), ("sms", "SMS")])
    kind = forms.ChoiceField(
        label="Sign in with", choices=[("o", "OAuth client"), ("t", "API token")], initial="o", widget=forms.RadioSelect
    )
    on = forms.BooleanField(label="Only sourced answers", required=False)

    def clean_key_id(self) -> str:
        raise forms.ValidationError("This is an Integration key. Use an App key; it starts with app_.")


def build(now: dt.datetime) -> dict[str, Any]:
    """Every sample by the name that orgs/style.html knows."""
    return {
        **_states(now),
        **_controls(),
        "empties": _empties(),
        "form": SampleForm({"key_id": "int_66ab20", "channel": "sms", "kind": "o"}),
        "evidence": _evidence(),
        "steps": [
            StepLink("Connect", "#", "ok"),
            StepLink("OpenCX", "#", "skipped"),
            StepLink("Zendesk objects", "#", "waiting", is_current=True),
            StepLink("Done", "#", "waiting"),
        ],
        "timeline": [*_conversation(now), *_afterwards(now)],
    }


def _states(now: dt.datetime) -> dict[str, Any]:
    return {
        "verdict": Verdict(
            "warning",
            "Working, with 4 problems that need a person",
            "7 contacts wait without a ticket and 1 reply is missing.",
            now - dt.timedelta(seconds=40),
            Action("Run the doctor", "#", icon="heart-pulse"),
        ),
        "tiles": _tiles(now),
        "rows": _rows(),
        "banner": Banner(
            "failed",
            "Jonas’s reply of 14:03 has not reached Amélie",
            "It is in Zendesk; the call to us was lost. Sending is safe: it goes once.",
            "you_here",
            actions=[Action("See what is sent", "#"), Action("Deliver the reply", "#", kind="act", icon="send")],
        ),
        "marks": [Mark("delivered", "481 delivered"), Mark("skipped", "5 nothing to do"), Mark("failed", "2 failed")],
        "diff": [
            DiffLine("", '"active": true,'),
            DiffLine("-", '"endpoint": "https://old.nordlicht.example/…"'),
            DiffLine("+", '"endpoint": "https://handoff.nordlicht.example/…"'),
        ],
    }


def _controls() -> dict[str, Any]:
    return {
        "buttons": [
            Action("Deliver the reply", "#", kind="act"),
            Action("Verify", "#"),
            Action("Disconnect", "#", kind="danger"),
            Action("Replay", needs="Lead"),
        ],
        "chips": [Chip("Channel", "WhatsApp, SMS", "#")],
        "adds": [
            AddChip("Reason", [Option("No email or number", "#", 4), Option("Requester suspended", "#", 2)]),
            AddChip("Ticket", field="ticket"),
        ],
        "tabs": [Tab("Needs a person", "#", 8, is_current=True), Tab("Everything", "#", 1961), Tab("Retrying", "#", 3)],
        "confirm": Confirm(
            "Replay 9 calls?",
            [
                (5, "will deliver a reply that the contact has not seen"),
                (3, "will do nothing: already delivered"),
                (1, "is left out: the contact has answered since"),
            ],
            Action("Replay 8", "#", value="replay"),
            "#",
            "Written to the audit log. A delivered reply cannot be taken back.",
        ),
        "stop": Action("Stop after this one", "#"),
    }


def _tiles(now: dt.datetime) -> list[Tile]:
    ago = dt.timedelta
    return [
        Tile("Credentials", Mark("proven"), "#", now - ago(minutes=3), "by a call as OpenCX Service"),
        Tile("Handoff to ticket", Mark("proven"), "#", now - ago(seconds=41), "by ticket #48231, in 0.64 s"),
        Tile("Reply to contact", Mark("missing", "1 missing"), "#", now - ago(minutes=2), "by Jonas’s reply in #48219"),
        Tile("Round trip", Mark("unproven"), "#", None, "no reply has come yet"),
        Tile("Knowledge", Mark("overdue"), "#", now - ago(hours=9), "sync is due every 6 hours"),
    ]


def _rows() -> list[ActRow]:
    return [
        ActRow(
            Mark("failed"),
            "A reply never reached its contact",
            "#",
            "Ticket #48213 · waits 9 min",
            "you_here",
            Action("Deliver it", "#"),
        ),
        ActRow(
            Mark("failed"),
            "Requester suspended in Zendesk",
            "#",
            "2 handoffs have no ticket · since Tue 16:42",
            "you_zendesk",
            Action("Show the 2", "#"),
        ),
        ActRow(
            Mark("retrying"),
            "Zendesk is limiting us",
            "#",
            "3 handoffs retry by themselves · next in 40 s",
            "zendesk",
            Action("Show the 3", "#"),
        ),
    ]


def _empties() -> list[tuple[str, Empty]]:
    return [
        (
            "Empty, because all is well",
            Empty(
                "well",
                "Nothing waits for a person",
                "961 handoffs in 3 days, all linked. The last failure was on Tuesday.",
                Action("Show everything", "#"),
            ),
        ),
        (
            "Empty, because of the filter",
            Empty(
                "filtered",
                "No handoff matches these 3 filters",
                "Without “Channel: Slack” there are 14.",
                Action("Remove that filter", "#"),
            ),
        ),
        (
            "Empty, because not set up",
            Empty(
                "unset",
                "No webhook call has ever come",
                "Zendesk does not know our address yet.",
                Action("Show the plan", "#", kind="act"),
            ),
        ),
    ]


def _evidence() -> list[Evidence]:
    return [
        Evidence("authenticated", "ok", "Signed in", "as OpenCX Service", "GET /users/me · 200"),
        Evidence(
            "create_users",
            "problem",
            "May create users",
            "The role “Integrations” may not add end users.",
            facts=[
                ("Asked", "GET /api/v2/custom_roles/77.json"),
                ("Answered", '200 · "readonly"'),
                ("Needed", '"edit" or "full"'),
            ],
        ),
        Evidence("create_tickets", "skipped", "May create tickets", "not asked: needs the row above"),
        Evidence(
            "manage_webhooks",
            "warning",
            "May manage webhooks",
            "No. You can still make them by hand.",
            "GET /webhooks · 403",
        ),
    ]


def _moments(now: dt.datetime) -> list[dt.datetime]:
    return [now - dt.timedelta(minutes=21) + dt.timedelta(seconds=40 * step) for step in range(12)]


def _conversation(now: dt.datetime) -> list[Event]:
    at = _moments(now)
    return [
        Event("folded", at[0], what="contact and AI, WhatsApp", link=("6 earlier messages", "#")),
        Event("contact", at[1], "Amélie", "contact", text="You took 64,90 € twice for order 88213-DE."),
        Event(
            "ai",
            at[2],
            "AI",
            "after 2.6 s",
            text="I am passing you to a colleague in Billing now.",
            mores=[
                More("Reasoning", "Two charges of 64,90 € with the same order number."),
                More("2 tool calls, 530 ms", 'lookup_order  {"id": "88213-DE"}  → 1 order  118 ms', is_mono=True),
                More("1 article used", links=[("Refunds", "https://help.example.com/refunds")]),
            ],
        ),
        Event(
            "handoff",
            at[3],
            "Handoff",
            "asked",
            tags=["contact asked for a person", "mood: angry"],
            quote="Charged twice for 88213-DE, wants confirmation today.",
        ),
    ]


def _afterwards(now: dt.datetime) -> list[Event]:
    at = _moments(now)
    return [
        Event(
            "call_out",
            at[4],
            "We → Zendesk",
            call="POST /api/v2/tickets",
            mark=Mark("retrying", "429 too many"),
            note="180 ms · told to wait 7 s",
        ),
        Event(
            "call_out",
            at[5],
            "We → Zendesk",
            call="POST /api/v2/tickets",
            mark=Mark("ok", "201 made"),
            note="642 ms",
            link=("#48213", "#"),
            mores=[More("Body and answer", '{"ticket": {"id": 48213}}', is_mono=True)],
        ),
        Event(
            "agent", at[6], "Jonas Friedrich-Wagenknecht", "public reply in Zendesk", text="I see the second charge."
        ),
        Event(
            "call_in",
            at[7],
            "Zendesk → us",
            "webhook",
            mark=Mark("ok", "200"),
            note="14 ms → sent to OpenCX",
            receipt=Mark("delivered", "receipt: delivered 13:58:06"),
        ),
        Event("us", at[8], "We", "stopped before calling Zendesk", mark=Mark("failed", "no email, no number")),
        Event("zendesk", at[9], "Zendesk", "trigger “OpenCX: public reply” fired and called our webhook"),
        Event("gap", at[10], "Gap: it never arrived", text="Zendesk sent the call at 14:03:07 and gave up after 10 s."),
        Event("now", now, what="Now. Live, next look in 5 s."),
    ]
