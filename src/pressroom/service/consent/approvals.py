"""`ApprovalService`: proposals of programs, people's decisions on them, and standing consents."""

import hashlib
import hmac
import logging
from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from pressroom.core.actor import ActorId
from pressroom.core.consent import Decision, Proposal, ProposalId, ProposalState
from pressroom.core.errors import Conflict, NotFound, PressroomError
from pressroom.core.journal import JournalEvent, SubjectKind
from pressroom.core.post import Post, PostState
from pressroom.core.remedies import Fix, Remedy, RemedyKind
from pressroom.core.stored_posts import Cursor, PostQuery, require_only_match, shown_hash
from pressroom.service.acting.obstacles import Obstacles
from pressroom.service.consent.changing import Change, Changes, Verb, distinct
from pressroom.service.consent.gate import AGENT_SHELLS, NEW, REQUIRE_TERMINAL, Carriers, Outcome
from pressroom.service.consent.standing_consents import StandingConsents
from pressroom.service.consent.summaries import summary_of

log: Final = logging.getLogger("pressroom.service")

_PAGE: Final = 200
# A program's post waits as its proposal; listed as a post, too, it would look like two.
_HELD: Final = PostQuery(states=(PostState.AWAITING_APPROVAL,), has_no_proposal=True, limit=_PAGE)
_LIST: Final = Fix.of("List what waits: {}.", Remedy(RemedyKind.LIST_PROPOSALS))


@dataclass(frozen=True, slots=True)
class Waiting:
    """Something that waits for a person: a program's proposal, or a post that a person held back.

    id: what `approve` takes. summary: describes it, a JSON object.
    """

    id: str
    summary: Mapping[str, Any]
    proposal: Proposal | None = None
    post: Post | None = None

    @classmethod
    def of(cls, found: Proposal | Post) -> "Waiting":
        """Make it of what is decided."""
        if isinstance(found, Proposal):
            return cls(found.id, found.summary, proposal=found)
        return cls(found.id, summary_of(found), post=found)

    @property
    def asked_by(self) -> ActorId | None:
        """Who wants it out: whose proposal or post it is; None for a post that was kept without a name."""
        return self.proposal.actor if self.proposal else self.post and self.post.actor

    @property
    def due_at(self) -> datetime | None:
        """When it is due, in UTC; None for at once, and for what is about no post."""
        due_at = self.summary.get("due_at")
        return datetime.fromisoformat(due_at) if due_at else None

    @property
    def timezone(self) -> str:
        """The zone that its times are told in."""
        return str(self.summary.get("timezone") or "UTC")

    @property
    def mark(self) -> str:
        """A digest of what is shown here, by which a decision can be bound to it."""
        return _mark_of(self.proposal or self.post)

    def is_waiting(self, now: datetime) -> bool:
        """Tell whether a person can decide it now."""
        if self.proposal:
            return self.proposal.state is ProposalState.WAITING and self.proposal.expires_at > now
        return self.post is not None and self.post.state.is_held


@dataclass(frozen=True, slots=True)
class Approved:
    """What was decided: a post in its new state, or a proposal with its outcome.

    warnings: what still keeps the post from going out, one sentence each.
    """

    post: Post | None = None
    proposal: Proposal | None = None
    warnings: tuple[str, ...] = ()


class ApprovalService(StandingConsents):
    """The use-cases of consent.

    carriers: returns the functions that carry out a proposal about no post, by its verb. Only a decision asks
    for them, since they load the ciphers and all that is known of accounts.
    """

    def __init__(self, changes: Changes, obstacles: Obstacles, carriers: Carriers) -> None:
        self._resources = changes.resources
        self._gate = changes.gate
        self._changes = changes
        self._obstacles = obstacles
        self._carriers = carriers

    async def list(self, query: PostQuery | None = None) -> tuple[Waiting, ...]:
        """Return everything that waits for a person, however much it is: see `each`."""
        return tuple([waiting async for waiting in self.each(query)])

    async def each(
        self, query: PostQuery | None = None, *, after: str | None = None
    ) -> AsyncGenerator[Waiting]:
        """Yield all that waits for a person: proposals, the newest first, then posts that are held back.

        query: only what is about its account and due in its time; a call that is about no post is never due.
        after: go on behind this one, by its whole id. Raises NotFound for none.
        """
        store, now = await self._resources.store(), self._resources.clock.now()
        await store.run(store.consents.expire, now)
        last = await self._find(after) if after else None
        wanted = query or PostQuery()
        if not isinstance(last, Post):
            account = await self._account(wanted.account)
            async for proposal in self._proposals(last):
                if _matches(proposal, wanted, account):
                    yield Waiting.of(proposal)
        async for post in self._held(wanted, last if isinstance(last, Post) else None):
            yield Waiting.of(post)

    async def count(self) -> int:
        """Count everything that waits for a person."""
        store, now = await self._resources.store(), self._resources.clock.now()
        await store.run(store.consents.expire, now)
        proposals = await store.run(store.consents.count_waiting, now)
        return proposals + await store.run(store.posts.count, _HELD)

    async def show(self, found: str) -> Waiting:
        """Return a proposal in any state, or a post, by its id or the start of it.

        Raises Refused for fewer than four characters, NotFound for none and for several, naming these.
        """
        return Waiting.of(await self._find(found))

    async def about(self, post_id: str) -> Proposal | None:
        """Return the newest proposal about a post that waits, else that was declined; by its whole id."""
        store = await self._resources.store()
        await store.run(store.consents.expire, self._resources.clock.now())
        for state in (ProposalState.WAITING, ProposalState.DECLINED):
            if found := await store.run(store.consents.list, (state,), subject_id=post_id, limit=1):
                return found[0]
        return None

    async def proposal(self, proposal_id: str) -> Proposal:
        """Return a proposal in any state, by its whole id. Raises NotFound."""
        store = await self._resources.store()
        return await store.run(store.consents.get, ProposalId(proposal_id))

    def address(self, found: str) -> str | None:
        """Return where a person can look at a proposal, or a post that is held back, by its whole id.

        Whoever has the address sees it; deciding takes a person who is signed in there. None where no page is
        served.
        """
        return self._gate.address(found)

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

    async def approve(self, found: str, *, mark: str | None = None) -> Approved:
        """Approve a proposal, or a post that is held back, by its id or the start of it, as `show` takes it.

        A change of a post is applied in the same commit. Anything else is carried out once; approving it
        again resumes it where the earlier session died before it began. mark: of the `Waiting` that the
        person saw. Raises NotFound, Refused for a post that was changed since it was proposed, Conflict for
        what does not wait or has another mark by now, NeedsApproval for a program.
        """
        one = await self._find(found)
        _require_mark(one, mark)
        if isinstance(one, Post):
            seen = None if mark is None else one
            return await self._let_go(await self._changes.make(one.id, Change(Verb.APPROVE), seen=seen))
        if one.state is ProposalState.WAITING and await self._gate.is_program():
            raise self._gate.waiting(one)
        if one.subject_kind is SubjectKind.POST:
            verb = Verb.APPROVE if one.verb == NEW else Verb(one.verb)
            return await self._let_go(await self._changes.let(one, Change(verb, one.arguments)))
        return Approved(proposal=await self._carry_out(one))

    async def decline(self, found: str, *, mark: str | None = None) -> Approved:
        """Decline a proposal; cancels the post that waits for it, or that was held back.

        mark: of the `Waiting` that the person saw. Raises NotFound, Conflict for what does not wait or has
        another mark by now, NeedsApproval for a program.
        """
        await self._gate.require_person("Only a person declines what a program wants.")
        one = await self._find(found)
        _require_mark(one, mark)
        if isinstance(one, Post):
            seen = None if mark is None else one
            return Approved(post=await self._called_off(one.id, seen))
        # Cancelling the post declines its proposal in the same commit; `_decide` alone would leave the post.
        if one.verb == NEW and one.subject_id and one.state is ProposalState.WAITING:
            return Approved(post=await self._called_off(one.subject_id))
        return Approved(proposal=await self._decide(one, ProposalState.DECLINED))

    async def require_terminal(self, *, is_required: bool) -> None:
        """Store whether everybody without a terminal counts as a program. Raises NeedsApproval for one."""
        await self._gate.require_person("Only a person says who is taken for a program.")
        store = await self._resources.store()
        await store.run(store.options.set, REQUIRE_TERMINAL, "1" if is_required else None)

    async def agent_shells(self, *, are_programs: bool) -> None:
        """Store whether a known agent's shell counts as a program, as it does until a person says no.

        Raises NeedsApproval for a program, and for a no where nobody is at a terminal.
        """
        if are_programs:
            await self._gate.require_person("Only a person says who is taken for a program.")
        else:
            await self._gate.require_person_at_terminal(
                "Only a person at a terminal lets an agent's shell be a person's."
            )
        store = await self._resources.store()
        await store.run(store.options.set, AGENT_SHELLS, None if are_programs else "people")

    async def _account(self, who: str | None) -> str | None:
        """Return the id of an account that somebody is signed in to by this name; else what was given."""
        store = await self._resources.store()
        if who is None:
            return None
        try:
            return (await store.run(store.accounts.get, who)).account
        except NotFound:
            return who

    async def _called_off(self, post_id: str, seen: Post | None = None) -> Post:
        # Only while it is held: of two people who decide at once, the one who says no must not undo the yes.
        return await self._changes.make(post_id, Change(Verb.CANCEL), seen=seen, only_held=True)

    async def _let_go(self, post: Post) -> Approved:
        return Approved(post, warnings=await self._obstacles.of(post.account))

    async def _proposals(self, last: Proposal | None) -> AsyncGenerator[Proposal]:
        """Yield the waiting proposals behind the last one, page by page."""
        store = await self._resources.store()
        while page := await store.run(store.consents.list, (ProposalState.WAITING,), limit=_PAGE, after=last):
            for proposal in page:
                yield proposal
            last = page[-1]

    async def _held(self, wanted: PostQuery, last: Post | None) -> AsyncGenerator[Post]:
        """Yield the posts that are held back without a proposal, behind the last one, page by page."""
        store, place = await self._resources.store(), last and Cursor.of(last)
        held = replace(_HELD, account=wanted.account, due_from=wanted.due_from, due_before=wanted.due_before)
        while True:
            page = await store.run(store.posts.list, replace(held, after=place))
            for post in page.posts:
                yield post
            if page.next is None:
                return
            place = page.next

    async def _find(self, found: str) -> Proposal | Post:
        """Return the proposal or post that an id, or the start of it, means."""
        store = await self._resources.store()
        # Of both kinds at once: an id that could mean either would let out what nobody looked at.
        candidates = [
            *await store.run(store.consents.starting, found),
            *await store.run(store.posts.starting, found),
        ]
        return require_only_match(candidates, found, what="proposal or post", kind_of=_kind, fix=_LIST)

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
            return await self._carriers()[proposal.verb](proposal)
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


def in_turn(waiting: Iterable[Waiting]) -> list[Waiting]:
    """Sort by when it would happen; what is due at once comes first."""
    return sorted(waiting, key=lambda one: one.due_at or datetime.min.replace(tzinfo=UTC))


def _kind(found: Proposal | Post) -> str:
    return "proposal" if isinstance(found, Proposal) else "post"


def _mark_of(one: Proposal | Post | None) -> str:
    if isinstance(one, Proposal):
        shown = one.id, one.content_hash
    elif one:
        shown = one.id, shown_hash(one), one.account, one.due_at, one.timezone
    else:
        shown = ()
    return hashlib.sha256(msgspec.json.encode(shown)).hexdigest()


def _require_mark(one: Proposal | Post, mark: str | None) -> None:
    if mark is not None and not hmac.compare_digest(mark.encode(), _mark_of(one).encode()):
        raise Conflict(f"{one.id} was changed since it was shown.", fix="Look at it again, then decide.")


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
