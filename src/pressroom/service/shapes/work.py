"""Shapes of a store's work, and of the store itself."""

from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from pressroom.core.journal import Trail, TrailEntry
from pressroom.core.post import PostState
from pressroom.service.shapes.moments import InUtc, spelled
from pressroom.service.shapes.pauses import PauseShape
from pressroom.service.shapes.posts import FieldChangeShape, PostShape
from pressroom.service.work import Overview, Started

if TYPE_CHECKING:
    from pressroom.store.upkeep import Upgrade


class RenditionsShape(msgspec.Struct, frozen=True, kw_only=True):
    """The converted files on this machine."""

    count: int
    size_bytes: int
    max_bytes: int


class OverviewShape(msgspec.Struct, frozen=True, kw_only=True):
    """The state of the work.

    worker_pid: of the worker on this machine. counts: posts by state. overdue: posts more than a minute past
    their time. next_goes_out_at: the time of the next post; null for none. postponed: the next posts that a
    full quota moved. needs_person: posts that a person has to look at.
    """

    worker_running: bool
    worker_pid: int | None
    counts: dict[PostState, int]
    overdue: int
    next_goes_out_at: InUtc | None
    paused: tuple[PauseShape, ...]
    postponed: tuple[PostShape, ...]
    needs_person: tuple[PostShape, ...]
    renditions: RenditionsShape

    @classmethod
    def of(cls, seen: Overview) -> "OverviewShape":
        """Build the shape of an overview."""
        return cls(
            worker_running=seen.is_worker_running,
            worker_pid=seen.worker_pid,
            counts=dict(seen.counts),
            overdue=seen.overdue,
            next_goes_out_at=spelled(seen.next_due.goes_out_at, "UTC") if seen.next_due else None,
            paused=tuple(PauseShape.of(name, pause) for name, pause in seen.paused),
            postponed=tuple(map(PostShape.of, seen.postponed)),
            needs_person=tuple(map(PostShape.of, seen.needs_person)),
            renditions=RenditionsShape(
                count=seen.renditions.count,
                size_bytes=seen.renditions.size_bytes,
                max_bytes=seen.renditions_max_bytes,
            ),
        )


class TrailEntryShape(msgspec.Struct, frozen=True, kw_only=True):
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
    def of(cls, entry: TrailEntry) -> "TrailEntryShape":
        """Build the shape of an entry."""
        event = entry.event
        return cls(
            at=spelled(event.at, "UTC"),
            actor=event.actor or "",
            account=entry.account,
            post_id=event.post_id,
            step=event.step,
            text=event.text,
            changes=tuple(map(FieldChangeShape.of, event.changes)),
        )


class TrailShape(msgspec.Struct, frozen=True, kw_only=True):
    """What people and programs did, the newest first. next: where the next page begins; null on the last."""

    entries: tuple[TrailEntryShape, ...]
    next: int | None

    @classmethod
    def of(cls, trail: Trail) -> "TrailShape":
        """Build the shape of a page."""
        return cls(entries=tuple(map(TrailEntryShape.of, trail.entries)), next=trail.next)


class StartedShape(msgspec.Struct, frozen=True, kw_only=True):
    """A worker that has started. store: its place. metrics_url: null where none are served."""

    pid: int
    store: str
    metrics_url: str | None

    @classmethod
    def of(cls, started: Started) -> "StartedShape":
        """Build the shape of a worker."""
        return cls(pid=started.pid, store=started.store, metrics_url=started.metrics_url)


class UpgradedShape(msgspec.Struct, frozen=True, kw_only=True):
    """A store at the program's revision.

    before: its earlier revision, null for an empty one. kept: path of the earlier file, null without one.
    """

    store: str
    before: str | None
    after: str
    kept: str | None

    @classmethod
    def of(cls, done: "Upgrade", store: str) -> "UpgradedShape":
        """Build the shape of an upgrade."""
        return cls(
            store=store, before=done.before, after=done.after, kept=str(done.kept) if done.kept else None
        )


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


class BackedUpShape(msgspec.Struct, frozen=True, kw_only=True):
    """A copy of a store."""

    store: str
    backup: str
    size_bytes: int

    @classmethod
    def of(cls, store: str, copy: Path, size_bytes: int) -> "BackedUpShape":
        """Build the shape of a copy."""
        return cls(store=store, backup=str(copy), size_bytes=size_bytes)
