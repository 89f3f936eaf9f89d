"""The send log: what a database sent is beside it before its transaction commits."""

import os
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from sqlalchemy import select

from pressroom.core.account import UNTIL_RESUMED, Pause
from pressroom.core.actor import ActorId
from pressroom.core.errors import AnotherSendOpen, StoreFailed
from pressroom.core.post import (
    ContainerRecord,
    Gap,
    Post,
    PostId,
    PostState,
    Recalled,
    Send,
    SendState,
    Snapshot,
    When,
)
from pressroom.core.stored_posts import KEY_LIFETIME, PostKey, PostSave
from pressroom.graph.answers import ContainerId, ContainerStatus, MediaId
from pressroom.store import tables as t
from pressroom.store.send_log import SendLog
from pressroom.store.store import Store, open_store
from tests.fakes.clock import START, FakeClock
from tests.store.obstacles import OBSTACLES, files_no_larger_than, put_in_place_of
from tests.store.posts import a_post

SEND = Send(
    container_id=ContainerId("111"),
    number=1,
    started_at=START,
    deadline=START + timedelta(seconds=15),
    snapshot=Snapshot(listed=frozenset({MediaId("1")}), quota_usage=3),
)
CONTAINER = ContainerRecord(id=ContainerId("111"), created_at=START, status=ContainerStatus.FINISHED)


def a_send() -> PostSave:
    post = a_post()
    return PostSave(post.changed(sends=(SEND,)), post)


def sent(store: Store, post: Post, *, was: Post | None = None) -> Post:
    """Store the send of a post."""
    changes = {"state": PostState.PUBLISHING, "containers": (CONTAINER,), "sends": (SEND,)}
    after = post.changed(**changes).following(post)
    store.posts.save(after, was or post)
    return after


def logs(file: Store) -> list[Path]:
    path = file.database.location.path
    assert path
    return sorted(path.parent.glob("*.sends-*"))


def test_a_send_is_in_the_log_with_its_post_account_and_the_digest_of_its_key(file: Store) -> None:
    post = file.posts.add(a_post(idempotency_key="a secret of ours")).post
    sent(file, post)
    (line,) = file.database.send_log.read()
    assert (line.post, line.account, line.send) == (post.id, post.account, SEND)
    key, another = (PostKey(post.account, "", name) for name in ("a secret of ours", "another key"))
    assert file.database.send_log.of_keys([another, key]) == {key: [line]}
    assert file.database.send_log.of_keys([another]) == {}
    (log,) = logs(file)
    assert b"a secret" not in log.read_bytes()
    assert log.stat().st_mode & 0o077 == 0


def test_no_send_is_committed_that_the_log_cannot_take(file: Store) -> None:
    post = file.posts.add(a_post()).post
    path = file.database.location.path
    assert path
    Path(f"{path}.sends-{START:%Y-%m}").mkdir()
    with pytest.raises(StoreFailed, match="cannot be used"):
        sent(file, post)
    assert file.posts.get(post.id).sends == ()


def test_a_send_that_is_not_allowed_is_not_in_the_log(file: Store) -> None:
    sent(file, file.posts.add(a_post()).post)
    with pytest.raises(AnotherSendOpen):
        sent(file, file.posts.add(a_post()).post)
    assert len(file.database.send_log.read()) == 1


def test_what_a_post_went_live_as_is_in_the_log_too(file: Store) -> None:
    post = sent(file, file.posts.add(a_post()).post)
    live = replace(SEND, state=SendState.LIVE)
    after = post.changed(revision=9, state=PostState.PUBLISHED, media_id=MediaId("7"), sends=(live,))
    file.posts.save(after, post)
    assert [line.media for line in file.database.send_log.read()] == [None, "7"]


def test_a_line_that_a_crash_cut_off_spoils_no_other(file: Store) -> None:
    post = sent(file, file.posts.add(a_post()).post)
    (path,) = logs(file)
    path.write_bytes(path.read_bytes() + b'\n{"post": "b", "acc')
    live = replace(SEND, state=SendState.LIVE)
    file.posts.save(post.changed(revision=9, media_id=MediaId("7"), sends=(live,)), post)
    assert [bool(line.send) for line in file.database.send_log.read()] == [True, False]


def test_a_month_is_kept_for_as_long_as_its_keys_count(file: Store, clock: FakeClock) -> None:
    sent(file, file.posts.add(a_post()).post)
    file.posts.forget_sends(clock.now() + KEY_LIFETIME)
    assert logs(file)
    file.posts.forget_sends(clock.now() + KEY_LIFETIME + timedelta(days=62))
    assert not logs(file)


def test_a_store_in_memory_has_no_log() -> None:
    assert SendLog(None).read() == []


def doubted(store: Store, before: datetime) -> Sequence[PostId]:
    """Doubt all that an older store was to publish before a moment."""
    gap = Gap(began_at=START, ended_at=before, is_proven=True)
    return store.posts.doubt(gap, is_current=False, not_before=before)


def lost(store: Store, post: Post) -> None:
    """Log a send that the database does not have."""
    opened = post.changed(containers=(CONTAINER,), sends=(SEND,))
    store.database.send_log.append([PostSave(opened, post)], START)


def test_a_send_that_the_database_lost_is_brought_back_to_its_post_once(
    file: Store, clock: FakeClock
) -> None:
    post = file.posts.add(a_post(due_at=START + timedelta(days=3))).post
    lost(file, post)
    assert list(file.posts.recall(clock.now())) == [post.id]
    recalled = file.posts.get(post.id)
    assert recalled.recalled == Recalled(sends=(SEND,))
    assert recalled.wake_at == clock.now()
    assert not file.posts.recall(clock.now())


@pytest.mark.parametrize("state", [PostState.DRAFT, PostState.FAILED, PostState.CANCELLED])
def test_whatever_holds_the_post_back_it_is_looked_at_and_never_sent_again(
    state: PostState, file: Store, clock: FakeClock
) -> None:
    post = file.posts.add(a_post(state=state)).post
    lost(file, post)
    file.posts.recall(clock.now())
    after = file.posts.get(post.id)
    assert after.state is PostState.SCHEDULED
    assert after.recalled == Recalled(sends=(replace(SEND, may_resend=False),))
    assert not file.posts.recall(clock.now())


def test_what_had_no_time_yet_in_an_older_store_is_looked_at_as_well(file: Store, clock: FakeClock) -> None:
    """It got a time after the backup; that it has none here must not keep the store from being used."""
    post = file.posts.add(a_post(state=PostState.DRAFT, when=When.OPEN, due_at=None)).post
    lost(file, post)
    file.posts.recall(clock.now())
    after = file.posts.get(post.id)
    assert (after.state, after.when, after.due_at) == (PostState.SCHEDULED, When.NOW, clock.now())
    assert after.recalled == Recalled(sends=(replace(SEND, may_resend=False),))


def test_what_has_no_time_in_an_older_store_is_looked_for_since_it_was_made(
    file: Store, clock: FakeClock
) -> None:
    """It may have got a time, and gone out, after the backup."""
    untimed = [(When.OPEN, None), (When.DAY, date(2030, 1, 1))]
    drafts = [a_post(state=PostState.DRAFT, when=when, day=day, due_at=None) for when, day in untimed]
    posts = [
        file.posts.add(replace(post, id=PostId(f"{number:032}"))).post for number, post in enumerate(drafts)
    ]
    assert list(doubted(file, clock.now() + timedelta(days=1))) == [post.id for post in posts]
    orders = [file.posts.get(post.id).look_back for post in posts]
    assert [order and order.since for order in orders] == [post.created_at for post in posts]


def test_nor_is_one_sent_again_whose_container_shows_what_was_edited_away(
    file: Store, clock: FakeClock
) -> None:
    dropped = replace(CONTAINER, status=ContainerStatus.EXPIRED)
    post = file.posts.add(a_post(containers=(dropped,))).post
    lost(file, post)
    file.posts.recall(clock.now())
    recalled = file.posts.get(post.id).recalled
    assert recalled
    assert [send.may_resend for send in recalled.sends] == [False]


def test_a_send_that_is_put_back_is_hindered_by_no_pause(file: Store, clock: FakeClock) -> None:
    """It was sent long ago: looking into it sends nothing."""
    post = file.posts.add(a_post()).post
    lost(file, post)
    file.posts.recall(clock.now())
    file.accounts.pause(post.account, Pause(UNTIL_RESUMED, "On hold", ActorId("person:anna"), clock.now()))
    recalled = file.posts.get(post.id)
    sent(file, recalled.changed(recalled=None), was=recalled)
    assert file.posts.get(post.id).open_send == SEND


def test_what_the_log_has_told_gets_no_second_line_and_no_second_doubt(file: Store, clock: FakeClock) -> None:
    post = file.posts.add(a_post(due_at=START)).post
    lost(file, post)
    file.posts.recall(clock.now())
    recalled = file.posts.get(post.id)
    assert not doubted(file, clock.now() + timedelta(days=1))
    sent(file, recalled.changed(recalled=None), was=recalled)
    assert len(file.database.send_log.read()) == 1


def with_lost_key(store: Store, key: str) -> None:
    """Log a send of a post that the database does not have, under a key."""
    account = store.posts.add(a_post()).post.account
    lost(store, a_post(idempotency_key=key, account=account))


def test_a_key_of_long_ago_is_no_more_than_a_new_one(file: Store, clock: FakeClock) -> None:
    with_lost_key(file, "k")
    clock.advance(KEY_LIFETIME.total_seconds())
    assert file.posts.add(a_post(idempotency_key="k")).post.recalled is None


def test_a_key_whose_post_the_database_lost_brings_back_what_was_sent(file: Store) -> None:
    with_lost_key(file, "k")
    assert file.posts.add(a_post(idempotency_key="k")).post.recalled == Recalled(sends=(SEND,))
    assert file.posts.add(a_post(idempotency_key="l")).post.recalled is None


def test_each_programs_key_brings_back_its_own_and_what_an_earlier_release_logged(file: Store) -> None:
    """An earlier line does not tell whose key it was: rather looked for than sent twice."""
    shop, blog = ({"idempotency_key": "k", "actor": ActorId(f"program:{name}")} for name in ("shop", "blog"))
    account = file.posts.add(a_post()).post.account
    lost(file, a_post(account=account, **shop))
    assert file.posts.add(a_post(**shop)).post.recalled == Recalled(sends=(SEND,))
    assert file.posts.add(a_post(**blog)).post.recalled is None
    assert file.posts.add(a_post(idempotency_key="k")).post.recalled is None
    earlier = sha256(f"{account}\0old".encode()).hexdigest()[:32]
    (log,) = logs(file)
    (line,) = file.database.send_log.read()
    log.write_bytes(log.read_bytes().replace((line.key or "").encode(), earlier.encode()))
    for actor in (ActorId("program:shop"), ActorId("person:anna")):
        again = file.posts.add(a_post(idempotency_key="old", actor=actor)).post
        assert again.recalled == Recalled(sends=(SEND,))


def test_a_month_that_tells_of_the_media_alone_is_of_a_key_that_counts_no_more(file: Store) -> None:
    account = file.posts.add(a_post()).post.account
    gone = a_post(idempotency_key="k", account=account)
    file.database.send_log.append([PostSave(gone.changed(media_id=MediaId("7")), gone)], START)
    assert file.posts.add(a_post(idempotency_key="k")).post.recalled is None


def test_each_post_of_a_batch_gets_what_its_own_key_stood_for(file: Store) -> None:
    with_lost_key(file, "k")
    batch = [(a_post(idempotency_key=key), "") for key in ("j", "k", "l")]
    assert [bool(added.post.recalled) for added in file.posts.add_all(batch)] == [False, True, False]


def test_what_another_worker_holds_at_this_moment_is_not_doubted_and_keeps_nobody_waiting(
    empty_database: str, clock: FakeClock
) -> None:
    with open_store(empty_database, clock=clock) as server:
        held, free = (server.posts.add(a_post(due_at=START)).post for _ in range(2))
        clock.advance(3600)
        with server.database.writing() as worker:
            worker.execute(select(t.posts.c.id).where(t.posts.c.id == held.id).with_for_update())
            assert list(doubted(server, clock.now())) == [free.id]


def of_month(path: Path) -> Path:
    """The file of this month's sends of a store."""
    return Path(f"{path}.sends-{START:%Y-%m}")


@pytest.mark.parametrize("kind", OBSTACLES)
def test_what_is_no_regular_file_is_neither_written_nor_read_nor_waited_for(
    kind: str, tmp_path: Path, clock: FakeClock
) -> None:
    log, post = SendLog(tmp_path / "pressroom.db"), a_post(idempotency_key="k")
    path = of_month(tmp_path / "pressroom.db")
    put_in_place_of(path, kind)
    said = f"{path} cannot be used as the send log: it is {kind}, and only a regular file is allowed"
    operations = (
        lambda: log.append([PostSave(post.changed(sends=(SEND,)), post)], START),
        log.read,
        lambda: log.of_keys([PostKey.of(post)]),
    )
    for operation in operations:
        with pytest.raises(StoreFailed, match=re.escape(said)) as refused:
            operation()
        assert refused.value.fix.startswith("Move it to another directory.")
    failure = log.find_failure(clock.now())
    assert failure
    assert said in failure.message


def test_a_fifo_that_somebody_reads_takes_no_send_either(tmp_path: Path, clock: FakeClock) -> None:
    path = of_month(tmp_path / "pressroom.db")
    os.mkfifo(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        with pytest.raises(StoreFailed, match="it is a FIFO"):
            SendLog(tmp_path / "pressroom.db").append([a_send()], clock.now())
        assert os.read(reader, 1) == b""
    finally:
        os.close(reader)


def test_whether_sends_can_be_logged_is_found_out_without_a_change(tmp_path: Path, clock: FakeClock) -> None:
    log = SendLog(tmp_path / "pressroom.db")
    assert log.find_failure(clock.now()) is None
    assert list(tmp_path.iterdir()) == []
    log.append([a_send()], clock.now())
    before = of_month(tmp_path / "pressroom.db").read_bytes()
    assert log.find_failure(clock.now()) is None
    assert log.find_failure_of_writes(clock.now()) is None
    assert of_month(tmp_path / "pressroom.db").read_bytes() == before


def test_a_month_that_cannot_be_read_is_a_failure_too(tmp_path: Path, clock: FakeClock) -> None:
    """Without it nobody knows what was sent."""
    (tmp_path / "pressroom.db.sends-2026-10").mkdir()
    failure = SendLog(tmp_path / "pressroom.db").find_failure(clock.now())
    assert failure
    assert "sends-2026-10 cannot be used as the send log: it is a directory" in failure.message


def test_a_disk_without_room_is_found_out_before_a_send(tmp_path: Path, clock: FakeClock) -> None:
    failure = SendLog(tmp_path / "pressroom.db", free=lambda _: 65_535).find_failure(clock.now())
    assert failure
    assert "No space left on device" in failure.message
    assert "Free some space" in failure.fix
    assert SendLog(tmp_path / "pressroom.db", free=lambda _: 65_536).find_failure(clock.now()) is None


def test_a_write_that_a_full_disk_cuts_off_spoils_no_line(tmp_path: Path, clock: FakeClock) -> None:
    log, path = SendLog(tmp_path / "pressroom.db"), of_month(tmp_path / "pressroom.db")
    log.append([a_send()], clock.now())
    size = path.stat().st_size
    with files_no_larger_than(size + 20), pytest.raises(StoreFailed, match="No space left on device"):
        log.append([a_send()], clock.now())
    assert path.stat().st_size == size + 20
    log.append([a_send()], clock.now())
    assert [line.send for line in log.read()] == [SEND, SEND]
