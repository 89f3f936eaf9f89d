"""`ApprovalService`: what programs want let out, what people say to it, and what programs may do unasked."""

import logging
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from pressroom.core.actor import ActorId, actor_of
from pressroom.core.consent import Decision, Grant, GrantId, Proposal, ProposalState
from pressroom.core.errors import NotFound, PressroomError, Refused
from pressroom.core.journal import JournalEvent, SubjectKind
from pressroom.core.post import Post, PostState
from pressroom.core.repositories import PostQuery
from pressroom.service.changing import Change, Changes, Verb
from pressroom.service.gate import NEW, REQUIRE_TERMINAL, CarryOut, Outcome, waiting
from pressroom.service.obstacles import Obstacles
from pressroom.service.summaries import summary_of

log = logging.getLogger("pressroom.service")

_ALL = 1000


@dataclass(frozen=True, slots=True)
class Waiting:
    """Something that waits for a person: a program's proposal, or a post that a person held back.

    id: what `approve` takes. summary: what it is about, a JSON object.
    """

    id: str
    summary: Mapping[str, Any]
    proposal: Proposal | None = None
    post: Post | None = None


@dataclass(frozen=True, slots=True)
class Approved:
    """What was let out: a post as it stands now, or what came of anything else.

    warnings: what keeps the post from going out all the same, one sentence each.
    """

    post: Post | None = None
    proposal: Proposal | None = None
    warnings: tuple[str, ...] = ()


class ApprovalService:
    """The use-cases of consent. carriers: by verb, what carries out a proposal that is about no post."""

    def __init__(self, changes: Changes, obstacles: Obstacles, carriers: Mapping[str, CarryOut]) -> None:
        self._resources = changes.resources
        self._gate = changes.gate
        self._changes = changes
        self._obstacles = obstacles
        self._carriers = carriers

    async def list(self) -> tuple[Waiting, ...]:
        """Give all that waits for a person, proposals first, the newest first."""
        store, now = await self._resources.store(), self._resources.clock.now()
        await store.run(store.consents.expire, now)
        asked = await store.run(store.consents.list, (ProposalState.WAITING,), limit=_ALL)
        query = PostQuery(states=(PostState.AWAITING_APPROVAL,), limit=_ALL)
        held = (await store.run(store.posts.list, query)).posts
        about = {one.subject_id for one in asked}
        return (
            *(Waiting(one.id, one.summary, proposal=one) for one in asked),
            *(Waiting(post.id, summary_of(post), post=post) for post in held if post.id not in about),
        )

    async def show(self, found: str) -> Waiting:
        """Give a proposal, however it stands, or a post, by the start of its id. Raises NotFound."""
        one = await self._find(found)
        if isinstance(one, Proposal):
            return Waiting(one.id, one.summary, proposal=one)
        return Waiting(one.id, summary_of(one), post=one)

    async def approve(self, found: str) -> Approved:
        """Let something out: a proposal, or a post that is held back, by the start of its id.

        What is a change of a post happens in the same commit; anything else is done once, also where the
        session that approved it ended before it began. Raises NotFound, Refused for a post that was
        changed since it was proposed, Conflict for what does not wait, NeedsApproval for a program.
        """
        one = await self._find(found)
        if isinstance(one, Post):
            return await self._let_go(await self._changes.make(one.id, Change(Verb.APPROVE)))
        if one.state is ProposalState.WAITING and await self._gate.is_program():
            raise waiting(one)
        if one.subject_kind is SubjectKind.POST:
            verb = Verb.APPROVE if one.verb == NEW else Verb(one.verb)
            return await self._let_go(await self._changes.let(one, Change(verb, one.arguments)))
        return Approved(proposal=await self._carry_out(one))

    async def decline(self, found: str) -> Approved:
        """Say no to a proposal; a post that waits for it, or was held back, is called off.

        Raises NotFound, Conflict for what does not wait, NeedsApproval for a program.
        """
        await self._gate.require_person("Only a person declines what a program wants.")
        one = await self._find(found)
        if isinstance(one, Post):
            return Approved(post=await self._changes.make(one.id, Change(Verb.CANCEL)))
        if one.verb == NEW and one.subject_id and one.state is ProposalState.WAITING:
            return Approved(post=await self._changes.make(one.subject_id, Change(Verb.CANCEL)))
        return Approved(proposal=await self._decide(one, ProposalState.DECLINED))

    async def allow(
        self,
        actor: str,
        *,
        verbs: Sequence[str],
        accounts: Sequence[str],
        per_day: int,
        ends_at: datetime | None = None,
    ) -> Grant:
        """Let a program do something without asking: so many times a day, until a time.

        actor: its id, `program:NAME`. verbs: as proposals have them. accounts: names or ids of such as
        somebody is signed in to. ends_at: with a zone. Raises Refused for what would never hold,
        NeedsApproval for a program.
        """
        await self._gate.require_person("Only a person gives a standing consent.")
        _require_sense(verbs, accounts, per_day)
        _require_known(verbs, [NEW, *Verb, *self._carriers])
        await self._require_signed_in(accounts)
        _require_ahead(ends_at, self._resources.clock.now())
        store, now, by = await self._resources.store(), self._resources.clock.now(), await self._gate.actor()
        grant = Grant(
            id=GrantId(uuid.uuid4().hex),
            actor=actor_of(ActorId(actor)).id,
            verbs=tuple(verbs),
            accounts=tuple(accounts),
            per_day=per_day,
            granted_by=by.id,
            created_at=now,
            ends_at=ends_at,
        )
        await store.run(store.consents.grant, grant)
        return next(one for one in await store.run(store.consents.grants) if one.id == grant.id)

    async def allowed(self) -> tuple[Grant, ...]:
        """Give the standing consents, with those that are over."""
        store = await self._resources.store()
        return await store.run(store.consents.grants)

    async def withdraw(self, grant_id: str) -> None:
        """End a standing consent. Raises NotFound, NeedsApproval for a program."""
        await self._gate.require_person("Only a person withdraws a standing consent.")
        store, now = await self._resources.store(), self._resources.clock.now()
        if not await store.run(store.consents.revoke, GrantId(grant_id), now):
            raise NotFound(f"There is no standing consent {grant_id}.", fix="List them first.")

    async def require_terminal(self, *, is_required: bool) -> None:
        """Keep in the store whether whoever is off a terminal is a program. Raises NeedsApproval for one."""
        await self._gate.require_person("Only a person says who is taken for a program.")
        store = await self._resources.store()
        await store.run(store.options.set, REQUIRE_TERMINAL, "1" if is_required else None)

    async def _let_go(self, post: Post) -> Approved:
        return Approved(post, warnings=await self._obstacles.of(post.account))

    async def _find(self, found: str) -> Proposal | Post:
        """Give what is meant. Raises NotFound for what may be several, whatever they are."""
        store = await self._resources.store()
        try:
            asked = await store.run(store.consents.find, found)
        except NotFound as error:
            if error.is_ambiguous:
                raise
            return await store.run(store.posts.find, found)
        if asked.id != found:
            await self._require_no_post(found, asked)
        return asked

    async def _require_no_post(self, prefix: str, asked: Proposal) -> None:
        store = await self._resources.store()
        try:
            post = await store.run(store.posts.find, prefix)
        except NotFound as error:
            if not error.is_ambiguous:
                return
            raise
        raise NotFound(
            f"Proposal {asked.id} and post {post.id} start with {prefix!r}.",
            fix="Give more of the id.",
            is_ambiguous=True,
        )

    async def _require_signed_in(self, accounts: Sequence[str]) -> None:
        store = await self._resources.store()
        logins = await store.run(store.accounts.list)
        known = {name for one in logins for name in (one.name, one.account)}
        if strange := [who for who in accounts if who not in known]:
            raise Refused(
                f"Nobody is signed in to {', '.join(strange)}.",
                rule="standing_consent",
                value=strange,
                limit=sorted(one.name for one in logins),
                fix="Sign in first, or name an account that is signed in.",
            )

    async def _carry_out(self, proposal: Proposal) -> Proposal:
        """Approve what is no change of a post, and do it: once, whoever else tries."""
        store = await self._resources.store()
        approved = await self._approved(proposal)
        if not await store.run(store.consents.claim, proposal.id, self._resources.clock.now()):
            return await store.run(store.consents.get, proposal.id)
        outcome = await self._outcome(proposal)
        await store.run(store.consents.finish, proposal.id, outcome)
        return replace(approved, outcome=outcome)

    async def _approved(self, proposal: Proposal) -> Proposal:
        """Give the proposal approved: it may have been by a session that ended before it began to act."""
        if proposal.state is ProposalState.APPROVED and proposal.carried_out_at is None:
            await self._gate.require_person("Only a person's session carries out what a person approved.")
            return proposal
        return await self._decide(proposal, ProposalState.APPROVED)

    async def _outcome(self, proposal: Proposal) -> Outcome:
        """Carry out a proposal that is claimed, and give what came of it, whatever that is."""
        try:
            return await self._carriers[proposal.verb](proposal)
        except PressroomError as error:
            return {"error": error.as_json()}
        except Exception as error:  # it has begun, so its end has to be kept
            log.debug("carrying out proposal %s met a fault", proposal.id, exc_info=True)
            fault = PressroomError(
                f"Pressroom made a mistake when it was carried out ({type(error).__name__}).",
                fix="Look whether it happened before it is asked for again.",
            )
            return {"error": fault.as_json()}

    async def _decide(self, proposal: Proposal, state: ProposalState) -> Proposal:
        store, now, by = await self._resources.store(), self._resources.clock.now(), await self._gate.actor()
        decision = Decision(proposal=proposal.id, state=state, by=by.id, at=now)
        events = _said(proposal, state, now, by.id)
        return await store.run(store.consents.decide, decision, events)


def _said(proposal: Proposal, state: ProposalState, now: datetime, by: ActorId) -> list[JournalEvent]:
    subject = proposal.subject_id or proposal.account
    if subject is None:
        return []
    kind = proposal.subject_kind or SubjectKind.ACCOUNT
    text = f"A person has {state} what {proposal.actor} wants: {proposal.verb}."
    return [JournalEvent(subject_id=subject, subject_kind=kind, at=now, step=state, text=text, actor=by)]


def _require_sense(verbs: Sequence[str], accounts: Sequence[str], per_day: int) -> None:
    if verbs and accounts and per_day > 0:
        return
    raise Refused(
        "A standing consent names what may be done, for which accounts, and how often a day.",
        rule="standing_consent",
        value=[list(verbs), list(accounts), per_day],
        limit="one verb, one account and once a day at least",
        fix="Name all three.",
    )


def _require_known(verbs: Sequence[str], known: Sequence[str]) -> None:
    if strange := [verb for verb in verbs if verb not in known]:
        raise Refused(
            f"Nothing that programs ask for is called {', '.join(strange)}.",
            rule="standing_consent",
            value=strange,
            limit=[str(verb) for verb in known],
            fix=f"Name some of: {', '.join(known)}.",
        )


def _require_ahead(ends_at: datetime | None, now: datetime) -> None:
    if ends_at is None or (ends_at.tzinfo is not None and ends_at > now):
        return
    raise Refused(
        "A standing consent ends at a time that is ahead, and in a zone.",
        rule="standing_consent",
        value=ends_at.isoformat(),
        limit=f"after {now.isoformat(timespec='seconds')}",
        fix="Name a later time, with its zone.",
    )
