"""The journal of a process without a store: what it knows is gone when it ends."""

import threading
from collections import OrderedDict, defaultdict
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager

from pressroom.core.account import Account
from pressroom.core.clock import SYSTEM_CLOCK, Clock
from pressroom.core.journal import JournalEvent
from pressroom.core.post import Post, PostId
from pressroom.graph.ids import MediaId

_MOST_POSTS = 1000
_TURN_POLL_S = 0.05


class _Turns:
    """Whose turn it is to send, by account. Shared by every event loop and thread of the process."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._locks: defaultdict[tuple[str, str], threading.Lock] = defaultdict(threading.Lock)

    def of(self, account: Account) -> threading.Lock:
        with self._guard:
            return self._locks[account.key]


_TURNS = _Turns()
_KNOWN: OrderedDict[MediaId, None] = OrderedDict()


class InMemoryJournal:
    """Keeps the posts of this process, the newest thousand.

    on_event: told every event as it is added.
    """

    def __init__(
        self, *, clock: Clock = SYSTEM_CLOCK, on_event: Callable[[JournalEvent], None] | None = None
    ) -> None:
        self.posts: OrderedDict[PostId, Post] = OrderedDict()
        self.events: list[JournalEvent] = []
        self._clock = clock
        self._on_event = on_event

    async def save(self, post: Post) -> None:
        """Keep the post, replacing its earlier value."""
        self.posts[post.id] = post
        if post.media_id:
            _KNOWN[post.media_id] = None
        for kept in (self.posts, _KNOWN):
            while len(kept) > _MOST_POSTS:
                kept.popitem(last=False)

    async def append(self, event: JournalEvent) -> None:
        """Add one line to the history, and tell whoever listens."""
        self.events.append(event)
        del self.events[:-_MOST_POSTS]
        if self._on_event:
            self._on_event(event)

    @asynccontextmanager
    async def sending(self, account: Account) -> AsyncGenerator[None]:
        """Wait for the account's turn, across event loops and threads."""
        turn = _TURNS.of(account)
        while not turn.acquire(blocking=False):
            await self._clock.sleep(_TURN_POLL_S)
        try:
            yield
        finally:
            turn.release()

    async def known_media(self, account: Account) -> frozenset[MediaId]:  # noqa: ARG002  # media ids are unique
        """List the ids that posts of this process hold."""
        return frozenset(_KNOWN)
