"""What stands beside a worker: `Watch` serves its metrics and health over HTTP, and has people told.

They are told of posts and proposals that wait, of paused accounts, of tokens about to end, and of a send log
that cannot be written: `matters` finds it in the store, and `Teller` tells it without blocking the worker.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Collection, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, Literal

import msgspec

from pressroom.accounts.tokens import MOST_MISSED, WARN_DAYS, Ending, permissions_lapsing, tokens_ending
from pressroom.client.client import ExchangeRecord
from pressroom.core.account import UNTIL_RESUMED, StoredAccount, is_of_token
from pressroom.core.actor import program_in_words
from pressroom.core.clock import SYSTEM_CLOCK, Clock
from pressroom.core.consent import Proposal, ProposalState
from pressroom.core.errors import PressroomError
from pressroom.core.journal import ClaimedNotice, Notice
from pressroom.core.post import SHORT_ID, WAITING_STATES, Post, PostState
from pressroom.core.remedies import Fix, Remedy, RemedyKind, by_command, command_of
from pressroom.core.settings import Settings
from pressroom.core.shortage import shortages_named
from pressroom.core.spelling import visible
from pressroom.core.stored_posts import PostQuery
from pressroom.core.when import in_words
from pressroom.service.acting.obstacles import find_send_log_failure
from pressroom.service.consent.rules import line_of, newest_told
from pressroom.service.ground.served import address_of
from pressroom.service.work.shapes import NoticeShape, ToldMissedPostShape, ToldPostShape, ToldProposalShape
from pressroom.service.work.ways import Channel, NotTold, channels_of
from pressroom.store.store import Store, open_store

if TYPE_CHECKING:
    from pressroom.service.work.metrics import Metrics


log: Final = logging.getLogger("pressroom.notify")
_EVENTS = {
    PostState.NEEDS_ATTENTION: "post_needs_person",
    PostState.FAILED: "post_failed",
    PostState.MISSED: "post_missed",
}
TOLD = frozenset(_EVENTS)
_ASKS, _OVER = (PostState.NEEDS_ATTENTION,), (PostState.FAILED, PostState.MISSED)
_MOST_POSTS = _MOST_PROPOSALS = 500
_MOST_LINES = 5
# Bounds what is told of failed and missed posts, by their due time: a new channel must not tell of years.
_SINCE = timedelta(days=30)
# Shorter pauses, such as those of a rate limit, end before anybody could act.
_PAUSE_WORTH_TELLING = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Matter:
    """One thing to tell, with the fields of `NoticeShape`. key: stays the same while the matter does."""

    key: str
    event: str
    at: str
    account: str | None
    text: str
    command: str
    post: ToldPostShape | None = None
    paused_until: str | None = None
    days_left: int | None = None
    would_miss: tuple[ToldMissedPostShape, ...] = ()
    proposals: tuple[ToldProposalShape, ...] = ()
    address: str | None = None

    @property
    def notice(self) -> Notice:
        """Return it as the store keeps it, its text visible."""
        shape = NoticeShape(**{name: getattr(self, name) for name in NoticeShape.__struct_fields__})
        shown = msgspec.structs.replace(shape, text=visible(shape.text))
        return Notice(key=self.key, body=msgspec.json.encode(shown).decode())


async def matters(store: Store, clock: Clock, address: str | None = None) -> tuple[Matter, ...]:
    """Collect from the store what a person has to be told now.

    address: of the page with all that waits. Raises StoreFailed.
    """
    now = clock.now()
    posts = (*await _posts(store, _ASKS, None), *await _posts(store, _OVER, now - _SINCE))
    postponed = PostQuery(states=WAITING_STATES, is_postponed=True, limit=_MOST_POSTS)
    logins = await store.run(store.accounts.list)
    names = {str(login.account): login.name for login in logins}
    return (
        *await _send_log(store, now),
        *await _proposals(store, names, now, address),
        *(_of_post(post, now) for post in posts),
        *(_of_post(post, now) for post in (await store.run(store.posts.list, postponed)).posts),
        *await _pauses(store, logins, now),
        *(_of_ending(token, now, "token_ends") for token in await tokens_ending(store, logins, now)),
        *(
            _of_ending(permission, now, "permission_lapses")
            for permission in await permissions_lapsing(store, logins, now)
        ),
    )


async def _send_log(store: Store, now: datetime) -> tuple[Matter, ...]:
    """Return the matter of a send log that cannot be written; none while it can."""
    failure = await store.run(find_send_log_failure, store)
    if failure is None:
        return ()
    return (
        Matter(
            # One key for every cause: a disk that fills up again and again makes no flood of notices.
            key="send_log",
            event="send_log_failed",
            at=_spelled(now),
            account=None,
            text=f"Nothing is published. {failure.said_by(by_command)}",
            command="pressroom doctor",
        ),
    )


async def _pauses(store: Store, accounts: Sequence[StoredAccount], now: datetime) -> list[Matter]:
    """Return the pauses that last, each with the posts that go out meanwhile, were it not for the pause."""
    logins = {login.name: login for login in accounts}
    pauses = list[Matter]()
    for name, pause in await store.run(store.accounts.paused, now):
        if pause.until - now <= _PAUSE_WORTH_TELLING:
            continue
        query = PostQuery(states=WAITING_STATES, account=name, due_before=pause.until, limit=MOST_MISSED)
        waiting, login = (await store.run(store.posts.list, query)).posts, logins.get(name)
        until = None if pause.until == UNTIL_RESUMED else _spelled(pause.until)
        act, why = Remedy(RemedyKind.RESUME_ACCOUNT, {"account": name}), pause.reason
        # Once Facebook gives no data, the token lives on and all calls say that a permission is missing.
        is_over = bool(login and login.access_ends_at and login.access_ends_at <= now)
        if is_of_token(pause) or (is_over and not pause.by):
            act = Remedy(RemedyKind.SIGN_IN, {"account": name} if login else {})
            what = "token" if is_of_token(pause) else "access"
            why = f"its {what} has ended. {pause.reason} {Fix.of('Then sign in: {}.', act)}"
        lasts = f" until {until}" if until else ""
        by = f", paused by {pause.by}" if pause.by else ""
        pauses.append(
            Matter(
                key=f"account/{name}/{f'{pause.by}/{_spelled(pause.at)}' if pause.by else until}",
                event="account_paused",
                at=_spelled(now),
                account=name,
                text=f"Account {name} starts nothing new{lasts}{by}: {why}{_counted(waiting)}",
                command=command_of(act),
                paused_until=until,
                would_miss=_missed(waiting),
            )
        )
    return pauses


async def _proposals(
    store: Store, names: Mapping[str, str], now: datetime, address: str | None
) -> tuple[Matter, ...]:
    """Return one matter for all waiting proposals together, once it is time to tell them."""
    states = (ProposalState.WAITING,)
    waiting = await store.run(store.consents.list, states, limit=_MOST_PROPOSALS)
    if not waiting:
        return ()
    # Decided proposals count, too: else a decision would change who is the newest, and so the notice's key.
    newest = newest_told(await store.run(store.consents.list, limit=_MOST_PROPOSALS), now)
    shown = [
        proposal
        for proposal in waiting
        if newest and proposal.created_at <= newest.created_at and proposal.expires_at > now
    ]
    if not (newest and shown):
        return ()
    count = await store.run(store.consents.count_waiting, now, made_until=newest.created_at)
    return (_of_proposals(shown, newest, names, now, address, count=count),)


async def _posts(store: Store, states: Collection[PostState], due_from: datetime | None) -> tuple[Post, ...]:
    query = PostQuery(states=states, due_from=due_from, newest_first=True, limit=_MOST_POSTS)
    return (await store.run(store.posts.list, query)).posts


def _of_post(post: Post, now: datetime) -> Matter:
    """Return the matter of a post that waits for a person, has ended without going out, or is postponed."""
    if event := _EVENTS.get(post.state):
        # A repair changes the time, the state or the number of sends, so later trouble gets a new key and
        # is told again; an edit of the text changes none of them.
        key = f"post/{post.id}/{post.state}/{_spelled(post.goes_out_at)}/{len(post.sends)}"
        happened = post.problem or f"it is {post.state.replace('_', ' ')}."
    else:
        assert post.due_at
        assert post.goes_out_at
        event = "post_postponed"
        # Told once for each due time: where others use the quota a post may be postponed hour by hour.
        key = f"postponed/{post.id}/{_spelled(post.due_at)}"
        due, later = (in_words(at, post.timezone) for at in (post.due_at, post.goes_out_at))
        happened = f"it was planned for {due} and goes out at {later}. {post.postponed_because}"
    program = program_in_words(post.actor)
    by, short_id = f" ({program})" if program else "", post.id[:SHORT_ID]
    return Matter(
        key=key,
        event=event,
        at=_spelled(now),
        account=post.account_name,
        text=f"{post.kind.title()} {short_id}{by} of account {post.account_name}: {happened}",
        command=command_of(Remedy(RemedyKind.SHOW_POST, {"post": short_id})),
        post=ToldPostShape(
            post_id=post.id,
            kind=post.kind,
            state=post.state,
            actor=post.actor,
            due_at=_spelled(post.due_at),
            postponed_to=_spelled(post.postponed_to) or None,
            attention=post.attention,
            problem=post.problem,
        ),
    )


def _of_proposals(
    waiting: Sequence[Proposal],
    newest: Proposal,
    names: Mapping[str, str],
    now: datetime,
    address: str | None,
    *,
    count: int,
) -> Matter:
    """Return one matter for so many proposals, which lists the newest of them."""
    head = "1 proposal of a program waits" if count == 1 else f"{count} proposals of programs wait"
    accounts = {
        proposal.id: names.get(proposal.account or "", proposal.summary.get("account"))
        for proposal in waiting
    }
    whose = set(accounts.values())
    lines = [line_of(proposal, accounts[proposal.id]) for proposal in waiting[:_MOST_LINES]]
    where = [f"Look at them on their page: {address}"] if address else []
    more = [f"and {count - _MOST_LINES} more"] if count > _MOST_LINES else []
    return Matter(
        # The newest proposal is the key: one that joins makes a new notice, the decision of one does not.
        key=f"proposals/{newest.id}/{_spelled(newest.created_at)}",
        event="proposals_wait",
        at=_spelled(now),
        account=whose.pop() if len(whose) == 1 and count == len(waiting) else None,
        text="\n".join((f"{head} for you:", *lines, *more, *where)),
        command=command_of(Remedy(RemedyKind.LIST_PROPOSALS)),
        proposals=tuple(
            ToldProposalShape(
                proposal_id=proposal.id, actor=proposal.actor, expires_at=_spelled(proposal.expires_at)
            )
            for proposal in waiting[:_MOST_LINES]
        ),
        address=address,
    )


def _of_ending(ending: Ending, now: datetime, event: Literal["token_ends", "permission_lapses"]) -> Matter:
    name, left = ending.stored.name, (ending.ends_at - now).days
    if event == "token_ends":
        # Part of the key, so that a person is told once at each of 14, 7, 3 and 1 days, and once it is over.
        step = min(day for day in (*WARN_DAYS, -1) if left <= day)
        key = f"token/{name}/{_spelled(ending.ends_at)}/{step}"
    else:
        # Told once for each lapse: another post, or a sign-in, moves its day.
        key = f"permission/{name}/{_spelled(ending.ends_at)}"
    return Matter(
        key=key,
        event=event,
        at=_spelled(now),
        account=name,
        text=f"{ending.words}{_counted(ending.missed)}",
        command=command_of(Remedy(RemedyKind.SIGN_IN, {"account": name})),
        days_left=left,
        would_miss=_missed(ending.missed),
    )


def _counted(posts: Sequence[Post]) -> str:
    return f" Posts that would miss: {len(posts)}." if posts else ""


def _missed(posts: Sequence[Post]) -> tuple[ToldMissedPostShape, ...]:
    return tuple(
        ToldMissedPostShape(post_id=post.id, goes_out_at=_spelled(post.goes_out_at)) for post in posts
    )


def _spelled(moment: datetime | None) -> str:
    return moment.isoformat(timespec="seconds") if moment else ""


# Seconds in which no other worker tells the same notice; a try ends after 30 at most.
_LEASE_S = 120.0
# Seconds for which a notice is kept although it is not found any more: another worker, whose look is newer
# than this one's, may have just stored it.
_SETTLED_S = 60.0
# Seconds before each further try; together about 23 hours, after which a notice is given up.
_WAITS_S = (60, 300, 900, 3600, 3600, 3 * 3600, 6 * 3600, 12 * 3600)


@dataclass(frozen=True, slots=True, kw_only=True)
class Teller:
    """Tells each matter once through each channel; a failed try is repeated for about a day.

    page: tells where the page with all that waits is. look_s: seconds between looks at the store. soon: set
    it for a look at once. mask: hides secrets in what is told.
    """

    store: Store
    clock: Clock
    channels: Sequence[Channel]
    mask: Callable[[str], str]
    page: Callable[[], str | None] = lambda: None
    look_s: float = 10.0
    soon: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> None:
        """Look and tell until cancelled."""
        while True:
            # Before the look, not after it: a `set` during the look is for what the look has missed.
            self.soon.clear()
            try:
                with shortages_named():
                    await self.look()
            except PressroomError as error:
                log.warning("What is to be told could not be looked up: %s", error)
            except Exception:
                # Whoever relies on notices must get the next one, whatever this one met.
                log.exception("Notices met a fault of Pressroom's own")
            with suppress(TimeoutError):
                async with asyncio.timeout(self.look_s):
                    await self.soon.wait()

    async def look(self) -> None:
        """Collect what has to be told, store it, and tell what is due. Raises StoreFailed."""
        names = [channel.name for channel in self.channels]
        current = [matter.notice for matter in await matters(self.store, self.clock, self.page())]
        await self.store.run(self.store.notices.keep, current, names, settled_s=_SETTLED_S)
        while notice := await self.store.run(self.store.notices.claim, names, lease_s=_LEASE_S):
            channel = next(channel for channel in self.channels if channel.name == notice.channel)
            try:
                await channel.tell(notice.key, self.mask(notice.body))
            except NotTold as error:
                await self._put_off(notice, error)
            else:
                await self.store.run(self.store.notices.told, notice)

    async def _put_off(self, notice: ClaimedNotice, error: NotTold) -> None:
        is_last = notice.tries > len(_WAITS_S)
        later = None if is_last else self.clock.now() + timedelta(seconds=_WAITS_S[notice.tries - 1])
        await self.store.run(self.store.notices.put_off, notice, later)
        what = "It is given up." if is_last else f"It is tried again at {later:%H:%M:%S} UTC."
        log.warning("A notice was not taken by way of %s: %s %s", notice.channel, error, what)


@dataclass(slots=True, kw_only=True)
class Watch:
    """Watches one worker, which calls `saved` and `called`.

    environ: of the program that takes notices; holds no secret of ours. mask: hides secrets in notices.
    metrics_at: host and port of the metrics; None serves nothing. is_driving: set by whoever starts the
    worker. metrics: what counts, once there is something.
    """

    settings: Settings
    environ: Mapping[str, str]
    mask: Callable[[str], str]
    clock: Clock = SYSTEM_CLOCK
    metrics_at: tuple[str, int] | None = None
    is_driving: bool = False
    metrics: "Metrics | None" = None
    _teller: Teller | None = field(default=None, init=False)

    def saved(self, was: Post, post: Post) -> None:
        """Count a change of a post; have a person told at once where it needs one."""
        if self.metrics:
            self.metrics.saved(was, post)
        if self._teller and post.state is not was.state and post.state in TOLD:
            self._teller.soon.set()

    def called(self, record: ExchangeRecord) -> None:
        """Count a call."""
        if self.metrics:
            self.metrics.called(record)

    @asynccontextmanager
    async def beside(self) -> AsyncGenerator[str | None]:
        """Watch while the block runs; yields the base URL of the metrics, None when they are not served.

        Raises SettingRefused, StoreRefused or StoreFailed.
        """
        # In a thread: loading Apprise and its services would stall the event loop.
        channels = await asyncio.to_thread(channels_of, self.settings, self.environ)
        async with AsyncExitStack() as stack:
            if not channels and not self.metrics_at:
                yield None
                return
            # A second opening on purpose: with connections of its own a slow listener holds up no post.
            store = stack.enter_context(open_store(self.settings.store, clock=self.clock))
            if channels:
                self._teller = Teller(
                    store=store,
                    clock=self.clock,
                    channels=channels,
                    mask=self.mask,
                    page=lambda: address_of(self.settings, "/approvals"),
                )
                task = asyncio.create_task(self._teller.run(), name="notices")
                # In the reverse order: it is cancelled, and its end is waited for before the store is closed.
                stack.push_async_callback(asyncio.gather, task, return_exceptions=True)
                stack.callback(task.cancel)
            yield await stack.enter_async_context(self._serving(store)) if self.metrics_at else None

    @asynccontextmanager
    async def _serving(self, store: Store) -> AsyncGenerator[str]:
        from pressroom.service.work.metrics import (  # noqa: PLC0415  # where metrics are asked for alone
            Metrics,
            metrics_app,
            serving_metrics,
        )

        assert self.metrics_at
        self.metrics = Metrics()

        async def opened() -> Store:
            return store

        async def is_driven() -> bool:
            return self.is_driving

        app = metrics_app(opened, self.clock, self.metrics, is_driven)
        async with serving_metrics(app, *self.metrics_at) as url:
            yield url
