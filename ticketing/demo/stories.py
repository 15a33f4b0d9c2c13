"""The morning's conversations, played once."""

from __future__ import annotations

import datetime as dt
import json
import time
from pathlib import Path
from typing import Any

from django.utils import timezone

from ticketing.demo.rows import SUBDOMAIN
from ticketing.demo.stage import Stage


def play(stage: Stage) -> None:
    """Play the morning's conversations, once."""
    if stage.notes.said.get("is_played"):
        return
    stories = json.loads((Path(__file__).parent / "stories.json").read_text())
    began = timezone.now() - dt.timedelta(minutes=4 * len(stories))
    for number, story in enumerate(stories):
        _play_story(stage, story, began + dt.timedelta(minutes=4 * number))
    stage.notes.said["is_played"] = True
    stage.notes.write()


def _play_story(stage: Stage, story: dict[str, Any], at: dt.datetime) -> None:
    session_id = story["id"]
    if story.get("suspend"):
        stage.control(
            f"accounts/{SUBDOMAIN}/play", {"action": "suspend_user", "email": story["session"]["contact"]["email"]}
        )
    stage.call("PUT", f"sessions/{session_id}", story["session"])
    messages = [
        {"id": f"{session_id}-{n}", "created_at": (at + dt.timedelta(seconds=20 * n)).isoformat(), **message}
        for n, message in enumerate(story["messages"])
    ]
    stage.call("POST", f"sessions/{session_id}/messages", {"messages": messages})
    if "handoff" not in story:
        return
    stage.call("POST", f"sessions/{session_id}/handoff", story["handoff"])
    if not story.get("agent"):
        return
    link = stage.wait_for_link(session_id)
    prefix = "chat_" if "conversation_id" in link else ""
    for act in story["agent"] if link else ():
        stage.control(f"accounts/{SUBDOMAIN}/play", {**link, **act, "action": f"{prefix}{act['action']}"})
        time.sleep(1.1)
    for number, text in enumerate(story.get("afterwards", ())):
        message = {"id": f"{session_id}-later-{number}", "sender": "contact", "text": text}
        message["created_at"] = timezone.now().isoformat()
        stage.call("POST", f"sessions/{session_id}/messages", {"messages": [message]})
