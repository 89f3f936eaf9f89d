"""Imports checked rows: changes the stored posts that they name, and plans the others, all or none."""

from collections import defaultdict
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeAlias

from pressroom.core.errors import NeedsApproval, PressroomError
from pressroom.service.consent.changing import Change, Changes, Verb
from pressroom.service.posts.planning import Moment, Planning
from pressroom.service.posts.tables.checking import moved_to
from pressroom.service.posts.tables.rows import Result, RowAction


@dataclass(frozen=True, slots=True, kw_only=True)
class Importer:
    """Stores what `RowChecks` has checked."""

    planning: Planning
    changes: Changes

    async def store(self, checked: Sequence[Result], *, is_partial: bool) -> list[Result]:
        """Store the good rows; without `is_partial` only when all are good.

        Each change of a stored post is a commit of its own, and those come first; without `is_partial` the
        first that fails ends it. The new posts are one commit. So whoever imports the table again plans
        nothing twice. Raises KeyReused for a key that stands for other content, which with `is_partial` is
        the error of its row.
        """
        if not is_partial and any(result.error for result in checked):
            return list(checked)
        changed = await self._change_all(checked, is_partial=is_partial)
        if not is_partial and any(result.error for result in changed):
            return changed
        new = [result for result in changed if result.before is None]
        if not new:
            return changed
        added = await self._add_partly(new) if is_partial else await self._add(new, changed)
        by_number = {result.number: result for result in (*changed, *added)}
        return [by_number[result.number] for result in checked]

    async def _change_all(self, checked: Sequence[Result], *, is_partial: bool) -> list[Result]:
        done, fixed = list[Result](), _fixed(checked)
        for result in checked:
            has_failed = not is_partial and any(one.error for one in done[-1:])
            if has_failed:
                return [*done, *checked[len(done) :]]
            is_change = result.action is RowAction.CHANGE
            done.append(await self._change(result, fixed) if is_change else result)
        return done

    async def _change(self, result: Result, fixed: "_Due") -> Result:
        assert result.post
        try:
            async with AsyncExitStack() as held:
                placed = await self._placed(result, held, fixed)
                change = await self._change_of(placed)
                post = await self.changes.make(result.post.id, change, seen=result.before)
        except NeedsApproval as waits:
            return replace(result, waits=waits)
        except PressroomError as error:
            return replace(result, error=error)
        return replace(placed, post=post, is_stored=True)

    async def _change_of(self, result: Result) -> Change:
        """Return a row's change as data, with copies of its files."""
        post, due = result.post, result.schedule
        assert post
        moved = moved_to(Moment(due.due_at, due.timezone) if due else None)
        if all(one.name in ("at", "timezone") for one in result.differences):
            return Change(Verb.MOVE, moved)
        return await self.planning.storing.edit(post, **moved)

    async def _add(self, new: Sequence[Result], all_rows: Sequence[Result]) -> list[Result]:
        try:
            return await self._add_all(new)
        except PressroomError as error:
            if not any(result.is_stored for result in all_rows):
                raise
            # The error alone would hide that posts were changed before it.
            return [replace(result, error=error) for result in new]

    async def _add_all(self, new: Sequence[Result]) -> list[Result]:
        owned = [await self._owned(result) for result in new]
        async with AsyncExitStack() as held:
            fixed = _fixed(owned)
            placed = [await self._placed(result, held, fixed) for result in owned]
            wanted = [(one.post, one.schedule) for one in placed if one.post and one.schedule]
            added = await self.planning.storing.add_all(wanted)
        return [
            replace(result, post=one.post, is_stored=True, is_replay=one.is_replay)
            for result, one in zip(placed, added, strict=True)
        ]

    async def _add_partly(self, new: Sequence[Result]) -> list[Result]:
        owned = [await self._owned(result) for result in new]
        fixed = _fixed(owned)
        return [await self._add_one(result, fixed) for result in owned]

    async def _add_one(self, result: Result, fixed: "_Due") -> Result:
        try:
            async with AsyncExitStack() as held:
                placed = await self._placed(result, held, fixed)
                if placed.post is None or placed.schedule is None:
                    return result
                (added,) = await self.planning.storing.add_all([(placed.post, placed.schedule)])
        except PressroomError as error:
            return replace(result, error=error)
        return replace(placed, post=added.post, is_stored=True, is_replay=added.is_replay)

    async def _owned(self, result: Result) -> Result:
        """Give a row without an account that of the session, by its user id."""
        # The check stores nothing, so it may have made no call for the id, and used the token's key instead.
        identity = await self.planning.acting.identity()
        if result.post is None or result.post.account != identity.account:
            return result
        known = await identity.known()
        return replace(result, post=replace(result.post, account=known.id, login=known.login))

    async def _placed(self, result: Result, held: AsyncExitStack, fixed: "_Due") -> Result:
        """Reserve the slot that a row asks for, until `held` ends. fixed: due times of the other rows."""
        # Slots are reserved only now: the check stores nothing, and other posts may have taken them since.
        post, schedule = result.post, result.schedule
        if post is None or schedule is None or not result.takes_slot:
            return result
        slot = self.planning.slots.held(post.account, post.id, but=fixed[post.account])
        moment = await held.enter_async_context(slot)
        return replace(result, schedule=replace(schedule, due_at=moment))


_Due: TypeAlias = defaultdict[str, set[datetime]]


def _fixed(results: Sequence[Result]) -> _Due:
    """Return the due times of rows that ask for no slot, by account."""
    due = defaultdict[str, set[datetime]](set)
    for result in results:
        if result.post and result.schedule and not result.takes_slot:
            due[result.post.account].add(result.schedule.due_at)
    return due
