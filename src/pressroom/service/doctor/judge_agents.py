"""Checks of what programs may do, and of what they wait for."""

from pressroom.core.actor import shown_id
from pressroom.core.remedies import Fix, Remedy, RemedyKind
from pressroom.service.doctor.judge_facts import AgentFacts
from pressroom.service.doctor.judge_findings import Group, Judgement, Verdict, check, ok, unknown, warn

_NO_STORE = "The store cannot be read."


@check(Group.AGENTS, Verdict.WARN, Verdict.UNKNOWN)
def who_is_a_program(facts: AgentFacts) -> Judgement:
    """Whether somebody without a terminal counts as a program."""
    if facts.requires_terminal is None:
        return _untold("whether a terminal is required")
    if facts.requires_terminal:
        return ok("whoever is not at a terminal counts as a program, and needs a person's consent")
    if not (facts.grants or facts.waiting):
        return ok("no program acts here; all that this user runs counts as the person")
    return warn(
        "programs act here, and no terminal is required",
        cause="Whoever runs a command as this user counts as the person.",
        consequence="A program with a shell publishes without being asked.",
        remedy=Fix.of("Require one: {}.", Remedy(RemedyKind.REQUIRE_TERMINAL)),
    )


@check(Group.AGENTS, Verdict.WARN, Verdict.UNKNOWN)
def agents_shell(facts: AgentFacts) -> Judgement:
    """Whether this shell is a known agent's, and counts as a program."""
    if not facts.marks:
        return ok("this shell carries no mark of a known agent")
    marks = ", ".join(facts.marks)
    if facts.takes_agent_shells is None:
        return _untold("whether an agent's shell counts as a program")
    if facts.takes_agent_shells:
        return ok(f"this shell is an agent's ({marks}), and counts as a program but on a sandbox")
    return warn(
        f"this shell is an agent's ({marks}), and counts as the person's",
        cause="Somebody switched off that agents' shells are programs.",
        consequence="An agent with a shell publishes without being asked.",
        remedy=Fix.of("Switch it on again: {}.", Remedy(RemedyKind.AGENT_SHELLS)),
    )


@check(Group.AGENTS, Verdict.WARN, Verdict.UNKNOWN)
def standing_consents(facts: AgentFacts) -> Judgement:
    """Whether what programs may do without asking has an end."""
    if facts.grants is None:
        return _untold("what programs may do without asking")
    if not facts.grants:
        return ok("programs may let nothing out without asking")
    seen = "; ".join(
        f"{shown_id(grant.actor)} may {', '.join(grant.verbs)}, {grant.per_day} a day"
        for grant in facts.grants
    )
    if all(one.ends_at is not None for one in facts.grants):
        return ok(seen)
    return warn(
        seen,
        cause="A standing consent has no end.",
        consequence="It holds when nobody thinks of it any more.",
        remedy=Fix.of("See: {}. Withdraw it, and give one with an end.", Remedy(RemedyKind.LIST_GRANTS)),
    )


@check(Group.AGENTS, Verdict.WARN, Verdict.UNKNOWN)
def proposals(facts: AgentFacts) -> Judgement:
    """Whether programs wait for a person."""
    if facts.waiting is None:
        return _untold("whether programs wait for a person")
    if not facts.waiting:
        return ok("none waits")
    return warn(
        f"{facts.waiting} wait{'s' if facts.waiting == 1 else ''} for a person",
        cause="A program wants something let out, and nobody has decided.",
        consequence="It ends undecided at its due time, and nothing goes out.",
        remedy=Fix.of("Decide: {}.", Remedy(RemedyKind.LIST_PROPOSALS)),
    )


def _untold(what: str) -> Judgement:
    return unknown(
        f"{what} is not known",
        cause=_NO_STORE,
        consequence="A program may do more, or wait for longer, than anybody knows.",
        remedy="Mend the store first.",
    )


CHECKS = (who_is_a_program, agents_shell, standing_consents, proposals)
