"""Writes calls to a file, one JSON object a line; the first line is the sandbox's settings and state.

`Recorder.carry` passes a call on and writes it. `Redactor` keeps tokens and secrets out, in a way that
`replay` can still make the calls again.
"""

import re
from base64 import b64decode, b64encode
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import Any, Final, Literal
from urllib.parse import quote, quote_plus, unquote

import msgspec

from pressroom.graph.secret_names import SECRET_PARAMETERS, pattern_of
from pressroom.sandbox.calls.scene import Scene
from pressroom.sandbox.settings import SandboxSettings
from pressroom.sandbox.state.ids import invented_token
from pressroom.sandbox.state.snapshot import Snapshot
from pressroom.sandbox.state.world import World
from pressroom.sandbox.wire.answer import AsgiApp, Message, Receive, Scope, Send, parse_body
from pressroom.version import __version__

UNKNOWN = "***unknown"
# `code` is in every error, as a number. A quoted one, or one after an equals sign, may be a code of consent.
_IS = r"""(?:=|%3D|\\*"\s*:\s*\\*"|%22%3A(?:\+|%20)*%22)"""
# A name also begins after an escape, as in an address within a parameter.
_NAMED = re.compile(
    rf'(?:(?<![A-Za-z_])|(?<=%[0-9A-Fa-f]{{2}}))({pattern_of(SECRET_PARAMETERS)}{_IS})([^&#"\s\\]+)'
)
_INVENTED = SandboxSettings().app_secret
_SHORTEST = 12  # characters of a token; a shorter one may be a word
_SCHEME = re.compile(r"^(\w+\s+)?(.*)$", re.DOTALL)


class Redactor:
    """Replaces each token and code of a sandbox by a name of its own, the same throughout a recording."""

    def __init__(self, world: World, settings: SandboxSettings) -> None:
        self._world = world
        # Find a secret as a whole word: as part of one, such as of `client_secret`, it may stand anywhere.
        forms = "|".join(re.escape(form) for form in _forms(settings.app_secret or _INVENTED))
        self._app_secret = re.compile(
            rf"(?:(?<![A-Za-z0-9_])|(?<=%[0-9A-Fa-f]{{2}}))(?:{forms})(?![A-Za-z0-9_])"
        )
        app = (_INVENTED, f"{settings.app_id}|{_INVENTED}")
        self._shown = {form for plain in app for form in _forms(plain)}
        self._names: dict[str, str] = {}
        self._renamed: dict[str, str] = {}

    def show(self, text: str) -> None:
        """Leave a text as it is where a secret stands."""
        self._shown.add(text)

    def rename(self, secret: str, name: str) -> None:
        """Replace a secret that the sandbox does not know; a short one only as the value of a parameter."""
        self._renamed[secret] = name
        if len(secret) >= _SHORTEST:
            self._names[secret] = name

    def learn(self) -> None:
        """Learn the tokens and codes that exist now."""
        for secret in (*list(self._world.tokens.values()), *list(self._world.codes.values())):
            if secret.text not in self._names:
                # In the form of an invented token, since a replay tells the login type by its first letters.
                self._names[secret.text] = invented_token(secret.login, f"-hidden-{len(self._names) + 1:06d}")

    def text(self, text: str) -> str:
        """Replace every secret in a text; one that the sandbox does not know becomes `***unknown`."""
        for secret, name in self._names.items():
            if secret in text:
                text = text.replace(secret, name)
        # A secret that was set does not appear: the replay runs with the invented one, and is called with it.
        return _NAMED.sub(self._hide_unknown, self._app_secret.sub(_INVENTED, text))

    def _hide_unknown(self, match: "re.Match[str]") -> str:
        name, value = match.groups()
        if value in self._shown or value in self._names.values():
            return name + value
        return name + self._renamed.get(unquote(value), UNKNOWN)

    def header(self, text: str) -> str:
        """Replace the secret of an `Authorization` header; its scheme stays, and of `Basic` the app's id."""
        match = _SCHEME.match(text)
        assert match is not None
        scheme, secret = match.group(1) or "", match.group(2).strip()
        if scheme.strip().lower() == "basic":
            return scheme + self._basic(secret)
        return scheme + self._names.get(secret, self._app_or_unknown(secret))

    def _basic(self, pair: str) -> str:
        try:
            client_id, _, secret = b64decode(pair).decode().partition(":")
        except ValueError:
            return UNKNOWN
        return b64encode(f"{client_id}:{self._app_or_unknown(secret)}".encode()).decode()

    def _app_or_unknown(self, secret: str) -> str:
        app = self._app_secret.sub(_INVENTED, secret)
        return app if app in self._shown else UNKNOWN


def _forms(plain: str) -> tuple[str, ...]:
    """Give the spellings of a value: as it is, in a query, and in a form."""
    return plain, quote(plain, safe=""), quote_plus(plain)


FORMAT: Final = 1
_MOST_BODY: Final = 4 << 20  # bytes; only uploads are longer, and the API refuses more itself
# Those that change an answer; all others, such as cookies, could hold a secret.
_KEPT_HEADERS: Final = frozenset(
    {"host", "content-type", "authorization", "offset", "file_size", "file_url", "content-length"}
)
ORDERS: Final = "/_sandbox/"
_PAGES: Final = ("/p/", "/reel/", "/stories/")
# Settings that are secret, or name places on this machine.
_LEFT_OUT: Final = frozenset(
    {"token", "data_dir", "state_file", "record_file", "public_base", "app_secret", "webhook_secret"}
)
# `import` would bring a whole state, `webhook` calls out to verify; the other two are about recordings.
_NOT_ORDERS: Final = frozenset({"import", "webhook", "recording", "replay"})


class Start(msgspec.Struct, kw_only=True):
    """The first line: the sandbox's settings, and its state at the start.

    compares: whether a replay compares the values of answers, or their shape, that is keys and types.
    """

    recording: int = FORMAT
    version: str = __version__
    compares: Literal["values", "shape"] = "values"
    settings: dict[str, Any]
    state: msgspec.Raw


def kept_settings(settings: SandboxSettings) -> dict[str, Any]:
    """Give the settings that a recording keeps."""
    every: dict[str, Any] = msgspec.to_builtins(settings, enc_hook=str)
    return {name: value for name, value in every.items() if name not in _LEFT_OUT}


class Line(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One call. at: unix seconds of the sandbox's clock. status: None where no answer was sent.

    body: None without one, and for bytes that are not text, whose number is `body_bytes`.
    """

    at: float
    method: str
    target: str
    host: str
    scheme: str = "http"
    headers: dict[str, str] = msgspec.field(default_factory=dict[str, str])
    body: str | None = None
    body_bytes: int = 0
    status: int | None = None
    answer: Any = None
    location: str | None = None


def write_lines(path: Path, lines: Iterable[Any]) -> None:
    """Write a recording; the file is for its owner alone, as bodies may be private."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # Before the first byte.
    path.touch(mode=0o600)
    path.write_bytes(b"".join(msgspec.json.encode(line) + b"\n" for line in lines))


class Recorder:
    """Records the calls that reach a sandbox through it. `count`: the number of calls so far."""

    def __init__(self, path: Path, scene: Scene, state: Snapshot) -> None:
        self.path = path
        self.count: int = 0
        self._scene = scene
        self._redactor = Redactor(scene.world, scene.settings)
        self._redactor.learn()
        start = Start(settings=kept_settings(scene.settings), state=msgspec.Raw(msgspec.json.encode(state)))
        raw = self._redactor.text(msgspec.json.encode(start).decode())
        write_lines(path, [msgspec.Raw(raw)])

    async def carry(self, app: AsgiApp, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a call to the app, and write it before the caller has the whole answer.

        A caller that reads the file after its answer finds the call there.
        """
        # Calls of the API are recorded, and orders that change something; no pages.
        method, path = scope["method"], scope["path"]
        if path.startswith(ORDERS):
            order = path.removeprefix(ORDERS).strip("/")
            is_recorded = method not in ("GET", "HEAD") and order not in _NOT_ORDERS
        else:
            is_recorded = not path.startswith(_PAGES)
        if not is_recorded:
            await app(scope, receive, send)
            return
        # Before the call, as it may end a token or use up a code; `_line` learns what it made.
        self._redactor.learn()
        request, at = _RequestCopy(receive), self._scene.clock.unix()
        answer = _AnswerCopy(send, lambda copy: self._write(self._line(scope, at, request, copy)))
        try:
            await app(scope, request, answer)
        finally:
            # For a call whose answer was dropped or never came.
            answer.end()

    def _line(self, scope: Scope, at: float, request: "_RequestCopy", answer: "_AnswerCopy") -> Line:
        redacted = self._redactor.text
        self._redactor.learn()
        query = scope["query_string"].decode("latin-1")
        headers = ((name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"])
        headers = {
            name: self._redactor.header(value) if name == "authorization" else self._redactor.text(value)
            for name, value in headers
            if name in _KEPT_HEADERS
        }
        try:
            body = request.body.decode() if request.body else None
        except UnicodeDecodeError:
            body = None
        return Line(
            at=at,
            method=scope["method"],
            scheme=scope.get("scheme") or "http",
            target=redacted(scope["path"] + (f"?{query}" if query else "")),
            host=headers.pop("host", "localhost"),
            headers=headers,
            body=None if body is None else redacted(body),
            body_bytes=request.size if body is None else 0,
            status=answer.status,
            answer=parse_body(redacted(answer.body.decode("utf-8", "replace"))),
            location=None if answer.location is None else redacted(answer.location),
        )

    def _write(self, line: Line) -> None:
        self.count += 1
        with self.path.open("ab") as file:
            file.write(msgspec.json.encode(line) + b"\n")


class _RequestCopy:
    """Passes a request's body on and keeps a copy; `body` is None when it is too long to keep."""

    def __init__(self, receive: Callable[[], Awaitable[Message]]) -> None:
        self._receive = receive
        self.body: bytes | None = b""
        self.size = 0

    async def __call__(self) -> Message:
        message = await self._receive()
        part: bytes = message.get("body", b"")
        self.size += len(part)
        self.body = None if self.body is None or self.size > _MOST_BODY else self.body + part
        return message


class _AnswerCopy:
    """Passes an answer on and keeps a copy. `on_end` is called once, when it is complete or was cut off."""

    def __init__(self, send: Send, on_end: "Callable[[_AnswerCopy], None]") -> None:
        self._send = send
        self._on_end = on_end
        self._has_ended = False
        self.status: int | None = None
        self.body = b""
        self.location: str | None = None

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers: dict[bytes, bytes] = dict(message["headers"])
            location = headers.get(b"location")
            self.location = None if location is None else location.decode("latin-1")
        else:
            self.body += message.get("body", b"")
            if not message.get("more_body", False):
                # Before the last part is sent: the caller may read the file after its answer.
                self.end()
        await self._send(message)

    def end(self) -> None:
        """Report the answer as it is so far; further calls do nothing."""
        if not self._has_ended:
            self._has_ended = True
            self._on_end(self)
