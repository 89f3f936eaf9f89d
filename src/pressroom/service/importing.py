"""Plans the posts of a table: checks each row, then stores all rows or none."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import TypeAlias

from pressroom.core.content import content_hash, is_same_content
from pressroom.core.errors import KeyReused, NotFound, PressroomError
from pressroom.core.post import Post, PostId, PostState
from pressroom.core.slots import is_next_slot
from pressroom.service.copies import with_names_of_copies
from pressroom.service.planning import Moment, Planning
from pressroom.service.storing import Schedule
from pressroom.service.tables import Numbered, Row, if_late_of, post_of, refused, state_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """The result of a row. post: as it is stored, or would be. error: why it was refused.

    takes_slot: it is due at the next free slot; until it is stored, `schedule` has the slot that is free now.
    is_replay: its key was used before for the same content, so nothing new is stored.
    """

    number: int
    post: Post | None = None
    schedule: Schedule | None = None
    warnings: tuple[str, ...] = ()
    error: PressroomError | None = None
    takes_slot: bool = False
    is_stored: bool = False
    is_replay: bool = False

    @property
    def needs_approval(self) -> bool:
        """Whether a program's row was stored, but held back until a person approves it."""
        is_wanted = self.schedule is not None and self.schedule.state is PostState.SCHEDULED
        return is_wanted and self.post is not None and self.is_stored and self.post.state.is_held


@dataclass(frozen=True, slots=True, kw_only=True)
class Importer:
    """Imports rows. base: directory that relative file names start from. zone: for rows that name none."""

    planning: Planning
    base: Path
    zone: str | None = None

    async def check(self, rows: Sequence[Numbered]) -> list[Result]:
        """Check every row, and store nothing."""
        seen = _Seen()
        # Rows with a time of their own first: a slot at which one of them is due is not free.
        in_turn = sorted(rows, key=lambda numbered: _takes_slot(numbered[1]))
        checked = [await self._checked(number, row, seen) for number, row in in_turn]
        return sorted(checked, key=lambda result: result.number)

    async def store(self, checked: Sequence[Result], *, is_partial: bool) -> list[Result]:
        """Store the good rows; without `is_partial` only when all are good.

        Raises KeyReused for a key that stands for other content; is_partial: its row has that error.
        """
        if not is_partial and any(result.error for result in checked):
            return list(checked)
        checked = [await self._owned(result) for result in checked]
        # Slots are reserved only now: `check` stores nothing, and other posts may have taken them since.
        if is_partial:
            return [await self._store_one(result, _fixed(checked)) for result in checked]
        async with AsyncExitStack() as held:
            fixed = _fixed(checked)
            placed = [await self._placed(result, held, fixed) for result in checked]
            wanted = [(one.post, one.schedule) for one in placed if one.post and one.schedule]
            added = await self.planning.storing.add_all(wanted)
        return [
            replace(result, post=one.post, is_stored=True, is_replay=one.is_replay)
            for result, one in zip(placed, added, strict=True)
        ]

    async def _checked(self, number: int, row: Row | PressroomError, seen: "_Seen") -> Result:
        try:
            if isinstance(row, PressroomError):
                raise row
            account, login = (row.account, None) if row.account else await self._whose(row)
            post = replace(post_of(row, self.base), account=account, login=login)
            if row.post_id:
                post = replace(post, id=await self._free_id(row.post_id))
            is_replay = await self._is_replay(post, row.idempotency_key, seen)
            schedule = await self._plan(row, account, seen.due[account])
            warnings = await self.planning.checking.check(post)
        except PressroomError as error:
            return Result(number=number, error=error)
        if not is_replay:
            seen.due[account].add(schedule.due_at)
        return Result(
            number=number,
            post=post,
            schedule=schedule,
            warnings=warnings,
            takes_slot=_takes_slot(row),
            is_replay=is_replay,
        )

    async def _whose(self, row: Row) -> tuple[str, str | None]:
        identity = await self.planning.whose(row.at, row.timezone or self.zone)
        return identity.account, identity.login

    async def _plan(self, row: Row, account: str, taken: Collection[datetime]) -> Schedule:
        when = await self._moment(row, account, taken)
        return Schedule(
            due_at=when.at,
            timezone=when.timezone,
            if_late=if_late_of(row),
            state=state_of(row),
            idempotency_key=row.idempotency_key or None,
        )

    async def _moment(self, row: Row, account: str, taken: Collection[datetime]) -> Moment:
        """Read when a row is due. taken: due times of the account's other rows."""
        zone = row.timezone or self.zone
        if _takes_slot(row):
            (free,) = await self.planning.slots.free(account, 1, but=taken)
            return await self.planning.shown_in(free, zone=zone, account=account)
        if not row.at:
            raise refused("at", "", "a time", "Say when it is due.")
        return await self.planning.read(row.at, zone=zone, account=account)

    async def _is_replay(self, post: Post, key: str, seen: "_Seen") -> bool:
        """Tell whether the row's key was used before for the same content. Raises KeyReused, Refused."""
        if not key:
            return False
        if (post.account, key) in seen.keys:
            raise refused("idempotency_key", key, "one row a key", "Give each row its own.")
        seen.keys.add((post.account, key))
        store = await self.planning.resources.store()
        held = await store.run(store.posts.held_key, post.account, key)
        if held is None:
            return False
        # Content is compared by the names that copies get, so a check reads the files but copies none.
        named = await with_names_of_copies(post, self.planning.resources.settings.home)
        if not is_same_content(held.content_hash, content_hash(named)):
            raise KeyReused.by(key, held.post_id)
        return True

    async def _owned(self, result: Result) -> Result:
        """Give a row without an account that of the session, by its user id."""
        # `check` stores nothing, so it may have made no call for the id, and used the token's key instead.
        identity = await self.planning.acting.identity()
        if result.post is None or result.post.account != identity.account:
            return result
        known = await identity.known()
        return replace(result, post=replace(result.post, account=known.id, login=known.login))

    async def _placed(self, result: Result, held: AsyncExitStack, fixed: "_Due") -> Result:
        """Reserve the slot that a row asks for, until `held` ends. fixed: due times of the other rows."""
        post, schedule = result.post, result.schedule
        if post is None or schedule is None or not result.takes_slot:
            return result
        slot = self.planning.slots.held(post.account, post.id, but=fixed[post.account])
        moment = await held.enter_async_context(slot)
        return replace(result, schedule=replace(schedule, due_at=moment))

    async def _free_id(self, text: str) -> PostId:
        # A table from an export has ids; only those that this store does not have can be taken over.
        if not (len(text) == 32 and all(letter in "0123456789abcdef" for letter in text)):  # noqa: PLR2004  # a uuid
            raise refused("post_id", text, "32 hexadecimal digits", "Leave it empty for a new post.")
        store = await self.planning.resources.store()
        try:
            await store.run(store.posts.get, PostId(text))
        except NotFound:
            return PostId(text)
        raise refused("post_id", text, "an id that is not in the store", "It is in the store already.")

    async def _store_one(self, result: Result, fixed: "_Due") -> Result:
        try:
            async with AsyncExitStack() as held:
                placed = await self._placed(result, held, fixed)
                if placed.post is None or placed.schedule is None:
                    return result
                (added,) = await self.planning.storing.add_all([(placed.post, placed.schedule)])
        except PressroomError as error:
            return replace(result, error=error)
        return replace(placed, post=added.post, is_stored=True, is_replay=added.is_replay)


_Due: TypeAlias = defaultdict[str, set[datetime]]


@dataclass(slots=True)
class _Seen:
    """What the rows before have used: keys with their accounts, and due times by account."""

    keys: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])
    due: _Due = field(default_factory=lambda: defaultdict[str, set[datetime]](set))


def _takes_slot(row: Row | PressroomError) -> bool:
    return isinstance(row, Row) and is_next_slot(row.at)


def _fixed(results: Sequence[Result]) -> _Due:
    """Return the due times of rows that ask for no slot, by account."""
    due = defaultdict[str, set[datetime]](set)
    for result in results:
        if result.post and result.schedule and not result.takes_slot:
            due[result.post.account].add(result.schedule.due_at)
    return due
