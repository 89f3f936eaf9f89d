"""Uploads: each its owner's alone, within bounds to the byte, and for as long as it was promised."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from pressroom.core.actor import Actor, ActorKind
from pressroom.core.errors import Refused
from pressroom.core.journal import JournalEvent, SubjectKind
from pressroom.core.uploads import LIFETIME, Held, Upload, UploadBounds, UploadId
from pressroom.store.store import Store
from pressroom.store.tidying import needed_copies
from tests.fakes.clock import FakeClock
from tests.store.posts import after, stored

SHOP, CMS = (Actor(ActorKind.PROGRAM, name).id for name in ("shop", "cms"))
ROOM = UploadBounds(of_owner=100, of_all=150)


def an_upload(number: int = 1, **fields: Any) -> Upload:
    given: dict[str, Any] = {
        "id": UploadId(f"{number:08}-0000-4000-8000-000000000000"),
        "owner": SHOP,
        "sha256": f"{number:064}",
        "size_bytes": 10,
        "media_type": "image",
        "file": f"{number:064}.jpg",
        "created_at": after(number),
        "ends_at": after(number) + LIFETIME,
    }
    return Upload(**{**given, **fields})


def added(store: Store, upload: Upload, bounds: UploadBounds = ROOM) -> Upload:
    event = JournalEvent(
        subject_id=upload.id, subject_kind=SubjectKind.UPLOAD, at=upload.created_at, step="uploaded"
    )
    store.uploads.add(upload, event, bounds=bounds, place=lambda: None)
    return upload


def test_one_id_of_two_owners_is_two_uploads(store: Store) -> None:
    ours, theirs = added(store, an_upload(name="a.jpg")), added(store, an_upload(owner=CMS, sha256="f" * 64))
    assert [store.uploads.get(owner, ours.id) for owner in (SHOP, CMS)] == [ours, theirs]
    assert store.uploads.get(SHOP, UploadId("another")) is None


def test_an_id_stands_for_one_content(store: Store) -> None:
    upload = added(store, an_upload())
    with pytest.raises(Refused, match="has other content") as refused:
        added(store, replace(upload, sha256="f" * 64))
    assert refused.value.rule == "upload_id"
    again = added(store, replace(upload, ends_at=upload.ends_at + LIFETIME))
    assert store.uploads.get(SHOP, upload.id) == again


def test_bounds_are_held_to_the_byte(store: Store) -> None:
    added(store, an_upload(1, size_bytes=60))
    with pytest.raises(Refused) as refused:
        added(store, an_upload(2, size_bytes=41))
    assert (refused.value.rule, refused.value.value, refused.value.limit) == ("uploads_of_caller", 101, 100)
    full = added(store, an_upload(2, size_bytes=40))
    added(store, full)  # itself again takes nothing more
    with pytest.raises(Refused) as refused:
        added(store, an_upload(3, owner=CMS, size_bytes=51))
    assert (refused.value.rule, refused.value.retryable) == ("uploads", True)
    added(store, an_upload(3, owner=CMS, size_bytes=50))
    assert store.uploads.held(SHOP) == Held(100, 150, 2)
    assert store.uploads.held(SHOP, but=full.id) == Held(60, 110, 1)
    assert store.uploads.count() == (3, 150)
    with pytest.raises(Refused) as refused:
        added(store, an_upload(4, size_bytes=0), replace(ROOM, number=2))
    assert (refused.value.rule, refused.value.value, refused.value.limit) == ("uploads_number", 3, 2)


def test_what_cannot_be_placed_is_not_stored(store: Store) -> None:
    start, upload = store.events.changes().cursor, an_upload()

    def fail() -> None:
        raise OSError("no")

    event = JournalEvent(subject_id=upload.id, subject_kind=SubjectKind.UPLOAD, at=after(1), step="uploaded")
    with pytest.raises(OSError, match="no"):
        store.uploads.add(upload, event, bounds=ROOM, place=fail)
    assert store.uploads.get(SHOP, upload.id) is None
    assert store.events.changes(start).events == ()


def test_pages_hold_what_has_not_ended_the_newest_first(store: Store) -> None:
    uploads = [added(store, an_upload(number, size_bytes=1)) for number in (1, 2, 3)]
    added(store, an_upload(4, owner=CMS))
    first = store.uploads.page(SHOP, after(9), None, 2)
    assert first.uploads == (uploads[2], uploads[1])
    last = store.uploads.page(SHOP, after(9), first.next, 2)
    assert (last.uploads, last.next) == ((uploads[0],), None)
    assert store.uploads.page(SHOP, uploads[1].ends_at, None, 9).uploads == (uploads[2],)


def test_an_ended_upload_counts_until_it_is_forgotten(store: Store) -> None:
    upload, now = added(store, an_upload()), after(5)
    deleted = JournalEvent(
        subject_id=upload.id, subject_kind=SubjectKind.UPLOAD, at=now, step="upload_deleted"
    )
    assert store.uploads.end(SHOP, upload.id, now, deleted)
    assert not store.uploads.end(SHOP, upload.id, now, deleted)
    (ended,) = store.uploads.ended(now)
    assert ended == replace(upload, ends_at=now)
    assert store.uploads.held(SHOP) == Held(10, 10, 1)
    again = added(store, upload)
    store.uploads.forget([ended])
    assert store.uploads.get(SHOP, upload.id) == again
    store.uploads.forget([again])
    assert store.uploads.held(SHOP) == Held(0, 0, 0)


def test_a_file_is_needed_until_its_upload_ends(store: Store, clock: FakeClock) -> None:
    upload = added(store, an_upload(created_at=clock.now(), ends_at=clock.now() + timedelta(seconds=60)))
    assert needed_copies(store.database, {upload.file, "stray.jpg"}) == {upload.file}
    clock.advance(60)
    assert needed_copies(store.database, {upload.file}) == frozenset()


def test_an_upload_that_is_called_as_a_post_is_of_no_account(store: Store) -> None:
    post, start = stored(store), store.events.changes().cursor
    added(store, an_upload(id=UploadId(post.id)))
    (entry,) = store.events.changes(start).entries
    assert (entry.event.subject_kind, entry.account) == (SubjectKind.UPLOAD, None)
