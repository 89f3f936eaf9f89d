"""The journal, on both databases."""

import sqlite3
from contextlib import closing
from pathlib import Path

from pressroom.core.actor import Actor, ActorKind
from pressroom.core.journal import SubjectKind
from pressroom.core.post import PostId
from pressroom.store.store import Store, open_store
from tests.fakes.clock import FakeClock
from tests.store.posts import a_post, after, an_event, stored
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
    assert [event.post_id for event in written] == ["one", None, None]


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
