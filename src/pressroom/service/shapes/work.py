"""Shapes of a store's work, of the store itself, and of what a worker tells by itself."""

from typing import TYPE_CHECKING, Self

import msgspec

from pressroom.core.account import UNTIL_RESUMED, Pause
from pressroom.core.journal import Entry, Trail, TrailEntry
from pressroom.core.post import PostState
from pressroom.service.ground.shaping import InUtc, Shape, shape_of, spelled
from pressroom.service.shapes.posts import FieldChangeShape, PostShape

if TYPE_CHECKING:
    from pressroom.service.work.work import Overview, Started
    from pressroom.store.upkeep import Upgrade


class PauseShape(msgspec.Struct, frozen=True, kw_only=True):
    """The pause of an account, during which it starts nothing new. until: null until a person resumes it.

    by, at: who paused it, and when; null for a pause by an error of Instagram's.
    """

    account: str
    until: InUtc | None
    reason: str
    by: str | None
    at: InUtc | None

    @classmethod
    def of(cls, account: str, pause: Pause) -> Self:
        """Build the shape of a pause."""
        return shape_of(cls, pause, account=account, until=end_of(pause))


def end_of(pause: Pause) -> str | None:
    """Spell when a pause ends, in UTC; None for one that a person ends."""
    return None if pause.until == UNTIL_RESUMED else spelled(pause.until, "UTC")


class KeptFilesShape(msgspec.Struct, frozen=True, kw_only=True):
    """Files of one sort that are kept, and their budget."""

    count: int
    size_bytes: int
    max_bytes: int


class OverviewShape(Shape["Overview"], frozen=True, kw_only=True):
    """The state of the work.

    worker_pid: of the worker on this machine. counts: posts by state. overdue: posts more than a minute past
    their time. send_log_problem: why the send log cannot be written, so that nothing is published, and what
    to do; null while it can. next_goes_out_at: the time of the next post; null for none. postponed: the next
    posts that a full quota moved. needs_person: posts that a person has to look at. renditions: converted
    files. pictures: the small ones of posts. uploads: files that programs sent.
    """

    worker_running: bool
    worker_pid: int | None
    counts: dict[PostState, int]
    overdue: int
    send_log_problem: str | None
    next_goes_out_at: InUtc | None
    paused: tuple[PauseShape, ...]
    postponed: tuple[PostShape, ...]
    needs_person: tuple[PostShape, ...]
    renditions: KeptFilesShape
    pictures: KeptFilesShape
    uploads: KeptFilesShape

    @classmethod
    def of(cls, overview: "Overview") -> Self:
        """Build the shape of an overview."""
        next_due = overview.next_due
        return shape_of(
            cls,
            overview,
            worker_running=overview.is_worker_running,
            next_goes_out_at=next_due.goes_out_at if next_due else None,
            paused=tuple(PauseShape.of(account, pause) for account, pause in overview.paused),
            renditions=shape_of(KeptFilesShape, overview.renditions, max_bytes=overview.renditions_max_bytes),
            pictures=shape_of(KeptFilesShape, overview.pictures, max_bytes=overview.pictures_max_bytes),
            uploads=shape_of(KeptFilesShape, overview.uploads, max_bytes=overview.uploads_max_bytes),
        )


class WatchedShape(msgspec.Struct, frozen=True, kw_only=True):
    """How the work stands when somebody begins to follow it. cursor: of what came right before."""

    state: OverviewShape
    cursor: str


class EntryShape(Shape[Entry], frozen=True, kw_only=True):
    """A change as it happens. id: the cursor that goes on after it.

    account: an id, null where the subject is gone. post_id: null for what is about no post. version: that the
    post has since. text: empty where `changes` say it all.
    """

    id: str
    at: InUtc
    subject_kind: str
    subject_id: str
    account: str | None
    post_id: str | None
    version: int | None
    step: str
    text: str
    actor: str | None
    changes: tuple[FieldChangeShape, ...]
    code: int | None
    subcode: int | None
    media_id: str | None

    @classmethod
    def of(cls, entry: Entry) -> Self:
        """Build the shape of an entry."""
        return shape_of(cls, entry, entry.event, id=entry.cursor)


class TrailEntryShape(Shape[TrailEntry], frozen=True, kw_only=True):
    """Something that a person or a program did.

    actor: `person:NAME` or `program:NAME`. account: null where post or account are gone. post_id: null for
    what was done to an account. changes: of a post, field by field.
    """

    at: InUtc
    actor: str
    account: str | None
    post_id: str | None
    step: str
    text: str
    changes: tuple[FieldChangeShape, ...]

    @classmethod
    def of(cls, entry: TrailEntry) -> Self:
        """Build the shape of an entry."""
        return shape_of(cls, entry, entry.event, actor=entry.event.actor or "")


class TrailShape(Shape[Trail], frozen=True, kw_only=True):
    """What people and programs did, the newest first. next: where the next page begins; null on the last."""

    entries: tuple[TrailEntryShape, ...]
    next: int | None


class StartedShape(Shape["Started"], frozen=True, kw_only=True):
    """A worker that has started. store: its place. metrics_url: null where none are served."""

    pid: int
    store: str
    metrics_url: str | None


class UpgradedShape(msgspec.Struct, frozen=True, kw_only=True):
    """A store at the program's revision.

    before: its earlier revision, null for an empty one. kept: path of the earlier file, null without one.
    """

    store: str
    before: str | None
    after: str
    kept: str | None

    @classmethod
    def of(cls, upgrade: "Upgrade", store: str) -> Self:
        """Build the shape of an upgrade."""
        return shape_of(cls, upgrade, store=store)


class LookedThroughShape(msgspec.Struct, frozen=True, kw_only=True):
    """A store that was checked. findings: what is wrong, one sentence each."""

    store: str
    findings: tuple[str, ...]


class RestoredShape(msgspec.Struct, frozen=True, kw_only=True):
    """A backup that took the place of a store.

    kept: the earlier file. recalled: posts that were sent since the backup, as the send log tells.
    looked_for: posts that were due since, which are looked for on the profile before they go out.
    """

    store: str
    kept: str | None
    recalled: tuple[str, ...]
    looked_for: tuple[str, ...]


class AdoptedShape(msgspec.Struct, frozen=True, kw_only=True):
    """A copied store that is one of its own now.

    held_back: posts that are drafts now, since the original publishes them. looked_for: posts that were due
    meanwhile, where they are kept.
    """

    store: str
    held_back: tuple[str, ...] = ()
    looked_for: tuple[str, ...] = ()


class RotatedKeyShape(msgspec.Struct, frozen=True, kw_only=True):
    """A store whose tokens are sealed with another key. tokens: how many were sealed anew.

    key: where the key is: environment, keyring or file.
    """

    store: str
    tokens: int
    key: str


class BackedUpShape(msgspec.Struct, frozen=True, kw_only=True):
    """A copy of a store."""

    store: str
    backup: str
    size_bytes: int
