"""A chat-completions service on this machine that answers as told and keeps what it was asked."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Asked = dict[str, Any]


@dataclass
class Reply:
    """One answer. `content` is what the model says: JSON unless it is a text; `body` replaces the whole envelope."""

    content: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | None = None
    seconds: float = 0.0
    finish: str = "stop"
    refusal: str = ""

    def encode(self) -> bytes:
        """The body as the protocol has it."""
        if self.body is not None:
            return self.body
        said = self.content if isinstance(self.content, str) else json.dumps(self.content)
        message = {"role": "assistant", "content": said} | ({"refusal": self.refusal} if self.refusal else {})
        return json.dumps(
            {
                "id": "chatcmpl-1",
                "object": "chat.completion",
                "model": "small-1",
                "choices": [{"index": 0, "message": message, "finish_reason": self.finish}],
                "usage": {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120},
            }
        ).encode()


class ChatService:
    """The service. `replies` are used up one by one, the last one stays; a function makes its own of what is asked."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.asked: list[Asked] = []
        self.headers: list[dict[str, str]] = []
        self.replies: list[Reply | Callable[[Asked], Reply]] = []

    def reply(self, *replies: Reply | Callable[[Asked], Reply]) -> None:
        """Answer like this from now on."""
        self.replies = list(replies)

    def _next(self, asked: Asked) -> Reply:
        self.asked.append(asked)
        reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        return reply if isinstance(reply, Reply) else reply(asked)


@contextmanager
def run_chat_service() -> Iterator[ChatService]:
    """Serve on a free port of this machine until the end of the block."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            if not self.path.endswith("/chat/completions"):
                self.send_error(404)
                return
            service.headers.append(dict(self.headers))
            reply = service._next(json.loads(body))
            time.sleep(reply.seconds)
            answer = reply.encode()
            self.send_response(reply.status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer)))
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: Any) -> None:
            """Quiet."""

        def handle(self) -> None:
            try:
                super().handle()
            except OSError:
                return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    service = ChatService(f"http://127.0.0.1:{server.server_address[1]}/v1")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield service
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
