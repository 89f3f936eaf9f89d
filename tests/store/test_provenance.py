"""Which copy of a store this is, and how an older one is recognised."""

import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from pressroom.core.errors import Conflict
from pressroom.core.post import Freshness, Gap
from pressroom.core.stored_posts import PostSave
from pressroom.store.provenance import Provenance
from pressroom.store.store import Store, open_store
from tests.fakes.clock import START, FakeClock
from tests.store.posts import a_container, a_post, a_send, changed

MINUTE = timedelta(minutes=1)


@pytest.fixture
def marks(tmp_path: Path) -> Path:
    return tmp_path / "state"


@pytest.fixture
def opened(tmp_path: Path, marks: Path, clock: FakeClock) -> Iterator[Store]:
    """A store that was created just now."""
    with open_store(tmp_path / "home" / "pressroom.db", clock=clock, marks=marks) as store:
        yield store


def again(store: Store, marks: Path | None) -> Provenance:
    """What another process of the machine knows of the store."""
    return Provenance(store.database, marks)


def set_back(store: Store, copy: Path) -> None:
    """Put an earlier copy of a store's file in its place."""
    path = store.database.location.path
    assert path
    store.database.engine.dispose()
    for end in ("-wal", "-shm"):
        Path(f"{path}{end}").unlink(missing_ok=True)
    shutil.copy(copy, path)


def copy_of(store: Store) -> Path:
    path = store.database.location.path
    assert path
    store.database.engine.dispose()
    return Path(shutil.copy(path, path.with_name("copy.db")))


def send(store: Store) -> None:
    """Store a post, and then that it is about to be published."""
    post = store.posts.add(a_post()).post
    store.posts.save(changed(post, containers=(a_container(),), sends=(a_send(),)), post)


def test_a_new_store_has_identity_place_heartbeat_and_mark_before_any_worker_drives_it(
    opened: Store, marks: Path
) -> None:
    provenance = again(opened, marks)
    assert provenance.freshness() is Freshness.CURRENT
    assert [path.name for path in marks.iterdir()] == [provenance.identity]
    assert provenance.gap_until(START, otherwise=None, is_proven=False).began_at == START - MINUTE


def test_opening_a_store_again_leaves_all_of_that_alone(opened: Store, marks: Path, clock: FakeClock) -> None:
    path, identity = opened.database.location.path, opened.provenance.identity
    assert path
    clock.advance(3600)
    with open_store(path, clock=clock, marks=marks) as store:
        assert store.provenance.identity == identity
        assert again(store, marks).freshness() is Freshness.CURRENT


def test_a_copy_has_the_identity_of_its_original_until_it_is_adopted(opened: Store, marks: Path) -> None:
    identity = opened.provenance.identity
    with open_store(copy_of(opened), marks=marks) as copy:
        assert copy.provenance.identity == identity
        copy.provenance.renew_identity()
        assert copy.provenance.identity != identity


def test_a_copy_in_another_place_may_be_older_until_it_is_driven_there(
    opened: Store, marks: Path, clock: FakeClock
) -> None:
    """Even where the original has only been idle: it was driven for a minute more."""
    file = copy_of(opened)
    clock.advance(60)
    opened.provenance.beat(clock.now())
    with open_store(file, clock=clock, marks=marks) as copy:
        # A start that is broken off in between finds it again.
        assert [again(copy, marks).freshness() for _ in range(2)] == [Freshness.OLDER] * 2
        copy.provenance.drive_from_here(clock.now())
        assert again(copy, marks).freshness() is Freshness.CURRENT


def test_a_directory_that_was_renamed_is_no_copy(opened: Store, marks: Path) -> None:
    with open_store(copy_of(opened), marks=marks) as renamed:
        assert again(renamed, marks).freshness() is Freshness.CURRENT
        # Without the mark nobody can tell that nothing was published elsewhere.
        assert again(renamed, None).freshness() is Freshness.OLDER


def test_a_store_from_another_machine_may_be_older_though_its_mark_was_copied_along(
    opened: Store, marks: Path
) -> None:
    place = opened.options.get("store_place")
    assert place
    opened.options.set("store_place", f"another machine:{place.partition(':')[2]}")
    assert again(opened, marks).freshness() is Freshness.OLDER


def test_a_store_of_an_earlier_release_that_nobody_drove_counts_as_moved(opened: Store, marks: Path) -> None:
    for name in ("store_place", "store_driven_at"):
        opened.options.set(name, None)
    assert again(opened, marks).freshness() is Freshness.OLDER


def test_a_mark_with_a_later_heartbeat_proves_the_store_older(
    opened: Store, marks: Path, clock: FakeClock
) -> None:
    copy = copy_of(opened)
    clock.advance(60)
    assert opened.provenance.beat(clock.now())
    set_back(opened, copy)
    assert again(opened, marks).freshness() is Freshness.OLDER


def test_a_mark_that_names_a_send_proves_the_store_older_within_the_same_minute(
    opened: Store, marks: Path
) -> None:
    copy = copy_of(opened)
    send(opened)
    assert again(opened, marks).freshness() is Freshness.CURRENT
    set_back(opened, copy)
    assert again(opened, marks).freshness() is Freshness.OLDER


def test_a_first_comment_that_was_about_to_be_written_is_named_as_well(opened: Store, marks: Path) -> None:
    post = opened.posts.add(a_post()).post
    copy = copy_of(opened)
    opened.posts.save(changed(post, comment_committed_at=START), post)
    set_back(opened, copy)
    assert again(opened, marks).freshness() is Freshness.OLDER


def test_sends_of_many_posts_in_one_commit_are_named_too(opened: Store, marks: Path) -> None:
    post = opened.posts.add(a_post()).post
    copy = copy_of(opened)
    sent = changed(post, containers=(a_container(),), sends=(a_send(),))
    assert opened.posts.save_together([PostSave(sent, post)]) == [True]
    set_back(opened, copy)
    assert again(opened, marks).freshness() is Freshness.OLDER


@pytest.mark.parametrize("content", [None, b'{"driven_at": "20'])
def test_without_a_readable_mark_nobody_can_tell(opened: Store, marks: Path, content: bytes | None) -> None:
    mark = marks / opened.provenance.identity
    mark.write_bytes(content) if content else mark.unlink()
    assert again(opened, marks).freshness() is Freshness.UNKNOWN
    assert again(opened, None).freshness() is Freshness.UNKNOWN


def test_a_mark_inside_the_data_directory_proves_nothing(tmp_path: Path, clock: FakeClock) -> None:
    with open_store(tmp_path / "pressroom.db", clock=clock, marks=tmp_path / "state") as store:
        assert store.provenance.freshness() is Freshness.UNKNOWN
        assert not (tmp_path / "state").exists()


def test_a_mark_that_cannot_be_written_keeps_nothing_from_being_published(
    opened: Store, marks: Path, clock: FakeClock
) -> None:
    shutil.rmtree(marks)
    marks.write_text("a file in place of the directory")
    send(opened)
    assert opened.provenance.beat(clock.now())


def test_a_heartbeat_that_finds_an_older_one_than_this_process_wrote_is_not_written(
    store: Store, clock: FakeClock
) -> None:
    provenance, earlier = store.provenance, clock.now()
    provenance.drive_from_here(earlier)
    clock.advance(60)
    assert provenance.beat(clock.now())
    store.options.set("store_driven_at", earlier.isoformat())
    clock.advance(60)
    assert not provenance.beat(clock.now())
    assert store.options.get("store_driven_at") == earlier.isoformat()


def test_workers_whose_clocks_differ_do_not_take_each_other_for_an_older_store(
    store: Store, clock: FakeClock
) -> None:
    ahead, behind = Provenance(store.database, None), Provenance(store.database, None)
    for seconds in (0, 60, 120):
        now = clock.now() + timedelta(seconds=seconds)
        assert ahead.beat(now + timedelta(seconds=5))
        assert behind.beat(now)


def test_no_heartbeat_moves_or_closes_a_recorded_gap(store: Store, clock: FakeClock) -> None:
    gap = Gap(began_at=START - MINUTE, ended_at=START, is_proven=True)
    store.provenance.record(gap)
    clock.advance(3600)
    store.provenance.drive_from_here(clock.now())
    store.provenance.beat(clock.now())
    assert again(store, None).gap_until(clock.now(), otherwise=None, is_proven=False).began_at > gap.ended_at
    assert store.provenance.known_gaps == (gap,)


def test_gaps_of_restarts_in_a_row_are_one_and_old_ones_are_forgotten(store: Store) -> None:
    minutes = [Gap(began_at=START + MINUTE * at, ended_at=START + MINUTE * (at + 1)) for at in (0, 30, 200)]
    for gap in minutes:
        store.provenance.record(gap)
    joined = Gap(began_at=START, ended_at=minutes[1].ended_at)
    assert store.provenance.known_gaps == (joined, minutes[2])
    later = START + timedelta(days=91)
    newest = Gap(began_at=later, ended_at=later + MINUTE)
    store.provenance.record(newest)
    assert store.provenance.known_gaps == (newest,)


def test_the_gap_of_a_store_that_an_earlier_release_wrote_begins_with_its_last_event(
    store: Store, clock: FakeClock
) -> None:
    store.options.set("store_driven_at", None)
    now = clock.now() + timedelta(hours=1)
    gap = store.provenance.gap_until(now, otherwise=START, is_proven=True)
    assert gap == Gap(began_at=START - MINUTE, ended_at=now, is_proven=True)


def test_no_send_is_committed_to_a_store_that_was_set_back_under_its_worker(
    store: Store, clock: FakeClock
) -> None:
    """The heartbeat finds it out within a minute; until then nothing is published."""
    store.provenance.drive_from_here(clock.now())
    post = store.posts.add(a_post()).post
    earlier = store.options.get("store_driven_at")
    assert earlier
    store.options.set("store_driven_at", (datetime.fromisoformat(earlier) - MINUTE).isoformat())
    sent = changed(post, containers=(a_container(),), sends=(a_send(),))
    with pytest.raises(Conflict, match="set back"):
        store.posts.save(sent, post)
    assert store.posts.save_together([PostSave(sent, post)]) == [False]
    assert store.posts.get(post.id).sends == ()
    store.options.set("store_driven_at", earlier)
    store.posts.save(sent, post)
