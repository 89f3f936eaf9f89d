"""The journal of a process without a store, lost when it ends."""

import threading
from collections import OrderedDict, defaultdict
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from weakref import WeakKeyDictionary

from pressroom.core.account import Account, AccountId
from pressroom.core.clock import SYSTEM_CLOCK, Clock
from pressroom.core.errors import SnapshotOutdated
from pressroom.core.journal import JournalEvent
from pressroom.core.post import Post, PostId, PostState
from pressroom.graph.ids import MediaId

# A program may publish for months: memory must not grow with each post.
_MOST_POSTS = 1000
# A lock of threads cannot wake a task of another event loop, so it is polled.
_TURN_POLL_S = 0.05
_DAY = timedelta(days=1)


@dataclass(slots=True)
class _Shared:
    """What all journals that follow one clock share for an account: whose turn it is, and what is live."""

    turn: threading.Lock = field(default_factory=threading.Lock)
    went_live: list[datetime] = field(default_factory=list[datetime])
    known: OrderedDict[MediaId, None] = field(default_factory=OrderedDict[MediaId, None])


# By clock, so that accounts of tests, each with a clock of its own, know nothing of each other.
_shared: WeakKeyDictionary[Clock, defaultdict[AccountId, _Shared]] = WeakKeyDictionary()
_shared_lock = threading.Lock()


class InMemoryJournal:
    """Keeps the posts of this process, the newest thousand.

    on_event: told every event as it is added.
    """

    def __init__(
        self,
        account: Account,
        *,
        clock: Clock = SYSTEM_CLOCK,
        on_event: Callable[[JournalEvent], None] | None = None,
    ) -> None:
        self.posts: OrderedDict[PostId, Post] = OrderedDict()
        self.events: list[JournalEvent] = []
        self._clock = clock
        self._on_event = on_event
        with _shared_lock:
            self._shared = _shared.setdefault(clock, defaultdict(_Shared))[account.key]

    async def save(self, post: Post) -> None:
        """Keep the post, replacing its earlier value."""
        was = self.posts.get(post.id)
        if post.state is PostState.PUBLISHED and (was is None or was.state is not PostState.PUBLISHED):
            self._shared.went_live.append(self._clock.now())
        self.posts[post.id] = post
        if post.media_id:
            self._shared.known[post.media_id] = None
        for kept in (self.posts, self._shared.known):
            while len(kept) > _MOST_POSTS:
                kept.popitem(last=False)

    async def open_send(self, post: Post, event: JournalEvent, went_live: Sequence[datetime] | None) -> None:
        """Keep a post with a new send, and the event that says so."""
        if went_live is not None and len(went_live) != len(await self.went_live()):
            raise SnapshotOutdated("Another post of the account went live meanwhile.")
        await self.save(post)
        await self.append(event)

    async def append(self, event: JournalEvent) -> None:
        """Add one line to the history, and tell whoever listens."""
        self.events.append(event)
        del self.events[:-_MOST_POSTS]
        if self._on_event:
            self._on_event(event)

    @asynccontextmanager
    async def sending(self) -> AsyncGenerator[None]:
        """Wait for the account's turn, across event loops and threads."""
        turn = self._shared.turn
        while not turn.acquire(blocking=False):
            await self._clock.sleep(_TURN_POLL_S)
        try:
            yield
        finally:
            turn.release()

    async def known_media(self) -> frozenset[MediaId]:
        """List the ids that posts of this process hold."""
        return frozenset(self._shared.known)

    async def to_look_for(self) -> tuple[Post, ...]:
        """List none: this process knows all that it published."""
        return ()

    async def went_live(self) -> tuple[datetime, ...]:
        """Tell when the account's posts went live that this process published."""
        since = self._clock.now() - _DAY
        self._shared.went_live = [at for at in self._shared.went_live if at >= since]
        return tuple(self._shared.went_live)
