"""What one room asks of another: a transport, a media desk, a host, a journal, and jobs that come again."""

from collections.abc import AsyncIterable, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol

from pressroom.core.assets import Asset, Progress, Rendition, Seen, Wish
from pressroom.core.journal import JournalEvent
from pressroom.core.post import Post
from pressroom.core.reading_settings import Way
from pressroom.graph.answers import MediaId


@dataclass(frozen=True, slots=True)
class ByteStream:
    """A body sent in pieces, so that it need not fit into memory; `size_bytes` in total."""

    size_bytes: int
    pieces: AsyncIterable[bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One HTTP request, ready to send.

    stream: used instead of `body` for a large body.
    timeout_s: for the whole exchange, on the transport's clock.
    before_bytes: called once connected, before the first byte; raising stops the request.
    needs_fresh_connection: use a new connection, or one that has carried an answer in the last seconds: an
    older one may be dead, and then nobody knows whether the request arrived.
    internet_only: connect to no address of this machine or network, since somebody else chose the URL.
    Its repr omits headers, query and body, which may hold a token.
    """

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    body: bytes | None = None
    stream: ByteStream | None = None
    timeout_s: float = 30.0
    before_bytes: Callable[[], None] | None = None
    needs_fresh_connection: bool = False
    internet_only: bool = False

    @property
    def place(self) -> str:
        """Method and URL without the query, for people."""
        return f"{self.method} {self.url.partition('?')[0]}"

    def __repr__(self) -> str:
        return f"Request({self.place})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """A whole HTTP answer. Header names are lower case; its repr omits headers and body."""

    status: int
    # Header values and bodies hold tokens, so the generated repr must not print them.
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


class Transport(Protocol):
    """Sends a request and returns the answer.

    `send` raises NotSent when no byte was written, AnswerLost when some were and no whole answer came.
    """

    async def send(self, request: Request) -> Reply:
        """Send one request. Never retries and never follows redirects: either could publish twice."""
        ...

    async def aclose(self) -> None:
        """Close every connection."""
        ...


class MediaDesk(Protocol):
    """Converts local files so that Instagram accepts them."""

    async def examine(self, asset: Asset, wish: Wish) -> Seen:
        """Check a file without converting it. Raises MediaRefused for one that cannot be converted."""
        ...

    async def prepare(self, asset: Asset, wish: Wish, *, progress: Progress | None = None) -> Rendition:
        """Convert a file. Raises MediaRefused, naming the rule."""
        ...


class Host(Protocol):
    """Makes local files reachable for Meta, in one or several ways."""

    async def ways(self, content_type: str) -> Sequence[Way]:
        """List the ways for such a file, best first.

        Raises Refused when there is none, SettingRefused for one that cannot work.
        """
        ...

    async def put(self, path: Path, *, content_type: str, lifetime_s: float, way: Way, owner: str) -> str:
        """Make the file reachable in that way and return its URL, the same while it leads to the file.

        Raises HostFailed, MediaRefused.

        owner: the argument of the `release` that ends it.
        """
        ...

    async def end_fetch(self, owner: str) -> None:
        """Close what is open for Instagram's fetch alone: it has an owner's files, and may want them again.

        Raises HostFailed.
        """
        ...

    async def release(self, owner: str) -> None:
        """Stop serving an owner's files once Instagram has them. Raises HostFailed."""
        ...

    async def aclose(self) -> None:
        """Stop serving."""
        ...


class Journal(Protocol):
    """Stores the posts of one account and their events.

    `save` must be on disk (where there is a disk) before it returns: a send is written only afterwards.
    """

    async def save(self, post: Post) -> None:
        """Store the post's state, containers and open send atomically."""
        ...

    async def open_send(self, post: Post, event: JournalEvent, went_live: Sequence[datetime] | None) -> None:
        """Store a post with a new send as `save` does, and the event that says so.

        went_live: the times that the send's snapshot counted; None for a send without a snapshot. Raises
        SnapshotOutdated when more went live since, AccountPaused when the account may not publish now.
        """
        ...

    async def append(self, event: JournalEvent) -> None:
        """Store one event of the post."""
        ...

    def sending(self) -> AbstractAsyncContextManager[None]:
        """Wait for the account's lock: at most one send of an account is open at a time."""
        ...

    async def known_media(self) -> frozenset[MediaId]:
        """List the media ids that stored posts have, so that no two posts adopt the same one."""
        ...

    async def to_look_for(self) -> tuple[Post, ...]:
        """List the account's posts that may be live, the journal's own among them."""
        ...

    async def sent_without_id(self) -> tuple[Post, ...]:
        """List the account's posts that were sent, and whose media id is not known."""
        ...

    async def went_live(self) -> tuple[datetime, ...]:
        """Tell when the account's posts of the last day went live."""
        ...


# Not in the queue of a cluster, so that a single machine runs them the same way: docs/decisions/0008.
@dataclass(frozen=True, slots=True)
class Job:
    """A job, and the seconds from its end to its next run.

    name: its key in the store, the same for all workers and releases. run: may be cancelled at any moment and
    is then run again from its start, here or by another worker.
    """

    name: str
    run: Callable[[], Awaitable[None]]
    every_s: float


@dataclass(frozen=True, slots=True)
class PeriodicJob:
    """When a job runs next."""

    name: str
    next_run_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteAnswer:
    """What our own signed address answered from outside.

    status, content_type, is_ours: of a GET; is_ours: the body is the file. range_status: of a GET for a part.
    head_status: of a HEAD. is_trusted: its certificate is trusted; where it is not, nothing was asked.
    """

    status: int
    content_type: str
    is_ours: bool
    range_status: int | None = None
    head_status: int | None = None
    is_trusted: bool = True
