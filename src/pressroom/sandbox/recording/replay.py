"""Replays recorded calls on a fresh sandbox that starts with the recorded settings and state."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import zip_longest
from pathlib import Path
from typing import Any, Protocol, cast

import msgspec

from pressroom.core.clock import Clock
from pressroom.sandbox.calls.scene import Scene
from pressroom.sandbox.clock import SandboxClock
from pressroom.sandbox.faults import ConnectionDropped, Faults
from pressroom.sandbox.recording.recorder import FORMAT, ORDERS, Line, Start
from pressroom.sandbox.settings import Fetch, SandboxSettings
from pressroom.sandbox.state.snapshot import read
from pressroom.sandbox.wire.answer import Message, Receive, Scope, Send

_IGNORED = frozenset({"fbtrace_id"})
# Values that are random in each run. The new one is used in place of the recorded one from then on.
_RENAMED = frozenset({"access_token", "token", "code", "id"})
_FILES = "/_sandbox/files/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One place where an answer differs. number: of the call, from 1. where: a path such as `error.code`."""

    number: int
    method: str
    target: str
    where: str
    recorded: Any
    replayed: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """The result. skipped: calls whose body the recording does not hold, such as uploads."""

    calls: int
    skipped: int
    differences: list[Difference]


class Fresh(Protocol):
    """The part of a sandbox that a replay needs: `simulator` stands above and is not imported."""

    scene: Scene
    clock: SandboxClock
    faults: Faults

    async def app(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        ...

    def import_state(self, raw: bytes) -> None:
        """Replace everything by an exported state."""
        ...

    async def aclose(self) -> None:
        """Stop fetching and clean up."""
        ...


class Begin(Protocol):
    """Makes a fresh sandbox."""

    def __call__(self, settings: SandboxSettings, *, clock: Clock) -> Fresh:
        """Make it."""
        ...


@dataclass(slots=True)
class _JumpingClock:
    """A clock whose `sleep` moves it and returns at once, so that a replay never waits."""

    start: datetime
    passed_s: float = 0.0

    def now(self) -> datetime:
        return self.start + timedelta(seconds=self.passed_s)

    def monotonic(self) -> float:
        return self.passed_s

    async def sleep(self, seconds: float) -> None:
        self.passed_s += seconds


async def replay(path: Path, begin: Begin, *, fetch: Fetch | None) -> Replay:
    """Replay a recording on a sandbox that `begin` makes. `fetch` None: as recorded.

    Raises ValueError when the file is no recording, OSError when it cannot be read.
    """
    start, lines = _read(path)
    sandbox = _begun(begin, start, fetch)
    player = _Player(sandbox)
    try:
        for number, line in enumerate(lines, 1):
            await player.play(number, line)
    finally:
        await sandbox.aclose()
    return Replay(calls=len(lines), skipped=player.skipped, differences=player.differences)


def _read(path: Path) -> tuple[Start, list[Line]]:
    first, *rest = path.read_bytes().splitlines() or [b""]
    try:
        start = msgspec.json.decode(first, type=Start)
        lines = [msgspec.json.decode(line, type=Line) for line in rest if line.strip()]
    except msgspec.DecodeError as error:
        raise ValueError(f"not a recording: {error}") from None
    if start.recording != FORMAT:
        raise ValueError("a recording of another format")
    return start, lines


def _begun(begin: Begin, start: Start, fetch: Fetch | None) -> Fresh:
    told = start.settings | ({"fetch": fetch} if fetch else {})
    held = read(bytes(start.state))
    # The state's own token, so that recorded calls are authorised; its media are in the state as well.
    own = next((one.text for one in held.tokens if one.user_id == told.get("user_id")), None)
    try:
        settings = msgspec.convert({**told, "token": own, "media": 0}, SandboxSettings)
    except msgspec.ValidationError as error:
        raise ValueError(f"not a recording: {error}") from None
    sandbox = begin(settings, clock=_JumpingClock(datetime.fromtimestamp(held.now, UTC)))
    sandbox.import_state(msgspec.json.encode(held))
    sandbox.faults.restore(held.faults)
    return sandbox


@dataclass(slots=True)
class _Player:
    sandbox: Fresh
    skipped: int = 0
    differences: list[Difference] = field(default_factory=list[Difference])
    _names: dict[str, str] = field(default_factory=dict[str, str])

    async def play(self, number: int, line: Line) -> None:
        """Replay one call at its recorded moment, and compare the answers."""
        if line.body_bytes:
            self.skipped += 1
            return
        self.sandbox.clock.set(datetime.fromtimestamp(line.at, UTC))
        status, body, location = await _called(self.sandbox, self._scope(line), self._now(line.body or ""))
        # Fetches run beside the calls: the next call must not depend on how fast they are this time.
        await self.sandbox.scene.fetching.settled()
        found = list(self._compared("status", line.status, status))
        answers = list(self._compared("", line.answer, _decoded(body)))
        if not line.target.startswith(ORDERS):  # an order's answer is not the API's, and may hold the clock
            found += answers
        found += self._compared("location", *map(_parts, (line.location, location)))
        self.differences += [
            Difference(
                number=number, method=line.method, target=line.target, where=where, recorded=old, replayed=new
            )
            for where, old, new in found
        ]

    def _now(self, text: str) -> str:
        """Replace the recorded random values by those of this run."""
        for old, new in self._names.items():
            text = text.replace(old, new)
        return text

    def _scope(self, line: Line) -> Scope:
        path, _, query = self._now(line.target).partition("?")
        headers = {"host": line.host, **line.headers}
        return {
            "type": "http",
            "method": line.method,
            "scheme": line.scheme,
            "path": path,
            "query_string": query.encode("latin-1", "replace"),
            "headers": [
                (name.encode("latin-1"), self._now(value).encode("latin-1", "replace"))
                for name, value in headers.items()
            ],
        }

    def _compared(self, where: str, old: Any, new: Any) -> Iterator[tuple[str, Any, Any]]:  # noqa: ANN401  # JSON
        key = where.rpartition(".")[2].partition("[")[0]
        if key in _IGNORED:
            return
        if isinstance(old, dict) and isinstance(new, dict):
            olds, news = cast("dict[str, Any]", old), cast("dict[str, Any]", new)
            for name in {**olds, **news}:
                yield from self._compared(f"{where}.{name}".strip("."), olds.get(name), news.get(name))
        elif isinstance(old, list) and isinstance(new, list):
            pairs = zip_longest(cast("list[Any]", old), cast("list[Any]", new))
            for place, (one, other) in enumerate(pairs):
                yield from self._compared(f"{where}[{place}]", one, other)
        elif isinstance(old, str) and isinstance(new, str):
            if self._now(old) != new and not self._is_renamed(key, old, new):
                yield where, old, new
        elif old != new:
            yield where, old, new

    def _is_renamed(self, key: str, old: str, new: str) -> bool:
        is_made_up = key in _RENAMED or (_FILES in old and _FILES in new)
        return is_made_up and self._names.setdefault(old, new) == new


def _parts(location: str | None) -> dict[str, str]:
    """Split the URL of a redirect into its parameters, so that `code` is compared by itself."""
    base, _, query = (location or "").partition("?")
    pairs = (one.partition("=") for one in query.split("&") if one)
    return {"": base, **{name: value.removesuffix("#_") for name, _, value in pairs}}


async def _called(sandbox: Fresh, scope: Scope, body: str) -> tuple[int | None, bytes, str | None]:
    inbox: list[Message] = [{"type": "http.request", "body": body.encode(), "more_body": False}]
    sent: list[Message] = []

    async def receive() -> Message:
        return inbox.pop() if inbox else {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    with contextlib.suppress(ConnectionDropped):
        await sandbox.app(scope, receive, send)
    if not sent:
        return None, b"", None
    headers: dict[bytes, bytes] = dict(sent[0]["headers"])
    location = headers.get(b"location")
    text = None if location is None else location.decode("latin-1")
    return sent[0]["status"], b"".join(one.get("body", b"") for one in sent[1:]), text


def _decoded(body: bytes) -> Any:  # noqa: ANN401  # an answer is whatever JSON can hold
    try:
        return msgspec.json.decode(body) if body else None
    except msgspec.DecodeError:
        return body.decode("utf-8", "replace")
