"""The demo's own past: a Help Center, ticket fields and solved tickets, from the files beside this one."""

import json
import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from integrations.sandbox.api.answers import Json
from integrations.sandbox.store import now

HERE = Path(__file__).resolve().parent
CLOSED_AFTER = 28
DAY = re.compile(r"\{?day-(\d+)(?::(de))?\}?")
MONTHS_DE = (
    "Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November",
    "Dezember",
)  # fmt: skip


def read_file(name: str) -> Any:
    """One of the files."""
    return json.loads((HERE / name).read_text())


def account() -> Json:
    """What the demo's account is made with: ``ticket_fields`` and ``help_center``."""
    center = read_file("articles.json")
    for place, article in enumerate(center["articles"]):
        changed_at = now() - timedelta(days=article.pop("days_ago"), minutes=7 * place)
        article["updated_at"] = changed_at.isoformat()
        article["created_at"] = (changed_at - timedelta(days=90 + place)).isoformat()
    return {"ticket_fields": read_file("ticket_fields.json"), "help_center": center}


def past_tickets() -> list[Json]:
    """Solved tickets of the last four months, oldest first; the older ones are closed."""
    said = read_file("past_tickets.json")
    numbers = {field["key"]: field["id"] for field in read_file("ticket_fields.json")}
    made = [place_in_time(said, numbers, one, place) for place, one in enumerate(said["tickets"])]
    return sorted(made, key=lambda one: str(one["created_at"]))


def place_in_time(said: Json, numbers: Json, one: Json, place: int) -> Json:
    """One of them, with times, requester and answer."""
    hour, minute = 7 + place * 5 % 12, place * 17 % 60
    created_at = (now() - timedelta(days=one["days_ago"])).replace(hour=hour, minute=minute, second=place % 60)
    name, first = one["requester"], one["requester"].split()[0]
    reason = one["fields"]["contact_reason"]
    answers = said["answers"][reason][one.get("language", "en")]
    return {
        "subject": one["subject"],
        "text": write_days(one["text"], created_at).replace("{first}", first),
        "fields": {numbers[key]: write_value(value, created_at) for key, value in one["fields"].items()},
        "requester": {"name": name, "email": said["requesters"][name]},
        "status": "closed" if one["days_ago"] > CLOSED_AFTER else "solved",
        "created_at": created_at.isoformat(),
        "solved_at": (created_at + timedelta(hours=2 + place % 20, minutes=place % 50)).isoformat(),
        "answer": answers[place % len(answers)].replace("{first}", first),
    }


def write_days(text: str, created_at: datetime) -> str:
    """Names the day that ``{day-9}`` means: nine days before the ticket."""

    def name(found: re.Match[str]) -> str:
        day = created_at - timedelta(days=int(found[1]))
        return f"{day.day}. {MONTHS_DE[day.month - 1]}" if found[2] else f"{day.day} {day:%B}"

    return DAY.sub(name, text)


def write_value(value: Any, created_at: datetime) -> Any:
    """``day-9`` as a date field keeps it; everything else as it is."""
    found = DAY.fullmatch(value) if isinstance(value, str) else None
    return (created_at - timedelta(days=int(found[1]))).date().isoformat() if found else value
