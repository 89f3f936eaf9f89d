"""`ApprovalService`: what waits for a person, people's decisions on it, and standing consents.

What waits is a proposal of a program, or a post that a person held back. A decision on a post's proposal is
a change of the post (`changing`); any other proposal is carried out here, once. A standing consent lets a
program do so much a day without asking.
"""

import contextlib
import hashlib
import hmac
import logging
import uuid
from collections.abc import AsyncGenerator, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any, Final

import msgspec

from pressroom.core.account import AccountId
from pressroom.core.actor import ActorId, actor_of
from pressroom.core.consent import Decision, Grant, GrantId, Proposal, ProposalState
from pressroom.core.errors import Conflict, NotFound, PressroomError
from pressroom.core.journal import JournalEvent, SubjectKind
from pressroom.core.post import WENT_LIVE, Post, PostId, PostState, When
from pressroom.core.remedies import Fix, Remedy, RemedyKind
from pressroom.core.stored_posts import PostQuery, require_only_match, shown_hash
from pressroom.core.when import parse_end, require_end, zone_named
from pressroom.service.acting.obstacles import Obstacles
from pressroom.service.consent.change import Change, Verb
from pressroom.service.consent.changing import Changes, distinct
from pressroom.service.consent.gate import AGENT_SHELLS, REQUIRE_TERMINAL, Carriers, Outcome
from pressroom.service.consent.proposals import Proposals
from pressroom.service.consent.rules import (
    NEW,
    require_grant_sense,
    require_known_verbs,
    require_logins,
    summary_of,
)

log: Final = logging.getLogger("pressroom.service")

_PAGE: Final = 200
# A program's post waits as its proposal; listed as a post, too, it would look like two.
_HELD: Final = PostQuery(states=(PostState.AWAITING_APPROVAL,), has_no_proposal=True, limit=_PAGE)
_SENT: Final = (PostState.PUBLISHING, *WENT_LIVE)


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
    def of(cls, subject: Proposal | Post) -> "Waiting":
        """Make it of what is decided."""
        if isinstance(subject, Proposal):
            return cls(subject.id, subject.summary, proposal=subject)
        return cls(subject.id, summary_of(subject), post=subject)

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
    def when(self) -> When:
        """What is known of its time; NOW for what is about no post."""
        # A proposal of an earlier release has none.
        return When(self.summary.get("when") or (When.TIME if self.due_at else When.NOW))

    @property
    def due_order(self) -> tuple[bool, datetime, datetime, str]:
        """Sort key: items by due time, soonest first, then items without a time, oldest first.

        An item that is to be published at once counts as due from the time it was created. The id comes last,
        so that no two items are equal and a page can start after any of them.
        """
        subject = self.proposal or self.post
        assert subject
        assert subject.created_at
        return not self.when.has_time, self.due_at or subject.created_at, subject.created_at, self.id

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

    change: the proposal of a post that was there already. warnings: what still keeps the post from going out,
    one sentence each.
    """

    post: Post | None = None
    proposal: Proposal | None = None
    warnings: tuple[str, ...] = ()
    change: Proposal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Released:
    """The posts that went under a standing consent, each group in the order in which they go out.

    grant: the consent. unsent: still to go out. held: since it was withdrawn they wait for a person. sent:
    the ids of those that are live, or being sent at this moment; nothing calls them back.
    """

    grant: GrantId
    unsent: tuple[Post, ...]
    held: tuple[Post, ...]
    sent: tuple[PostId, ...]


class ApprovalService(Proposals):
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

    async def list(self, query: PostQuery | None = None, *, after: str | None = None) -> tuple[Waiting, ...]:
        """Return the proposals and held posts that wait for a person, the soonest due first.

        query: limits them by account and due time; a proposal about no post has no due time. after: a whole
        id; only what follows that item in the order is returned. Raises NotFound for an unknown `after`.
        """
        store, query = await self._resources.store(), query or PostQuery()
        await store.run(store.consents.expire, self._resources.clock.now())
        # The item may have been approved or declined since the last page. Its sort key still says where
        # to continue.
        last = Waiting.of(await self._find(after, query.accounts)).due_order if after else None
        account = query.account
        if account is not None:
            with contextlib.suppress(NotFound):  # nobody is signed in under this name: it may be an id
                account = (await store.run(store.accounts.get, account)).account
        waiting = [
            *[Waiting.of(each) async for each in self._waiting_proposals(query, account)],
            *[Waiting.of(post) async for post in self._held_posts(query)],
        ]
        ordered = sorted(waiting, key=lambda item: item.due_order)
        return tuple(item for item in ordered if last is None or item.due_order > last)

    async def count(self) -> int:
        """Count everything that waits for a person."""
        store, now = await self._resources.store(), self._resources.clock.now()
        await store.run(store.consents.expire, now)
        proposals = await store.run(store.consents.count_waiting, now)
        return proposals + await store.run(store.posts.count, _HELD)

    async def show(self, prefix: str) -> Waiting:
        """Return a proposal in any state, or a post, by its id or the start of it.

        Raises Refused for fewer than four characters, NotFound for none and for several, naming these.
        """
        return Waiting.of(await self._find(prefix))

    def address(self, whole_id: str) -> str | None:
        """Return where a person can look at a proposal, or a post that is held back, by its whole id.

        The page requires a sign-in: the address shows nothing to anybody else. None where no page is served.
        """
        return self._gate.address(whole_id)

    async def distinct(self, ids: Sequence[str]) -> tuple[str, ...]:
        """Drop each id that means the same as one before it; an id that means nothing stays."""
        return tuple(await distinct(ids, self._find))

    async def rehearse(self, prefix: str) -> Waiting:
        """Return what `approve` would let out, and let out nothing.

        Raises NotFound, and Refused or Conflict for what does not wait.
        """
        waiting = await self.show(prefix)
        if waiting.post:
            Change(Verb.APPROVE).operate(waiting.post, self._resources.clock.now())
        elif waiting.proposal and waiting.proposal.state is not ProposalState.WAITING:
            raise Conflict(
                f"Proposal {waiting.id} is {waiting.proposal.state}.", fix="Only what waits can be approved."
            )
        return waiting

    async def approve(self, prefix: str, *, mark: str | None = None, version: int | None = None) -> Approved:
        """Approve a proposal, or a post that is held back, by its id or the start of it, as `show` takes it.

        A change of a post is applied in the same commit. Anything else is carried out once; approving it
        again resumes it where the earlier session died before it began. mark: of the `Waiting` that the
        person saw; version: of the post that it is, or is about. Raises NotFound, Refused for a post that was
        changed since it was proposed, PostChanged, Conflict for what does not wait or has another mark by
        now, NeedsApproval for a program.
        """
        subject, change = await self._find(prefix), None
        _require_mark(subject, mark)
        if isinstance(subject, Post):
            seen = version if mark is None else subject.version
            post = await self._changes.make(subject.id, Change(Verb.APPROVE), version=seen)
        else:
            if subject.state is ProposalState.WAITING and await self._gate.is_program():
                raise self._gate.approval_needed(subject)
            if subject.subject_kind is not SubjectKind.POST:
                return Approved(proposal=await self._carry_out(subject))
            verb = Verb.APPROVE if subject.verb == NEW else Verb(subject.verb)
            post = await self._changes.approve(subject, Change(verb, subject.arguments), version)
            change = None if subject.verb == NEW else subject
        return Approved(post, warnings=await self._obstacles.of(post.account), change=change)

    async def decline(self, prefix: str, *, mark: str | None = None, version: int | None = None) -> Approved:
        """Decline a proposal; cancels the post that waits for it, or that was held back.

        mark, version: as `approve` takes them. Raises NotFound, PostChanged, Conflict for what does not wait
        or has another mark by now, NeedsApproval for a program.
        """
        await self._gate.require_person("Only a person declines what a program wants.")
        subject = await self._find(prefix)
        _require_mark(subject, mark)
        if isinstance(subject, Post):
            post_id, seen = subject.id, version if mark is None else subject.version
        # Cancelling the post declines its proposal in the same commit; `_decide` alone would leave the post.
        elif subject.verb == NEW and subject.subject_id and subject.state is ProposalState.WAITING:
            post_id, seen = subject.subject_id, version
        else:
            return Approved(proposal=await self._decide(subject, ProposalState.DECLINED))
        # Only while it is held: of two people who decide at once, the one who says no must not undo the yes.
        return Approved(await self._changes.make(post_id, Change(Verb.CANCEL), version=seen, only_held=True))

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
        signed in to. ends_at: in words in the timezone, else the accounts' own; a day alone ends it as
        that day begins. Raises Refused for a consent that could never apply, NeedsApproval for a program.
        """
        await self._gate.require_person("Only a person gives a standing consent.")
        require_grant_sense(verbs, accounts, per_day)
        require_known_verbs(verbs, [NEW, *Verb, *self._carriers()])
        store, now, by = await self._resources.store(), self._resources.clock.now(), await self._gate.actor()
        logins = require_logins(accounts, await store.run(store.accounts.list), rule="standing_consent")
        if isinstance(ends_at, str):
            zones = [timezone] if timezone else list({login.timezone for login in logins})
            zone = zone_named(zones[0]) if len(zones) == 1 else None
            ends_at = parse_end(ends_at, now=now, zone=zone, why_none="and the accounts have several")
        require_end(ends_at, now, what="A standing consent", rule="standing_consent")
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
        await store.run(store.consents.grant, grant, [_grant_event(grant.id, "allowed", by.id, now)])
        # Read back, since the store has turned the accounts' names into ids.
        return next(each for each in await store.run(store.consents.grants) if each.id == grant.id)

    async def allowed(self, *, accounts: Collection[AccountId] | None = None) -> tuple[Grant, ...]:
        """Return all standing consents, ended ones too.

        accounts: only those for one of them, as if they were for these alone; None for all.
        """
        store = await self._resources.store()
        grants = await store.run(store.consents.grants)
        if accounts is None:
            return grants
        limited = [
            replace(grant, accounts=tuple(each for each in grant.accounts if each in accounts))
            for grant in grants
        ]
        return tuple(grant for grant in limited if grant.accounts)

    async def released(self, grant_id: str) -> Released:
        """Return the posts that went under a standing consent; none of those that are over and not live."""
        store, grant = await self._resources.store(), GrantId(grant_id)
        return await self._posts_of(grant, await store.run(store.consents.released, grant))

    async def withdraw(self, prefix: str, *, leave: bool = False) -> Released:
        """End a standing consent, hold back what went under it and is not sent yet, and return all that.

        prefix: its id, or the start of it, as `show` takes one. leave: let that go out all the same. Raises
        Refused for fewer than four characters, NotFound, NeedsApproval for a program.
        """
        await self._gate.require_person("Only a person withdraws a standing consent.")
        store, now = await self._resources.store(), self._resources.clock.now()
        grant_id = require_only_match(
            [grant for grant in await self.allowed() if grant.id.startswith(prefix)],
            prefix,
            what="standing consent",
            kind_of=lambda _: "standing consent",
            fix="List them first.",
        ).id
        # From this commit on no send of these posts is opened: what follows may take its time, or be killed.
        events = [_grant_event(grant_id, "withdrawn", (await self._gate.actor()).id, now)]
        released = await store.run(store.consents.revoke, grant_id, now, events, leaves=leave)
        if released is None:
            raise NotFound(f"Standing consent {grant_id} is withdrawn already.", fix="List them first.")
        if leave:
            return await self._posts_of(grant_id, released)
        for post in [post for post, state in released.items() if state.is_waiting]:
            await self._changes.hold_back(post)
        return await self.released(grant_id)

    async def _posts_of(self, grant: GrantId, states: Mapping[PostId, PostState]) -> Released:
        store = await self._resources.store()
        unsent = [post for post, state in states.items() if state.is_waiting]
        held = [post for post, state in states.items() if state is PostState.AWAITING_APPROVAL]
        return Released(
            grant=grant,
            unsent=tuple([await store.run(store.posts.get, post) for post in unsent]),
            held=tuple([await store.run(store.posts.get, post) for post in held]),
            sent=tuple(post for post, state in states.items() if state in _SENT),
        )

    async def _waiting_proposals(self, query: PostQuery, account: str | None) -> AsyncGenerator[Proposal]:
        """Yield the waiting proposals that a query selects. account: an id; None for all."""
        store, waiting, last = await self._resources.store(), (ProposalState.WAITING,), None
        page_after = partial(store.consents.list, waiting, accounts=query.accounts, limit=_PAGE)
        while page := await store.run(page_after, after=last):
            for proposal in page:
                if _matches(proposal, query, account):
                    yield proposal
            last = page[-1]

    async def _held_posts(self, query: PostQuery) -> AsyncGenerator[Post]:
        """Yield the posts that are held back without a proposal, read page by page."""
        store, place = await self._resources.store(), None
        limits = {name: getattr(query, name) for name in ("account", "accounts", "due_from", "due_before")}
        held = replace(_HELD, **limits)
        while True:
            page = await store.run(store.posts.list, replace(held, after=place))
            for post in page.posts:
                yield post
            if page.next is None:
                return
            place = page.next

    async def _find(self, prefix: str, accounts: Collection[str] | None = None) -> Proposal | Post:
        """Return the proposal or post that an id, or the start of it, means. accounts: None for all."""
        store = await self._resources.store()
        # Of both kinds at once: an id that could mean either would let out what nobody looked at.
        candidates = [
            *await store.run(store.consents.starting, prefix),
            *await store.run(store.posts.starting, prefix),
        ]
        return require_only_match(
            [each for each in candidates if accounts is None or each.account in accounts],
            prefix,
            what="proposal or post",
            kind_of=lambda candidate: "proposal" if isinstance(candidate, Proposal) else "post",
            fix=Fix.of("List what waits: {}.", Remedy(RemedyKind.LIST_PROPOSALS)),
        )

    async def _carry_out(self, proposal: Proposal) -> Proposal:
        """Approve a proposal about no post and carry it out, once among all sessions that try."""
        store = await self._resources.store()
        # Approval, claim and outcome are three commits, since a call cannot be part of one. Approved first:
        # a call made before its approval is stored could be approved, and made, again after a crash.
        if proposal.state is ProposalState.APPROVED and proposal.carried_out_at is None:
            # A session approved it and died before it claimed it.
            await self._gate.require_person("Only a person's session carries out what a person approved.")
            approved = proposal
        else:
            approved = await self._decide(proposal, ProposalState.APPROVED)
        if not await store.run(store.consents.claim, proposal.id, self._resources.clock.now()):
            return await store.run(store.consents.get, proposal.id)
        outcome = await self._outcome(proposal)
        await store.run(store.consents.finish, proposal.id, outcome)
        return replace(approved, outcome=outcome)

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
        """Store a person's decision on a proposal. Raises Conflict where it does not wait."""
        store, now, by = await self._resources.store(), self._resources.clock.now(), await self._gate.actor()
        decision = Decision(proposal=proposal.id, state=state, by=by.id, at=now)
        subject = proposal.subject_id or proposal.account
        event = subject and JournalEvent(
            subject_id=subject,
            subject_kind=proposal.subject_kind or SubjectKind.ACCOUNT,
            at=now,
            step=state,
            text=f"A person has {state} what {proposal.actor} wants: {proposal.verb}.",
            actor=by.id,
        )
        return await store.run(store.consents.decide, decision, [event] if event else [])


def _grant_event(grant: GrantId, step: str, by: ActorId, at: datetime) -> JournalEvent:
    return JournalEvent(subject_id=grant, subject_kind=SubjectKind.CONSENT, at=at, step=step, actor=by)


def in_turn(waiting: Iterable[Waiting]) -> list[Waiting]:
    """Sort by due time, the soonest first; items without a time come last.

    Items that are due and were created at the same moment keep their order.
    """
    return sorted(waiting, key=lambda item: item.due_order[:-1])


def _mark_of(subject: Proposal | Post | None) -> str:
    match subject:
        case Proposal():
            shown = subject.id, subject.content_hash
        case Post():
            shown = subject.id, subject.version, shown_hash(subject)
        case None:
            shown = ()
    return hashlib.sha256(msgspec.json.encode(shown)).hexdigest()


def _require_mark(subject: Proposal | Post, mark: str | None) -> None:
    if mark is not None and not hmac.compare_digest(mark.encode(), _mark_of(subject).encode()):
        raise Conflict(f"{subject.id} was changed since it was shown.", fix="Look at it again, then decide.")


def _matches(proposal: Proposal, query: PostQuery, account: str | None) -> bool:
    due = proposal.earliest_at
    is_from = query.due_from is None or (due is not None and due >= query.due_from)
    is_before = query.due_before is None or (due is not None and due < query.due_before)
    return is_from and is_before and account in (None, proposal.account)
