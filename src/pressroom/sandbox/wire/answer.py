"""What goes back over the wire."""

import time
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from email.utils import formatdate
from functools import lru_cache
from typing import Any

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Header = tuple[bytes, bytes]
AsgiApp = Callable[[Scope, Receive, Send], Awaitable[None]]

_JSON = b"application/json; charset=UTF-8"


@dataclass(slots=True)
class Answer:
    """A whole answer. `is_cut`: only its first half is sent, then the connection ends."""

    status: int
    body: bytes
    content_type: bytes = _JSON
    headers: list[Header] = field(default_factory=list[Header])
    is_cut: bool = False


@lru_cache(maxsize=4)
def http_date(unix: int) -> bytes:
    """Spell a second as the `Date` header does."""
    return formatdate(unix, usegmt=True).encode()


async def send_answer(send: Send, answer: Answer, *, unix: float | None = None) -> None:
    """Send an answer; `unix` is the time its `Date` header tells, the machine's when None."""
    date = http_date(int(time.time() if unix is None else unix))
    headers = [
        (b"content-type", answer.content_type),
        (b"content-length", str(len(answer.body)).encode()),
        (b"date", date),
        *answer.headers,
    ]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    if answer.is_cut:
        await send(
            {"type": "http.response.body", "body": answer.body[: len(answer.body) // 2], "more_body": True}
        )
    else:
        await send({"type": "http.response.body", "body": answer.body})


async def read_body(receive: Receive, most: int) -> bytes | None:
    """Read a request's body; None when it is longer than `most` bytes or the caller left."""
    parts, size = list[bytes](), 0
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if message["type"] == "http.disconnect" or size > most:
            return None
        if not message.get("more_body", False):
            return b"".join(parts)
