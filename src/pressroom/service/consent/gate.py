"""`Gate`: who acts in a session, and the consent that a program needs before anything of it goes out.

Two things go out. A post: when it enters a state from which it is sent, and when an approved post is brought
forward or changed (`rules.would_publish`). And a call: any but a plain read. A person does both freely. Why a
program's request waits, in the order in which it is decided:

1. `Gate.actor` says who acts. A person needs no consent.
2. `Gate.find_decision`: a person approved or declined the same request; that answers it for a day.
3. `Gate.find_grant_use`: a standing consent covers it and is not used up on the day.
4. Else `Gate.propose` stores a proposal, and `Gate.approval_needed` is raised.

`Gate.require_consent` takes steps 2 to 4 for a change of a stored post (`changing` calls it),
`Gate.find_outcome_or_allow` for a call, and `posts.storing` for a new post. Why:
docs/decisions/0014-consent.md.
"""

import contextlib
import os
import pwd
import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, TypeAlias

from pressroom.core.account import account_id, is_of_sandbox
from pressroom.core.actor import (
    LONGEST_ACTOR_NAME,
    Actor,
    ActorKind,
    AgentShell,
    agent_shell,
    is_attended,
    program_of,
    shown_id,
)
from pressroom.core.consent import Grant, GrantId, GrantUse, Proposal, ProposalId, ProposalState
from pressroom.core.errors import Conflict, NeedsApproval, NotFound, PressroomError, Refused
from pressroom.core.failure import EarlierFailure, Failure
from pressroom.core.journal import JournalEvent, SubjectKind
from pressroom.core.post import Post
from pressroom.core.remedies import Fix, Remedy, RemedyKind
from pressroom.core.settings import API_BASE
from pressroom.core.when import in_words, repeated_hour, start_of, zone_named
from pressroom.graph.answers import ME
from pressroom.service.consent.rules import CANCEL, LIVES, NEW, SOON, Request, covers, still_answers
from pressroom.service.ground.resources import Resources
from pressroom.service.ground.served import address_of

REQUIRE_TERMINAL = "require_terminal"
"""The store's option under which whoever is not at a terminal counts as a program."""
AGENT_SHELLS = "agent_shells"
"""The store's option by which whoever acts in a known agent's shell is a person; unset, a program."""

Outcome: TypeAlias = Mapping[str, Any]
CarryOut: TypeAlias = Callable[[Proposal], Awaitable[Outcome]]
"""Carries out a proposal that is no change of a post, and returns its outcome."""
Carriers: TypeAlias = Callable[[], Mapping[str, CarryOut]]
"""Returns what carries out such proposals, by their verbs."""

# How far back a request's earlier proposal is looked for. A decision counts until a day after its post was
# due, which may be months after the proposal was made.
_REMEMBERED = timedelta(days=365)


class Gate:
    """Lets a person act, and turns what a program asks for into a proposal unless consent was given.

    actor: who acts; None means a known agent in its own shell, else the process's owner. is_attended: whether
    a person is at a terminal. api_base: of an account that was handed in; None is the environment's.
    """

    def __init__(
        self,
        resources: Resources,
        actor: Actor | None = None,
        is_attended: Callable[[], bool] = is_attended,
        api_base: str | None = None,
    ) -> None:
        self._resources = resources
        self._actor = actor
        self._is_attended = is_attended
        self._api_base = api_base
        # The agent's shell that made the last `actor` a program; refusals name it.
        self._shell: AgentShell | None = None
        self._owner_of_keys: str | None = None

    async def actor(self) -> Actor:
        """Return who acts: the session's actor, a known agent in its shell, else the owner.

        Without a terminal the owner is a program if the settings or the store say so. Raises Refused for a
        name that an agent's shell claims and that is not its own.
        """
        if self._actor is not None and not self._actor.is_claimed:
            return self._actor
        # Read each time: a session that is open for days must follow the store's options at once.
        shell = self.marked
        if shell and (await self._is_in_sandbox() or not await self.takes_agent_shells()):
            shell = None
        self._shell = shell
        if self._actor is not None:
            # A name is one program: by another's an agent would use up what a person lets that one do.
            if shell and self._actor.name != shell.name:
                raise _another_name(self._actor, shell)
            return self._actor
        if shell:
            return Actor(ActorKind.PROGRAM, shell.name)
        is_program = not self._is_attended() and await self.requires_terminal()
        return Actor(ActorKind.PROGRAM if is_program else ActorKind.PERSON, owner())

    async def owner_of_keys(self) -> str:
        """Return whose a session's idempotency keys are: a program's own, or empty for all persons.

        Looked up once, since a table asks for each of its rows.
        """
        if self._owner_of_keys is None:
            self._owner_of_keys = program_of((await self.actor()).id)
        return self._owner_of_keys

    async def is_program(self) -> bool:
        """Tell whether a program acts, so that what goes out needs a person's consent."""
        return (await self.actor()).is_program

    @property
    def marked(self) -> AgentShell | None:
        """The known agent's shell that this session is in, if it is in one."""
        # Of the process's own environment, too: what was handed in may be a part of it alone.
        return agent_shell(self._resources.environ) or agent_shell(os.environ)

    async def _is_in_sandbox(self) -> bool:
        """Tell whether nothing here is Instagram's: neither the API nor any account of the store."""
        # By the store, too: a program sets its own environment, and may not approve in a sandbox's name what
        # goes out on Instagram.
        base = self._api_base or API_BASE.read(self._resources.environ)[0]
        if not is_of_sandbox(account_id(ME, base)):
            return False
        if not self._resources.has_store:
            return True
        store = await self._resources.store()
        return all(is_of_sandbox(account) for account in await store.run(store.accounts.ids))

    async def takes_agent_shells(self) -> bool:
        """Tell whether a known agent's shell counts as a program; a person may have switched that off."""
        if not self._resources.has_store:
            return True
        store = await self._resources.store()
        return await store.run(store.options.get, AGENT_SHELLS) is None

    async def requires_terminal(self) -> bool:
        """Tell whether everybody without a terminal counts as a program."""
        # The environment can only tighten what the store says: a program sets its own environment.
        if self._resources.settings.requires_terminal:
            return True
        if not self._resources.has_store:
            return False
        store = await self._resources.store()
        return await store.run(store.options.get, REQUIRE_TERMINAL) == "1"

    async def require_person(self, what: str) -> None:
        """Raise NeedsApproval for a program: no consent can allow this action. what: says who may do it."""
        if await self.is_program():
            raise NeedsApproval(
                f"{what}{self._whose_shell()}",
                fix="Leave it to a person, who does the same at a terminal.",
            )

    async def require_person_at_terminal(self, what: str) -> None:
        """Raise NeedsApproval for a program, and where nobody is at a terminal. what: says who may do it."""
        await self.require_person(what)
        if not self._is_attended():
            raise NeedsApproval(what, fix="A person does the same at a terminal.")

    def require_person_unread(self, what: str) -> None:
        """Raise NeedsApproval unless a person is at a terminal, where no store can say who is a program."""
        is_attended = self._is_attended() and not self.marked
        if self._actor.is_program if self._actor else not is_attended:
            raise NeedsApproval(what, fix="A person does the same at a terminal.")

    async def require_consent(self, request: Request) -> GrantUse | Proposal:
        """Return what permits a program's request: an approved proposal, or a use of a standing consent.

        Raises NeedsApproval where there is neither, once the request's proposal is stored, and where a person
        declined it.
        """
        # A person's answer comes first: a standing consent must not override a refusal, nor be used up where
        # the same was approved.
        if proposal := await self.find_decision(request):
            return proposal
        if use := await self.find_grant_use(request):
            return use
        raise self.approval_needed(await self.propose(request), request.post)

    async def find_outcome_or_allow(self, request: Request) -> Outcome | None:
        """Return the outcome of a request that a person approved and that was carried out since.

        None allows the action now, once, by a standing consent. For what is no change of a post. Raises
        NeedsApproval where nobody decided or a person declined, EarlierFailure where carrying it out failed,
        PressroomError where its outcome is not known.
        """
        proposal = await self.find_decision(request)
        if proposal is None:
            store = await self._resources.store()
            # A Conflict means that another process took the last use; the next round may find another grant.
            while use := await self.find_grant_use(request):
                with contextlib.suppress(Conflict):
                    await store.run(store.consents.use, use)
                    return None
            raise self.approval_needed(await self.propose(request), request.post)
        # Approved and claimed, but the process died before it stored an answer. The call may have been made,
        # so nobody makes it again: a lost comment is better than a second one.
        if proposal.outcome is None:
            raise PressroomError(
                "A person let it go, and what came of it is not known.",
                fix=Fix.of("See: {}.", Remedy(RemedyKind.SHOW_PROPOSAL, {"proposal": proposal.id})),
            )
        if error := proposal.outcome.get("error"):
            raise EarlierFailure(Failure.from_json(error))
        return proposal.outcome

    async def find_decision(self, request: Request) -> Proposal | None:
        """Return the approved proposal of the same request, until a day after its decision or its due time.

        Raises NeedsApproval where a person declined it.
        """
        proposal = await self._latest(request)
        if proposal is None or not still_answers(proposal, self._resources.clock.now()):
            return None
        if proposal.state is ProposalState.DECLINED:
            raise self.declined_error(proposal)
        return proposal if proposal.state is ProposalState.APPROVED else None

    async def find_waiting(self, request: Request) -> Proposal | None:
        """Return the waiting proposal of the same request."""
        proposal = await self._latest(request)
        return proposal if proposal and proposal.state is ProposalState.WAITING else None

    async def find_expired(self, request: Request) -> Proposal | None:
        """Return the newest proposal of the same request if nobody decided it in time."""
        proposal = await self._latest(request)
        return proposal if proposal and proposal.state is ProposalState.EXPIRED else None

    async def _latest(self, request: Request) -> Proposal | None:
        actor, store, now = await self.actor(), await self._resources.store(), self._resources.clock.now()
        # Expiry is no job of the worker's: a proposal ends when somebody looks, also where no worker runs.
        await store.run(store.consents.expire, now)
        return await store.run(store.consents.latest, actor.id, request.content_hash, now - _REMEMBERED)

    async def find_grant_use(self, request: Request, beside: Sequence[GrantUse] = ()) -> GrantUse | None:
        """Return the use of a standing consent that covers a request; None where there is none.

        None, too, while a proposal for the same waits: granted now and approved later it would go out twice.
        beside: uses that are stored in the same commit.
        """
        if not request.is_grantable or request.account is None or await self.find_waiting(request):
            return None
        store, actor = await self._resources.store(), await self.actor()
        use, grants = await self._use_of(request), await store.run(store.consents.grants, actor.id)
        covering = [grant for grant in grants if covers(grant, request.verb, request.account, use.at)]
        return await self._first_left(use, covering, beside)

    async def find_later_use(self, request: Request, grants: Sequence[Grant]) -> GrantUse | None:
        """Return the use of a standing consent for a later time of a post; None where none covers that time.

        grants: those that the post went under.
        """
        use = replace(await self._use_of(request), is_anew=True)
        covering = [grant for grant in grants if covers(grant, NEW, request.account, use.at)]
        return await self._first_left(use, covering)

    async def _use_of(self, request: Request) -> GrantUse:
        """Return what a request would use of a grant, on the day it goes out; which grant is not said yet."""
        store, now = await self._resources.store(), self._resources.clock.now()
        try:
            zone = zone_named((await store.run(store.accounts.get, request.account or "")).timezone)
        except NotFound:  # nobody is signed in to the account
            zone = zone_named("UTC")
        at = max(now, request.earliest_at or now)
        day = at.astimezone(zone).date()
        return GrantUse(
            grant=GrantId(""),
            at=at,
            day_start=start_of(day, zone),
            day_end=start_of(day + timedelta(days=1), zone),
            reference=request.post.id if request.post else request.content_hash,
        )

    async def _first_left(
        self, unassigned: GrantUse, grants: Sequence[Grant], beside: Sequence[GrantUse] = ()
    ) -> GrantUse | None:
        """Return the use of the first grant that is not used up on its day."""
        store = await self._resources.store()
        for grant in grants:
            use = replace(unassigned, grant=grant.id)
            others = sum(
                other.grant == use.grant and use.day_start <= other.at < use.day_end for other in beside
            )
            # A first look; the commit that stores the use counts again, so that of two processes one gets the
            # last use.
            if await store.run(store.consents.uses, use) + others <= grant.per_day:
                return use
        return None

    async def propose(self, request: Request) -> Proposal:
        """Store a request's proposal and return it; where the same waits already, return that one."""
        store, proposal = await self._resources.store(), await self.build_proposal(request)
        return await store.run(store.consents.propose, proposal, proposal_events(proposal))

    async def build_proposal(self, request: Request) -> Proposal:
        """Build the proposal of a request; stores nothing."""
        actor, now, earliest = await self.actor(), self._resources.clock.now(), request.earliest_at
        is_later = earliest is not None and earliest - now > SOON
        what = f"{request.verb} {request.post.kind}" if request.post else request.verb
        return Proposal(
            id=ProposalId(uuid.uuid4().hex),
            actor=actor.id,
            verb=request.verb,
            account=request.account,
            subject_kind=SubjectKind.POST if request.post else None,
            subject_id=request.post.id if request.post else None,
            content_hash=request.content_hash,
            arguments=request.arguments,
            summary={"what": what, "asked_by": actor.name, **request.summary},
            created_at=now,
            # Undecided at its due time, a post is too late for what was asked.
            expires_at=earliest if earliest and is_later else now + LIVES,
            earliest_at=earliest,
        )

    def approval_needed(self, proposal: Proposal, post: Post | None = None) -> NeedsApproval:
        """Build the error of a proposal that waits for a person. post: that it is about, as it is now."""
        address, goes_out_at = self.address(proposal.id), None
        meanwhile, stop = _twice(proposal.summary), Fix("")
        # A change that waits calls nothing back: an approved post is not lost to one that nobody looks at.
        if post and post.state.is_waiting:
            goes_out_at = post.goes_out_at or self._resources.clock.now()
            when = in_words(goes_out_at, post.timezone)
            meanwhile += f" Until then the post goes out as it was approved, {when}."
            # What waits may be the cancellation itself: to ask for it again stops nothing.
            if proposal.verb != CANCEL:
                stop = Fix.of(" To stop it: {}.", Remedy(RemedyKind.CANCEL_POST, {"post": post.id}))
        return NeedsApproval(
            f"A person has to let this out: proposal {proposal.id} waits for approval.{meanwhile}"
            f"{self._whose_shell()}",
            fix=Fix.of(
                "A person lets it out: {}{}. Then the same again tells what became of it.{}",
                Remedy(RemedyKind.APPROVE, {"proposal": proposal.id}),
                _or_at(address),
                stop,
            ),
            proposal_id=proposal.id,
            state=proposal.state,
            post_id=_post_of(proposal),
            expires_at=proposal.expires_at,
            goes_out_at=goes_out_at,
            address=address,
        )

    def release_needed(self, post: Post) -> NeedsApproval:
        """Build the error of a post that waits for a person without a proposal."""
        address = self.address(post.id)
        return NeedsApproval(
            f"Post {post.id} is {post.state.replace('_', ' ')}, and a person has to let it go."
            f"{self._whose_shell()}",
            fix=Fix.of(
                "A person lets it go: {}{}.",
                Remedy(RemedyKind.APPROVE, {"proposal": post.id}),
                _or_at(address),
            ),
            post_id=post.id,
            address=address,
        )

    def declined_error(self, proposal: Proposal) -> NeedsApproval:
        """Build the error of a proposal that a person declined."""
        return NeedsApproval(
            f"A person declined this: proposal {proposal.id}.",
            fix=Fix.of(
                "Do not ask for the same again; see {}, and talk to the person.",
                Remedy(RemedyKind.SHOW_PROPOSAL, {"proposal": proposal.id}),
            ),
            proposal_id=proposal.id,
            state=proposal.state,
            post_id=_post_of(proposal),
            address=self.address(proposal.id),
        )

    def address(self, whole_id: str) -> str | None:
        """Return where a proposal, or a post that waits, is shown; None where no page is served."""
        return address_of(self._resources.settings, f"/approvals/{whole_id}")

    def _whose_shell(self) -> str:
        """Say to a person why their shell counts as an agent's. How to leave it is no part of any refusal."""
        # Agents hand a fix on word for word: one that led around the person would be an agent's next command.
        if self._shell is None:
            return ""
        names = " and ".join(self._shell.variables)
        return f" This shell counts as {self._shell.name}'s, by {names} in its environment."


def _twice(summary: Mapping[str, Any]) -> str:
    """Say which of two equal times a proposal's is; empty of any other time."""
    due_at = summary.get("due_at")
    twice = due_at and repeated_hour(datetime.fromisoformat(due_at), str(summary.get("timezone") or "UTC"))
    return f" {twice}" if twice else ""


def _another_name(actor: Actor, shell: AgentShell) -> Refused:
    return Refused(
        f"This shell is {shell.name}'s, and cannot act as {actor.shown}.",
        rule="program_name",
        value=actor.name,
        limit=shell.name,
        fix=f"Name no other program: what is run here is {shell.name}'s.",
    )


def _or_at(address: str | None) -> Fix:
    return Fix(f", or on its page, {address}" if address else "")


def _post_of(proposal: Proposal) -> str | None:
    return proposal.subject_id if proposal.subject_kind is SubjectKind.POST else None


def proposal_events(proposal: Proposal) -> list[JournalEvent]:
    """Return the event that tells followers of the journal that something waits."""
    subject = proposal.subject_id or proposal.account
    if subject is None:
        return []
    return [
        JournalEvent(
            subject_id=subject,
            subject_kind=proposal.subject_kind or SubjectKind.ACCOUNT,
            at=proposal.created_at,
            step="proposed",
            text=f"A person is asked to let out what {shown_id(proposal.actor)} wants: {proposal.verb}.",
            actor=proposal.actor,
        )
    ]


def owner() -> str:
    """Return the name of the process's user, cut to what an actor's name may be."""
    try:
        # Not LOGNAME or USER: a program could set them and act under a person's name.
        name = pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # a user without a name, as in containers
        name = f"user {os.getuid()}"
    line = "".join(letter for letter in name if letter.isprintable()).strip()
    return line[:LONGEST_ACTOR_NAME] or "owner"
