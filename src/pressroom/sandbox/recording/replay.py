"""Replays recorded calls on a fresh sandbox that starts with the recorded settings and state.

`replay` makes each call at its recorded moment, without waiting, and tells where the answers differ. It also
takes HAR files and cassettes of VCR, whose answers it compares by their keys and types.
"""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import zip_longest
from pathlib import Path
from typing import Any, cast

import msgspec

from pressroom.sandbox.faults import ConnectionDropped
from pressroom.sandbox.recording.exchanges import MAX_FILE_BYTES
from pressroom.sandbox.recording.existing import SHORTEST_ID
from pressroom.sandbox.recording.fresh import FreshSandbox, MakeSandbox, SteppedClock
from pressroom.sandbox.recording.importing import Imported, import_calls
from pressroom.sandbox.recording.recorder import FORMAT, ORDERS, Line, Start, write_lines
from pressroom.sandbox.recording.shapes import answer_differences, renaming
from pressroom.sandbox.settings import Fetch, SandboxSettings
from pressroom.sandbox.state.snapshot import parse_snapshot
from pressroom.sandbox.wire.answer import Message, Scope, parse_body

_IGNORED = frozenset({"fbtrace_id"})
# Values that are random in each run. The new one is used in place of the recorded one from then on.
_RENAMED = frozenset({"access_token", "token", "code", "id"})
_FILES = "/_sandbox/files/"
_OWN = b'{"recording"'


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
    """The result. skipped: calls that were not made.

    They are uploads, whose bytes no recording holds; of a HAR file or cassette also sign-ins, calls of
    another login type, and what is no call of the API.
    """

    calls: int
    skipped: int
    differences: list[Difference]


async def replay(path: Path, make: MakeSandbox, *, fetch: Fetch | None, save: Path | None = None) -> Replay:
    """Replay a recording on a sandbox that `make` makes. `fetch` None: as recorded.

    save: where to write a HAR file or a cassette as a recording of the sandbox, without secrets.
    Raises ValueError when the file is no recording, OSError when it cannot be read, SettingRefused for YAML
    without its extra.
    """
    read = _read(path, make)
    start, lines = read.start, read.lines
    if save is not None:
        write_lines(save, [start, *lines])
    recorded = start.settings | ({"fetch": fetch} if fetch else {})
    state = parse_snapshot(bytes(start.state))
    # The state's own token, so that recorded calls are authorised; its media are in the state as well.
    user_id = recorded.get("user_id")
    own_token = next((token.text for token in state.tokens if token.user_id == user_id), None)
    try:
        settings = msgspec.convert({**recorded, "token": own_token, "media": 0}, SandboxSettings)
    except msgspec.ValidationError as error:
        raise ValueError(f"not a recording: {error}") from None
    sandbox = make(settings, clock=SteppedClock(datetime.fromtimestamp(state.now, UTC)))
    sandbox.import_state(msgspec.json.encode(state))
    sandbox.faults.restore(state.faults)

    player = _Player(sandbox, compares_shape=start.compares == "shape")
    try:
        for number, line in zip(read.numbers, lines, strict=True):
            await player.play(number, line)
    finally:
        await sandbox.aclose()
    return Replay(
        calls=len(lines) + read.left_out,
        skipped=player.skipped + read.left_out,
        differences=player.differences,
    )


def _read(path: Path, make: MakeSandbox) -> Imported:
    with path.open("rb") as file:
        is_own = file.read(len(_OWN)) == _OWN
    if not is_own:
        # Not read as a whole before its size is known: it is somebody else's.
        with path.open("rb") as file:
            return import_calls(file.read(MAX_FILE_BYTES + 1), make)
    first, *rest = path.read_bytes().splitlines() or [b""]
    try:
        start = msgspec.json.decode(first, type=Start)
        lines = [msgspec.json.decode(line, type=Line) for line in rest if line.strip()]
    except msgspec.DecodeError as error:
        raise ValueError(f"not a recording: {error}") from None
    if start.recording != FORMAT:
        raise ValueError("a recording of another format")
    return Imported(start, lines, list(range(1, len(lines) + 1)), 0)


@dataclass(slots=True)
class _Player:
    sandbox: FreshSandbox
    compares_shape: bool
    skipped: int = 0
    differences: list[Difference] = field(default_factory=list[Difference])
    _names: dict[str, str] = field(default_factory=dict[str, str])

    async def play(self, number: int, line: Line) -> None:
        """Replay one call at its recorded moment, and compare the answers."""
        if line.body_bytes:
            self.skipped += 1
            return
        self.sandbox.clock.set(datetime.fromtimestamp(line.at, UTC))
        status, body, location = await _call(self.sandbox, self._scope(line), self._renamed(line.body or ""))
        # Fetches run beside the calls: the next call must not depend on how fast they are this time.
        await self.sandbox.scene.fetching.settled()
        answered = parse_body(body.decode("utf-8", "replace"))
        differing = list(self._compare("status", line.status, status))
        # Compared in any case: a random value may appear here first, which later calls name.
        if self.compares_shape:
            self._learn("", line.answer, answered)
            answer = answer_differences(line.answer, answered)
        else:
            answer = list(self._compare("", line.answer, answered))
        # An order's answer is not the API's, and may hold the clock.
        if not line.target.startswith(ORDERS):
            differing += answer
        differing += self._compare("location", _url_parts(line.location), _url_parts(location))
        self.differences += [
            Difference(
                number=number, method=line.method, target=line.target, where=where, recorded=old, replayed=new
            )
            for where, old, new in differing
        ]

    def _renamed(self, text: str) -> str:
        """Replace the recorded random values by those of this run."""
        if self.compares_shape:
            return renaming(self._names)(text)
        for old, new in self._names.items():
            text = text.replace(old, new)
        return text

    def _scope(self, line: Line) -> Scope:
        path, _, query = self._renamed(line.target).partition("?")
        headers = {"host": line.host, **line.headers}
        return {
            "type": "http",
            "method": line.method,
            "scheme": line.scheme,
            "path": path,
            "query_string": query.encode("latin-1", "replace"),
            "headers": [
                (name.encode("latin-1"), self._renamed(value).encode("latin-1", "replace"))
                for name, value in headers.items()
            ],
        }

    def _learn(self, key: str, old: Any, new: Any) -> None:  # noqa: ANN401  # JSON
        """Learn which ids and tokens of this run stand for recorded ones that the sandbox does not know."""
        if isinstance(old, dict) and isinstance(new, dict):
            news = cast("dict[str, Any]", new)
            for name, value in cast("dict[str, Any]", old).items():
                self._learn(name, value, news.get(name))
        elif isinstance(old, list) and isinstance(new, list):
            for old_item, new_item in zip(cast("list[Any]", old), cast("list[Any]", new), strict=False):
                self._learn(key, old_item, new_item)
        elif isinstance(old, str) and isinstance(new, str) and key in _RENAMED and len(old) >= SHORTEST_ID:
            world = self.sandbox.scene.world
            if old not in world.things and old not in world.tokens and world.account(old) is None:
                self._names.setdefault(old, new)

    def _compare(self, where: str, old: Any, new: Any) -> Iterator[tuple[str, Any, Any]]:  # noqa: ANN401  # JSON
        key = where.rpartition(".")[2].partition("[")[0]
        if key in _IGNORED:
            return
        if isinstance(old, dict) and isinstance(new, dict):
            olds, news = cast("dict[str, Any]", old), cast("dict[str, Any]", new)
            for name in {**olds, **news}:
                yield from self._compare(f"{where}.{name}".strip("."), olds.get(name), news.get(name))
        elif isinstance(old, list) and isinstance(new, list):
            pairs = zip_longest(cast("list[Any]", old), cast("list[Any]", new))
            for place, (old_item, new_item) in enumerate(pairs):
                yield from self._compare(f"{where}[{place}]", old_item, new_item)
        elif isinstance(old, str) and isinstance(new, str):
            # A random value gets its new name where it first appears.
            is_random = key in _RENAMED or (_FILES in old and _FILES in new)
            if self._renamed(old) != new and not (is_random and self._names.setdefault(old, new) == new):
                yield where, old, new
        elif old != new:
            yield where, old, new


def _url_parts(location: str | None) -> dict[str, str]:
    """Split the URL of a redirect into its parameters, so that `code` is compared by itself."""
    base, _, query = (location or "").partition("?")
    pairs = (pair.partition("=") for pair in query.split("&") if pair)
    return {"": base, **{name: value.removesuffix("#_") for name, _, value in pairs}}


async def _call(sandbox: FreshSandbox, scope: Scope, body: str) -> tuple[int | None, bytes, str | None]:
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
    return sent[0]["status"], b"".join(message.get("body", b"") for message in sent[1:]), text
