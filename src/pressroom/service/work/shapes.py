"""The JSON of what a worker says outside of commands: its health, notices, letters, lines of its log."""

from typing import TYPE_CHECKING, Self

import msgspec

from pressroom.core.errors import PressroomError
from pressroom.core.post import Attention, PostKind, PostState
from pressroom.service.ground.shaping import Shape, shape_of

if TYPE_CHECKING:
    from pressroom.service.acting.obstacles import Health


class HealthShape(Shape["Health"], frozen=True, kw_only=True):
    """The state of the work.

    overdue: posts more than a minute past their time, null where the store does not answer. reasons: what is
    wrong, one sentence each.
    """

    healthy: bool
    worker_running: bool
    overdue: int | None
    reasons: tuple[str, ...]

    @classmethod
    def of(cls, health: "Health") -> Self:
        """Build the shape of what was read."""
        return shape_of(cls, health, healthy=health.is_healthy, worker_running=health.is_driven)

    @classmethod
    def unknown(cls, error: PressroomError, *, is_driven: bool) -> "HealthShape":
        """Build the shape of a store that does not answer, with the reason."""
        return cls(healthy=False, worker_running=is_driven, overdue=None, reasons=(str(error),))


class ToldPostShape(msgspec.Struct, frozen=True, kw_only=True):
    """The post that a notice is about.

    actor: who wants it out, `program:NAME` or `person:NAME`; null for one that was stored without. due_at: as
    planned, ISO 8601 in UTC, empty for now. postponed_to: where a full quota moved it, else null.
    """

    post_id: str
    kind: PostKind
    state: PostState
    actor: str | None
    due_at: str
    postponed_to: str | None
    attention: Attention | None
    problem: str | None


class ToldMissedPostShape(msgspec.Struct, frozen=True, kw_only=True):
    """A post that goes out after its account's access ends. goes_out_at: ISO 8601 in UTC, empty for now."""

    post_id: str
    goes_out_at: str


class ToldProposalShape(msgspec.Struct, frozen=True, kw_only=True):
    """A waiting proposal. actor: the program. expires_at: ISO 8601 in UTC."""

    proposal_id: str
    actor: str
    expires_at: str


class NoticeShape(msgspec.Struct, frozen=True, kw_only=True):
    """A notice for a person.

    at: ISO 8601 in UTC, as are all times. account: null for several. command: what to run to see more, or to
    repair it. paused_until: null until somebody resumes the account. days_left: until a token ends or a
    permission lapses, negative when it has. would_miss: the next posts that go out later, or during a pause.
    proposals: up to five of those that wait. address: of the page with all that wait, null where none is
    served, and for all other notices.
    """

    event: str
    at: str
    account: str | None
    text: str
    command: str
    post: ToldPostShape | None
    paused_until: str | None
    days_left: int | None
    would_miss: tuple[ToldMissedPostShape, ...]
    proposals: tuple[ToldProposalShape, ...]
    address: str | None


class LetterFileShape(msgspec.Struct, frozen=True, kw_only=True):
    """The file of a letter. path: on the machine that sent it."""

    path: str
    name: str
    media_type: str
    size_bytes: int


class LetterShape(msgspec.Struct, frozen=True, kw_only=True):
    """What is told once, such as a report; its first members are those of a notice.

    event: `letter`. account: null. text: for whoever shows no HTML. command: what to run to see more, empty
    for nothing. html: says what text says.
    """

    event: str
    at: str
    account: str | None
    text: str
    command: str
    title: str
    html: str | None
    file: LetterFileShape | None


class LineShape(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the log.

    time: ISO 8601 to the millisecond, in UTC. post, step: of an event; code, subcode, fbtrace_id: of Meta's
    error. error: the class and its text; traceback: where it came from.
    """

    time: str
    level: str
    logger: str
    account: str | None
    post: str | None
    step: str | None
    text: str
    code: int | None
    subcode: int | None
    fbtrace_id: str | None
    container_id: str | None
    media_id: str | None
    error: str | None
    traceback: str | None
