"""Shapes of what probes found out. Nothing in them tells whose account it was."""

from collections import Counter
from typing import Self

from pressroom.core.facts import FORMAT, FactsFile, Value
from pressroom.service.doctor.probes.desk import MadeKind, Seen
from pressroom.service.doctor.probes.probe import Level, Outcome, ProbedAnswer, ProbeReport
from pressroom.service.ground.shaping import Shape, shape_of
from pressroom.version import __version__


class SeenShape(Shape[Seen], frozen=True, kw_only=True):
    """One call of a probe, and what came back. status: of HTTP; null when no answer came.

    after_s: seconds since the probe began. message: Instagram's, without ids and names; null for a success.
    """

    call: str
    status: int | None
    after_s: float
    code: int | str | None
    subcode: int | None
    message: str | None


class AnswerShape(Shape[ProbedAnswer], frozen=True, kw_only=True):
    """What became of one probe. text: the answer, or why there is none. facts: by the sandbox's setting."""

    probe: str
    question: str
    level: Level
    outcome: Outcome
    text: str
    facts: dict[str, Value]
    seen: tuple[SeenShape, ...]

    @classmethod
    def of(cls, answer: ProbedAnswer) -> Self:
        """Build the shape of an answer."""
        return shape_of(cls, answer, answer.probe, probe=answer.probe.name)


class ProbedShape(FactsFile, frozen=True, kw_only=True):
    """A file of facts: what probes found out about the API, which a sandbox takes as its settings.

    pressroom_facts: the format, 1. pressroom: the version that asked. host, api_version: of the API. level:
    what was consented to. made: how many of each kind were made, and not deleted again.
    """

    level: Level
    counts: dict[Outcome, int]
    made: dict[MadeKind, int]
    answers: tuple[AnswerShape, ...]

    @classmethod
    def of(cls, report: ProbeReport) -> Self:
        """Build the shape of a report."""
        left = Counter(media.kind for media in report.made if not media.is_deleted)
        return shape_of(
            cls,
            report,
            pressroom_facts=FORMAT,
            pressroom=__version__,
            made={kind: left[kind] for kind in MadeKind},
        )
