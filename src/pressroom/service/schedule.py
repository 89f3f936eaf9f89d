"""`Schedule`: the posts of a store, and what a person does with them.

Every change is a compare-and-set against what the worker may be doing; the answer says what happened.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from pressroom.core.account import Account
from pressroom.core.assets import Asset
from pressroom.core.clock import SYSTEM_CLOCK, Clock
from pressroom.core.content import content_hash
from pressroom.core.errors import AnotherSendOpen, Conflict, NotFound, OutcomeUnknown, Refused
from pressroom.core.journal import JournalEvent
from pressroom.core.post import IfLate, Post, PostOptions, PostState
from pressroom.core.repositories import Added, PostPage, PostQuery, Repositories
from pressroom.core.settings import Settings
from pressroom.graph.hosts import is_meta
from pressroom.graph.ids import MediaId
from pressroom.publish import events as ev
from pressroom.publish import operations
from pressroom.publish.machine import resume, step
from pressroom.publish.validate import validate
from pressroom.service.copies import recalled, with_copies

_TRIES = 5
NO_ACCOUNTS: Mapping[str, Account] = {}
_MAY_BE_LIVE = (PostState.PUBLISHING, PostState.NEEDS_ATTENTION)
_CONTAINERS_LIVE = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """When a post goes out. due_at: in UTC. state: DRAFT and AWAITING_APPROVAL hold it back.

    left_alone_s: so long no worker takes it up, since the process that submits it is about to.
    Raises Refused for an idempotency key that is blank.
    """

    due_at: datetime
    timezone: str = "UTC"
    if_late: IfLate = IfLate.PUBLISH
    state: PostState = PostState.SCHEDULED
    idempotency_key: str | None = None
    left_alone_s: float = 0.0

    def __post_init__(self) -> None:
        """Refuse what looks like a key and makes nothing safe to repeat, as an unset variable of a script."""
        if self.idempotency_key is not None and not self.idempotency_key.strip():
            raise Refused(
                "The idempotency key is blank.",
                rule="idempotency_key",
                value=repr(self.idempotency_key),
                limit="a text that is not blank",
                fix="Give each post a key of its own, or leave the key out.",
            )


@dataclass(frozen=True, slots=True)
class Timeline:
    """A post with all that happened to it."""

    post: Post
    events: tuple[JournalEvent, ...]


class Schedule:
    """Posts planned, moved, let go and repaired. Any process may do so, beside a running worker.

    own: accounts that are not stored, by name.
    """

    def __init__(
        self,
        store: Repositories,
        settings: Settings,
        *,
        clock: Clock = SYSTEM_CLOCK,
        own: Mapping[str, Account] = NO_ACCOUNTS,
    ) -> None:
        self._store = store
        self._settings = settings
        self._clock = clock
        self._own = own

    async def add(self, post: Post, plan: Plan) -> Added:
        """Store a checked post with copies of its files; a repeated submit answers with the one it made.

        Raises MediaRefused for a file that cannot be kept, KeyReused for a key that stands for other content.
        """
        return (await self.add_all([(post, plan)]))[0]

    async def add_all(self, wanted: Sequence[tuple[Post, Plan]]) -> tuple[Added, ...]:
        """Store several checked posts: all of them or, when one is refused, none.

        Raises OutcomeUnknown for one that is due now and may be live already, as another post.
        """
        kept = [(await self._with_copies(post), plan) for post, plan in wanted]
        planned = [(self._planned(post, plan), content_hash(post)) for post, plan in kept]
        now = self._clock.now()
        for post, digest in planned:
            if post.state is PostState.SCHEDULED and post.due_at and post.due_at <= now:
                await self._require_no_twin_in_doubt(post, digest)
        return await self._store.run(self._store.posts.add_all, planned)

    async def recalled(self, post: Post, key: str | None) -> Post:
        """Give a post with the copies made when its key was used before: its own files may be gone since."""
        posts = self._store.posts
        held = await self._store.run(posts.held_key, post.account, key) if key else None
        if held is None:
            return post
        earlier = await self._store.run(posts.get, held.post_id)
        return await recalled(post, earlier, self._settings.assets)

    async def show(self, prefix: str) -> Timeline:
        """Give a post, named by the start of its id, with its history. Raises NotFound."""
        post = await self._store.run(self._store.posts.find, prefix)
        return Timeline(post, await self._store.run(self._store.events.list, post.id))

    async def page(self, query: PostQuery) -> PostPage:
        """Give a page of posts by due time."""
        return await self._store.run(self._store.posts.list, query)

    async def move(self, prefix: str, due_at: datetime, timezone: str) -> Post:
        """Give a post another due time. Raises Refused where it is too late."""
        return await self._change(prefix, "moved", lambda post: operations.move(post, due_at, timezone))

    async def edit(self, prefix: str, options: PostOptions, sources: Sequence[str] | None = None) -> Post:
        """Replace what a post shows. Raises Refused for content or a state that does not allow it."""
        found = await self._store.run(self._store.posts.find, prefix)
        assets = found.assets if sources is None else tuple(Asset(source) for source in sources)
        wanted = replace(found, options=options, assets=assets)
        validate(wanted)
        kept = await self._with_copies(wanted)
        return await self._change(
            found.id, "edited", lambda post: operations.edit(post, kept.options, kept.assets)
        )

    async def cancel(self, prefix: str) -> Post:
        """End a post that is not live. Raises Refused for one that is, or is on its way."""
        return await self._change(prefix, "cancelled", operations.cancel)

    async def approve(self, prefix: str) -> Post:
        """Let a post that is held back go out."""
        now = self._clock.now()
        return await self._change(prefix, "approved", lambda post: operations.approve(post, now))

    async def retry(self, prefix: str) -> Post:
        """Try a failed, missed or late post again at once."""
        now = self._clock.now()
        return await self._change(prefix, "retried", lambda post: operations.retry(post, now))

    async def resolve(self, prefix: str, *, media_id: MediaId | None) -> Post:
        """Take a person's word for a post in doubt: live as `media_id`, or (None) not live."""
        now = self._clock.now()
        return await self._change(
            prefix, "resolved", lambda post: operations.resolve(post, now, media_id=media_id)
        )

    async def reconcile(self, prefix: str) -> Post:
        """Have the worker ask once more what became of a post in doubt. It is not sent again."""
        return await self._change(prefix, "reopened", operations.reconcile)

    async def _with_copies(self, post: Post) -> Post:
        is_real = not post.options.convert or await self._store.run(self._is_real, post.account)
        return await with_copies(post, self._settings.assets, is_real=is_real)

    def _is_real(self, account: str) -> bool:
        if account in self._own:
            return self._own[account].is_real
        try:
            return is_meta(self._store.accounts.get(account).api_base)
        except NotFound:  # nobody knows yet: the stricter rule holds
            return True

    async def _require_no_twin_in_doubt(self, post: Post, digest: str) -> None:
        """Let nothing out that may be live already, under another key. Raises OutcomeUnknown."""
        posts, key = self._store.posts, post.idempotency_key
        if key and await self._store.run(posts.held_key, post.account, key):
            return
        query = PostQuery(states=_MAY_BE_LIVE, account=post.account, newest_first=True)
        since = self._clock.now() - _CONTAINERS_LIVE
        for other in (await self._store.run(posts.list, query)).posts:
            if _is_in_doubt(other, since) and content_hash(other) == digest:
                raise _twin_in_doubt(other)

    def _planned(self, post: Post, plan: Plan) -> Post:
        now = self._clock.now()
        held = replace(
            post,
            created_at=now,
            due_at=plan.due_at,
            timezone=plan.timezone,
            if_late=plan.if_late,
            idempotency_key=plan.idempotency_key,
            state=plan.state if plan.state is not PostState.SCHEDULED else PostState.DRAFT,
        )
        if plan.state is not PostState.SCHEDULED:
            return held
        # Woken at once: its files are converted before there is any hurry.
        wake_at = now + timedelta(seconds=plan.left_alone_s)
        return replace(step(held, ev.Submitted())[0], wake_at=wake_at)

    async def interrupt(self, prefix: str) -> Post:
        """End a post that is on its way and was not sent yet; any other stays as it is."""
        return await self._change(prefix, "interrupted", operations.interrupt)

    async def take_up(self, prefix: str) -> Post:
        """Go on with an interrupted post. Raises Refused for any other."""
        now = self._clock.now()
        return await self._change(prefix, "repeated", lambda post: operations.take_up(post, now))

    async def _change(self, prefix: str, what: str, operate: Callable[[Post], Post]) -> Post:
        """Operate on what is stored now; when the worker was quicker, look again and decide anew."""
        for _ in range(_TRIES):
            post = await self._store.run(self._store.posts.find, prefix)
            after = operate(post)
            if after is post:
                return post
            after = replace(after, wake_at=_wake_at(after))
            event = JournalEvent(
                post_id=post.id, at=self._clock.now(), step=what, text=f"A person has {what} it."
            )
            try:
                await self._store.run(self._store.posts.save, after, post, [event])
            except AnotherSendOpen:
                raise
            except Conflict:
                continue
            return after
        raise Conflict("The post is being changed by others all the time.", fix="Try again in a moment.")


def _is_in_doubt(post: Post, since: datetime) -> bool:
    last = post.sends[-1] if post.sends else None
    return last is not None and last.doubtful_at is not None and last.started_at > since


def _twin_in_doubt(post: Post) -> OutcomeUnknown:
    return OutcomeUnknown(
        f"Post {post.id} has the same content, was sent less than a day ago and may be live.",
        container_id=post.sends[-1].container_id,
        fix=f"Ask once more: `pressroom queue reconcile {post.id}`; when you know how it was: "
        f"`pressroom queue resolve {post.id}`. Do not publish it again before.",
    )


def _wake_at(post: Post) -> datetime | None:
    effects = resume(post)
    return getattr(effects[0], "not_before", None) if effects else None
