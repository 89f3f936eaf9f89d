"""Imports a table of posts: `RowChecks` checks its rows and stores none, `Importer` stores the result.

Rows are checked against the store, the calendar and each other.
"""

import difflib
import re
from collections import defaultdict, deque
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, TypeAlias
from zoneinfo import ZoneInfo

from pressroom.core.account import shown_account, sign_in
from pressroom.core.errors import KeyReused, NeedsApproval, NotFound, PressroomError, Refused
from pressroom.core.post import SHORT_ID, WHOLE_ID, Post, PostId
from pressroom.core.remedies import Fix, Remedy, RemedyKind
from pressroom.core.stored_posts import content_hash, is_same_content
from pressroom.core.when import in_words, is_next_slot, require_ahead
from pressroom.publish.machine.events import QuotaFull
from pressroom.publish.manners.quota import QuotaRoom
from pressroom.service.acting.acting import chosen_zone
from pressroom.service.consent.change import Change, Verb
from pressroom.service.consent.changing import Changes
from pressroom.service.ground.copies import relocate_copies, with_names_of_copies
from pressroom.service.posts.planning import Moment, Planning
from pressroom.service.posts.storing import Schedule, edit_of
from pressroom.service.posts.tables.columns import Numbered, Row, naming_cells, refused
from pressroom.service.posts.tables.rows import (
    Result,
    RowAction,
    content_by,
    copies_of,
    differences,
    if_late_of,
    is_as_exported,
    kept_warning,
    post_of,
    require_letters,
    require_unchanged,
    state_of,
    state_warning,
)
from pressroom.service.posts.tables.twins import RowTwins
from pressroom.service.posts.time_warnings import full_warning, moment_warnings

# `5,64E+31`, and what that is when it is written out.
_NUMBER_OF_EXCEL: Final = re.compile(r"\d+(?:[.,]\d+)?E[+-]?\d+|\d{1,31}|\d{33,}", re.IGNORECASE)
# A spreadsheet rounds times to less than this.
_ROUNDED: Final = timedelta(seconds=1)


@dataclass(slots=True, kw_only=True)
class RowChecks:
    """Checks the rows of one table. base: directory that relative file names start from.

    zone: for rows that name none. is_again: plan also what a stored post of the same days shows. is_late:
    times may be over.
    """

    planning: Planning
    base: Path
    zone: str | None = None
    is_again: bool = False
    is_late: bool = False
    _keys: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])
    _ids: set[str] = field(default_factory=set[str])
    _due: dict[str, set[datetime]] = field(default_factory=dict[str, set[datetime]])
    _accounts: dict[str, tuple[str, str | None]] = field(default_factory=dict[str, tuple[str, str | None]])
    _slots: dict[str, deque[datetime]] = field(default_factory=dict[str, deque[datetime]])
    _slots_needed: int = 0

    @property
    def _now(self) -> datetime:
        return self.planning.resources.clock.now()

    async def check(self, rows: Sequence[Numbered]) -> list[Result]:
        """Check every row, and store none. Of a new object our copy stays, from which it is then stored."""
        # Rows with a time of their own first: a slot at which one of them is due is not free.
        in_turn = sorted(rows, key=lambda numbered: takes_slot(numbered[1]))
        self._slots_needed = sum(takes_slot(row) for _, row in rows)
        checked = [await self._checked(number, row) for number, row in in_turn]
        in_order = sorted(checked, key=lambda result: result.number)
        resources = self.planning.resources
        twins = RowTwins(await resources.store(), resources.settings.assets, is_again=self.is_again)
        # Behind the twins: a table that is imported again still matches its posts once their time is over.
        marked = [self._ahead(result) for result in await twins.marked(in_order)]
        return await self._with_full_days(marked)

    def _ahead(self, result: Result) -> Result:
        """Refuse a row that gives a post a time that is over."""
        schedule, before = result.schedule, result.before
        if schedule is None or result.is_replay or (before and before.due_at == schedule.moment):
            return result
        try:
            require_ahead(schedule.moment, schedule.timezone, self._now, is_late=self.is_late)
        except Refused as error:
            return Result(number=result.number, error=error)
        return result

    async def _with_full_days(self, results: Sequence[Result]) -> list[Result]:
        """Warn at each row whose account's quota is full by then, with what is planned and the other rows."""
        resources, by_account = self.planning.resources, defaultdict[str, list[Post]](list)
        for result in results:
            post, schedule = result.post, result.schedule
            # A row without a schedule gives its post no new time.
            if post and schedule and not result.is_replay and not result.error:
                state = post.state if result.before else schedule.state
                planned = replace(post, due_at=schedule.moment, postponed_to=None, state=state)
                by_account[post.account].append(planned)
        room = QuotaRoom(await resources.store(), resources.clock, resources.policy)
        full = dict[PostId, QuotaFull]()
        for posts in by_account.values():
            full |= await room.forecast_each(posts)
        return [
            replace(result, warnings=(*result.warnings, full_warning(later, result.schedule.timezone)))
            if result.post and result.schedule and (later := full.get(result.post.id))
            else result
            for result in results
        ]

    async def _checked(self, number: int, row: Row | PressroomError) -> Result:
        try:
            if isinstance(row, PressroomError):
                raise row
            before = await self._named(row.post_id) if row.post_id else None
            result = await (self._change(row, before) if before else self._new(row))
        except PressroomError as error:
            return Result(number=number, error=naming_cells(error))
        # Only a row that passed takes its time: a bad one is not stored, and leaves its slot to the next.
        if result.post and result.schedule and not result.is_replay:
            account, due_at = result.post.account, result.schedule.moment
            self._due.setdefault(account, set()).add(due_at)
            slots = self._slots.get(account)
            if slots and slots[0] == due_at:
                slots.popleft()
        return replace(result, number=number, takes_slot=takes_slot(row))

    async def _new(self, row: Row) -> Result:
        if row.account:
            account, login = await self._account(row.account)
        else:
            identity = await self.planning.whose(row.at, row.timezone or self.zone)
            account, login = identity.account, identity.login
        post = replace(post_of(_with_copies(row), self.base), account=account, login=login)
        if row.post_id:
            post = replace(post, id=PostId(row.post_id))
        post = await self.planning.storing.with_contents(post, row.idempotency_key)
        is_replay = await self._is_replay(post, row.idempotency_key)
        when = await self._moment(row, account, row.timezone or self.zone)
        schedule = self.planning.scheduled(
            when,
            if_late=if_late_of(row),
            state=state_of(row),
            idempotency_key=row.idempotency_key or None,
        )
        warnings = [*await self.planning.checking.check(post), *when.warnings]
        if not is_replay:
            is_held = schedule.state.is_held
            warnings += moment_warnings(when.at, when.timezone, schedule.if_late, self._now, is_held=is_held)
        return Result(number=0, post=post, schedule=schedule, warnings=tuple(warnings), is_replay=is_replay)

    async def _change(self, row: Row, before: Post) -> Result:
        """Check what a row changes of the stored post that it names."""
        if "account" in row.given and row.account not in ("", before.account_name, before.account):
            account, _ = await self._account(row.account)
            if account != before.account:
                limit = f"{before.account_name}, as it was planned"
                raise refused("account", row.account, limit, "Plan another by a row without a post_id.")
        stored = relocate_copies(before, self.planning.resources.settings.assets)
        edited = await self.planning.storing.with_contents(content_by(row, stored, self.base))
        due = await self._new_due(row, before)
        is_edited = bool(differences(stored, edited))
        warnings = [note for note in (state_warning(row, before), kept_warning(row, before)) if note]
        if not is_edited and due is None:
            return Result(number=0, post=before, before=before, warnings=tuple(warnings))
        moved = due.arguments if due else {}
        change = edit_of(edited, **moved) if is_edited else Change(Verb.MOVE, moved)
        after = change.operate(before, self._now)
        shown = differences(stored, after)
        require_unchanged(row, before, shown)
        require_letters(shown)
        if is_edited:
            warnings += await self.planning.checking.check(after)
        if due:
            is_held = after.state.is_held
            warnings += moment_warnings(due.at, due.timezone, after.if_late, self._now, is_held=is_held)
            warnings += [*due.warnings, *_zone_warnings(before, due)]
        schedule = Schedule(due_at=due.at, timezone=due.timezone) if due else None
        return Result(
            number=0,
            post=after,
            before=before,
            schedule=schedule,
            warnings=tuple(warnings),
            differences=shown,
        )

    async def _new_due(self, row: Row, before: Post) -> Moment | None:
        """Return the new due time of a stored post; None where the row says nothing new."""
        if is_as_exported(row, "at") and is_as_exported(row, "timezone"):
            return None
        # A time that nobody edited stays that instant, whether or not its cell has an offset.
        at = row.at if "at" in row.given and not is_as_exported(row, "at") else ""
        named = row.timezone if "timezone" in row.given else ""
        if not at:
            if not named or named == before.timezone or before.due_at is None:
                return None
            return await self.planning.shown_in(before.due_at, zone=named, account=before.account)
        when = await self._moment(row, before.account, named or chosen_zone(before) or self.zone)
        is_same = before.due_at is not None and abs(when.at - before.due_at) < _ROUNDED
        zone = named or before.timezone
        if is_same and before.due_at:
            return None if zone == before.timezone else Moment(before.due_at, zone)
        return when

    async def _moment(self, row: Row, account: str, zone: str | None) -> Moment:
        """Read when a row is due, in a zone, else the account's."""
        if takes_slot(row):
            if account not in self._slots:
                taken = self._due.get(account, set())
                free = await self.planning.slots.free(account, self._slots_needed, but=taken)
                self._slots[account] = deque(free)
            # The slot stays the next free one until a row that is due then has passed.
            slot = self._slots[account][0]
            return await self.planning.shown_in(slot, zone=zone, account=account)
        if not row.at:
            raise refused("at", "", "a time", "Say when it is due.")
        # The user who imports a table may not be the one who wrote it, so the user's locale is not used.
        return await self.planning.read(row.at, zone=zone, account=account, locale="")

    async def _account(self, who: str) -> tuple[str, str | None]:
        """Return the account of a name, and its login. Raises Refused for one that nobody signed in to."""
        if who not in self._accounts:
            identity, stored = await self.planning.acting.identity(), await self.planning.acting.login(who)
            if who in (identity.account, identity.login, shown_account(identity.account)):
                self._accounts[who] = identity.account, identity.login
            elif stored:
                self._accounts[who] = stored.account, stored.name
            else:
                store = await self.planning.resources.store()
                raise _unknown_account(
                    who, [account.name for account in await store.run(store.accounts.list)]
                )
        return self._accounts[who]

    async def _is_replay(self, post: Post, key: str) -> bool:
        """Tell whether the row's key was used before for the same content. Raises KeyReused, Refused."""
        if not key:
            return False
        if (post.account, key) in self._keys:
            raise refused("idempotency_key", key, "one row a key", "Give each row its own.")
        self._keys.add((post.account, key))
        if (held := await self.planning.storing.held(post.account, key)) is None:
            return False
        # Content is compared by the names that copies get, so a check reads the files but copies none.
        named = await with_names_of_copies(post, self.planning.resources.settings.assets)
        if not is_same_content(held.content_hash, content_hash(named)):
            raise KeyReused.by(key, held.post_id)
        return True

    async def _named(self, text: str) -> Post | None:
        """Return the stored post of an id; None for one that another store has. Raises Refused."""
        if _NUMBER_OF_EXCEL.fullmatch(text):
            fix = Fix.of(
                "Excel made a number of it. Write the table anew and edit that one: {}; or as .xlsx. Without "
                "the id the row is another post.",
                Remedy(RemedyKind.EXPORT_FOR_EXCEL),
            )
            raise refused("post_id", text, "32 hexadecimal digits", fix)
        if not WHOLE_ID.fullmatch(text):
            raise refused("post_id", text, "32 hexadecimal digits", "Leave it empty for a new post.")
        if text in self._ids:
            raise refused("post_id", text, "one row a post", "Leave one of the two, or empty the second's.")
        self._ids.add(text)
        store = await self.planning.resources.store()
        try:
            return await store.run(store.posts.get, PostId(text))
        except NotFound:
            return None


def _unknown_account(who: str, names: Sequence[str]) -> Refused:
    listed, fix = ", ".join(names), Fix.of("Sign in: {}.", sign_in(who))
    of_small = {name.lower(): name for name in names}
    near = difflib.get_close_matches(who.lower(), of_small, n=1, cutoff=0.75)
    if near:
        fix = Fix.of("Did you mean {}? Else sign in: {}.", Fix(of_small[near[0]]), sign_in(who))
    elif names:
        fix = Fix.of("Write one of these: {}; or sign in: {}.", Fix(listed), sign_in(who))
    return refused("account", who, listed or "an account that somebody is signed in to", fix)


def _with_copies(row: Row) -> Row:
    """Return a row with our copy in place of each file that it names one of, where that is there."""
    copies = {file: copy for file, copy in copies_of(row).items() if Path(copy).is_file()}
    sources = tuple(copies.get(source, source) for source in row.sources)
    return replace(row, sources=sources, cover=copies.get(row.cover, row.cover))


def _zone_warnings(before: Post, due: Moment) -> list[str]:
    """Say that a post stays due when it was, which is another time of day in its new zone."""
    if before.due_at != due.at or before.timezone == due.timezone:
        return []
    was, becomes = in_words(due.at, before.timezone), in_words(due.at, due.timezone)
    shown = due.at.astimezone(ZoneInfo(before.timezone)).replace(tzinfo=ZoneInfo(due.timezone))
    if shown == due.at:
        return []
    remedy = Remedy(RemedyKind.MOVE_POST, {"post": before.id[:SHORT_ID], "when": shown.isoformat()})
    fix = Fix.of("To have it at that time of day in the new zone: {}.", remedy)
    return [f"Only its zone changes: it stays due at {was}, which is {becomes}. {fix}"]


def takes_slot(row: Row | PressroomError) -> bool:
    """Tell whether a row asks for the next free slot."""
    return isinstance(row, Row) and is_next_slot(row.at)


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
        changed, due_times = list[Result](), _due_by_account(checked)
        for result in checked:
            is_change = result.action is RowAction.CHANGE
            changed.append(await self._change(result, due_times) if is_change else result)
            if changed[-1].error and not is_partial:
                return [*changed, *checked[len(changed) :]]
        new = [result for result in changed if result.before is None and result.post and result.schedule]
        try:
            added = await self._plan(new, is_partial=is_partial) if new else []
        except PressroomError as error:
            # Raised, it would hide that posts were changed before it.
            if is_partial or not any(result.is_stored for result in changed):
                raise
            added = [replace(result, error=error) for result in new]
        by_number = {result.number: result for result in (*changed, *added)}
        return [by_number[result.number] for result in checked]

    async def _change(self, result: Result, due_times: "_DueTimes") -> Result:
        """Change the stored post that a row names: move it, or edit it with copies of its files."""
        assert result.post
        try:
            async with AsyncExitStack() as held:
                placed = await self._placed(result, held, due_times)
                assert placed.post
                due = placed.schedule
                moved = Moment(due.moment, due.timezone).arguments if due else {}
                if all(difference.name in ("at", "timezone") for difference in placed.differences):
                    change = Change(Verb.MOVE, moved)
                else:
                    change = await self.planning.storing.edit(placed.post, **moved)
                seen = result.before and result.before.version
                post = await self.changes.make(result.post.id, change, version=seen)
        except NeedsApproval as waits:
            return replace(result, waits=waits)
        except PressroomError as error:
            return replace(result, error=error)
        return replace(placed, post=post, is_stored=True)

    async def _plan(self, new: Sequence[Result], *, is_partial: bool) -> list[Result]:
        """Plan the posts of new rows in one commit; with `is_partial` in one each, which fails alone."""
        # The check makes no call to learn the user id of the session's account, so rows of that account may
        # still have the key that stands in for the id.
        identity, owned = await self.planning.acting.identity(), list[Result]()
        for result in new:
            if result.post and result.post.account == identity.account:
                user = await identity.known()
                post = replace(result.post, account=user.id, login=user.login)
                owned.append(replace(result, post=post))
            else:
                owned.append(result)
        due_times, added = _due_by_account(owned), list[Result]()
        for rows in [[result] for result in owned] if is_partial else [owned]:
            try:
                async with AsyncExitStack() as held:
                    placed = [await self._placed(result, held, due_times) for result in rows]
                    stored = await self.planning.storing.add_all(
                        [(row.post, row.schedule) for row in placed if row.post and row.schedule]
                    )
            except PressroomError as error:
                if not is_partial:
                    raise
                added += [replace(result, error=error) for result in rows]
            else:
                added += [
                    replace(row, post=post.post, is_stored=True, is_replay=post.is_replay)
                    for row, post in zip(placed, stored, strict=True)
                ]
        return added

    async def _placed(self, result: Result, held: AsyncExitStack, due_times: "_DueTimes") -> Result:
        """Reserve the slot that a row asks for, until `held` ends. due_times: of rows that ask for none."""
        # Slots are reserved only now: the check stores nothing, and other posts may have taken them since.
        post, schedule = result.post, result.schedule
        if post is None or schedule is None or not result.takes_slot:
            return result
        slot = self.planning.slots.held(post.account, post.id, but=due_times[post.account])
        moment = await held.enter_async_context(slot)
        return replace(result, schedule=replace(schedule, due_at=moment))


_DueTimes: TypeAlias = defaultdict[str, set[datetime]]


def _due_by_account(results: Sequence[Result]) -> _DueTimes:
    """Return the due times of rows that ask for no slot, by account."""
    due = defaultdict[str, set[datetime]](set)
    for result in results:
        if result.post and result.schedule and not result.takes_slot:
            due[result.post.account].add(result.schedule.moment)
    return due
