"""The store as the journal of one post: another process can resume from what each step left."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from pressroom.core.clock import Clock
from pressroom.core.errors import Conflict
from pressroom.core.journal import JournalEvent
from pressroom.core.post import Post
from pressroom.core.stored_accounts import Spending
from pressroom.core.stored_posts import PostSave, SendOpening
from pressroom.graph.ids import MediaId
from pressroom.publish.sharing.together import Together

if TYPE_CHECKING:
    from pressroom.store.store import Store

log: Final = logging.getLogger("pressroom.post")

# Steps that are logged as warnings: somebody may have to look at the post.
TROUBLE = frozenset(
    {
        "account_closed",
        "comment_failed",
        "failed",
        "permalink_missing",
        "postponed",
        "send_doubtful",
        "send_failed",
        "warning",
    }
)
_DAY = timedelta(days=1)


class Turns:
    """Whose turn it is to send, by account, in one worker; across workers the store's own rule holds."""

    def __init__(self) -> None:
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    def of(self, account: str) -> asyncio.Lock:
        """Give the account's lock."""
        return self._locks[account]


class StoreJournal:
    """The store as one post's journal. Events are logged, and wait in memory for the save they belong to.

    on_saved: told what a post was and what it is, once that is stored. on_event: told every event as it is
    added. saves: stores together with the posts of other runs. heeds_pauses: opens no send while an error
    of Instagram's pauses the account.
    """

    def __init__(
        self,
        store: "Store",
        post: Post,
        turns: Turns,
        clock: Clock,
        on_saved: Callable[[Post, Post], None] = lambda _was, _is: None,
        *,
        on_event: Callable[[JournalEvent], None] = lambda _event: None,
        saves: Together[PostSave, bool] | None = None,
        heeds_pauses: bool = False,
    ) -> None:
        self._store = store
        self._clock = clock
        self._on_saved = on_saved
        self._was = post
        self._turns = turns
        self._events: list[JournalEvent] = []
        self._on_event = on_event
        self._saves = saves
        self._heeds_pauses = heeds_pauses

    @property
    def post(self) -> Post:
        """The post as it is stored, as far as this journal knows."""
        return self._was

    async def save(self, post: Post) -> None:
        """Replace the stored post. Raises Conflict when somebody else changed it."""
        await self._save(post)

    async def open_send(self, post: Post, event: JournalEvent, went_live: Sequence[datetime] | None) -> None:
        """Replace the stored post with one that has a new send, unless something stands against it."""
        await self._save(post, (event,), SendOpening(went_live=went_live, heeds_pauses=self._heeds_pauses))
        # Told once it is so: most that stands against a send is known by the save alone.
        self._tell(event)

    async def _save(
        self, post: Post, more: tuple[JournalEvent, ...] = (), opening: SendOpening | None = None
    ) -> None:
        events, self._events = self._events, []
        # In one transaction with its events, and only on top of what this journal saved last: a worker that
        # another one has overtaken saves nothing any more.
        save = PostSave(post, self._was, (*events, *more), opening)
        try:
            if not (self._saves and await self._saves.ask(save)):
                posts = self._store.posts
                await self._store.run(posts.save, post, self._was, save.events, opening=opening)
        except Conflict:
            self._events = [*events, *self._events]
            raise
        was, self._was = self._was, post
        self._on_saved(was, post)

    async def append(self, event: JournalEvent) -> None:
        """Log an event, tell whoever listens, and keep it for the next save."""
        self._events.append(event)
        self._tell(event)

    def _tell(self, event: JournalEvent) -> None:
        level = logging.WARNING if event.step in TROUBLE else logging.INFO
        log.log(level, "%s", event.text, extra={"event": event, "account": self._was.account_name})
        self._on_event(event)

    async def flush(self) -> None:
        """Write the events that no save took along."""
        events, self._events = self._events, []
        for event in events:
            await self._store.run(self._store.events.append, event)

    def sending(self) -> AbstractAsyncContextManager[None]:
        """Wait for the account's turn in this worker."""
        return self._turns.of(self._was.account)

    async def known_media(self) -> frozenset[MediaId]:
        """List the ids that posts of the account hold."""
        return await self._store.run(self._store.posts.known_media, self._was.account)

    async def to_look_for(self) -> tuple[Post, ...]:
        """List the account's posts that may be live."""
        return await self._store.run(self._store.posts.to_look_for, self._was.account, self._clock.now())

    async def went_live(self) -> tuple[datetime, ...]:
        """Tell when the account's posts of the last day went live."""
        since, ledger = self._clock.now() - _DAY, self._store.quota
        return await self._store.run(ledger.spent, self._was.account, Spending.PUBLISH, since)
