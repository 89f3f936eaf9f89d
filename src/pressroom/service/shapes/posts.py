"""Shapes of posts: planned, published, their histories, slots, and tables of them."""

from collections.abc import Sequence
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import msgspec

from pressroom.core.error_shape import ErrorShape
from pressroom.core.post import Attention, IfLate, Post, PostKind, PostState
from pressroom.core.remedies import command_of
from pressroom.publish.machine.operations import Operation, possible
from pressroom.service.shapes.moments import InUtc, InZone, spelled

if TYPE_CHECKING:
    from pressroom.core.account import Account
    from pressroom.core.journal import FieldChange, JournalEvent
    from pressroom.service.bulk import BulkResult
    from pressroom.service.calls import CallToMake
    from pressroom.service.history import Choice, PostHistory, Step
    from pressroom.service.planning import Planned
    from pressroom.service.slots import Week


class PostShape(msgspec.Struct, frozen=True, kw_only=True):
    """A post in its present state.

    actor: who wants it out, `program:NAME` or `person:NAME`; null for one that was stored without.
    due_at: as planned; null is now. postponed_to, postponed_because: the later time at which a full quota
    lets it go out, and which quota. problem: why it did not go out, or what is missing of a live one.
    attention: what a person has to decide. possible: the operations that its state allows.
    """

    post_id: str
    kind: PostKind
    state: PostState
    account: str
    actor: str | None
    due_at: InUtc | None
    due_local: InZone | None
    postponed_to: InUtc | None
    postponed_local: InZone | None
    postponed_because: str | None
    timezone: str
    if_late: IfLate
    caption: str | None
    sources: tuple[str, ...]
    problem: str | None
    attention: Attention | None
    media_id: str | None
    permalink: str | None
    possible: tuple[Operation, ...]

    @classmethod
    def of(cls, post: Post) -> "PostShape":
        """Build the shape of a post."""
        return cls(
            post_id=post.id,
            kind=post.kind,
            state=post.state,
            account=post.account_name,
            actor=post.actor,
            due_at=spelled(post.due_at, "UTC"),
            due_local=spelled(post.due_at, post.timezone),
            postponed_to=spelled(post.postponed_to, "UTC"),
            postponed_local=spelled(post.postponed_to, post.timezone),
            postponed_because=post.postponed_because,
            timezone=post.timezone,
            if_late=post.if_late,
            caption=post.options.caption,
            sources=tuple(asset.source for asset in post.assets),
            problem=post.problem,
            attention=post.attention,
            media_id=post.media_id,
            permalink=post.permalink,
            possible=possible(post),
        )


class ChangedShape(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one of several posts.

    post_id: as it was named, where no post was found. changed: whether it was, or would be under `--dry-run`.
    post: after the change; as it stands where it was not changed. error: why not.
    """

    post_id: str
    changed: bool
    post: PostShape | None
    error: ErrorShape | None

    @classmethod
    def of(cls, result: "BulkResult") -> "ChangedShape":
        """Build the shape of a result."""
        return cls(
            post_id=result.post.id if result.post else result.id,
            changed=result.error is None,
            post=PostShape.of(result.post) if result.post else None,
            error=result.error.shape() if result.error else None,
        )


class PlannedShape(msgspec.Struct, frozen=True, kw_only=True):
    """A post that was planned.

    worker_running: on this machine, or on any where the store is on a server. warnings: what may keep it from
    going out. replayed: only with a key; whether it was planned before.
    """

    post_id: str
    kind: PostKind
    state: PostState
    due_at: InUtc | None
    due_local: InZone | None
    timezone: str
    worker_running: bool
    warnings: tuple[str, ...]
    replayed: bool | msgspec.UnsetType = msgspec.UNSET

    @classmethod
    def of(cls, planned: "Planned", *, is_worker_running: bool) -> "PlannedShape":
        """Build the shape of a planned post."""
        post = planned.post
        return cls(
            post_id=post.id,
            kind=post.kind,
            state=post.state,
            due_at=spelled(post.due_at, "UTC"),
            due_local=spelled(post.due_at, post.timezone),
            timezone=post.timezone,
            worker_running=is_worker_running,
            warnings=planned.warnings,
            # Left out without a key, where a repeat cannot be told from a new post.
            replayed=planned.is_replay if post.idempotency_key else msgspec.UNSET,
        )


class HandedInShape(msgspec.Struct, frozen=True, kw_only=True):
    """A post that is due now and left to a worker. replayed: whether it was submitted before with its key."""

    post_id: str
    state: PostState
    warnings: tuple[str, ...]
    replayed: bool

    @classmethod
    def of(cls, kept: "Planned") -> "HandedInShape":
        """Build the shape of a kept post."""
        return cls(
            post_id=kept.post.id, state=kept.post.state, warnings=kept.warnings, replayed=kept.is_replay
        )


class PublishedShape(msgspec.Struct, frozen=True, kw_only=True):
    """A post that is live.

    id, permalink: null where it is not certain which media it is. media_product_type: as Instagram names the
    surface. host: of the API. post_id, replayed: only of a post that is in the store.
    """

    id: str | None
    kind: PostKind
    permalink: str | None
    container_id: str | None
    media_product_type: str | None
    host: str
    post_id: str | msgspec.UnsetType = msgspec.UNSET
    replayed: bool | msgspec.UnsetType = msgspec.UNSET

    @classmethod
    def of(
        cls,
        post: Post,
        account: "Account",
        *,
        post_id: str | msgspec.UnsetType = msgspec.UNSET,
        replayed: bool | msgspec.UnsetType = msgspec.UNSET,
    ) -> "PublishedShape":
        """Build the shape of a live post; post_id and replayed: given for one that is in the store."""
        return cls(
            id=post.media_id,
            kind=post.kind,
            permalink=post.permalink,
            container_id=post.container_id,
            media_product_type=post.media_product_type,
            host=urlsplit(account.api_base).netloc,
            post_id=post_id,
            replayed=replayed,
        )


class CallShape(msgspec.Struct, frozen=True, kw_only=True):
    """A call of the API. url: without a query. params: secrets masked; what is not known yet stands in <>."""

    method: str
    url: str
    params: dict[str, str]


class RehearsalShape(msgspec.Struct, frozen=True, kw_only=True):
    """The calls that publishing would make, in order."""

    calls: tuple[CallShape, ...]

    @classmethod
    def of(cls, calls: "Sequence[CallToMake]") -> "RehearsalShape":
        """Build the shape of a rehearsal."""
        return cls(
            calls=tuple(CallShape(method=call.method, url=call.url, params=call.params) for call in calls)
        )


class FieldChangeShape(msgspec.Struct, frozen=True, kw_only=True):
    """What a change made of one field, each side as text; null for a field without a value.

    In a history times are spelled as RFC 9557 does, with offset and zone, and long texts are cut.
    """

    name: str
    before: str | None
    after: str | None

    @classmethod
    def of(cls, change: "FieldChange") -> "FieldChangeShape":
        """Build the shape of a change."""
        return cls(name=change.name, before=change.before, after=change.after)


class EventShape(msgspec.Struct, frozen=True, kw_only=True):
    """A past event.

    step: a fixed word for programs. actor: who did it, null for a worker. changes: what it changed, field by
    field. code, subcode, fbtrace_id: of Meta's error.
    """

    at: InUtc
    step: str
    text: str
    actor: str | None
    changes: tuple[FieldChangeShape, ...]
    code: int | None
    subcode: int | None
    fbtrace_id: str | None
    container_id: str | None
    media_id: str | None

    @classmethod
    def of(cls, event: "JournalEvent") -> "EventShape":
        """Build the shape of an event."""
        return cls(
            at=spelled(event.at, "UTC"),
            step=event.step,
            text=event.text,
            actor=event.actor,
            changes=tuple(map(FieldChangeShape.of, event.changes)),
            code=event.code,
            subcode=event.subcode,
            fbtrace_id=event.fbtrace_id,
            container_id=event.container_id,
            media_id=event.media_id,
        )


class StepShape(msgspec.Struct, frozen=True, kw_only=True):
    """A next step. at: null for at once, or where no time is known."""

    at: InUtc | None
    text: str

    @classmethod
    def of(cls, step: "Step") -> "StepShape":
        """Build the shape of a step."""
        return cls(at=spelled(step.at, "UTC"), text=step.text)


class ChoiceShape(msgspec.Struct, frozen=True, kw_only=True):
    """Something a person can do. command: placeholders are in capitals."""

    text: str
    command: str

    @classmethod
    def of(cls, choice: "Choice") -> "ChoiceShape":
        """Build the shape of a choice."""
        return cls(text=choice.text, command=command_of(choice.remedy))


class PostHistoryShape(msgspec.Struct, frozen=True, kw_only=True):
    """A post with its past events and next steps. warnings: what keeps it from going out."""

    post: PostShape
    events: tuple[EventShape, ...]
    next: tuple[StepShape, ...]
    choices: tuple[ChoiceShape, ...]
    warnings: tuple[str, ...]

    @classmethod
    def of(cls, history: "PostHistory") -> "PostHistoryShape":
        """Build the shape of a post's history."""
        return cls(
            post=PostShape.of(history.post),
            events=tuple(map(EventShape.of, history.events)),
            next=tuple(map(StepShape.of, history.next)),
            choices=tuple(map(ChoiceShape.of, history.choices)),
            warnings=history.warnings,
        )


class WeekShape(msgspec.Struct, frozen=True, kw_only=True):
    """An account's weekly slots. slots: such as `monday 18:00`, in its zone. next: the soonest free ones."""

    account: str
    timezone: str
    slots: tuple[str, ...]
    next: tuple[InZone, ...]

    @classmethod
    def of(cls, week: "Week") -> "WeekShape":
        """Build the shape of a week."""
        return cls(
            account=week.account,
            timezone=week.timezone,
            slots=tuple(map(str, week.slots)),
            next=tuple(spelled(moment, week.timezone) for moment in week.next),
        )
