"""A threaded HTTP server that can hang up in the middle of an answer.

granian keeps the socket to itself: an answer cut short reaches the client as a
whole one, or not before its time-out. The faults "drop before / after the write" need a
real hang-up, so this server hands each request its own socket.
"""

import socket
from typing import Any

from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler


class Server(ThreadedWSGIServer):
    """One thread for each connection; connections are kept alive."""

    request_queue_size = 256


class Handler(WSGIRequestHandler):
    """Leaves the connection in the environment, for ``hang_up``, and the path as it was sent."""

    disable_nagle_algorithm = True

    def get_environ(self) -> dict[str, Any]:
        """The environment, with ``sandbox.connection`` (the socket) and ``sandbox.raw_path``."""
        environ: dict[str, Any] = super().get_environ()
        environ["sandbox.connection"] = self.connection
        environ["sandbox.raw_path"] = self.path
        return environ

    def log_message(self, format: str, *args: Any) -> None:
        """Silence: the stand-in keeps its own list of requests."""


def hang_up(connection: socket.socket) -> None:
    """Ends the connection at once, so that the client gets no answer at all."""
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return


def listen(host: str, port: int) -> Server:
    """A server on that address; ``OSError`` when the port is taken."""
    return Server((host, port), Handler)
