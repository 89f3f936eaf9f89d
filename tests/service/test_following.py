"""A face follows what every process writes: soon, in order, nothing twice and nothing left out."""

import asyncio
import subprocess
import sys
import time
from collections.abc import AsyncGenerator, AsyncIterator
from pathlib import Path

import pytest

from pressroom.core.account import UNTIL_RESUMED, Pause, account_id
from pressroom.core.actor import Actor, ActorKind
from pressroom.core.consent import Key
from pressroom.core.errors import NeedsApproval, Refused, StoreFailed
from pressroom.core.journal import Changes, Entry, JournalEvent, SubjectKind, TrailQuery, UnusableCursor
from pressroom.core.post import PostState
from pressroom.core.secret import Secret
from pressroom.core.slots import parse_slots
from pressroom.service import Pressroom
from pressroom.store.events import SqlEvents, append_events
from pressroom.store.store import Store, open_store
from tests.patience import patience
from tests.service.consenting import person
from tests.service.road import Road, a_photo, opened_road
from tests.slow import STORES

pytestmark = pytest.mark.usefixtures("real_time")

PLANNER = Actor(ActorKind.PROGRAM, "planner")
# Transactions of other tests on the same server may hold events up; nothing else may take so long.
LONGEST_S = 60.0
WRITE = """
import sys
from datetime import UTC, datetime
from pressroom.core.journal import JournalEvent
from pressroom.store.store import open_store
with open_store(sys.argv[1]) as store:
    event = JournalEvent(subject_id="one", at=datetime.now(UTC), step="elsewhere", text="Made.")
    store.events.append(event)
"""


@pytest.fixture(params=STORES)
async def road(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncGenerator[Road]:
    if request.param == "sqlite":
        async with opened_road(tmp_path) as opened:
            yield opened
        return
    address = Secret(request.getfixturevalue("empty_database"))
    async with opened_road(tmp_path, database_url=address) as opened:
        yield opened


def address_of(road: Road) -> str:
    store = road.settings.store
    return store.reveal() if isinstance(store, Secret) else str(store)


def write(road: Road, store: Store, *names: str) -> None:
    for name in names:
        store.events.append(JournalEvent(subject_id="one", at=road.clock.now(), step=name, text="Made."))


def write_and_see(road: Road, store: Store, *names: str) -> None:
    """Write, and wait until the store gives it."""
    start = store.events.changes().cursor
    write(road, store, *names)
    wait_until_given(store, start, len(names))


def wait_until_given(store: Store, start: str, count: int) -> None:
    end = time.monotonic() + patience(LONGEST_S)
    while len(store.events.changes(start, 1000).events) < count:
        assert time.monotonic() < end


async def take(pressroom: Pressroom, after: str, count: int) -> list[Entry]:
    found = list[Entry]()
    async for entry in pressroom.work.changes(after):
        found.append(entry)
        if len(found) == count:
            break
    return found


def steps(entries: list[Entry]) -> list[str]:
    return [entry.event.step for entry in entries]


@pytest.mark.parametrize("number", range(3))
async def test_what_another_connection_writes_is_seen_within_half_a_second(road: Road, number: int) -> None:
    async with road.pressroom() as pressroom:
        start = await pressroom.work.cursor()
        seeing = asyncio.create_task(take(pressroom, start, 1))
        await road.clock.sleep(10 + number / 10)
        with open_store(address_of(road), clock=road.clock) as other:
            await asyncio.to_thread(write_and_see, road, other, "1")
        given_at = road.clock.elapsed_s
        assert steps(await seeing) == ["1"]
        assert road.clock.elapsed_s - given_at <= 0.5


async def test_what_another_process_writes_is_seen_within_half_a_second(road: Road) -> None:
    command = [sys.executable, "-c", WRITE, address_of(road)]
    async with road.pressroom() as pressroom:
        start = await pressroom.work.cursor()
        seeing = asyncio.create_task(take(pressroom, start, 1))
        await road.clock.sleep(1)
        await asyncio.to_thread(subprocess.run, command, check=True, timeout=patience(LONGEST_S))
        await asyncio.to_thread(wait_until_given, road.store, start, 1)
        given_at = road.clock.elapsed_s
        assert steps(await seeing) == ["elsewhere"]
        assert road.clock.elapsed_s - given_at <= 0.5


async def test_without_a_cursor_it_begins_with_what_is_written_from_the_first_step_on(road: Road) -> None:
    write_and_see(road, road.store, "before")
    async with road.pressroom() as pressroom:
        changes = pressroom.work.changes()
        first = asyncio.create_task(anext(changes))
        await road.clock.sleep(1)
        await asyncio.to_thread(write_and_see, road, road.store, "after")
        assert (await first).event.step == "after"
        await changes.aclose()


async def test_many_writers_at_once_lose_nothing_and_repeat_nothing(road: Road) -> None:
    names = [f"{writer}.{number}" for writer in range(4) for number in range(75)]
    with open_store(address_of(road), clock=road.clock) as other:
        async with road.pressroom() as pressroom:
            seeing = asyncio.create_task(take(pressroom, await pressroom.work.cursor(), 300))
            stores = (road.store, other, road.store, other)
            parts = [(stores[number], names[75 * number : 75 * number + 75]) for number in range(4)]
            await asyncio.gather(*(asyncio.to_thread(write, road, store, *part) for store, part in parts))
            found = steps(await seeing)
    assert sorted(found) == sorted(names)
    assert [name for name in found if name.startswith("2.")] == names[150:225]


async def test_a_slow_reader_loses_nothing(road: Road) -> None:
    """Each one takes it longer than many are written, and there is more than a page of them."""
    names, found = [str(number) for number in range(250)], list[str]()
    async with road.pressroom() as pressroom:
        changes = pressroom.work.changes(await pressroom.work.cursor())
        await asyncio.to_thread(write_and_see, road, road.store, *names[:150])
        async for entry in changes:
            found.append(entry.event.step)
            if len(found) == 1:
                await asyncio.to_thread(write_and_see, road, road.store, *names[150:])
            await road.clock.sleep(1)
            if len(found) == len(names):
                break
        await changes.aclose()
    assert found == names


class Looks:
    """The reads of the journal by sessions. failure: what those answer that begin from now on."""

    def __init__(self, road: Road, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count, self.failure = 0, None
        changes = SqlEvents.changes

        def look(events: SqlEvents, after: str | None = None, limit: int = 100) -> Changes:
            if events is not road.store.events:
                self.count += 1
                if self.failure:
                    raise self.failure
            return changes(events, after, limit)

        monkeypatch.setattr(SqlEvents, "changes", look)

    count: int
    failure: StoreFailed | None


@pytest.fixture
def looks(road: Road, monkeypatch: pytest.MonkeyPatch) -> Looks:
    return Looks(road, monkeypatch)


async def test_one_look_serves_all_who_follow_and_nobody_looks_for_none(road: Road, looks: Looks) -> None:
    async def looks_in_ten_seconds(readers: int) -> int:
        start = await pressroom.work.cursor()
        seeing = [asyncio.create_task(take(pressroom, start, 1)) for _ in range(readers)]
        await road.clock.sleep(1)
        before = looks.count
        await road.clock.sleep(10)
        count = looks.count - before
        await asyncio.to_thread(write_and_see, road, road.store, "1")
        assert all(steps(entries) == ["1"] for entries in await asyncio.gather(*seeing))
        return count

    async with road.pressroom() as pressroom:
        one = await looks_in_ten_seconds(1)
        assert one > 10
        assert await looks_in_ten_seconds(50) == pytest.approx(one, abs=1)
        await road.clock.sleep(1)
        assert await looks_in_ten_seconds(0) == 0


async def test_what_ends_the_look_ends_each_reader_and_the_next_begins_anew(road: Road, looks: Looks) -> None:
    async with road.pressroom() as pressroom:
        start = await pressroom.work.cursor()
        seeing = [asyncio.create_task(take(pressroom, start, 1)) for _ in range(3)]
        await road.clock.sleep(1)
        looks.failure = StoreFailed("The disk is gone.", fix="Put it back.")
        ended = await asyncio.gather(*seeing, return_exceptions=True)
        assert [str(error) for error in ended] == ["The disk is gone. Put it back."] * 3
        looks.failure = None
        await asyncio.to_thread(write_and_see, road, road.store, "1")
        assert steps(await take(pressroom, start, 1)) == ["1"]


async def test_who_is_further_behind_than_memory_goes_reads_on_from_the_store(road: Road) -> None:
    """Another reader meanwhile keeps up."""
    names = [str(number) for number in range(1250)]
    more = [JournalEvent(subject_id="one", at=road.clock.now(), step=name, text="Made.") for name in names]
    async with road.pressroom() as pressroom:
        start = await pressroom.work.cursor()
        slow = pressroom.work.changes(start)
        quick = asyncio.create_task(take(pressroom, start, len(names)))
        await asyncio.to_thread(write_and_see, road, road.store, names[0])
        found = [await anext(slow)]
        with road.store.database.writing() as connection:
            append_events(road.store.database, connection, more[1:])
        assert steps(await quick) == names
        found += [await anext(slow) for _ in names[1:]]
        await slow.aclose()
    assert steps(found) == names


async def test_a_cursor_whose_next_events_were_deleted_is_called_too_old(road: Road) -> None:
    async with road.pressroom() as pressroom:
        start = await pressroom.work.cursor()
        await asyncio.to_thread(write_and_see, road, road.store, "1", "2")
        first, second = await take(pressroom, start, 2)
        road.store.events.delete_before(road.clock.now().replace(year=2100))
        for cursor in (start, first.cursor):
            with pytest.raises(UnusableCursor, match="Read the state anew") as refusal:
                await anext(pressroom.work.changes(cursor))
            assert (refusal.value.rule, refusal.value.value) == ("cursor", cursor)
        await asyncio.to_thread(write, road, road.store, "3")
        assert steps(await take(pressroom, second.cursor, 1)) == ["3"]


async def test_the_cursor_of_any_entry_goes_on_after_it(road: Road) -> None:
    async with road.pressroom() as pressroom:
        start = await pressroom.work.cursor()
        await asyncio.to_thread(write_and_see, road, road.store, "1", "2", "3")
        _, second = await take(pressroom, start, 2)
    async with road.pressroom() as pressroom:
        assert steps(await take(pressroom, second.cursor, 1)) == ["3"]


@pytest.mark.parametrize("cursor", ["9223372036854775807-1", "none"])
async def test_a_cursor_that_is_ahead_of_the_store_or_none_at_all_is_refused(road: Road, cursor: str) -> None:
    async with road.pressroom() as pressroom:
        with pytest.raises(Refused, match="not of this store"):
            await anext(pressroom.work.changes(cursor))


async def read_all(changes: AsyncIterator[Entry], read: "asyncio.Queue[Entry]") -> None:
    async for entry in changes:
        await read.put(entry)


async def test_it_ends_with_the_session_whatever_the_reader_is_at(road: Road) -> None:
    async with road.pressroom() as pressroom:
        start = await pressroom.work.cursor()
        read = asyncio.Queue[Entry]()
        reading = asyncio.create_task(read_all(pressroom.work.changes(start), read))
        busy = pressroom.work.changes(start)
        await asyncio.to_thread(write_and_see, road, road.store, "1", "2")
        assert (await anext(busy)).event.step == "1"
        assert steps([await read.get(), await read.get()]) == ["1", "2"]
    await reading
    with pytest.raises(StopAsyncIteration):
        await anext(busy)


async def test_it_ends_with_a_cancellation_and_the_session_goes_on(road: Road) -> None:
    async with road.pressroom() as pressroom:
        start = await pressroom.work.cursor()
        following = asyncio.create_task(take(pressroom, start, 1))
        await road.clock.sleep(1)
        following.cancel()
        with pytest.raises(asyncio.CancelledError):
            await following
        await asyncio.to_thread(write_and_see, road, road.store, "1")
        assert steps(await take(pressroom, start, 1)) == ["1"]


async def a_key(road: Road, ends_at: str | None = None) -> Key:
    async with person(road) as owner:
        return (await owner.keys.add("reader", ends_at=ends_at)).key


async def test_a_reader_whose_key_is_revoked_ends_and_gets_nothing_that_happened_afterwards(
    road: Road,
) -> None:
    key = await a_key(road)
    async with road.pressroom() as pressroom, person(road) as owner:
        start = await pressroom.work.cursor()
        keyless = asyncio.create_task(take(pressroom, start, 3))
        reading = asyncio.create_task(all_of(pressroom.work.changes(start, key=key)))
        await road.clock.sleep(1)
        await asyncio.to_thread(write_and_see, road, road.store, "before")
        await road.clock.sleep(1)
        await owner.keys.revoke("reader")
        await asyncio.to_thread(write_and_see, road, road.store, "after")
        assert steps(await reading) == ["before"]
        assert steps(await keyless) == ["before", "key_revoked", "after"]


async def test_a_reader_with_an_earlier_cursor_gets_nothing_once_its_key_is_revoked(road: Road) -> None:
    key = await a_key(road)
    async with road.pressroom() as pressroom, person(road) as owner:
        start = await pressroom.work.cursor()
        await asyncio.to_thread(write_and_see, road, road.store, "before")
        await owner.keys.revoke("reader")
        assert await all_of(pressroom.work.changes(start, key=key)) == []


async def test_a_reader_whose_key_expires_between_two_entries_of_a_page_gets_the_first_one(
    road: Road,
) -> None:
    key = await a_key(road, "+1h")
    async with road.pressroom() as pressroom:
        changes = pressroom.work.changes(await pressroom.work.cursor(), key=key)
        await asyncio.to_thread(write_and_see, road, road.store, "1", "2")
        assert (await anext(changes)).event.step == "1"
        road.clock.advance(3600)
        assert await all_of(changes) == []


@pytest.mark.parametrize("road", STORES[1:], indirect=True)
async def test_an_event_that_commits_after_the_revocation_is_not_given_though_it_was_begun_before(
    road: Road,
) -> None:
    """On a server; a file has one writer at a time."""
    key = await a_key(road)
    async with road.pressroom() as pressroom, person(road) as owner:
        start = await pressroom.work.cursor()
        reading = asyncio.create_task(all_of(pressroom.work.changes(start, key=key)))
        await road.clock.sleep(1)
        database = road.store.database
        with database.writing() as connection:
            begun = JournalEvent(subject_id="one", at=road.clock.now(), step="begun", text="Made.")
            append_events(database, connection, [begun])
            await owner.keys.revoke("reader")
        assert await reading == []


async def all_of(changes: AsyncIterator[Entry]) -> list[Entry]:
    return [entry async for entry in changes]


async def told(road: Road, start: str) -> list[tuple[str, str | None]]:
    """Give the steps that were told since, and who took them."""
    await asyncio.to_thread(write_and_see, road, road.store, "end")
    *entries, _ = road.store.events.changes(start).entries
    return [(entry.event.step, entry.event.actor) for entry in entries]


async def test_a_post_that_is_planned_is_told_once_however_often_it_is_asked_for(road: Road) -> None:
    async with road.pressroom() as pressroom:
        start = await pressroom.work.cursor()
        planned = await pressroom.posts.submit(a_photo(), at="+1h", idempotency_key="k")
        again = await pressroom.posts.submit(a_photo(), at="+1h", idempotency_key="k")
    assert again.is_replay
    assert await told(road, start) == [("planned", planned.post.actor)]


async def test_what_a_program_plans_is_told_once_and_what_it_wants_of_a_post_too(road: Road) -> None:
    """Those who show what waits for a person learn of it by following alone."""
    road.sign_in()
    async with road.pressroom(actor=PLANNER) as program, road.pressroom() as person:
        start = await person.work.cursor()
        for _ in range(2):
            with pytest.raises(NeedsApproval):
                await program.posts.submit(a_photo("Its own"), at="+1h")
        others = (await person.posts.submit(a_photo("A person's"), at="+2h")).post
        for _ in range(2):
            with pytest.raises(NeedsApproval):
                await program.posts.cancel(others.id)
    assert await told(road, start) == [
        ("planned", PLANNER.id),
        ("planned", others.actor),
        ("proposed", PLANNER.id),
    ]


async def test_what_a_program_wants_of_an_account_is_told_by_the_accounts_id(road: Road) -> None:
    road.sign_in()
    road.store.accounts.pause("ana", Pause(UNTIL_RESUMED, "Instagram answered 368."))
    async with road.pressroom(actor=PLANNER, account_name="ana") as program:
        start = await program.work.cursor()
        with pytest.raises(NeedsApproval):
            await program.accounts.resume("ana")
    assert await told(road, start) == [("proposed", PLANNER.id)]
    (event,) = road.store.events.list("ana", SubjectKind.ACCOUNT)
    assert event.subject_id == account_id(road.account.user_id, road.account.api_base)


async def test_what_else_a_page_shows_is_told_to_followers_and_makes_no_history_longer(road: Road) -> None:
    road.sign_in(timezone="Europe/Istanbul")
    account = account_id(road.account.user_id, road.account.api_base)
    async with road.pressroom(account_name="ana") as person, road.pressroom(actor=PLANNER) as program:
        start = await person.work.cursor()
        await person.posts.slots.add(parse_slots("mon 09:00"))
        await person.keys.add("planner")
        await person.keys.revoke("planner")
        grant = await person.approvals.allow(
            PLANNER.id, verbs=["publish"], accounts=["ana"], per_day=1, ends_at="+1d"
        )
        await person.approvals.withdraw(grant.id)
        with pytest.raises(NeedsApproval) as proposed:
            await program.accounts.sign_out("ana")
        await road.clock.sleep(30 * 86_400)
        await person.approvals.list()
        road.store.accounts.pause("ana", Pause(UNTIL_RESUMED, "Instagram answered 190."))
        road.store.accounts.resume("ana")
        await person.accounts.sign_out("ana")
        expected = [
            ("account", account, "slots_changed", "monday 09:00"),
            ("key", None, "key_made", "planner"),
            ("key", None, "key_revoked", None),
            ("consent", grant.id, "allowed", None),
            ("consent", grant.id, "withdrawn", None),
            ("account", account, "proposed", None),
            ("account", account, "expired", "expired"),
            ("account", account, "paused", "Instagram answered 190."),
            ("account", account, "resumed", None),
            ("account", account, "signed_out", None),
        ]
        events = [entry.event for entry in await take(person, start, len(expected))]
        assert proposed.value
        for event, (kind, subject, step, after) in zip(events, expected, strict=True):
            assert (event.subject_kind, event.step) == (kind, step)
            assert subject in (None, event.subject_id)
            assert after is None or event.changes[-1].after == after
        trail = await person.work.trail(TrailQuery())
        assert [entry.event.step for entry in trail.entries] == ["proposed"]


async def test_a_post_whose_journal_says_it_was_planned_says_so_once(road: Road) -> None:
    async with road.pressroom() as pressroom:
        post = (await pressroom.posts.submit(a_photo(), state=PostState.DRAFT)).post
        story = await pressroom.posts.show(post.id)
        assert [event.step for event in story.events] == ["planned"]
        road.store.events.delete_before(road.clock.now().replace(year=2100))
        assert (await pressroom.posts.show(post.id)).events[0].step == "planned"
