"""`Proposals`: what programs have asked for, and what became of it."""

from collections.abc import Collection

from pressroom.core.account import AccountId
from pressroom.core.consent import Proposal, ProposalId, ProposalState
from pressroom.core.errors import NotFound
from pressroom.service.consent.gate import Gate
from pressroom.service.ground.resources import Resources


class Proposals:
    """The use-cases of reading proposals. An API client reads only its own."""

    _resources: Resources
    _gate: Gate

    async def proposal(self, proposal_id: str) -> Proposal:
        """Return a proposal in any state, by its whole id.

        Raises NotFound, for an API client also for the proposal of another one, which `own` does not list.
        """
        store, now, actor = (
            await self._resources.store(),
            self._resources.clock.now(),
            await self._gate.actor(),
        )
        proposal = await store.run(store.consents.get, ProposalId(proposal_id))
        if actor.is_program and proposal.actor != actor.id:
            raise NotFound(f"There is no proposal {proposal_id}.", fix="Look at those that wait.")
        # A program asks often: only where something has changed is anything written.
        if proposal.state is ProposalState.WAITING and proposal.expires_at <= now:
            await store.run(store.consents.expire, now)
            proposal = await store.run(store.consents.get, proposal.id)
        return proposal

    async def own(
        self,
        states: Collection[ProposalState] = (),
        *,
        accounts: Collection[AccountId] | None = None,
        limit: int = 100,
        after: Proposal | None = None,
    ) -> tuple[Proposal, ...]:
        """Return what the session's own actor has asked for, the newest first.

        states: only in one of these; empty for all. accounts: only about one of these; None for all. after:
        the last of the page before.
        """
        store, actor = await self._resources.store(), await self._gate.actor()
        await store.run(store.consents.expire, self._resources.clock.now())
        return await store.run(
            store.consents.list, states, actor=actor.id, accounts=accounts, limit=limit, after=after
        )

    async def about(self, post_id: str) -> Proposal | None:
        """Return a post's newest proposal that waits, else the newest declined one; takes the whole id."""
        store = await self._resources.store()
        await store.run(store.consents.expire, self._resources.clock.now())
        for state in (ProposalState.WAITING, ProposalState.DECLINED):
            if newest := await store.run(store.consents.list, (state,), subject_id=post_id, limit=1):
                return newest[0]
        return None
