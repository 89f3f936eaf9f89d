"""Who acts in a session, and the consent that a program needs before anything of it goes out.

Two things go out. A post: when it enters a state from which it is sent, and when an approved one is brought
forward or changed. And a call: any but a plain read. A person does both freely. A program needs a grant
(standing consent), or a person who approves its proposal. Why: docs/decisions/0014-consent.md.
"""

import contextlib
import hashlib
import os
import pwd
import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

import msgspec

from pressroom.core.account import account_id, is_of_sandbox
from pressroom.core.actor import (
    LONGEST_ACTOR_NAME,
    Actor,
    ActorKind,
    AgentShell,
    agent_shell,
    is_attended,
    shown_id,
)
from pressroom.core.consent import Grant, GrantId, GrantUse, Proposal, ProposalId, ProposalState
from pressroom.core.errors import Conflict, NeedsApproval, NotFound, PressroomError
from pressroom.core.failure import EarlierFailure, Failure
from pressroom.core.journal import JournalEvent, SubjectKind
from pressroom.core.post import Post, PostState
from pressroom.core.remedies import Fix, Remedy, RemedyKind
from pressroom.core.settings import API_BASE
from pressroom.core.stored_posts import shown_hash
from pressroom.core.when import in_words, start_of, zone_named
from pressroom.graph.ids import ME
from pressroom.service.ground.resources import Resources
from pressroom.service.ground.served import address_of

REQUIRE_TERMINAL = "require_terminal"
"""The store's option under which whoever is not at a terminal counts as a program."""
AGENT_SHELLS = "agent_shells"
"""The store's option under which known agents' shells are like any other; unset they are programs'."""

_LET_GO = frozenset(
    {PostState.SCHEDULED, PostState.PREPARING, PostState.READY, PostState.PUBLISHING, PostState.PUBLISHED}
)
# How long a proposal without a due time can be decided, and how long a decision answers the same request.
_LIVES = timedelta(hours=24)
# How far back a request's earlier proposal is looked for. A decision counts until a day after its post was
# due, which may be months after the proposal was made.
_REMEMBERED = timedelta(days=365)
SOON = timedelta(minutes=1)
"""A due time nearer than this means now: checking and copying files takes a while."""


def lets_out(before: Post | None, after: Post) -> bool:
    """Tell whether a change of a post makes something go out. before: None for a new post."""
    # Told from the post before and after, not from the command: a list of dangerous commands had a hole with
    # each new one, such as a move to now, which sends a post as a retry does.
    if before is not None and not before.state.is_held and shown_hash(before) != shown_hash(after):
        return True
    if after.state not in _LET_GO:
        return False
    if before is None or before.state not in _LET_GO:
        return True
    return is_sooner(before, after)


def is_sooner(before: Post, after: Post) -> bool:
    """Tell whether a post is brought forward. A post without a due time is due at once."""
    return _due(after) < _due(before)


def _due(post: Post) -> datetime:
    return post.goes_out_at or datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a program wants. arguments: for the code that carries it out. summary: for the person who decides.

    stands: a mark of the post's present state, where the same verb may be wanted of it again later.
    """

    verb: str
    arguments: Mapping[str, Any]
    summary: Mapping[str, Any]
    account: str | None = None
    post: Post | None = None
    stands: str | None = None
    earliest_at: datetime | None = None
    is_grantable: bool = True

    @property
    def content_hash(self) -> str:
        """Digest of the verb, arguments, account and everything that is shown, each file by its bytes."""
        # A new post's own id is left out: a program that repeats its command makes a post with another id,
        # and must be answered by the proposal of the first.
        shown = (shown_hash(self.post), self.post.id) if self.post and self.verb != NEW else None
        content = shown_hash(self.post) if self.post and self.verb == NEW else None
        asked = (self.verb, self.account, self.arguments, shown, content, self.stands)
        return hashlib.sha256(msgspec.json.encode(asked, order="sorted")).hexdigest()


NEW = "publish"
"""The verb of a new post."""

Outcome: TypeAlias = Mapping[str, Any]
CarryOut: TypeAlias = Callable[[Proposal], Awaitable[Outcome]]
"""Carries out a proposal that is no change of a post, and returns its outcome."""
Carriers: TypeAlias = Callable[[], Mapping[str, CarryOut]]
"""Returns what carries out such proposals, by their verbs."""


class Gate:
    """Lets a person act, and turns what a program wants into a proposal unless consent was given.

    given: who acts; None means a known agent in its own shell, else the process's owner. is_attended: whether
    a person is at a terminal. api_base: of an account that was handed in; None is the environment's.
    """

    def __init__(
        self,
        resources: Resources,
        given: Actor | None = None,
        is_attended: Callable[[], bool] = is_attended,
        api_base: str | None = None,
    ) -> None:
        self._resources = resources
        self._actor = given
        self._is_attended = is_attended
        self._api_base = api_base
        # What made a program of the last `actor`: its refusals say so.
        self._shell: AgentShell | None = None

    async def actor(self) -> Actor:
        """Return who acts: who was given, a known agent in its shell, else the owner.

        Without a terminal the owner is a program if the settings or the store say so.
        """
        if self._actor is not None:
            return self._actor
        # Asked each time: a session that is open for days must follow the store's word at once.
        self._shell = self.marked if await self._heeds_marks() else None
        if self._shell:
            return Actor(ActorKind.PROGRAM, self._shell.name)
        is_program = not self._is_attended() and await self.requires_terminal()
        return Actor(ActorKind.PROGRAM if is_program else ActorKind.PERSON, owner())

    @property
    def marked(self) -> AgentShell | None:
        """The known agent's shell that this session is in, if it is in one."""
        # The process's own count beside those that were handed in: these may be some of them alone.
        return agent_shell(self._resources.environ) or agent_shell(os.environ)

    async def _heeds_marks(self) -> bool:
        return self.marked is not None and not await self._is_in_sandbox() and await self.takes_agent_shells()

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

    async def is_program(self) -> bool:
        """Tell whether a program acts, so that what goes out needs a person's consent."""
        return (await self.actor()).is_program

    async def grant(self, wanted: Wanted, beside: Sequence[GrantUse] = ()) -> GrantUse | None:
        """Return the use of a standing consent that covers what is wanted; None where there is none.

        None, too, while a proposal for the same waits: granted now and approved later it would go out twice.
        beside: uses that are stored in the same commit.
        """
        if not wanted.is_grantable or wanted.account is None or await self.asked(wanted):
            return None
        store, actor = await self._resources.store(), await self.actor()
        use = await self._use_of(wanted)
        grants = [
            grant
            for grant in await store.run(store.consents.grants, actor.id)
            if _covers(grant, wanted.verb, wanted.account, use.at)
        ]
        return await self._free(use, grants, beside)

    async def anew(self, grants: Sequence[Grant], wanted: Wanted) -> GrantUse | None:
        """Return the use of the standing consent that a post went under, for a later time; None beyond it.

        grants: those that the post went under.
        """
        use = replace(await self._use_of(wanted), is_anew=True)
        return await self._free(
            use, [grant for grant in grants if _covers(grant, NEW, wanted.account, use.at)]
        )

    async def _use_of(self, wanted: Wanted) -> GrantUse:
        """Return the use that what is wanted would be, still of no grant: on the day it goes out."""
        now, zone = self._resources.clock.now(), await self._zone_of(wanted.account)
        at = max(now, wanted.earliest_at or now)
        day = at.astimezone(zone).date()
        return GrantUse(
            grant=GrantId(""),
            at=at,
            day_start=start_of(day, zone),
            day_end=start_of(day + timedelta(days=1), zone),
            reference=wanted.post.id if wanted.post else wanted.content_hash,
        )

    async def _zone_of(self, account: str | None) -> ZoneInfo:
        """Return an account's zone; UTC where nobody is signed in to it."""
        store = await self._resources.store()
        with contextlib.suppress(NotFound):
            return zone_named((await store.run(store.accounts.get, account or "")).timezone)
        return zone_named("UTC")

    async def _free(
        self, wanted: GrantUse, grants: Sequence[Grant], beside: Sequence[GrantUse] = ()
    ) -> GrantUse | None:
        """Return the use of the first grant that is not used up on its day."""
        store = await self._resources.store()
        for grant in grants:
            use = replace(wanted, grant=grant.id)
            others = sum(
                other.grant == use.grant and use.day_start <= other.at < use.day_end for other in beside
            )
            # A first look; the commit that stores the use counts again, so that of two processes one gets the
            # last use.
            if await store.run(store.consents.uses, use) + others <= grant.per_day:
                return use
        return None

    async def proposal(self, wanted: Wanted) -> Proposal:
        """Build the proposal of what is wanted; stores nothing."""
        actor, now, earliest = await self.actor(), self._resources.clock.now(), wanted.earliest_at
        is_later = earliest is not None and earliest - now > SOON
        return Proposal(
            id=ProposalId(uuid.uuid4().hex),
            actor=actor.id,
            verb=wanted.verb,
            account=wanted.account,
            subject_kind=SubjectKind.POST if wanted.post else None,
            subject_id=wanted.post.id if wanted.post else None,
            content_hash=wanted.content_hash,
            arguments=wanted.arguments,
            summary={"what": _what(wanted), "asked_by": actor.name, **wanted.summary},
            created_at=now,
            # Undecided at its due time, a post is too late for what was asked.
            expires_at=earliest if earliest and is_later else now + _LIVES,
            earliest_at=earliest,
        )

    async def decided(self, wanted: Wanted) -> Proposal | None:
        """Return the approved proposal of the same request, until a day after its decision or its due time.

        Raises NeedsApproval where a person declined it.
        """
        found = await self._latest(wanted)
        if found is None or not _holds(found, self._resources.clock.now()):
            return None
        if found.state is ProposalState.DECLINED:
            raise self.declined(found)
        return found if found.state is ProposalState.APPROVED else None

    async def consent(self, wanted: Wanted) -> GrantUse | Proposal:
        """Return the standing consent that covers what a program wants, or the proposal that was approved.

        Raises NeedsApproval where there is neither, once a proposal is kept, and where a person declined.
        """
        # A person's answer comes first: a standing consent must not override a refusal, nor be used up where
        # the same was approved.
        if decided := await self.decided(wanted):
            return decided
        if use := await self.grant(wanted):
            return use
        raise await self.ask(wanted)

    async def expired(self, wanted: Wanted) -> Proposal | None:
        """Return the newest proposal of the same request if nobody decided it in time."""
        found = await self._latest(wanted)
        return found if found and found.state is ProposalState.EXPIRED else None

    async def asked(self, wanted: Wanted) -> Proposal | None:
        """Return the waiting proposal of the same request."""
        found = await self._latest(wanted)
        return found if found and found.state is ProposalState.WAITING else None

    async def _latest(self, wanted: Wanted) -> Proposal | None:
        actor, store, now = await self.actor(), await self._resources.store(), self._resources.clock.now()
        # Expiry is no job of the worker's: a proposal ends when somebody looks, also where no worker runs.
        await store.run(store.consents.expire, now)
        return await store.run(store.consents.latest, actor.id, wanted.content_hash, now - _REMEMBERED)

    async def let(self, wanted: Wanted) -> Outcome | None:
        """Decide on a program's action that is no change of a post; None allows it now, once.

        Returns the outcome where a person approved it and it was carried out. Raises NeedsApproval,
        EarlierFailure where carrying it out failed, PressroomError where its outcome is not known.
        """
        decided = await self.decided(wanted)
        if decided is None and await self._is_granted(wanted):
            return None
        if decided is None:
            raise await self.ask(wanted)
        # Approved and claimed, but the process died before it stored an answer. The call may have been made,
        # so nobody makes it again: a lost comment is better than a second one.
        if decided.outcome is None:
            raise PressroomError(
                "A person let it go, and what came of it is not known.",
                fix=Fix.of("See: {}.", Remedy(RemedyKind.SHOW_PROPOSAL, {"proposal": decided.id})),
            )
        if error := decided.outcome.get("error"):
            raise EarlierFailure(Failure.from_json(error))
        return decided.outcome

    async def _is_granted(self, wanted: Wanted) -> bool:
        """Use up one use of a standing consent; False where none is left."""
        store = await self._resources.store()
        # A Conflict means that another process took the last use; the next round may find another grant.
        while use := await self.grant(wanted):
            with contextlib.suppress(Conflict):
                await store.run(store.consents.use, use)
                return True
        return False

    async def ask(self, wanted: Wanted) -> NeedsApproval:
        """Store the proposal of what is wanted, and return the error that says that it waits."""
        store = await self._resources.store()
        proposal = await self.proposal(wanted)
        stored = await store.run(store.consents.propose, proposal, asked_events(proposal))
        return self.waiting(stored, wanted.post)

    async def require_person(self, what: str) -> None:
        """Raise NeedsApproval for a program: no consent can allow this action. what: says who may do it."""
        if await self.is_program():
            raise NeedsApproval(
                what, fix=Fix.of("Leave it to a person, who does the same at a terminal.{}", self._unmarked())
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

    def _unmarked(self) -> Fix:
        """Say what a person does in whose shell an agent's mark is by mistake."""
        if self._shell is None:
            return Fix("")
        names, without = " and ".join(self._shell.variables), " -u ".join(self._shell.variables)
        return Fix(
            f" This shell counts as {self._shell.name}'s, by {names} in its environment. A person whose own "
            f"shell has that, as from a tmux server an agent started, runs the same by `env -u {without}`."
        )

    def waiting(self, proposal: Proposal, post: Post | None = None) -> NeedsApproval:
        """Build the error of a proposal that waits for a person. post: that it is about, as it is now."""
        address, goes_out_at = self.address(proposal.id), None
        meanwhile, stop = "", Fix("")
        # A change that waits calls nothing back: an approved post is not lost to one that nobody looks at.
        if post and post.state.is_waiting:
            goes_out_at = post.goes_out_at or self._resources.clock.now()
            when = in_words(goes_out_at, post.timezone)
            meanwhile = f" Until then the post goes out as it was approved, {when}."
            stop = Fix.of(" To stop it: {}.", Remedy(RemedyKind.CANCEL_POST, {"post": post.id}))
        return NeedsApproval(
            f"A person has to let this out: proposal {proposal.id} waits for approval.{meanwhile}",
            fix=Fix.of(
                "A person lets it out: {}{}. Then the same again tells what became of it.{}{}",
                Remedy(RemedyKind.APPROVE, {"proposal": proposal.id}),
                _or_at(address),
                stop,
                self._unmarked(),
            ),
            proposal_id=proposal.id,
            state=proposal.state,
            post_id=_post_of(proposal),
            expires_at=proposal.expires_at,
            goes_out_at=goes_out_at,
            address=address,
        )

    def held(self, post: Post) -> NeedsApproval:
        """Build the error of a post that waits for a person without a proposal."""
        address = self.address(post.id)
        return NeedsApproval(
            f"Post {post.id} is {post.state.replace('_', ' ')}, and a person has to let it go.",
            fix=Fix.of(
                "A person lets it go: {}{}.{}",
                Remedy(RemedyKind.APPROVE, {"proposal": post.id}),
                _or_at(address),
                self._unmarked(),
            ),
            post_id=post.id,
            address=address,
        )

    def declined(self, proposal: Proposal) -> NeedsApproval:
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

    def address(self, found: str) -> str | None:
        """Return where what waits is shown, by its whole id; None where no page is served."""
        return address_of(self._resources.settings, f"/approvals/{found}")


def _or_at(address: str | None) -> Fix:
    return Fix(f", or on its page, {address}" if address else "")


def _post_of(proposal: Proposal) -> str | None:
    return proposal.subject_id if proposal.subject_kind is SubjectKind.POST else None


def asked_events(proposal: Proposal) -> list[JournalEvent]:
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


def _holds(proposal: Proposal, now: datetime) -> bool:
    """Tell whether a decision still answers its request: a repeat would else be carried out a second time."""
    moments = [moment for moment in (proposal.decided_at, proposal.earliest_at) if moment]
    return bool(moments) and max(moments) >= now - _LIVES


def _covers(grant: Grant, verb: str, account: str | None, at: datetime) -> bool:
    """Tell whether a standing consent is for what goes out at a time."""
    is_over = grant.revoked_at is not None or (grant.ends_at is not None and grant.ends_at <= at)
    return not is_over and verb in grant.verbs and account in grant.accounts


def _what(wanted: Wanted) -> str:
    return f"{wanted.verb} {wanted.post.kind}" if wanted.post else wanted.verb


def owner() -> str:
    """Return the name of the process's user, cut to what an actor's name may be."""
    try:
        # Not LOGNAME or USER: a program could set them and act under a person's name.
        name = pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # a user without a name, as in containers
        name = f"user {os.getuid()}"
    line = "".join(letter for letter in name if letter.isprintable()).strip()
    return line[:LONGEST_ACTOR_NAME] or "owner"
