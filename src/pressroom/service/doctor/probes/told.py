"""What probes are told, see and make."""

from dataclasses import dataclass, field
from enum import StrEnum

from pressroom.core.facts import Facts, Value


class Level(StrEnum):
    """What a person consents to; each level has those before it."""

    READS = "reads"
    VANISHES = "vanishes"
    POST = "post"

    def covers(self, other: "Level") -> bool:
        """Tell whether consent to this level is consent to the other."""
        order = list(Level)
        return order.index(other) <= order.index(self)


class Outcome(StrEnum):
    """What became of a probe. FAILED: it was asked, and the answer tells nothing."""

    ANSWERED = "answered"
    SKIPPED = "skipped"
    FAILED = "failed"


class Untold(Exception):
    """The probe was asked, and what came back answers nothing; the message says why."""


class Unasked(Exception):
    """The probe cannot be asked here; the message says why."""


@dataclass(frozen=True, slots=True)
class Told:
    """What a probe found out. facts: none where no setting of the sandbox says it."""

    answer: str
    facts: Facts = field(default_factory=dict[str, Value])


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One call of a probe and what came back, without ids, names or secrets.

    status: of HTTP; None when no answer came. after_s: seconds since the probe began.
    """

    call: str
    status: int | None
    after_s: float
    code: int | str | None = None
    subcode: int | None = None
    message: str | None = None


class MadeKind(StrEnum):
    """What a probe makes on the account."""

    CONTAINER = "container"
    STORY = "story"
    POST = "post"
    COMMENT = "comment"


@dataclass(slots=True)
class Made:
    """Something that a probe made. id: None where it may exist, and the answer that names it was lost."""

    kind: MadeKind
    id: str | None
    is_deleted: bool = False
