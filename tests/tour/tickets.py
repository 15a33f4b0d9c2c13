"""Rows of handoffs, webhook, triggers, tickets, AI fields, articles and Assist."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.tour.pages import PageError, Visitor, read_text
from tests.tour.stage import Tour
from tests.tour.walk import NOBODY, Row

DESCRIBED = Path(__file__).resolve().parents[2] / "ticketing" / "demo" / "fields.json"
NO_IDS = '{"ticket_id": ""}'


def webhook_of(tour: Tour) -> dict[str, Any]:
    """Our webhook as the account has it."""
    found: dict[str, Any] = next(one for one in tour.desk.webhooks() if one["endpoint"].startswith(tour.demo.url))
    return found


def send_body(tour: Tour, body: str) -> None:
    """Somebody edits the bodies of the triggers that ring for replies and changes of status."""
    for trigger in tour.desk.triggers():
        if "assist" not in trigger["title"].lower():
            tour.desk.change_by_hand("trigger", trigger["id"], body=body, by="Mara Admin")


def repair(tour: Tour, check: str) -> None:
    """Press the button of one check of the account, when it offers one."""
    found = tour.doctor.run().get(check)
    if found is not None and found.has_repair:
        tour.doctor.repair(found)
        tour.doctor.rest()


# -- 3, 6, 11: handoffs and tickets ------------------------------------------------------------------------


def suspend(tour: Tour) -> str:
    tour.desk.play("suspend_user", email="tour-3@customers.example")
    tour.hand_off("tour-3")
    return "session=tour-3"


def lift(tour: Tour) -> str:
    tour.desk.play("suspend_user", email="tour-3@customers.example", undo=True)
    return "lifted the suspension in Zendesk"


def make_second(tour: Tour) -> str:
    tour.ticket("tour-6")
    contact = {"name": "Tova Tour", "email": "tour-6@customers.example"}
    said = {"ticket": {"subject": "Twice", "comment": {"body": "again"}, "external_id": "tour-6", "requester": contact}}
    tour.desk.api("POST", "tickets", json=said).raise_for_status()
    return ""


def tell_merged(tour: Tour) -> str:
    mine = [one for one in tour.desk.tickets() if one["external_id"] == "tour-6"]
    if sum(one["status"] != "closed" for one in mine) != 1:
        raise PageError(f"not one open ticket: {mine}")
    return "in Zendesk: " + ", ".join(f"#{one['id']} {one['status']}" for one in mine)


def unmark(tour: Tour) -> str:
    number = tour.ticket("tour-11")
    said = {"ticket": {"tags": ["vip"], "external_id": ""}}
    tour.desk.api("PUT", f"tickets/{number}", json=said).raise_for_status()
    return "session=tour-11"


# -- 4, 5, 9, 10, 19: webhook and triggers ------------------------------------------------------------------


def switch_webhook_off(tour: Tour) -> str:
    number = tour.ticket("tour-4")
    tour.desk.change_by_hand("webhook", webhook_of(tour)["id"], status="inactive", by="Mara Admin")
    tour.desk.reply(number, "It comes on Tuesday.")
    return ""


def deliver(tour: Tour, session_id: str, text: str) -> str:
    """What nobody rang for goes out by the session's own button, once."""
    found = tour.doctor.run(f"session={session_id}")["replies.session"]
    if not found.has_repair:
        raise PageError(f"replies.session offers nothing: {found.verdict} {found.evidence}")
    change = tour.doctor.repair(found)
    tour.wait_for(lambda: tour.went_out(session_id, text), "the missed reply")
    again = tour.doctor.run(f"session={session_id}")["replies.session"]
    if again.verdict != "ok":
        raise PageError(f"replies.session: {again.verdict} {again.evidence}")
    return f"{found.evidence} “{found.button}”: {change.said} The platform has it; asked again: {again.evidence}"


def leak(tour: Tour) -> str:
    number = tour.ticket("tour-5")
    send_body(tour, "{{ticket.latest_comment}}")
    tour.desk.note(number, "Between us: he is difficult.")
    return ""


def tell_note(tour: Tour) -> str:
    number = int(tour.call("GET", "sessions/tour-5")["ticketing_system"]["external_id"])
    tour.desk.reply(number, "It comes on Monday.")
    tour.wait_for(lambda: tour.went_out("tour-5", "It comes on Monday."), "the public reply")
    if tour.went_out("tour-5", "Between us"):
        raise PageError("an internal note went out")
    return "the platform got the public reply and not the note that was written meanwhile"


def go_stale(tour: Tour) -> str:
    number = tour.ticket("tour-9")
    tour.desk.change_by_hand("webhook", webhook_of(tour)["id"], endpoint=f"{tour.demo.url}/webhooks/zendesk/old/")
    tour.desk.reply(number, "Rings at the old address.")
    return ""


def drop_ids(tour: Tour) -> str:
    number = tour.ticket("tour-10")
    send_body(tour, NO_IDS)
    tour.desk.reply(number, "Rings without ids.")
    return ""


def tell_activity(tour: Tour) -> str:
    told = deliver(tour, "tour-10", "Rings without ids.")
    found = tour.doctor.run()["webhook.activity"]
    return f"{told} Zendesk’s own list: {found.evidence}"


def fail_often(tour: Tour) -> str:
    number = tour.ticket("tour-19")
    send_body(tour, NO_IDS)
    for turn in range(40):
        tour.desk.reply(number, f"Rings without ids, {turn}.")
    return ""


def tell_parked(tour: Tour) -> str:
    number = int(tour.call("GET", "sessions/tour-19")["ticketing_system"]["external_id"])
    before = len(tour.desk.invocations())
    tour.desk.reply(number, "Parked.")
    calls = tour.wait_for(lambda: _calls_since(tour, before), "the call that is parked")
    if calls[0]["status_code"] != 200:
        raise PageError(f"the next call was answered {calls[0]['status_code']}")
    return f"the next call without ids was answered {calls[0]['status_code']} and kept"


def _calls_since(tour: Tour, number: int) -> list[dict[str, Any]]:
    return [one for one in tour.desk.invocations()[number:] if one["status_code"]]


def stop_parking(tour: Tour) -> None:
    repair(tour, "webhook.body")
    repair(tour, "webhook.breaker")


# -- 7, 8, 12: AI fields, articles, Assist ----------------------------------------------------------------


def change_field(tour: Tour, *, is_active: bool) -> None:
    """An admin switches the first described field on or off, on its page in Admin Center."""
    title = next(iter(json.loads(DESCRIBED.read_text())))
    fields = tour.desk.api("GET", "ticket_fields").json()["ticket_fields"]
    number = next(one["id"] for one in fields if one["title"] == title)
    tour.desk.api("PUT", f"ticket_fields/{number}", json={"ticket_field": {"active": is_active}}).raise_for_status()


def switch_field_off(tour: Tour) -> str:
    change_field(tour, is_active=False)
    return ""


def switch_field_on(tour: Tour) -> str:
    change_field(tour, is_active=True)
    return "switched the field on again in Zendesk"


def restore_field(tour: Tour) -> None:
    change_field(tour, is_active=True)


def close_help_center(tour: Tour) -> str:
    tour.desk.help_center(is_on=False, off_status=403)
    tour.visitor.press(tour.visitor.open("/data-sources/"), "sync")
    return ""


def open_help_center(tour: Tour) -> str:
    tour.desk.help_center(is_on=True)
    return "opened the Help Center again in Zendesk"


def tell_draft(tour: Tour) -> str:
    """One article: would the AI use it?"""
    article = next(one for one in tour.desk.help_center()["articles"] if not one.get("draft"))
    tour.desk.edit_article(article["id"], draft=True)
    path = f"/data-sources/?check={article['id']}"
    tour.visitor.press(tour.visitor.open(path), "Sync this article")
    text = read_text(tour.visitor.open(path).markup)
    tour.desk.edit_article(article["id"], draft=False)
    at = text.find("Would the AI use this article?")
    if "it is a draft" not in text:
        raise PageError("the page of an article that is a draft does not say so")
    return f"an article is made a draft: “{text[at : at + 200]}…”"


def restore_help_center(tour: Tour) -> None:
    open_help_center(tour)


def threaten(tour: Tour) -> str:
    person = {"email": "ilse.recht@example.net", "name": "Ilse Recht", "text": "My lawyer writes to you."}
    made = tour.desk.order("/play", {"action": "new_ticket", "subject": "My lawyer", **person})
    return f"ticket={made['ticket_id']}"


def draft_on_screen(tour: Tour) -> str:
    visitor: Visitor = tour.visitor
    number = max(one["id"] for one in tour.desk.tickets())
    found = tour.doctor.run(f"ticket={number}")["assist.ticket"]
    page = visitor.press(visitor.open(found.path), "draft")
    text = read_text(page.markup.partition('id="panel"')[2])
    at = text.find("Draft again on screen") + len("Draft again on screen")
    return f"“Draft again on screen” ({page.status}), nothing written: “{text[at : at + 160].strip()}…”"


ROWS = (
    Row(3, "The handoff runs, no ticket: the requester is suspended", "handoff.state", suspend, by_hand=lift),
    Row(4, "Agents’ public replies don’t reach the contact: webhook off", "webhook.object", switch_webhook_off,
        proof=lambda tour: deliver(tour, "tour-4", "It comes on Tuesday.")),
    Row(5, "Internal notes reach the contact: body of the trigger", "webhook.comment", leak, proof=tell_note),
    Row(6, "Duplicate tickets for one conversation", "handoffs.doubles", make_second, proof=tell_merged),
    Row(7, "AI fields blank: the field was switched off", "fields.there", switch_field_off, by_hand=switch_field_on,
        restore=restore_field),
    Row(8, "Help Center articles missing from answers", "knowledge.synced", close_help_center,
        by_hand=open_help_center, proof=tell_draft, restore=restore_help_center),
    Row(9, "Zendesk’s activity shows 4xx: stale URL", "webhook.activity", go_stale, says="4xx",
        proof=lambda tour: deliver(tour, "tour-9", "Rings at the old address.")),
    Row(10, "Zendesk’s activity shows 5xx: body without ids", "webhook.body", drop_ids, proof=tell_activity),
    Row(11, "Ticket made, agent’s replies do nothing", "path.marked", unmark),
    Row(12, "Assist posts nothing", "assist.ticket", threaten, says="stayed quiet", mends=NOBODY,
        proof=draft_on_screen),
    Row(19, "The webhook’s breaker is near", "webhook.breaker", fail_often, ends=("ok", "warning"),
        proof=tell_parked, restore=stop_parking),
)  # fmt: skip
