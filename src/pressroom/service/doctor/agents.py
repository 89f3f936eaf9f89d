"""Looks at what programs may do, and what they wait for."""

from datetime import datetime

from pressroom.core.consent import Grant
from pressroom.service.consent.gate import Gate
from pressroom.service.doctor.judge_facts import AgentFacts, StoreState
from pressroom.service.doctor.store import Seen
from pressroom.service.ground.resources import Resources


async def agent_facts(resources: Resources, gate: Gate, seen: Seen) -> AgentFacts:
    """Gather the facts of programs."""
    is_set = resources.settings.requires_terminal
    marks = gate.marked.variables if gate.marked else ()
    if seen.store is None:
        if seen.facts.state is StoreState.NONE:
            return AgentFacts(requires_terminal=is_set, marks=marks)
        return AgentFacts(
            requires_terminal=is_set or None,
            marks=marks,
            takes_agent_shells=None,
            grants=None,
            waiting=None,
        )
    now = resources.clock.now()
    return AgentFacts(
        requires_terminal=await gate.requires_terminal(),
        marks=marks,
        takes_agent_shells=await gate.takes_agent_shells(),
        grants=tuple(one for one in await seen.store.run(seen.store.consents.grants) if _holds(one, now)),
        # Those that are over are expired by whoever looks; the doctor writes nothing.
        waiting=await seen.store.run(seen.store.consents.count_waiting, now),
    )


def _holds(grant: Grant, now: datetime) -> bool:
    return grant.revoked_at is None and (grant.ends_at is None or grant.ends_at > now)
