"""What a sandbox sends: complete answers over ASGI, the API's errors, and the files of its pages.

`send_answer` and `read_body` speak ASGI. `refusal` builds an error from the error table, to be raised;
`GraphRefusal.envelope` is the JSON that Meta sends. `page_parts` serves scripts and styles.
"""

import re
import time
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from email.utils import formatdate
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import msgspec

from pressroom.graph.error_table import find

if TYPE_CHECKING:
    from pressroom.serving.static import StaticFiles


Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Header = tuple[bytes, bytes]
AsgiApp = Callable[[Scope, Receive, Send], Awaitable[None]]

_JSON = b"application/json; charset=UTF-8"


@dataclass(slots=True)
class HttpAnswer:
    """A complete answer. `is_cut`: only the first half of the body is sent, then the connection ends."""

    status: int
    body: bytes
    content_type: bytes = _JSON
    headers: list[Header] = field(default_factory=list[Header])
    is_cut: bool = False


# The same second is asked for by every call within it.
@lru_cache(maxsize=4)
def http_date(unix: int) -> bytes:
    """Format unix seconds as the `Date` header."""
    return formatdate(unix, usegmt=True).encode()


async def wait_for_disconnect(receive: Receive) -> None:
    """Wait until the caller has gone."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def send_answer(send: Send, answer: HttpAnswer, *, unix: float | None = None) -> None:
    """Send an answer. `unix`: the time of its `Date` header in unix seconds; None: the machine's."""
    date = http_date(int(time.time() if unix is None else unix))
    headers = [
        (b"content-type", answer.content_type),
        (b"content-length", str(len(answer.body)).encode()),
        (b"date", date),
        *answer.headers,
    ]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    if answer.is_cut:
        # content-length above is the full one: the caller can tell that the body is not complete.
        await send(
            {"type": "http.response.body", "body": answer.body[: len(answer.body) // 2], "more_body": True}
        )
    else:
        await send({"type": "http.response.body", "body": answer.body})


async def read_body(receive: Receive, most: int) -> bytes | None:
    """Read a request's body; None when it is longer than `most` bytes or the caller disconnected."""
    # Joined once at the end: adding to bytes piece by piece copies all of them each time.
    parts, size = list[bytes](), 0
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if message["type"] == "http.disconnect" or size > most:
            return None
        if not message.get("more_body", False):
            return b"".join(parts)


# Of 4 without a subcode, too (recorded), so that the limit proves nothing of a publish: docs/decisions/0010.
_TRANSIENT = frozenset({(1, None), (1, 99), (2, None), (2, 99), (4, None)})

# The words in `WWW-Authenticate` by code; all other codes that were recorded have `invalid_request`.
_PROBLEMS = {190: "invalid_token", 803: "not_found"}
_CONTROLS = re.compile(r"[\x00-\x1f\x7f]")
_CHALLENGE_MAX = 2000  # characters


def parse_body(text: str) -> Any:  # noqa: ANN401  # an answer is whatever JSON can hold
    """Parse the body of an answer: None when empty, the text itself when it is no JSON."""
    try:
        return msgspec.json.decode(text) if text else None
    except msgspec.DecodeError:
        return text


class GraphRefusal(Exception):
    """The call is refused with this error envelope."""

    def __init__(
        self,
        code: int,
        subcode: int | None = None,
        *,
        message: str,
        http_status: int = 400,
        meta_type: str = "OAuthException",
        title: str | None = None,
        user_message: str | None = None,
        is_transient: bool | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.subcode = subcode
        self.message = message
        self.http_status = http_status
        self.meta_type = meta_type
        self.title = title
        self.user_message = user_message
        self.is_transient: bool = (code, subcode) in _TRANSIENT if is_transient is None else is_transient

    def envelope(self, fbtrace_id: str) -> dict[str, Any]:
        """Give the JSON object Meta sends."""
        # Only these and fbtrace_id are in every error (Handling Errors); all other keys are optional.
        error: dict[str, Any] = {"message": self.message, "type": self.meta_type, "code": self.code}
        if self.subcode is not None:
            error["error_subcode"] = self.subcode
        if self.subcode is not None or self.is_transient:
            error["is_transient"] = self.is_transient
        if self.title:
            error["error_user_title"] = self.title
        if self.title or self.user_message:
            error["error_user_msg"] = self.user_message or self.message
        error["fbtrace_id"] = fbtrace_id
        return {"error": error}

    def challenge(self) -> Header:
        """Build the `WWW-Authenticate` header of every error, as recorded of graph.facebook.com."""
        # A message may quote what the caller sent: no control character of it, and no more than clients take.
        words = _CONTROLS.sub(" ", self.message)[:_CHALLENGE_MAX].replace('"', '\\"')
        problem = _PROBLEMS.get(self.code, "invalid_request")
        value = f'OAuth "Facebook Platform" "{problem}" "{words}"'
        return b"www-authenticate", value.encode("ascii", "replace")


class _Words(dict[str, str]):
    """The words for a row's placeholders; one without a value becomes its own name."""

    def __missing__(self, key: str) -> str:
        return key


def refusal(
    code: int, subcode: int | None = None, *, message: str | None = None, **words: str
) -> GraphRefusal:
    """Build the refusal of an error row. `message` replaces its text, `words` fill its placeholders."""
    row = find(code, subcode)
    if row is None:
        return GraphRefusal(code, subcode, message=message or "Unknown error")
    return GraphRefusal(
        code,
        subcode,
        message=message or row.message.format_map(_Words(words)),
        http_status=row.http_status,
        meta_type=row.meta_type,
        title=row.title,
        user_message=row.user_message and row.user_message.format_map(_Words(words)),
    )


def invalid(message: str) -> GraphRefusal:
    """Build the refusal of a parameter, in Meta's form `(#100) …`."""
    return refusal(100, message=f"(#100) {message}")


def missing(name: str) -> GraphRefusal:
    """Build the refusal of a call that lacks a parameter."""
    return invalid(f"The parameter {name} is required")


def not_found(object_id: str, verb: str = "get") -> GraphRefusal:
    """Build the refusal of an id that is unknown, foreign or deleted, or of a verb it does not take."""
    # Meta names the request's verb: "Unsupported post request", "Unsupported delete request".
    error = refusal(100, 33, id=object_id)
    error.message = error.message.replace("Unsupported get request", f"Unsupported {verb} request", 1)
    return error


def unknown_path(path: str) -> GraphRefusal:
    """Build the refusal of a path without a route."""
    return refusal(2500, path=path.strip("/"))


@lru_cache(maxsize=1)
def page_parts() -> "StaticFiles":
    """Give the app that serves the scripts and styles of all pages of the sandbox, and knows their URLs.

    Each URL holds a hash of the file: with fixed URLs browsers kept the files of an older version for a day.
    """
    from pressroom.serving.static import StaticFiles  # noqa: PLC0415  # loads only when a page is looked at

    return StaticFiles(files("pressroom.sandbox") / "page" / "static", "/_sandbox/static/")
