"""Shapes of posts: planned, published, their histories, slots, and the consent that they wait for."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

import msgspec

from pressroom.core.account import Account
from pressroom.core.consent import Grant, Proposal, ProposalState
from pressroom.core.errors import ErrorShape
from pressroom.core.journal import FieldChange, JournalEvent
from pressroom.core.post import Attention, IfLate, Post, PostKind, PostState, When
from pressroom.core.post_options import options_as_json
from pressroom.core.remedies import command_of
from pressroom.core.stored_posts import Chip
from pressroom.publish.machine.operations import Operation, possible
from pressroom.service.ground.shaping import InUtc, InZone, Shape, shape_of, spelled

if TYPE_CHECKING:
    from pressroom.service.consent.approvals import Approved, Released, Waiting
    from pressroom.service.posts.at_once import CallToMake
    from pressroom.service.posts.changes import BulkResult
    from pressroom.service.posts.history import Choice, PostHistory, Step
    from pressroom.service.posts.planning import Planned, Week


class PostShape(Shape[Post], frozen=True, kw_only=True):
    """A post in its present state.

    version: raised by each change of what people see or decide; a change may be bound to it.
    actor: who wants it out, `program:NAME` or `person:NAME`; null for one that was stored without.
    when: what is known of its time: `now`, once it is let go, a `time`, a `day`, or `open`. due_at: as
    planned; of `now` the moment it was asked or let go. day: null but for a `day`. postponed_to,
    postponed_because: the later time at which a full quota lets it go out, and which quota. options: those
    that differ from their defaults, by the names of `schedule import`, without the caption. problem: why it
    did not go out, or what is missing of a live one. attention: what a person has to decide. possible: the
    operations that its state allows.
    """

    post_id: str
    version: int
    kind: PostKind
    state: PostState
    account: str
    actor: str | None
    when: When
    due_at: InUtc | None
    due_local: InZone | None
    day: str | None
    postponed_to: InUtc | None
    postponed_local: InZone | None
    postponed_because: str | None
    timezone: str
    if_late: IfLate
    caption: str | None
    options: dict[str, Any]
    sources: tuple[str, ...]
    problem: str | None
    attention: Attention | None
    media_id: str | None
    permalink: str | None
    possible: tuple[Operation, ...]

    @classmethod
    def of(cls, post: Post) -> Self:
        """Build the shape of a post."""
        # Field by field: a page has fifty, and `shape_of` takes twice as long.
        return cls(
            post_id=post.id,
            version=post.version,
            kind=post.kind,
            state=post.state,
            account=post.account_name,
            actor=post.actor,
            when=post.when,
            due_at=spelled(post.due_at, "UTC"),
            due_local=spelled(post.due_at, post.timezone),
            day=post.day.isoformat() if post.day else None,
            postponed_to=spelled(post.postponed_to, "UTC"),
            postponed_local=spelled(post.postponed_to, post.timezone),
            postponed_because=post.postponed_because,
            timezone=post.timezone,
            if_late=post.if_late,
            caption=post.options.caption,
            options=options_as_json(replace(post.options, caption=None)),
            sources=tuple([asset.source for asset in post.assets]),
            problem=post.problem,
            attention=post.attention,
            media_id=post.media_id,
            permalink=post.permalink,
            possible=possible(post),
        )


class ChipShape(msgspec.Struct, frozen=True, array_like=True):
    """A post in a calendar, as an array of these fields: in a month there may be many.

    account, timezone, state, kind, when, attention: their places in the lists of `ChipsShape`. goes_out_at:
    when it is to go out as things stand; the last second of a day without a time. files: how many it shows, a
    cover not counted. title: the first words of its caption.
    """

    post_id: str
    version: int
    account: int
    timezone: int
    state: int
    attention: int
    kind: int
    when: int
    goes_out_at: InUtc
    files: int
    title: str | None


class ChipsShape(Shape[Sequence[Chip]], frozen=True, kw_only=True):
    """The posts of some days, in the order in which they go out. What many of them share stands once."""

    accounts: tuple[str, ...]
    timezones: tuple[str, ...]
    states: tuple[PostState, ...]
    attentions: tuple[Attention | None, ...]
    kinds: tuple[PostKind, ...]
    whens: tuple[When, ...]
    posts: tuple[ChipShape, ...]

    @classmethod
    def of(cls, chips: Sequence[Chip]) -> Self:
        """Build the shape of chips."""
        accounts, timezones, whens = dict[str, int](), dict[str, int](), dict[When, int]()
        states, kinds = dict[PostState, int](), dict[PostKind, int]()
        attentions = dict[Attention | None, int]()
        posts = tuple(
            ChipShape(
                post_id=chip.id,
                version=chip.version,
                account=accounts.setdefault(chip.account_name, len(accounts)),
                timezone=timezones.setdefault(chip.timezone, len(timezones)),
                state=states.setdefault(chip.state, len(states)),
                attention=attentions.setdefault(chip.attention, len(attentions)),
                kind=kinds.setdefault(chip.kind, len(kinds)),
                when=whens.setdefault(chip.when, len(whens)),
                # Five characters less than an offset, five hundred times.
                goes_out_at=f"{chip.goes_out_at:%Y-%m-%dT%H:%M:%SZ}",
                files=chip.files,
                title=chip.title,
            )
            for chip in chips
        )
        return cls(
            accounts=tuple(accounts),
            timezones=tuple(timezones),
            states=tuple(states),
            attentions=tuple(attentions),
            kinds=tuple(kinds),
            whens=tuple(whens),
            posts=posts,
        )


class ChangedShape(Shape["BulkResult"], frozen=True, kw_only=True):
    """What became of one of several posts.

    post_id: as it was named, where no post was found. changed: whether it was, or would be under `--dry-run`.
    post: after the change; as it stands where it was not changed. error: why not.
    """

    post_id: str
    changed: bool
    post: PostShape | None
    error: ErrorShape | None

    @classmethod
    def of(cls, result: "BulkResult") -> Self:
        """Build the shape of a result."""
        post_id = result.post.id if result.post else result.id
        return shape_of(cls, result, post_id=post_id, changed=result.error is None)


class PlannedShape(msgspec.Struct, frozen=True, kw_only=True):
    """A post that was planned.

    worker_running: on this machine, or on any where the store is on a server. warnings: what may keep it from
    going out. replayed: only with a key; whether it was planned before.
    """

    post_id: str
    version: int
    kind: PostKind
    state: PostState
    when: When
    due_at: InUtc | None
    due_local: InZone | None
    day: str | None
    timezone: str
    worker_running: bool
    warnings: tuple[str, ...]
    replayed: bool | msgspec.UnsetType = msgspec.UNSET

    @classmethod
    def of(cls, planned: "Planned", *, is_worker_running: bool) -> Self:
        """Build the shape of a planned post."""
        post = planned.post
        return shape_of(
            cls,
            planned,
            post,
            post_id=post.id,
            due_local=spelled(post.due_at, post.timezone),
            day=post.day and post.day.isoformat(),
            worker_running=is_worker_running,
            # Left out without a key, where a repeat cannot be told from a new post.
            replayed=planned.is_replay if post.idempotency_key else msgspec.UNSET,
        )


class HandedInShape(Shape["Planned"], frozen=True, kw_only=True):
    """A post that is due now and left to a worker. replayed: whether it was submitted before with its key."""

    post_id: str
    state: PostState
    warnings: tuple[str, ...]
    replayed: bool

    @classmethod
    def of(cls, planned: "Planned") -> Self:
        """Build the shape of a kept post."""
        return shape_of(cls, planned, planned.post, post_id=planned.post.id, replayed=planned.is_replay)


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
        account: Account,
        *,
        post_id: str | msgspec.UnsetType = msgspec.UNSET,
        replayed: bool | msgspec.UnsetType = msgspec.UNSET,
    ) -> Self:
        """Build the shape of a live post; post_id and replayed: given for one that is in the store."""
        host = urlsplit(account.api_base).netloc
        return shape_of(cls, post, id=post.media_id, host=host, post_id=post_id, replayed=replayed)


class CallShape(Shape["CallToMake"], frozen=True, kw_only=True):
    """A call of the API. url: without a query. params: secrets masked; what is not known yet stands in <>."""

    method: str
    url: str
    params: dict[str, str]


class RehearsalShape(Shape[Sequence["CallToMake"]], frozen=True, kw_only=True):
    """The calls that publishing would make, in order."""

    calls: tuple[CallShape, ...]

    @classmethod
    def of(cls, calls: "Sequence[CallToMake]") -> Self:
        """Build the shape of a rehearsal."""
        return shape_of(cls, calls=tuple(calls))


class FieldChangeShape(Shape[FieldChange], frozen=True, kw_only=True):
    """What a change made of one field, each side as text; null for a field without a value.

    In a history times are spelled as RFC 9557 does, with offset and zone, and long texts are cut.
    """

    name: str
    before: str | None
    after: str | None


class EventShape(Shape[JournalEvent], frozen=True, kw_only=True):
    """A past event.

    step: a fixed word for programs. actor: who did it, null for a worker. changes: what it changed, field by
    field. calls: the writes that Instagram was sent for it, a line each with parameters and answer, never a
    token. code, subcode, fbtrace_id: of Meta's error.
    """

    at: InUtc
    step: str
    text: str
    actor: str | None
    changes: tuple[FieldChangeShape, ...]
    calls: tuple[str, ...]
    code: int | None
    subcode: int | None
    fbtrace_id: str | None
    container_id: str | None
    media_id: str | None


class StepShape(Shape["Step"], frozen=True, kw_only=True):
    """A next step. at: null for at once, or where no time is known."""

    at: InUtc | None
    text: str


class ChoiceShape(Shape["Choice"], frozen=True, kw_only=True):
    """Something a person can do. command: placeholders are in capitals."""

    text: str
    command: str

    @classmethod
    def of(cls, choice: "Choice") -> Self:
        """Build the shape of a choice."""
        return shape_of(cls, choice, command=command_of(choice.remedy))


class PostHistoryShape(Shape["PostHistory"], frozen=True, kw_only=True):
    """A post with its past events and next steps. warnings: what keeps it from going out."""

    post: PostShape
    events: tuple[EventShape, ...]
    next: tuple[StepShape, ...]
    choices: tuple[ChoiceShape, ...]
    warnings: tuple[str, ...]


class WeekShape(Shape["Week"], frozen=True, kw_only=True):
    """An account's weekly slots. slots: such as `monday 18:00`, in its zone. next: the soonest free ones."""

    account: str
    timezone: str
    slots: tuple[str, ...]
    next: tuple[InZone, ...]

    @classmethod
    def of(cls, week: "Week") -> Self:
        """Build the shape of a week."""
        return shape_of(
            cls,
            week,
            slots=tuple(map(str, week.slots)),
            next=tuple(spelled(moment, week.timezone) for moment in week.next),
        )


class ProposalShape(Shape[Proposal], frozen=True, kw_only=True):
    """A program's proposal, which a person decides.

    actor: the program. verb: what is to be done. post_id: null where it is about no post. expires_at: until
    when it can be decided. decided_by: the person. outcome: the result once it was carried out.
    """

    proposal_id: str
    actor: str
    verb: str
    account: str | None
    post_id: str | None
    state: ProposalState
    created_at: InUtc
    expires_at: InUtc
    decided_by: str | None
    outcome: Mapping[str, Any] | None

    @classmethod
    def of(cls, proposal: Proposal) -> Self:
        """Build the shape of a proposal."""
        return shape_of(cls, proposal, proposal_id=proposal.id, post_id=proposal.subject_id)


class WaitingShape(Shape["Waiting"], frozen=True, kw_only=True):
    """Something that waits for a person, with all of its details.

    id: what `approve` takes. summary: what it shows and when. proposal: null for a post that a person held
    back, which is in `post` then.
    """

    id: str
    summary: Mapping[str, Any]
    proposal: ProposalShape | None
    post: PostShape | None


class ApprovedShape(Shape["Approved"], frozen=True, kw_only=True):
    """What was approved or declined: a post in its new state, or a proposal about no post.

    warnings: what still keeps the post from going out.
    """

    post: PostShape | None
    proposal: ProposalShape | None
    warnings: tuple[str, ...]


class GrantShape(Shape[Grant], frozen=True, kw_only=True):
    """What a program may do without asking. accounts: by their ids. ends_at: null until it is withdrawn."""

    grant_id: str
    actor: str
    verbs: tuple[str, ...]
    accounts: tuple[str, ...]
    per_day: int
    granted_by: str
    ends_at: InUtc | None
    revoked_at: InUtc | None

    @classmethod
    def of(cls, grant: Grant) -> Self:
        """Build the shape of a standing consent."""
        return shape_of(cls, grant, grant_id=grant.id)


class WithdrawnShape(msgspec.Struct, frozen=True, kw_only=True):
    """A standing consent that has ended, and what became of the posts that went under it.

    held: they wait for a person now. unsent: they go out all the same, since they were left. sent: the ids of
    those that are live, or were being sent.
    """

    grant_id: str
    held: tuple[PostShape, ...]
    unsent: tuple[PostShape, ...]
    sent: tuple[str, ...]

    @classmethod
    def of(cls, released: "Released") -> Self:
        """Build the shape of what became of them."""
        return shape_of(cls, released, grant_id=released.grant)


class TerminalShape(msgspec.Struct, frozen=True, kw_only=True):
    """Whether everybody without a terminal counts as a program."""

    require_terminal: bool


class AgentShellsShape(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a known agent's shell counts as a program."""

    agent_shells: bool
