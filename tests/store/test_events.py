"""The journal on both databases, and reading it on from where a reader was.

Nothing is left out, nothing comes twice, whoever writes.
"""

import sqlite3
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import URL, text

from pressroom.core.actor import Actor, ActorKind
from pressroom.core.errors import Refused
from pressroom.core.journal import JournalEvent, SubjectKind, UnusableCursor
from pressroom.core.post import PostId, PostState
from pressroom.graph.answers import MediaId
from pressroom.store.events import append_events
from pressroom.store.store import Store, open_store
from tests.fakes.clock import FakeClock
from tests.patience import patience
from tests.store.plans import SLOW, plans
from tests.store.posts import a_post, after, an_event, changed, stored
from tests.store.test_accounts_merged import an_earlier_file
from tests.store.test_others import a_bundle


def test_the_journal_keeps_the_order_of_writing_whatever_the_clock_did(store: Store) -> None:
    post, other = stored(store), stored(store)
    written = [an_event(post, f"step-{number}", at=after(-number), code=9) for number in range(3)]
    for event in written:
        store.events.append(event)
        store.events.append(an_event(other))
    assert store.events.list(post.id) == tuple(written)


def test_the_journal_masks_what_looks_like_a_token(store: Store) -> None:
    post = stored(store)
    store.events.append(an_event(post, text=f"Meta says: IGAA{'x' * 60} is not EAAB{'y' * 60}.\0"))
    assert store.events.list(post.id)[0].text == "Meta says: *** is not ***."


def test_old_events_can_be_dropped(store: Store) -> None:
    post = stored(store)
    for number in range(3):
        store.events.append(an_event(post, at=after(number)))
    assert store.events.delete_before(after(2)) == 2
    assert store.events.list(post.id) == (an_event(post, at=after(2)),)


def test_what_a_change_makes_of_a_post_is_told_in_the_journal_with_or_without_words(store: Store) -> None:
    """A history lists what has words alone, and nobody is told of what only a worker looks at."""
    post = stored(store)
    start = now(store)
    preparing = changed(post, state=PostState.PREPARING)
    store.posts.save(preparing, post)
    polled = changed(preparing, wake_at=after(60))
    store.posts.save(polled, preparing)
    shown = {"state": PostState.PUBLISHED, "media_id": MediaId("m9"), "permalink": "https://a.b/p/9"}
    published = changed(polled, **shown)
    store.posts.save(published, polled, [an_event(post), an_event(post, step="published")])
    assert len(read(store, start, 3)[0]) == 3
    told = store.events.changes(start).events
    assert [(event.step, *(change.after for change in event.changes)) for event in told] == [
        ("changed", "preparing"),
        ("container_created",),
        ("published", "published", "m9", "https://a.b/p/9"),
    ]
    assert [event.step for event in store.events.list(post.id)] == ["container_created", "published"]


def test_the_journal_tells_what_happened_to_whom_and_by_whom(store: Store) -> None:
    """An account and a conversation may be called as a post is."""
    who = Actor(ActorKind.PERSON, "anna").id
    written = [
        an_event(stored(store, id=PostId("one")), subject_kind=kind, subject_id="one", actor=who)
        if kind is SubjectKind.POST
        else an_event(a_post(), subject_kind=kind, subject_id="one")
        for kind in SubjectKind
    ]
    for event in written:
        store.events.append(event)
    assert [store.events.list("one", kind) for kind in SubjectKind] == [(event,) for event in written]
    assert [event.post_id for event in written] == ["one", *[None] * (len(SubjectKind) - 1)]


def test_what_is_said_of_an_account_is_found_by_every_name_of_it(store: Store) -> None:
    """Also what was said before anybody signed in."""
    for number in (1, 2):
        event = an_event(a_post(), f"step-{number}", subject_kind=SubjectKind.ACCOUNT, subject_id="shop")
        store.events.append(event)
        store.accounts.put(a_bundle())
    found = [store.events.list(name, SubjectKind.ACCOUNT) for name in ("shop", "17841", "17841@instagram")]
    assert [[event.step for event in events] for events in found] == [["step-1", "step-2"]] * 3
    assert {event.subject_id for events in found for event in events} == {"17841@instagram"}


def test_no_number_of_an_earlier_journal_is_given_again(tmp_path: Path, clock: FakeClock) -> None:
    """Not even where all its events were dropped before the upgrade."""
    earlier_file = an_earlier_file(tmp_path / "pressroom.db", "0002")
    with closing(sqlite3.connect(earlier_file)) as connection:
        connection.execute("DELETE FROM journal_events")
        connection.execute("UPDATE sqlite_sequence SET seq = 41 WHERE name = 'journal_events'")
        connection.commit()
    with open_store(earlier_file, clock=clock) as store:
        store.events.append(an_event(store.posts.get(PostId("fb-open"))))
        with store.database.reading() as connection:
            assert connection.exec_driver_sql("SELECT id FROM journal_events").scalars().all() == [42]


# Transactions of other tests on the same server may hold events up; nothing else may take so long.
LONGEST_S = 60.0


def steps(events: Sequence[JournalEvent]) -> list[str]:
    return [event.step for event in events]


def write(store: Store, *names: str) -> None:
    for name in names:
        store.events.append(an_event(a_post(), name))


def break_off(store: Store, name: str) -> None:
    with store.database.writing() as connection:
        append_events(store.database, connection, [an_event(a_post(), name)])
        raise KeyError


def read(store: Store, cursor: str, count: int, limit: int = 100) -> tuple[list[str], str]:
    """Read on until so many events have come."""
    found: list[str] = []
    end = time.monotonic() + patience(LONGEST_S)
    while len(found) < count and time.monotonic() < end:
        changes = store.events.changes(cursor, limit)
        assert len(changes.events) <= limit
        found, cursor = found + steps(changes.events), changes.cursor
    return found, cursor


def now(store: Store) -> str:
    return store.events.changes().cursor


@pytest.fixture
def server(shared_database: URL, clock: FakeClock) -> Iterator[Store]:
    with open_store(shared_database.render_as_string(hide_password=False), clock=clock) as opened:
        yield opened


def test_what_is_written_is_read_in_its_order_page_by_page(store: Store) -> None:
    start = now(store)
    post = stored(store)
    write(store, "1", "2")
    store.posts.save(changed(post), post, [an_event(post, "3"), an_event(post, "4")])
    write(store, "5")
    found, cursor = read(store, start, 5, limit=2)
    assert found == ["1", "2", "3", "4", "5"]
    write(store, "6")
    assert read(store, cursor, 1)[0] == ["6"]


def test_the_first_cursor_is_that_of_the_moment(store: Store) -> None:
    write(store, "before")
    _, start = read(store, "0-0", 1)
    changes = store.events.changes()
    assert changes.events == ()
    write(store, "after")
    assert read(store, start, 1)[0] == ["after"]


def test_where_nothing_was_written_there_is_nothing_to_read(store: Store) -> None:
    start = now(store)
    changes = store.events.changes(start)
    assert changes.events == ()
    write(store, "1")
    assert read(store, changes.cursor, 1)[0] == ["1"]


def test_an_event_is_read_by_others_as_soon_as_it_is_written(store: Store, address: str) -> None:
    with open_store(address) as other:
        start = now(other)
        write(store, "1")
        assert read(other, start, 1)[0] == ["1"]


def test_many_writers_at_once_lose_nothing_and_repeat_nothing(store: Store) -> None:
    start, names = now(store), [f"{writer}.{number}" for writer in range(4) for number in range(25)]
    with ThreadPoolExecutor(4) as threads:
        writing = [threads.submit(write, store, *names[first : first + 25]) for first in range(0, 100, 25)]
        found, cursor = read(store, start, 100, limit=7)
        for one in writing:
            one.result()
    assert sorted(found) == sorted(names)
    assert [name for name in found if name.startswith("2.")] == names[50:75]
    assert store.events.changes(cursor).events == ()


def test_a_later_number_that_is_committed_first_takes_none_along_that_is_still_to_come(
    server: Store,
) -> None:
    start = now(server)
    with server.database.writing() as slow:
        append_events(server.database, slow, [an_event(a_post(), "first")])
        write(server, "second")
        during = server.events.changes(start)
        assert "second" not in steps(during.events)
    assert read(server, during.cursor, 2)[0] == ["first", "second"]


def test_an_event_that_was_undone_is_not_waited_for(store: Store) -> None:
    start = now(store)
    with pytest.raises(KeyError):
        break_off(store, "first")
    write(store, "second")
    assert read(store, start, 1)[0] == ["second"]


def test_dropping_old_events_repeats_none_and_hides_none_without_a_word(store: Store) -> None:
    start = now(store)
    write(store, "1", "2", "3")
    _, cursor = read(store, start, 3)
    assert store.events.delete_before(after(-1000)) == 0
    assert read(store, start, 3)[0] == ["1", "2", "3"]
    store.events.delete_before(after(1000))
    write(store, "4")
    assert read(store, cursor, 1)[0] == ["4"]
    with pytest.raises(UnusableCursor, match="events after it were deleted"):
        store.events.changes(start)


@pytest.mark.parametrize("cursor", ["", "1", "-1-1", "x-y", "0-1; --", "٣-٣", "9" * 40])
def test_what_is_no_cursor_is_refused(store: Store, cursor: str) -> None:
    with pytest.raises(Refused) as refusal:
        store.events.changes(cursor)
    assert refusal.value.rule == "cursor"


def test_a_cursor_of_a_store_that_was_put_back_from_a_backup_is_refused(store: Store) -> None:
    """It would leave out what is written until the numbers have come there once more."""
    ahead = "9223372036854775807-1"
    with pytest.raises(Refused, match="not of this store"):
        store.events.changes(ahead)


def test_a_journal_that_came_from_another_server_is_gone_on_with(store: Store, address: str) -> None:
    """That server had counted more transactions than this one: its events would be hidden for long."""
    write(store, "there")
    if store.is_shared:
        with store.database.writing() as connection:
            connection.execute(text("UPDATE journal_events SET transaction_id = 1000000000000"))
    with open_store(address) as here:
        start = now(here)
        write(here, "here")
        assert read(here, start, 1)[0] == ["here"]
        assert read(here, "0-0", 2)[0] == ["there", "here"]


def test_reading_on_takes_the_index_however_long_the_journal_is(store: Store) -> None:
    with store.database.writing() as connection:
        append_events(store.database, connection, [an_event(a_post(), str(number)) for number in range(5000)])
    start = now(store)
    write(store, "last")
    # A transaction of another test on the server may hide it for a moment, and then nothing is looked up.
    assert read(store, start, 1)[0] == ["last"]
    *_, plan = plans(store, lambda: store.events.changes(start))
    assert "ix_journal_events_transaction_id_id" in plan
    # There are no posts, and PostgreSQL reads an empty table whole.
    assert not [slow for slow in SLOW if slow in plan.replace("Seq Scan on posts", "")], plan
