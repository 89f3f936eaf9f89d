"""The words of the doctor: what a check is, what it says, and the report of all findings.

A check is a function of facts with the decorator of its `Checks`; it answers with `ok`, `warn`, `fail`,
`unknown` or `of_trap`. `judge` asks several.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from pressroom.core.remedies import Fix, RemedyKind
from pressroom.graph.traps import trap

FactsT = TypeVar("FactsT")
NOTHING = Fix("")
"""The remedy of what is in order."""


class Verdict(StrEnum):
    """How something stands.

    WARN: it works, and will not for long, or not in every case. FAIL: something does not work until a person
    acts. UNKNOWN: it could not be found out.
    """

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"
    UNKNOWN = "unknown"


class Group(StrEnum):
    """What a check is about, in the order in which groups are told."""

    MACHINE = "machine"
    STORE = "store"
    ACCOUNT = "account"
    PERMISSIONS = "permissions"
    PAGE = "page"
    HOSTING = "hosting"
    WEBHOOKS = "webhooks"
    AGENTS = "agents"

    @property
    def heading(self) -> str:
        """The group as a heading."""
        return _TITLES[self]


_TITLES = {
    Group.MACHINE: "This machine",
    Group.STORE: "Store and worker",
    Group.ACCOUNT: "Account",
    Group.PERMISSIONS: "Permissions",
    Group.PAGE: "Page path",
    Group.HOSTING: "Hosting, as seen from outside",
    Group.WEBHOOKS: "Webhooks",
    Group.AGENTS: "Agents",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What a check's function returns.

    seen: one line. cause, consequence: sentences, and with the remedy empty for OK. traps: the names of those
    of `graph.traps` that are the cause, or may be.
    """

    verdict: Verdict
    seen: str
    cause: str = ""
    consequence: str = ""
    remedy: Fix = NOTHING
    traps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding(Judgement):
    """A judgement with the name and group of its check. account: whose it is, None for the machine's."""

    name: str
    group: Group
    account: str | None = None


def ignore_finding(finding: Finding) -> None:
    """Do nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What the doctor found, group by group, and account by account. repairs: one sentence each."""

    findings: tuple[Finding, ...]
    repairs: tuple[str, ...] = ()

    @property
    def counts(self) -> Mapping[Verdict, int]:
        """How many findings each verdict has."""
        return {verdict: sum(finding.verdict is verdict for finding in self.findings) for verdict in Verdict}

    @property
    def has_failed(self) -> bool:
        """Whether something does not work until a person acts."""
        return self.counts[Verdict.FAIL] > 0

    @property
    def is_cured_by_sign_in(self) -> bool:
        """Whether something has failed, and signing in again is the remedy of all of it."""
        failed = [finding for finding in self.findings if finding.verdict is Verdict.FAIL]
        kinds = [{remedy.kind for remedy in finding.remedy.remedies} for finding in failed]
        return bool(kinds) and all(of_finding == {RemedyKind.SIGN_IN} for of_finding in kinds)


@dataclass(frozen=True, slots=True)
class Check(Generic[FactsT]):
    """A check: its name, its group, the verdicts that it can give, and its function.

    The function returns None where the check does not apply.
    """

    name: str
    group: Group
    can: frozenset[Verdict]
    judge: Callable[[FactsT], Judgement | None]

    def __call__(self, facts: FactsT, account: str | None = None) -> Finding | None:
        """Judge the facts; None where the check does not apply."""
        judgement = self.judge(facts)
        if judgement is None:
            return None
        # `can` is what the tests demand a case for: a verdict that is not in it would have none.
        assert judgement.verdict in self.can, f"{self.name} says {judgement.verdict}"
        return Finding(
            name=self.name,
            group=self.group,
            account=account,
            verdict=judgement.verdict,
            seen=judgement.seen,
            cause=judgement.cause,
            consequence=judgement.consequence,
            remedy=judgement.remedy,
            traps=judgement.traps,
        )


class Checks(Generic[FactsT]):
    """Checks of the same facts, in the order in which they are written: that of their findings."""

    def __init__(self) -> None:
        self._checks = list[Check[FactsT]]()

    def __iter__(self) -> Iterator[Check[FactsT]]:
        return iter(self._checks)

    def check(
        self, group: Group, *can: Verdict
    ) -> Callable[[Callable[[FactsT], Judgement | None]], Check[FactsT]]:
        """Add a check, named as its function. can: the verdicts beside OK."""

        def add(judge: Callable[[FactsT], Judgement | None]) -> Check[FactsT]:
            name = judge.__name__.replace("_", "-")
            self._checks.append(Check(name, group, frozenset((Verdict.OK, *can)), judge))
            return self._checks[-1]

        return add


def judge(checks: Iterable[Check[FactsT]], facts: FactsT, account: str | None = None) -> tuple[Finding, ...]:
    """Ask checks in their order; those that do not apply say nothing. account: whose facts they are."""
    return tuple(finding for check in checks if (finding := check(facts, account)) is not None)


def ok(seen: str) -> Judgement:
    """Say that something is in order."""
    return Judgement(verdict=Verdict.OK, seen=seen)


def warn(seen: str, *, cause: str, consequence: str, remedy: Fix | str) -> Judgement:
    """Say that something works, and will not for long, or not in every case."""
    return _not_ok(Verdict.WARN, seen, cause, consequence, remedy)


def fail(seen: str, *, cause: str, consequence: str, remedy: Fix | str) -> Judgement:
    """Say that something does not work until a person acts."""
    return _not_ok(Verdict.FAIL, seen, cause, consequence, remedy)


def unknown(seen: str, *, cause: str, consequence: str, remedy: Fix | str) -> Judgement:
    """Say that something could not be found out."""
    return _not_ok(Verdict.UNKNOWN, seen, cause, consequence, remedy)


def of_trap(
    verdict: Verdict, name: str, seen: str, *others: str, consequence: str = "", remedy: Fix | None = None
) -> Judgement:
    """Say that a trap is the cause, in the trap's own words.

    others: further traps that look the same from here. consequence: in place of the trap's. remedy: said
    after the trap's.
    """
    traps = tuple(trap(each) for each in (name, *others))
    # Several traps may look the same from here: each is told, none is picked.
    either = "Or: " if others else ""
    words = f" {either}".join(each.remedy for each in traps)
    return Judgement(
        verdict=verdict,
        seen=seen,
        cause=f" {either}".join(each.cause for each in traps),
        consequence=consequence or traps[0].consequence,
        remedy=Fix(f"{words} {remedy.text}", remedy.remedies) if remedy else Fix(words),
        traps=tuple(each.name for each in traps),
    )


def _not_ok(verdict: Verdict, seen: str, cause: str, consequence: str, remedy: Fix | str) -> Judgement:
    return Judgement(
        verdict=verdict,
        seen=seen,
        cause=cause,
        consequence=consequence,
        remedy=remedy if isinstance(remedy, Fix) else Fix(remedy),
    )
