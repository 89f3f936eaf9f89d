"""Plans the posts of a table: each row is checked, and all go in together or none."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pressroom.core.errors import NotFound, PressroomError
from pressroom.core.post import Post, PostId
from pressroom.service.planning import Planner
from pressroom.service.schedule import Plan
from pressroom.service.tables import Row, if_late_of, post_of, refused, state_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What became of a row. post: as it is stored, or would be. error: why it was refused."""

    number: int
    post: Post | None = None
    plan: Plan | None = None
    warnings: tuple[str, ...] = ()
    error: PressroomError | None = None
    is_stored: bool = False
    is_replay: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Importer:
    """Imports rows. base: where names of files count from. zone, account: for rows that name none."""

    planner: Planner
    base: Path
    zone: str | None = None
    account: str | None = None

    async def check(self, rows: Sequence[tuple[int, Row]]) -> list[Result]:
        """Check every row, and store nothing."""
        keys = set[tuple[str, str]]()
        return [await self._checked(number, row, keys) for number, row in rows]

    async def store(self, checked: Sequence[Result], *, is_partial: bool) -> list[Result]:
        """Store the good rows; without `is_partial` only when all are good.

        Raises KeyReused for a key that stands for other content; is_partial: its row has that error.
        """
        if is_partial:
            return [await self._store_one(result) for result in checked]
        if any(result.error for result in checked):
            return list(checked)
        wanted = [(result.post, result.plan) for result in checked if result.post and result.plan]
        added = await self.planner.schedule.add_all(wanted)
        return [
            replace(result, post=one.post, is_stored=True, is_replay=one.is_replay)
            for result, one in zip(checked, added, strict=True)
        ]

    async def _checked(self, number: int, row: Row, keys: set[tuple[str, str]]) -> Result:
        try:
            account = row.account or self.account or await self.planner.default_account()
            post = replace(post_of(row, self.base), account=account)
            if row.post_id:
                post = replace(post, id=await self._free_id(row.post_id))
            plan = await self._plan(row, account)
            _check_key(plan, account, keys)
            warnings = await self.planner.check(post)
        except PressroomError as error:
            return Result(number=number, error=error)
        return Result(number=number, post=post, plan=plan, warnings=warnings)

    async def _plan(self, row: Row, account: str) -> Plan:
        if not row.at:
            raise refused("at", "", "a time", "Say when it is due.")
        when = await self.planner.moment(row.at, zone=row.timezone or self.zone, account=account)
        return Plan(
            due_at=when.at,
            timezone=when.timezone,
            if_late=if_late_of(row),
            state=state_of(row),
            idempotency_key=row.idempotency_key or None,
        )

    async def _free_id(self, text: str) -> PostId:
        if not (len(text) == 32 and all(letter in "0123456789abcdef" for letter in text)):  # noqa: PLR2004  # a uuid
            raise refused("post_id", text, "32 hexadecimal digits", "Leave it empty for a new post.")
        store = self.planner.store
        try:
            await store.run(store.posts.get, PostId(text))
        except NotFound:
            return PostId(text)
        raise refused("post_id", text, "an id that is not in the store", "It is in the store already.")

    async def _store_one(self, result: Result) -> Result:
        if result.post is None or result.plan is None:
            return result
        try:
            added = await self.planner.schedule.add(result.post, result.plan)
        except PressroomError as error:
            return replace(result, error=error)
        return replace(result, post=added.post, is_stored=True, is_replay=added.is_replay)


def _check_key(plan: Plan, account: str, keys: set[tuple[str, str]]) -> None:
    key = plan.idempotency_key
    if key is None:
        return
    if (account, key) in keys:
        raise refused("idempotency_key", key, "one row a key", "Give each row its own.")
    keys.add((account, key))
