"""What a probe is, what it sees and makes, and what becomes of it.

`nameless` takes ids, names and secrets out of what Instagram says, so that a report can be handed on.
"""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

from pressroom.core.facts import Facts, Value
from pressroom.core.secret import redact_text
from pressroom.graph.hosts import LoginType
from pressroom.graph.permissions import Permission

if TYPE_CHECKING:
    from pressroom.service.doctor.probes.desk import Desk


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


Ask: TypeAlias = Callable[["Desk"], Awaitable[Told]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """One question to the API.

    level: the consent that it needs. settings: of the sandbox, that its answer sets. cost: what asking leaves
    behind or takes. logins: those for which it makes sense. needs: the permission without which it is not
    asked. wants_picture: whether Instagram has to fetch a picture for it. publishes: whether others see it.
    """

    name: str
    question: str
    level: Level
    settings: tuple[str, ...]
    cost: str
    ask: Ask
    logins: tuple[LoginType, ...] = tuple(LoginType)
    needs: Permission | None = None
    wants_picture: bool = False
    publishes: bool = False


def ignore_question(probe: Probe) -> None:
    """Do nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What became of a probe. text: the answer, or why there is none."""

    probe: Probe
    outcome: Outcome
    text: str
    facts: Facts = field(default_factory=dict[str, Value])
    seen: tuple[Seen, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeReport:
    """What was asked, and what came of it. made: with ids, for the person alone; no file holds them."""

    asked_at: datetime
    login_type: LoginType
    api_version: str
    host: str
    level: Level
    answers: tuple[Answer, ...] = ()
    made: tuple[Made, ...] = ()

    @property
    def facts(self) -> Facts:
        """Everything that was found out, by the sandbox's setting."""
        return {name: value for answer in self.answers for name, value in answer.facts.items()}

    @property
    def counts(self) -> Mapping[Outcome, int]:
        """How many probes have each outcome."""
        return {outcome: sum(answer.outcome is outcome for answer in self.answers) for outcome in Outcome}


def ignore_report(report: ProbeReport) -> None:
    """Do nothing."""


# Ids have 15 digits and more, some old Pages' fewer; codes and subcodes have seven at most.
_ID = re.compile(r"\d{8,}")
_NAMED = re.compile(r"@[\w.]+")
_ADDRESS = re.compile(r"https?://\S+")


def nameless(text: str, *names: str) -> str:
    """Return a text without secrets, addresses, ids and user names. names: further words to take out."""
    plain = _ADDRESS.sub("{address}", redact_text(text))
    for name in sorted(filter(None, names), key=len, reverse=True):
        plain = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", "{name}", plain, flags=re.IGNORECASE)
    return _NAMED.sub("{name}", _ID.sub("{id}", plain))
