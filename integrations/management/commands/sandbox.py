"""``manage.py sandbox``: the stand-in Zendesk, as a process of its own."""

import os
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

TRUE = {"1", "true", "yes", "on"}


class Command(BaseCommand):
    """Replaces itself by the stand-in's own program, with the stand-in's own settings."""

    help = "Runs the stand-in Zendesk and platform (only with DEMO)."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """``--bind HOST:PORT``, ``--product-url URL`` and ``--with-past``."""
        parser.add_argument("--bind", default="127.0.0.1:8001", metavar="HOST:PORT")
        parser.add_argument("--product-url", default="http://localhost:8000")
        parser.add_argument("--with-past", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        """Never returns. Raises ``CommandError`` unless the environment has DEMO."""
        if os.environ.get("DEMO", "").lower() not in TRUE:
            raise CommandError(_("The stand-in Zendesk runs in the demo only: set DEMO=true."))
        program = [sys.executable, "-m", "integrations.sandbox"]
        program += ["--bind", options["bind"], "--product-url", options["product_url"]]
        program += ["--with-past"] if options["with_past"] else []
        sys.stdout.flush()
        os.execv(sys.executable, program)  # noqa: S606  (our own program, no shell)
