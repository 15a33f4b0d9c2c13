"""`manage.py demo`: what `make run` starts. The product, its worker and scheduler, and the stand-in Zendesk."""

from __future__ import annotations

import logging
import os
import sys
import threading
from typing import Any

import requests
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connections

from integrations import verify
from integrations.credentials import keep_proof, watch_calls
from integrations.models import ZendeskConnection
from opencx_admin.orgs.management.commands import serve
from opencx_admin.orgs.models import Organization
from opencx_admin.orgs.supervisor import Child, Supervisor
from ticketing.demo import assist, fields, objects, rows, stories
from ticketing.demo.notes import BY, Notes
from ticketing.demo.stage import Stage
from ticketing.knowledge.sources import add_source

log = logging.getLogger("opencx.demo")


class Command(BaseCommand):
    """Makes the demo's rows on the first run, then keeps everything running until Ctrl-C."""

    help = __doc__ or ""

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("The demo runs only with DEMO=true; make run sets it.")
        port = int(os.environ.get("PORT", "8000"))
        sandbox_port = int(os.environ.get("SANDBOX_PORT", str(port + 1)))
        for taken in (port, sandbox_port):
            serve.refuse_taken_port("127.0.0.1", taken)
        serve.prepare(migrate=True)
        notes = Notes.read(settings.VAR_DIR)
        sandbox_url = f"http://localhost:{sandbox_port}"
        organization = rows.prepare(notes, sandbox_url)
        connections.close_all()
        stage = Stage(f"http://localhost:{port}", sandbox_url, notes)
        sandbox = [sys.executable, "-m", "integrations.sandbox", "--bind", f"127.0.0.1:{sandbox_port}"]
        children = [
            *serve.product("127.0.0.1", port),
            Child("stand-in Zendesk", [*sandbox, "--with-past", "--product-url", stage.product_url]),
        ]

        def on_ready() -> None:
            self.stdout.write(_greeting(stage))
            threading.Thread(target=_play, args=(stage, organization), daemon=True).start()

        ready_at = [("127.0.0.1", port), ("127.0.0.1", sandbox_port)]
        sys.exit(Supervisor(children).run(ready_at=ready_at, on_ready=on_ready))


def _greeting(stage: Stage) -> str:
    roles = {email: role.value for email, _name, role in rows.PEOPLE}
    roles[rows.SECOND_OWNER[0]] = f"owner of {rows.SECOND_ORGANIZATION}, which is not set up yet"
    lines = [
        "",
        f"  OpenCX      {stage.product_url}",
        f"  Zendesk     {stage.sandbox_url}  (a stand-in: play the agent and the contact there)",
        "",
        *[
            f"  {email:<18} {password}  {roles.get(email, '')}".rstrip()
            for email, password in stage.notes.said["passwords"].items()
        ],
        "",
        "  Ctrl-C stops all of it; the data stays in var/.",
    ]
    return "\n".join(lines)


def _play(stage: Stage, organization: Organization) -> None:
    try:
        stage.introduce(organization)
        connection = ZendeskConnection.objects.get(organization=organization)
        if connection.verified_at is None:
            report = verify.verify(verify.Candidate.of(connection), watch_calls(organization, connection.base_url))
            keep_proof(connection, report, who=BY)
        stage.connect_messaging(organization)
        add_source(organization)
        fields.turn_on(organization, BY)
        assist.turn_on(organization)
        objects.set_up(organization, stage)
        stories.play(stage)
        assist.send_mails(stage)
    except (requests.RequestException, OSError):
        log.exception("the demo's conversations could not be played")
    finally:
        connections.close_all()
