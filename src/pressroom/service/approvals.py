"""`ApprovalService`: proposals of programs, people's decisions on them, and standing consents."""

import logging
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from pressroom.core.actor import ActorId, actor_of
from pressroom.core.consent import Decision, Grant, GrantId, Proposal, ProposalState
from pressroom.core.errors import Conflict, NotFound, PressroomError, Refused
from pressroom.core.journal import JournalEvent, SubjectKind
from pressroom.core.post import Post, PostState
from pressroom.core.repositories import PostQuery
from pressroom.core.when import parse_end, zone_named
from pressroom.service.bulk import distinct
from pressroom.service.changing import Change, Changes, Verb
from pressroom.service.gate import NEW, REQUIRE_TERMINAL, CarryOut, Outcome, waiting
from pressroom.service.obstacles import Obstacles
from pressroom.service.summaries import summary_of

log: Final = logging.getLogger("pressroom.service")

_ALL = 1000


@dataclass(frozen=True, slots=True)
class Waiting:
    """Something that waits for a person: a program's proposal, or a post that a person held back.

    id: what `approve` takes. summary: describes it, a JSON object.
    """

    id: str
    summary: Mapping[str, Any]
    proposal: Proposal | None = None
    post: Post | None = None


@dataclass(frozen=True, slots=True)
class Approved:
    """What was decided: a post in its new state, or a proposal with its outcome.

    warnings: what still keeps the post from going out, one sentence each.
    """

    post: Post | None = None
    proposal: Proposal | None = None
    warnings: tuple[str, ...] = ()


class ApprovalService:
    """The use-cases of consent. carriers: functions that carry out a proposal about no post, by its verb."""

    def __init__(self, changes: Changes, obstacles: Obstacles, carriers: Mapping[str, CarryOut]) -> None:
        self._resources = changes.resources
        self._gate = changes.gate
        self._changes = changes
        self._obstacles = obstacles
        self._carriers = carriers

    async def list(self, query: PostQuery | None = None) -> tuple[Waiting, ...]:
        """Return everything that waits for a person: proposals first, the newest first.

        query: only what is about its account and due in its time; a call that is about no post is never due.
        """
        store, now = await self._resources.store(), self._resources.clock.now()
        await store.run(store.consents.expire, now)
        wanted = replace(query or PostQuery(), states=(PostState.AWAITING_APPROVAL,), limit=_ALL)
        account = await self._account(wanted.account)
        asked = await store.run(store.consents.list, (ProposalState.WAITING,), limit=_ALL)
        held = (await store.run(store.posts.list, wanted)).posts
        # A program's post waits as its proposal; listed as a post, too, it would look like two.
        about = {one.subject_id for one in asked}
        return (
            *(Waiting(one.id, one.summary, proposal=one) for one in asked if _matches(one, wanted, account)),
            *(Waiting(post.id, summary_of(post), post=post) for post in held if post.id not in about),
        )

    async def show(self, found: str) -> Waiting:
        """Return a proposal in any state, or a post, by the start of its id. Raises NotFound."""
        one = await self._find(found)
        if isinstance(one, Proposal):
            return Waiting(one.id, one.summary, proposal=one)
        return Waiting(one.id, summary_of(one), post=one)

    async def about(self, post_id: str) -> Proposal | None:
        """Return the waiting proposal that a post goes out, or is changed; None where none waits."""
        store = await self._resources.store()
        await store.run(store.consents.expire, self._resources.clock.now())
        found = await store.run(store.consents.list, (ProposalState.WAITING,), subject_id=post_id, limit=1)
        return found[0] if found else None

    async def distinct(self, ids: Sequence[str]) -> tuple[str, ...]:
        """Return the ids, of those that mean the same thing only the first; one that means none stays."""
        return tuple(await distinct(ids, self._find))

    async def rehearse(self, found: str) -> Waiting:
        """Return what `approve` would let out, and let out nothing.

        Raises NotFound, and Refused or Conflict for what does not wait.
        """
        one = await self.show(found)
        if one.post:
            Change(Verb.APPROVE).operate(one.post, self._resources.clock.now())
        elif one.proposal and one.proposal.state is not ProposalState.WAITING:
            raise Conflict(
                f"Proposal {one.id} is {one.proposal.state}.", fix="Only what waits can be approved."
            )
        return one

    async def approve(self, found: str) -> Approved:
        """Approve a proposal, or a post that is held back, by the start of its id.

        A change of a post is applied in the same commit. Anything else is carried out once; approving it
        again resumes it where the earlier session died before it began. Raises NotFound, Refused for a post
        that was changed since it was proposed, Conflict for what does not wait, NeedsApproval for a program.
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
        """Decline a proposal; cancels the post that waits for it, or that was held back.

        Raises NotFound, Conflict for what does not wait, NeedsApproval for a program.
        """
        await self._gate.require_person("Only a person declines what a program wants.")
        one = await self._find(found)
        if isinstance(one, Post):
            return Approved(post=await self._changes.make(one.id, Change(Verb.CANCEL)))
        # Cancelling the post declines its proposal in the same commit; `_decide` alone would leave the post.
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
        ends_at: datetime | str | None = None,
        timezone: str | None = None,
    ) -> Grant:
        """Give a program a standing consent: so many uses a day, until a time.

        actor: its id, `program:NAME`. verbs: those of proposals. accounts: names or ids that somebody is
        signed in to. ends_at: in words in the timezone, else the accounts' own; a day alone is where it
        begins. Raises Refused for a consent that could never apply, NeedsApproval for a program.
        """
        await self._gate.require_person("Only a person gives a standing consent.")
        _require_sense(verbs, accounts, per_day)
        _require_known(verbs, [NEW, *Verb, *self._carriers])
        await self._require_signed_in(accounts)
        store, now, by = await self._resources.store(), self._resources.clock.now(), await self._gate.actor()
        if isinstance(ends_at, str):
            ends_at = parse_end(
                ends_at,
                now=now,
                zone=zone_named(timezone) if timezone else await self._zone_of(accounts),
                why_none="and the accounts have several",
            )
        _require_ahead(ends_at, now)
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
        # Read back, since the store has turned the accounts' names into ids.
        return next(one for one in await store.run(store.consents.grants) if one.id == grant.id)

    async def allowed(self) -> tuple[Grant, ...]:
        """Return all standing consents, ended ones too."""
        store = await self._resources.store()
        return await store.run(store.consents.grants)

    async def withdraw(self, grant_id: str) -> None:
        """End a standing consent. Raises NotFound, NeedsApproval for a program."""
        await self._gate.require_person("Only a person withdraws a standing consent.")
        store, now = await self._resources.store(), self._resources.clock.now()
        if not await store.run(store.consents.revoke, GrantId(grant_id), now):
            raise NotFound(f"There is no standing consent {grant_id}.", fix="List them first.")

    async def require_terminal(self, *, is_required: bool) -> None:
        """Store whether everybody without a terminal counts as a program. Raises NeedsApproval for one."""
        await self._gate.require_person("Only a person says who is taken for a program.")
        store = await self._resources.store()
        await store.run(store.options.set, REQUIRE_TERMINAL, "1" if is_required else None)

    async def _account(self, who: str | None) -> str | None:
        """Return the id of an account that somebody is signed in to by this name; else what was given."""
        store = await self._resources.store()
        if who is None:
            return None
        try:
            return (await store.run(store.accounts.get, who)).account
        except NotFound:
            return who

    async def _let_go(self, post: Post) -> Approved:
        return Approved(post, warnings=await self._obstacles.of(post.account))

    async def _find(self, found: str) -> Proposal | Post:
        """Return the proposal or post whose id starts with `found`. Raises NotFound for none or several."""
        store = await self._resources.store()
        try:
            asked = await store.run(store.consents.find, found)
        except NotFound as error:
            if error.is_ambiguous:
                raise
            return await store.run(store.posts.find, found)
        # A whole id is unique; a short one may begin a post's id, too, and the wrong one would be approved.
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

    async def _zone_of(self, accounts: Sequence[str]) -> ZoneInfo | None:
        """Return the zone that accounts share; None for accounts of several zones."""
        store = await self._resources.store()
        logins = [
            one for one in await store.run(store.accounts.list) if {one.name, one.account} & {*accounts}
        ]
        zones = {one.timezone for one in logins}
        return zone_named(zones.pop()) if len(zones) == 1 else None

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
        """Approve a proposal about no post and carry it out, once among all sessions that try."""
        store = await self._resources.store()
        # Approval, claim and outcome are three commits, since a call cannot be part of one. Approved first:
        # a call made before its approval is stored could be approved, and made, again after a crash.
        approved = await self._approved(proposal)
        if not await store.run(store.consents.claim, proposal.id, self._resources.clock.now()):
            return await store.run(store.consents.get, proposal.id)
        outcome = await self._outcome(proposal)
        await store.run(store.consents.finish, proposal.id, outcome)
        return replace(approved, outcome=outcome)

    async def _approved(self, proposal: Proposal) -> Proposal:
        """Approve the proposal, unless a session did that and died before it claimed it."""
        if proposal.state is ProposalState.APPROVED and proposal.carried_out_at is None:
            await self._gate.require_person("Only a person's session carries out what a person approved.")
            return proposal
        return await self._decide(proposal, ProposalState.APPROVED)

    async def _outcome(self, proposal: Proposal) -> Outcome:
        """Carry out a claimed proposal and return its outcome, an error too."""
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


def _matches(proposal: Proposal, wanted: PostQuery, account: str | None) -> bool:
    due = proposal.earliest_at
    is_from = wanted.due_from is None or (due is not None and due >= wanted.due_from)
    is_before = wanted.due_before is None or (due is not None and due < wanted.due_before)
    return is_from and is_before and account in (None, proposal.account)


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
