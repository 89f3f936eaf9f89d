"""How the work of a store stands, and the store itself."""

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
    """An account that starts nothing new. until: null for a pause that a person ends."""

    account: str
    until: InUtc | None
    reason: str

    @classmethod
    def of(cls, account: str, pause: Pause) -> "PausedShape":
        """Give an account's."""
        return cls(account=account, until=end_of(pause), reason=pause.reason)


class RenditionsShape(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept of converted files on this machine."""

    count: int
    size_bytes: int
    max_bytes: int


class OverviewShape(msgspec.Struct, frozen=True, kw_only=True):
    """How the work stands.

    worker_pid: of the worker of this machine. counts: posts by state. overdue: posts more than a minute past
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
        """Give what was seen."""
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
    """A worker that has begun. store: where it works. metrics_url: null where none are served."""

    pid: int
    store: str
    metrics_url: str | None

    @classmethod
    def of(cls, started: Started) -> "StartedShape":
        """Give a worker's."""
        return cls(pid=started.pid, store=started.store, metrics_url=started.metrics_url)


class UpgradedShape(msgspec.Struct, frozen=True, kw_only=True):
    """A store at the program's revision.

    before: null for an empty one. kept: where the file as it was is, null when nothing was done.
    """

    store: str
    before: str | None
    after: str
    kept: str | None

    @classmethod
    def of(cls, done: "Upgrade", store: str) -> "UpgradedShape":
        """Give an upgrade's."""
        return cls(
            store=store, before=done.before, after=done.after, kept=str(done.kept) if done.kept else None
        )


class LookedThroughShape(msgspec.Struct, frozen=True, kw_only=True):
    """A store that was looked through. findings: what is wrong, one sentence each."""

    store: str
    findings: tuple[str, ...]


class BackedUpShape(msgspec.Struct, frozen=True, kw_only=True):
    """A copy of a store."""

    store: str
    backup: str
    size_bytes: int

    @classmethod
    def of(cls, store: str, copy: Path, size_bytes: int) -> "BackedUpShape":
        """Give a copy's."""
        return cls(store=store, backup=str(copy), size_bytes=size_bytes)
