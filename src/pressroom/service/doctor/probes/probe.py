"""What a probe is, and the report of what became of all that were asked."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from pressroom.core.facts import Facts, Value
from pressroom.graph.hosts import LoginType
from pressroom.graph.permissions import Permission
from pressroom.service.doctor.probes.desk import Desk, Made, Seen, Told


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


Ask: TypeAlias = Callable[[Desk], Awaitable[Told]]


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
class ProbedAnswer:
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
    answers: tuple[ProbedAnswer, ...] = ()
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
