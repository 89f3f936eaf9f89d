"""Shapes of what the doctor found."""

from typing import Self

from pressroom.core.errors import RemedyShape
from pressroom.core.remedies import by_command
from pressroom.core.secret import redact_text
from pressroom.graph.traps import Trap
from pressroom.service.doctor.findings import Finding, Group, Report, Verdict
from pressroom.service.ground.shaping import Shape, shape_of


class FindingShape(Shape[Finding], frozen=True, kw_only=True):
    """What one check found.

    account: whose it is; null for the machine's. seen: one line. cause, consequence, fix: null where all is
    in order. traps: the names of the known traps that are the cause, or may be.
    """

    name: str
    group: Group
    verdict: Verdict
    account: str | None
    seen: str
    cause: str | None
    consequence: str | None
    fix: str | None
    remedies: tuple[RemedyShape, ...]
    traps: tuple[str, ...]

    @classmethod
    def of(cls, finding: Finding) -> Self:
        """Build the shape of a finding."""
        remedy = finding.remedy.redacted()
        return shape_of(
            cls,
            finding,
            seen=redact_text(finding.seen),
            cause=redact_text(finding.cause) or None,
            consequence=finding.consequence or None,
            fix=remedy.by(by_command) or None,
            remedies=tuple(map(RemedyShape.of, remedy.remedies)),
        )


class DoctorShape(Shape[Report], frozen=True, kw_only=True):
    """What the doctor found. counts: findings by verdict. repairs: what was mended first."""

    findings: tuple[FindingShape, ...]
    counts: dict[Verdict, int]
    repairs: tuple[str, ...]


class TrapShape(Shape[Trap], frozen=True, kw_only=True):
    """A known trap, recognised by the words that Meta's page or answer has."""

    name: str
    title: str
    cause: str
    consequence: str
    remedy: str
