"""What keeps posts from going out: no worker, no send log, no token, a pause.

`Obstacles` names all of it for one account, in sentences for people. The functions about pauses tell which
one is in force; `health` tells whether the work of the whole store gets done. A worker that cannot log its
sends stores why, so that every process can show it (docs/decisions/0031).
"""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

import msgspec

from pressroom.core.account import Pause, shown_account, sign_in
from pressroom.core.actor import Actor, ActorId
from pressroom.core.clock import Clock
from pressroom.core.errors import Refused, StoreFailed
from pressroom.core.journal import JournalEvent, SubjectKind
from pressroom.core.post import WAITING_STATES, Attention, PostState
from pressroom.core.remedies import Fix, Remedy, RemedyKind
from pressroom.core.stored_posts import HeldKey, PostQuery
from pressroom.dispatch.locks import worker_pid
from pressroom.publish.machine.transitions import FINAL_STATES
from pressroom.service.acting.acting import Acting
from pressroom.service.ground.resources import Resources

if TYPE_CHECKING:
    from pressroom.store.store import Store


LONGEST_REASON = 200
_WAITS = tuple(state for state in PostState if state not in FINAL_STATES)
_PAGE = 500


def reason_of(text: str) -> str:
    """Return why an account is paused as one line. Raises Refused for an empty text, and for a long one."""
    line = " ".join(text.split())
    if 0 < len(line) <= LONGEST_REASON:
        return line
    raise Refused(
        "A pause needs a reason, in a line or two." if line else "A pause needs a reason.",
        rule="pause_reason",
        value=line[:LONGEST_REASON],
        limit=f"1 to {LONGEST_REASON} characters",
        fix="Say why the account is paused, for whoever finds it so.",
    )


def paused_in_words(account: str, pause: Pause) -> str:
    """Say that an account is paused: why, by whom, and what ends it."""
    if pause.by is None:
        return f"Account {account!r} is paused: {pause.reason}"
    fix = Fix.of(" Let it go on: {}.", Remedy(RemedyKind.RESUME_ACCOUNT, {"account": account}))
    return f"Account {account!r} is paused by {pause.by}: {pause.reason.rstrip('.')}.{fix}"


def pause_event(account: str, actor: Actor, now: datetime, reason: str | None) -> JournalEvent:
    """Build the event of a pause; reason: None for its end."""
    who = f"{actor.kind.capitalize()} {actor.shown}"
    return JournalEvent(
        subject_id=account,
        subject_kind=SubjectKind.ACCOUNT,
        at=now,
        step="paused" if reason else "resumed",
        text=f"{who} has paused the account: {reason}" if reason else f"{who} has resumed the account.",
        actor=actor.id,
    )


async def has_posts_of_others(store: "Store", account: str, actor: ActorId) -> bool:
    """Tell whether posts of an account that are not over are of anybody but an actor."""
    query = PostQuery(states=_WAITS, account=account, limit=_PAGE)
    while True:
        page = await store.run(store.posts.list, query)
        if any(post.actor != actor for post in page.posts):
            return True
        if page.next is None:
            return False
        query = PostQuery(states=_WAITS, account=account, limit=_PAGE, after=page.next)


async def pause_now(store: "Store", account: str, now: datetime) -> Pause | None:
    """Return the pause in force of an account; where there are two, the one that somebody made."""
    pauses = await store.run(store.accounts.pauses_of, account)
    return next((pause for pause in pauses if pause.until > now), None)


async def is_paused_by_hand(store: "Store", account: str) -> bool:
    """Tell whether somebody has paused an account."""
    return any(pause.by for pause in await store.run(store.accounts.pauses_of, account))


async def require_not_paused(store: "Store", acting: Acting, held: HeldKey | None) -> None:
    """Raise Refused where somebody has paused the session's account, for a post that goes out now.

    held: what the post's idempotency key stands for; what became of one that was sent is told all the same.
    """
    account = (await acting.identity()).account
    pauses = await store.run(store.accounts.pauses_of, account)
    pause = next((pause for pause in pauses if pause.by), None)
    if pause is None:
        return
    if held:
        post = await store.run(store.posts.get, held.post_id)
        is_in_doubt = post.open_send or post.attention is Attention.OUTCOME_UNKNOWN
        if is_in_doubt or post.state.went_live:
            return
    stored = await acting.login(account)
    name = stored.name if stored else shown_account(account)
    raise Refused(
        f"Account {name!r} is paused by {pause.by}: {pause.reason}",
        rule="paused",
        value=name,
        limit="an account that is not paused",
        fix=Fix.of(
            "Let it go on: {}; or plan the post: it waits until then.",
            Remedy(RemedyKind.RESUME_ACCOUNT, {"account": name}),
        ),
    )


_NO_WORKER = Fix.of(
    "No worker runs, so nothing is published. Start one: {}.", Remedy(RemedyKind.START_WORKER)
)
_TO_STORE = Fix.of("To store it: {}.", Remedy(RemedyKind.SIGN_IN))


@dataclass(frozen=True, slots=True)
class Obstacles:
    """Finds what keeps the posts of a session's store from going out."""

    resources: Resources
    acting: Acting

    async def of(self, account: str) -> tuple[str, ...]:
        """Describe everything that keeps an account's posts from going out, one sentence each."""
        by_error = [pause for pause in await self._pauses(account) if pause.by is None]
        called = await self._called(account)
        return (*await self.lacking(account), *(paused_in_words(called, pause) for pause in by_error))

    async def lacking(self, account: str) -> tuple[str, ...]:
        """Describe what only a person can mend: no worker, no send log, no token, a pause by hand."""
        obstacles = list[str]()
        # A session with a worker inside (`works`) publishes by itself, by the environment's token, too.
        if not self.resources.works and not await self.is_worker_running():
            obstacles.append(str(_NO_WORKER))
        store = await self.resources.store()
        if failure := await store.run(find_send_log_failure, store):
            obstacles.append(_nothing_is_published(failure))
        own, called = (await self.acting.identity()).own, shown_account(account)
        if account in own and not self.resources.works:
            obstacles.append(
                f"The token of account {called!r} is not stored: only a worker that is started with the same "
                f"INSTAGRAM_* variables publishes it. {_TO_STORE}"
            )
        elif not await self.has_token(account):
            to_sign_in = Fix.of("Sign in: {}.", sign_in(account))
            obstacles.append(f"No token is stored for account {called!r}. {to_sign_in}")
        by_hand = [pause for pause in await self._pauses(account) if pause.by]
        return (*obstacles, *[paused_in_words(await self._called(account), pause) for pause in by_hand])

    async def _pauses(self, account: str) -> list[Pause]:
        store, now = await self.resources.store(), self.resources.clock.now()
        return [pause for pause in await store.run(store.accounts.pauses_of, account) if pause.until > now]

    async def _called(self, account: str) -> str:
        stored = await self.acting.login(account)
        return stored.name if stored else shown_account(account)

    async def has_token(self, account: str) -> bool:
        """Tell whether there is a token for an account: this session's own, or a stored one."""
        own = (await self.acting.identity()).own
        return account in own or await self.acting.login(account) is not None

    async def worker_pid(self) -> int | None:
        """Return the process id of a worker on this machine; None when none runs here."""
        return await asyncio.to_thread(worker_pid, self.resources.settings)

    async def is_worker_running(self) -> bool:
        """Tell whether a worker runs: on this machine, or on any where the store is on a server."""
        store = await self.resources.store()
        if await self.worker_pid() is not None:
            return True
        if not store.is_shared:
            return False
        from pressroom.dispatch.locks import is_any_worker_alive  # noqa: PLC0415  # loads SQLAlchemy

        return await store.run(is_any_worker_alive, store.database)


class _RecordedFailure(msgspec.Struct, frozen=True, kw_only=True):
    """Why a worker cannot log sends, as it stores that for other processes."""

    at: datetime
    worker: str
    message: str
    fix: str


# At import, in one thread: see `store.post_rows`.
_RECORD_DECODER = msgspec.json.Decoder(_RecordedFailure)
# In the store's options, as are settings.
_FAILURE: Final = "send_log_failure"
# Of a worker that has ended since, nobody can tell whether it still holds.
_RECORD_LASTS, _RENEWED_AFTER = timedelta(minutes=2), timedelta(seconds=30)


def find_send_log_failure(store: "Store") -> StoreFailed | None:
    """Return why no send can be logged, so that nothing is published; None while all is well.

    It is what the files show to this process, or what a worker has recorded. Workers of a server's store have
    files of their own on each machine, so that only their records count. Raises StoreFailed for a database
    that cannot be read.
    """
    now, log = store.database.clock.now(), store.database.send_log
    if not store.is_shared and (failure := log.find_failure(now)):
        return failure
    record = _recorded(store)
    if record is None or now - record.at > _RECORD_LASTS:
        return None
    return StoreFailed(record.message, fix=record.fix)


def record_send_log_failure(store: "Store", worker: str) -> None:
    """Store for other processes why a worker cannot log sends, or delete what it stored once it can.

    Only the worker's own writes show a full quota, or a file that is writable to root alone. Raises
    StoreFailed.
    """
    now = store.database.clock.now()
    failure, was = store.database.send_log.find_failure_of_writes(now), _recorded(store)
    is_ours = was is not None and was.worker == worker
    if failure is None:
        if is_ours:
            store.options.set(_FAILURE, None)
    elif not (was and is_ours and was.message == failure.message and now - was.at < _RENEWED_AFTER):
        record = _RecordedFailure(at=now, worker=worker, message=failure.message, fix=failure.fix)
        store.options.set(_FAILURE, msgspec.json.encode(record).decode())


def _recorded(store: "Store") -> _RecordedFailure | None:
    text = store.options.get(_FAILURE)
    return _RECORD_DECODER.decode(text) if text else None


# Not sooner: Instagram sometimes takes longer than usual to process media, which needs nobody.
OVERDUE_AFTER = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """The state of the work.

    is_driven: a worker runs. overdue: number of posts a minute past their time. send_log_failure: why no send
    can be logged, so that nothing is published.
    """

    is_driven: bool
    overdue: int
    send_log_failure: StoreFailed | None = None

    @property
    def is_healthy(self) -> bool:
        """Whether there is nothing wrong."""
        return not self.reasons

    @property
    def reasons(self) -> tuple[str, ...]:
        """What is wrong, one sentence each."""
        reasons = list[str]()
        if not self.is_driven:
            reasons.append("No worker runs, so nothing is published.")
        if self.send_log_failure:
            reasons.append(_nothing_is_published(self.send_log_failure))
        if self.overdue:
            reasons.append(f"Posts that are more than a minute past their time: {self.overdue:,}.")
        return tuple(reasons)


async def health(store: "Store", clock: Clock, *, is_driven: bool) -> Health:
    """Read the state from the store. Raises StoreFailed."""
    overdue = await store.run(store.posts.count_due, WAITING_STATES, before=clock.now() - OVERDUE_AFTER)
    failure = await store.run(find_send_log_failure, store)
    return Health(is_driven=is_driven, overdue=overdue, send_log_failure=failure)


def _nothing_is_published(failure: StoreFailed) -> str:
    return f"Nothing is published. {failure}"
