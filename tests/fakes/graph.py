"""A Graph API that answers what a test tells it to: the seam is the transport."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from pressroom.core.errors import TransportError
from pressroom.core.protocols import Reply, Request
from tests.fakes.clock import START

Answer = Mapping[str, Any] | TransportError


def error(code: int, subcode: int | None = None, message: str = "no") -> dict[str, Any]:
    """An error envelope; it is answered with HTTP 400."""
    body: dict[str, Any] = {"message": message, "type": "OAuthException", "code": code, "fbtrace_id": "A1"}
    return {"error": body | ({"error_subcode": subcode} if subcode else {})}


class ScriptedGraph:
    """Answers each call from the list of its key, the last answer for ever.

    A key is `METHOD last-path-part`; an id is `GET <id>`. Calls are kept as `METHOD path`.
    """

    def __init__(self, **_: object) -> None:
        self.answers: dict[str, list[Answer]] = {}
        self.calls: list[str] = []
        self.params: list[dict[str, str]] = []
        self.before_answer: Callable[[str], object] = lambda _key: None
        self.now: Callable[[], datetime] = lambda: START

    def on(self, key: str, *answers: Answer) -> None:
        """Set what a call answers, one after another."""
        self.answers[key] = list(answers)

    def count(self, key: str) -> int:
        """How often a call was made."""
        return sum(1 for call in self.calls if _key(call) == key)

    async def send(self, request: Request) -> Reply:
        if request.before_bytes:
            request.before_bytes()
        parts = urlsplit(request.url)
        path = parts.path.removeprefix("/v21.0")
        text = (request.body or b"").decode() or parts.query
        self.calls.append(f"{request.method} {path}")
        self.params.append(dict(parse_qsl(text, keep_blank_values=True)))
        key = _key(self.calls[-1])
        self.before_answer(key)
        answer = self._next(key)
        if isinstance(answer, TransportError):
            raise answer
        status = 400 if "error" in answer and "status" not in answer else 200
        headers = {"date": format_datetime(self.now(), usegmt=True)}
        return Reply(status=status, headers=headers, body=json.dumps(answer).encode())

    async def aclose(self) -> None:
        """Nothing is open."""

    def _next(self, key: str) -> Answer:
        answers = self.answers.get(key)
        assert answers, f"unexpected call: {key}"
        return answers.pop(0) if len(answers) > 1 else answers[0]


def _key(call: str) -> str:
    method, path = call.split(" ")
    return f"{method} {path.rsplit('/', 1)[-1]}"
