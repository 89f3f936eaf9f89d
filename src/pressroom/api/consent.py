"""Consent, as far as programs may look: what they asked for, and what they may do without asking."""

from typing import Annotated, Final

import msgspec
from msgspec import Meta

from pressroom.api.operation import Answer, Call, Fields, Link, Operation
from pressroom.api.paging import After, Limit, no_place
from pressroom.core.actor import Scope
from pressroom.core.consent import ProposalState
from pressroom.core.errors import NotFound
from pressroom.service.shapes.posts import GrantShape, ProposalShape


class ProposalPage(msgspec.Struct, frozen=True, kw_only=True):
    """Proposals, the newest first. next: the `after` of the next page; null on the last."""

    proposals: tuple[ProposalShape, ...]
    next: str | None


class ListProposals(Fields, frozen=True, kw_only=True):
    """Which proposals to list."""

    state: Annotated[
        tuple[ProposalState, ...], Meta(description="Only these; may be given several times.")
    ] = ()
    limit: Limit = 50
    after: After | None = None


async def list_proposals(call: Call[ListProposals, None]) -> Answer:
    """List what this program asked for, and what people decided.

    What other programs asked for is not listed; what it would change shows in the posts.
    """
    query, sessions, after = call.query, call.program.sessions, None
    if query.after:
        try:
            after = await sessions.proposal(query.after)
        except NotFound:
            raise no_place(query.after) from None
    pressroom = await sessions.of()
    # One more shows whether another page follows.
    proposals = await pressroom.approvals.own(
        query.state, accounts=sessions.accounts, limit=query.limit + 1, after=after
    )
    page = proposals[: query.limit]
    following = page[-1].id if len(proposals) > query.limit else None
    return Answer(ProposalPage(proposals=tuple(map(ProposalShape.of, page)), next=following))


async def get_proposal(call: Call[Fields, None]) -> Answer:
    """Tell how a proposal stands.

    Once a person approved it, it is carried out: the post that it is about shows it, or `outcome`.
    """
    return Answer(ProposalShape.of(await call.program.sessions.proposal(call.path["proposal_id"])))


class Consents(msgspec.Struct, frozen=True, kw_only=True):
    """All standing consents of this program, ended ones too. next: null, since all are there."""

    consents: tuple[GrantShape, ...]
    next: str | None = None


async def list_consents(call: Call[Fields, None]) -> Answer:
    """List what this program may do without asking, and how often a day."""
    program = call.program
    pressroom = await program.sessions.of()
    grants = await pressroom.approvals.allowed(accounts=program.sessions.accounts)
    own = (grant for grant in grants if grant.actor == program.actor.id)
    return Answer(Consents(consents=tuple(map(GrantShape.of, own))))


_TAG: Final = "consent"

OPERATIONS: Final = (
    Operation(
        method="GET",
        path="/proposals",
        run=list_proposals,
        tag=_TAG,
        scope=Scope.READ,
        query=ListProposals,
        answers={200: ProposalPage},
    ),
    Operation(
        method="GET",
        path="/proposals/{proposal_id}",
        run=get_proposal,
        tag=_TAG,
        scope=Scope.READ,
        answers={200: ProposalShape},
        links=(Link("get_post", "post_id", "post_id"),),
    ),
    Operation(
        method="GET",
        path="/consents",
        run=list_consents,
        tag=_TAG,
        scope=Scope.READ,
        answers={200: Consents},
    ),
)
