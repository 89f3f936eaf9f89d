"""Shapes of a store's work, and of the store itself."""

from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from pressroom.core.post import PostState
from pressroom.core.repositories import Pause
from pressroom.service.shapes.moments import InUtc, end_of, spelled
from pressroom.service.shapes.posts import PostShape
from pressroom.service.work import Overview, Started

if TYPE_CHECKING:
    from pressroom.store.upkeep import Upgrade


class PausedShape(msgspec.Struct, frozen=True, kw_only=True):
    """A paused account, which starts nothing new. until: null until a person resumes it."""

    account: str
    until: InUtc | None
    reason: str

    @classmethod
    def of(cls, account: str, pause: Pause) -> "PausedShape":
        """Build the shape of an account."""
        return cls(account=account, until=end_of(pause), reason=pause.reason)


class RenditionsShape(msgspec.Struct, frozen=True, kw_only=True):
    """The converted files on this machine."""

    count: int
    size_bytes: int
    max_bytes: int


class OverviewShape(msgspec.Struct, frozen=True, kw_only=True):
    """The state of the work.

    worker_pid: of the worker on this machine. counts: posts by state. overdue: posts more than a minute past
    their time. needs_person: posts that a person has to look at.
    """

    worker_running: bool
    worker_pid: int | None
    counts: dict[PostState, int]
    overdue: int
    next_due_at: InUtc | None
    paused: tuple[PausedShape, ...]
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
            next_due_at=spelled(seen.next_due.due_at, "UTC") if seen.next_due else None,
            paused=tuple(PausedShape.of(name, pause) for name, pause in seen.paused.items()),
            needs_person=tuple(map(PostShape.of, seen.needs_person)),
            renditions=RenditionsShape(
                count=seen.renditions.count,
                size_bytes=seen.renditions.size_bytes,
                max_bytes=seen.renditions_max_bytes,
            ),
        )


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


class BackedUpShape(msgspec.Struct, frozen=True, kw_only=True):
    """A copy of a store."""

    store: str
    backup: str
    size_bytes: int

    @classmethod
    def of(cls, store: str, copy: Path, size_bytes: int) -> "BackedUpShape":
        """Build the shape of a copy."""
        return cls(store=store, backup=str(copy), size_bytes=size_bytes)
