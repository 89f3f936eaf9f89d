"""The seams: what one room asks of another."""

from collections.abc import AsyncIterable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from pressroom.core.assets import Asset, Progress, Rendition, Seen, Wish
from pressroom.core.journal import JournalEvent
from pressroom.core.post import Post
from pressroom.core.ways import Way
from pressroom.graph.ids import MediaId


@dataclass(frozen=True, slots=True)
class ByteStream:
    """A body that is sent piece by piece, so that it need not fit into memory: `size_bytes` in all."""

    size_bytes: int
    pieces: AsyncIterable[bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One HTTP request, ready to send.

    stream: the body in place of `body`, for one that is large.
    timeout_s: for the whole exchange, on the transport's clock.
    before_bytes: called when the connection stands and nothing is written yet; raising stops the request.
    needs_fresh_connection: a kept-alive connection may be dead, which would leave the outcome unknown.
    Its repr leaves out what may hold a token: headers, query and body.
    """

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    body: bytes | None = None
    stream: ByteStream | None = None
    timeout_s: float = 30.0
    before_bytes: Callable[[], None] | None = None
    needs_fresh_connection: bool = False

    @property
    def place(self) -> str:
        """Method and URL without its query, to show to people."""
        return f"{self.method} {self.url.partition('?')[0]}"

    def __repr__(self) -> str:
        return f"Request({self.place})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """A whole HTTP answer. Header names are lower case; its repr leaves out what may hold a token."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


class Transport(Protocol):
    """Carries a request and brings the answer.

    `send` raises NotSent when nothing was written, AnswerLost when something was and no whole answer came.
    """

    async def send(self, request: Request) -> Reply:
        """Send one request; never retries by itself, never follows redirects."""
        ...

    async def aclose(self) -> None:
        """Close every connection."""
        ...


class MediaDesk(Protocol):
    """Makes a local file acceptable."""

    async def examine(self, asset: Asset, wish: Wish) -> Seen:
        """Refuse a file that cannot be made acceptable, without making anything. Raises MediaRefused."""
        ...

    async def prepare(self, asset: Asset, wish: Wish, *, progress: Progress | None = None) -> Rendition:
        """Give the rendition of a file. Raises MediaRefused, naming the rule."""
        ...


class Host(Protocol):
    """Gives local files addresses that Meta can fetch, in one or several ways."""

    async def ways(self, content_type: str) -> Sequence[Way]:
        """List the ways such a file can go, best first.

        Raises Refused when there is none, SettingRefused for one that cannot work.
        """
        ...

    async def put(self, path: Path, *, content_type: str, lifetime_s: float, way: Way, owner: str) -> str:
        """Make the file reachable in that way and give its URL. Raises HostFailed, MediaRefused.

        owner: whose `release` takes it back.
        """
        ...

    async def release(self, owner: str) -> None:
        """Take back all that was made reachable for an owner: Instagram has it. Raises HostFailed."""
        ...

    async def aclose(self) -> None:
        """Stop serving."""
        ...


class Journal(Protocol):
    """Where the posts of one account and what happened to them are kept.

    `save` must be on disk (where there is a disk) before it returns: the publisher relies on it.
    """

    async def save(self, post: Post) -> None:
        """Keep the post's state, its containers and its open send, in one step."""
        ...

    async def append(self, event: JournalEvent) -> None:
        """Add one line to the post's history."""
        ...

    def sending(self) -> AbstractAsyncContextManager[None]:
        """Wait for the account's turn: at most one send of an account is open at a time."""
        ...

    async def known_media(self) -> frozenset[MediaId]:
        """List the ids that posts of ours already hold, so that none is taken twice."""
        ...

    async def went_live(self) -> int:
        """Count the account's posts that went live lately: a snapshot is out of date once there are more."""
        ...
