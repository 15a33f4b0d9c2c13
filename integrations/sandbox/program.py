"""The stand-in as a program: database, sender, server, and a quick end."""

import argparse
import os
import signal
import sys
import threading
from types import FrameType

from django.utils.translation import gettext as _

from integrations.sandbox import setup
from integrations.sandbox.hooks import sender
from integrations.sandbox.server import listen
from integrations.sandbox.sunshine import sender as event_sender
from integrations.sandbox.wsgi import application


def main() -> int:
    """Prepares the database, serves until SIGTERM or SIGINT; 1 when it cannot start."""
    options = read_options()
    setup.prepare(options.product_url, with_past=options.with_past)
    host, _colon, port = options.bind.rpartition(":")
    try:
        server = listen(host or "127.0.0.1", int(port))
    except OSError as error:
        sentence = _("The stand-in Zendesk cannot listen on %(address)s: %(why)s.")
        sys.stderr.write(sentence % {"address": options.bind, "why": error.strerror} + "\n")
        return 1
    server.set_app(application)
    sender.start()
    event_sender.start()

    def stop(signum: int, frame: FrameType | None) -> None:
        threading.Thread(target=server.shutdown, daemon=True).start()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    sys.stdout.write(_("Stand-in Zendesk on http://%(address)s/") % {"address": options.bind} + "\n")
    sys.stdout.flush()
    server.serve_forever(poll_interval=0.1)
    # Connections that clients keep alive would hold a normal exit up.
    os._exit(0)


def read_options() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="sandbox", description=_("The stand-in Zendesk."))
    parser.add_argument("--bind", default="127.0.0.1:8001", metavar="HOST:PORT")
    parser.add_argument("--product-url", default="", help=_("where the product listens"))
    parser.add_argument("--with-past", action="store_true", help=_("fill a new database with articles and tickets"))
    return parser.parse_args()
