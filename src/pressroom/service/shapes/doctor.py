"""Shapes of what the doctor found."""

import msgspec

from pressroom.core.error_shape import RemedyShape
from pressroom.core.redact import redact_text
from pressroom.core.remedies import by_command
from pressroom.graph.traps import Trap
from pressroom.service.doctor.examining import Finding, Group, Report, Verdict


class FindingShape(msgspec.Struct, frozen=True, kw_only=True):
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
    def of(cls, finding: Finding) -> "FindingShape":
        """Build the shape of a finding."""
        return cls(
            name=finding.name,
            group=finding.group,
            verdict=finding.verdict,
            account=finding.account,
            seen=redact_text(finding.seen),
            cause=redact_text(finding.cause) or None,
            consequence=finding.consequence or None,
            fix=finding.remedy.redacted().by(by_command) or None,
            remedies=tuple(map(RemedyShape.of, finding.remedy.redacted().remedies)),
            traps=finding.traps,
        )


class DoctorShape(msgspec.Struct, frozen=True, kw_only=True):
    """What the doctor found. counts: findings by verdict. repairs: what was mended first."""

    findings: tuple[FindingShape, ...]
    counts: dict[Verdict, int]
    repairs: tuple[str, ...]

    @classmethod
    def of(cls, report: Report) -> "DoctorShape":
        """Build the shape of a report."""
        return cls(
            findings=tuple(map(FindingShape.of, report.findings)),
            counts=dict(report.counts),
            repairs=report.repairs,
        )


class TrapShape(msgspec.Struct, frozen=True, kw_only=True):
    """A known trap, recognised by the words that Meta's page or answer has."""

    name: str
    title: str
    cause: str
    consequence: str
    remedy: str

    @classmethod
    def of(cls, trap: Trap) -> "TrapShape":
        """Build the shape of a trap."""
        return cls(
            name=trap.name,
            title=trap.title,
            cause=trap.cause,
            consequence=trap.consequence,
            remedy=trap.remedy,
        )
