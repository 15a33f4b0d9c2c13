"""``python -m integrations.sandbox [--bind HOST:PORT] [--product-url URL]``."""

import argparse
import os
import signal
import sys
import threading
from types import FrameType


def main() -> int:
    """Prepares the database, serves until SIGTERM or SIGINT; 1 when it cannot start."""
    options = read_options()
    os.environ["DJANGO_SETTINGS_MODULE"] = "integrations.sandbox.settings"
    import django

    django.setup()
    from integrations.sandbox import setup
    from integrations.sandbox.hooks import sender
    from integrations.sandbox.server import listen
    from integrations.sandbox.wsgi import application

    setup.prepare(options.product_url)
    host, _, port = options.bind.rpartition(":")
    try:
        server = listen(host or "127.0.0.1", int(port))
    except OSError as error:
        print(f"The stand-in Zendesk cannot listen on {options.bind}: {error.strerror}.", file=sys.stderr)
        return 1
    server.set_app(application)
    sender.start()

    def stop(signum: int, frame: FrameType | None) -> None:
        threading.Thread(target=server.shutdown, daemon=True).start()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    print(f"Stand-in Zendesk on http://{options.bind}/", flush=True)
    server.serve_forever(poll_interval=0.1)
    # Connections kept alive by clients would hold a normal exit up.
    sys.stdout.flush()
    os._exit(0)


def read_options() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="sandbox", description="The stand-in Zendesk.")
    parser.add_argument("--bind", default="127.0.0.1:8001", metavar="HOST:PORT")
    parser.add_argument("--product-url", default="", help="where the product listens")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
