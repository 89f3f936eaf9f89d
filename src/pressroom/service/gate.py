"""Who acts in a session, and the consent that what a program wants let out needs.

Two things let something out: a post that enters a state from which it is sent, or is brought forward or
changed after it was let go; and any call but GET. A person does both freely. A program needs a grant, or a
person who approves its proposal.
"""

import contextlib
import hashlib
import os
import pwd
import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

import msgspec

from pressroom.core.actor import LONGEST_ACTOR_NAME, Actor, ActorKind
from pressroom.core.consent import Grant, GrantUse, Proposal, ProposalId, ProposalState
from pressroom.core.content import shown_hash
from pressroom.core.errors import Conflict, NeedsApproval, PressroomError
from pressroom.core.failure import EarlierFailure, Failure
from pressroom.core.journal import JournalEvent, SubjectKind
from pressroom.core.post import Post, PostState
from pressroom.core.remedies import Fix, Remedy, RemedyKind
from pressroom.core.terminal import is_attended
from pressroom.service.resources import Resources

REQUIRE_TERMINAL = "require_terminal"
"""The option of the store by which whoever is off a terminal is a program."""

_LET_GO = frozenset(
    {PostState.SCHEDULED, PostState.PREPARING, PostState.READY, PostState.PUBLISHING, PostState.PUBLISHED}
)
_LIVES = timedelta(hours=24)
_REMEMBERED = timedelta(days=365)
SOON = timedelta(minutes=1)
"""What is due sooner is due at once: checking takes a while."""


def lets_out(before: Post | None, after: Post) -> bool:
    """Tell whether a change of a post lets something out. before: None for a new post."""
    if before is not None and not before.state.is_held and shown_hash(before) != shown_hash(after):
        return True
    if after.state not in _LET_GO:
        return False
    if before is None or before.state not in _LET_GO:
        return True
    return is_sooner(before, after)


def is_sooner(before: Post, after: Post) -> bool:
    """Tell whether a post is brought forward; without a due time it is due at once."""
    return _due(after) < _due(before)


def _due(post: Post) -> datetime:
    return post.due_at or datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a program wants. arguments: for whoever carries it out; summary: for who decides.

    stands: how the post stands, for what may be wanted of it again later.
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
        """Name all of it: whose, what, and what it shows, each file by its bytes."""
        shown = (shown_hash(self.post), self.post.id) if self.post and self.verb != NEW else None
        content = shown_hash(self.post) if self.post and self.verb == NEW else None
        asked = (self.verb, self.account, self.arguments, shown, content, self.stands)
        return hashlib.sha256(msgspec.json.encode(asked, order="sorted")).hexdigest()


NEW = "publish"
"""The verb of a new post."""

Outcome: TypeAlias = Mapping[str, Any]
CarryOut: TypeAlias = Callable[[Proposal], Awaitable[Outcome]]
"""Does what a proposal asks for that is no change of a post, and says what came of it."""


class Gate:
    """Lets a session's persons through, and has a person asked for what its programs want.

    given: who acts, where that is known; None for the process's owner. is_attended: whether a person is
    there.
    """

    def __init__(
        self,
        resources: Resources,
        given: Actor | None = None,
        is_attended: Callable[[], bool] = is_attended,
    ) -> None:
        self._resources = resources
        self._actor = given
        self._is_attended = is_attended

    async def actor(self) -> Actor:
        """Say who acts. Off a terminal the owner is a program where the settings or the store say so."""
        if self._actor is None:
            owner = _owner()
            is_program = not self._is_attended() and await self.requires_terminal()
            self._actor = Actor(ActorKind.PROGRAM, owner) if is_program else Actor(ActorKind.PERSON, owner)
        return self._actor

    async def requires_terminal(self) -> bool:
        """Tell whether nobody off a terminal is taken for a person; the environment can only tighten that."""
        if self._resources.settings.requires_terminal:
            return True
        if not self._resources.has_store:
            return False
        store = await self._resources.store()
        return await store.run(store.options.get, REQUIRE_TERMINAL) == "1"

    async def is_program(self) -> bool:
        """Tell whether what this session lets out needs a person's consent."""
        return (await self.actor()).is_program

    async def grant(self, wanted: Wanted) -> GrantUse | None:
        """Give the use of a standing consent that covers what is wanted; None where there is none.

        What a person was asked before waits for the answer: let out twice it would be.
        """
        if not wanted.is_grantable or wanted.account is None or await self.asked(wanted):
            return None
        actor, store, now = await self.actor(), await self._resources.store(), self._resources.clock.now()
        day_start = now.replace(hour=0, minute=0, second=0, microsecond=0)
        for grant in await store.run(store.consents.grants, actor.id):
            if not _covers(grant, wanted, now):
                continue
            if await store.run(store.consents.uses, grant.id, day_start) < grant.per_day:
                reference = wanted.post.id if wanted.post else wanted.content_hash
                return GrantUse(grant=grant.id, at=now, day_start=day_start, reference=reference)
        return None

    async def proposal(self, wanted: Wanted) -> Proposal:
        """Make the proposal of what is wanted; nothing is stored yet."""
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
            expires_at=earliest if earliest and is_later else now + _LIVES,
            earliest_at=earliest,
        )

    async def decided(self, wanted: Wanted) -> Proposal | None:
        """Give what a person said to the same, until a day after that, or after it was due.

        Raises NeedsApproval where that was no.
        """
        found = await self._latest(wanted)
        if found is None or not _holds(found, self._resources.clock.now()):
            return None
        if found.state is ProposalState.DECLINED:
            raise declined(found)
        return found if found.state is ProposalState.APPROVED else None

    async def consent(self, wanted: Wanted) -> GrantUse | Proposal:
        """Give the standing consent that covers what a program wants, or the proposal that a person approved.

        Raises NeedsApproval where there is neither, once a proposal is kept, and where a person declined.
        """
        if decided := await self.decided(wanted):
            return decided
        if use := await self.grant(wanted):
            return use
        raise await self.ask(wanted)

    async def expired(self, wanted: Wanted) -> Proposal | None:
        """Give the proposal of the same that nobody decided in time, where it is the newest."""
        found = await self._latest(wanted)
        return found if found and found.state is ProposalState.EXPIRED else None

    async def asked(self, wanted: Wanted) -> Proposal | None:
        """Give the proposal of the same that waits."""
        found = await self._latest(wanted)
        return found if found and found.state is ProposalState.WAITING else None

    async def _latest(self, wanted: Wanted) -> Proposal | None:
        actor, store, now = await self.actor(), await self._resources.store(), self._resources.clock.now()
        await store.run(store.consents.expire, now)
        return await store.run(store.consents.latest, actor.id, wanted.content_hash, now - _REMEMBERED)

    async def let(self, wanted: Wanted) -> Outcome | None:
        """Let a program do something once that is no change of a post; None: it may do it now.

        What came of it is given where a person approved it, and it was done. Raises NeedsApproval,
        EarlierFailure for what failed then, PressroomError for what was done with an end that nobody knows.
        """
        decided = await self.decided(wanted)
        if decided is None and await self._is_granted(wanted):
            return None
        if decided is None:
            raise await self.ask(wanted)
        if decided.outcome is None:
            raise PressroomError(
                "A person let it go, and what came of it is not known.",
                fix=Fix.of("See: {}.", Remedy(RemedyKind.SHOW_PROPOSAL, {"proposal": decided.id})),
            )
        if error := decided.outcome.get("error"):
            raise EarlierFailure(Failure.told(error))
        return decided.outcome

    async def _is_granted(self, wanted: Wanted) -> bool:
        """Use a standing consent, unless somebody was quicker with its last use."""
        store = await self._resources.store()
        while use := await self.grant(wanted):
            with contextlib.suppress(Conflict):
                await store.run(store.consents.use, use)
                return True
        return False

    async def ask(self, wanted: Wanted) -> NeedsApproval:
        """Keep the proposal of what is wanted, and give the answer that it waits."""
        store = await self._resources.store()
        proposal = await self.proposal(wanted)
        return waiting(await store.run(store.consents.propose, proposal, _asked(proposal)))

    async def require_person(self, what: str) -> None:
        """Let nobody but a person do what no program can be let do. what: a sentence of who may do it.

        Raises NeedsApproval.
        """
        if await self.is_program():
            raise NeedsApproval(what, fix="Leave it to a person, who does the same at a terminal.")


def waiting(proposal: Proposal) -> NeedsApproval:
    """Say that a proposal waits for a person."""
    known = {"proposal": proposal.id}
    return NeedsApproval(
        f"A person has to let this out: proposal {proposal.id} waits for approval.",
        fix=Fix.of(
            "A person lets it out: {}. Then the same again tells what became of it.",
            Remedy(RemedyKind.APPROVE, known),
        ),
        proposal_id=proposal.id,
        state=proposal.state,
        post_id=proposal.subject_id if proposal.subject_kind is SubjectKind.POST else None,
        expires_at=proposal.expires_at,
    )


def held(post: Post) -> NeedsApproval:
    """Say that a post waits for a person without anybody's having asked."""
    return NeedsApproval(
        f"Post {post.id} is {post.state.replace('_', ' ')}, and a person has to let it go.",
        fix=Fix.of("A person lets it go: {}.", Remedy(RemedyKind.APPROVE, {"proposal": post.id})),
        post_id=post.id,
    )


def declined(proposal: Proposal) -> NeedsApproval:
    """Say that a person declined."""
    return NeedsApproval(
        f"A person declined this: proposal {proposal.id}.",
        fix=Fix.of(
            "Do not ask for the same again; see {}, and talk to the person.",
            Remedy(RemedyKind.SHOW_PROPOSAL, {"proposal": proposal.id}),
        ),
        proposal_id=proposal.id,
        state=proposal.state,
        post_id=proposal.subject_id if proposal.subject_kind is SubjectKind.POST else None,
    )


def _asked(proposal: Proposal) -> list[JournalEvent]:
    """Have those who follow the journal told that something waits."""
    subject = proposal.subject_id or proposal.account
    if subject is None:
        return []
    return [
        JournalEvent(
            subject_id=subject,
            subject_kind=proposal.subject_kind or SubjectKind.ACCOUNT,
            at=proposal.created_at,
            step="proposed",
            text=f"A person is asked to let out what {proposal.actor} wants: {proposal.verb}.",
            actor=proposal.actor,
        )
    ]


def _holds(proposal: Proposal, now: datetime) -> bool:
    """Tell whether what was said still answers: a program that asks again would have it done twice."""
    moments = [moment for moment in (proposal.decided_at, proposal.earliest_at) if moment]
    return bool(moments) and max(moments) >= now - _LIVES


def _covers(grant: Grant, wanted: Wanted, now: datetime) -> bool:
    is_over = grant.revoked_at is not None or (grant.ends_at is not None and grant.ends_at <= now)
    return not is_over and wanted.verb in grant.verbs and wanted.account in grant.accounts


def _what(wanted: Wanted) -> str:
    return f"{wanted.verb} {wanted.post.kind}" if wanted.post else wanted.verb


def _owner() -> str:
    """Name who owns the process, in a line that an actor may be called."""
    try:
        name = pwd.getpwuid(os.getuid()).pw_name  # what the environment says anybody may say
    except KeyError:  # a user without a name, as in containers
        name = f"user {os.getuid()}"
    line = "".join(letter for letter in name if letter.isprintable()).strip()
    return line[:LONGEST_ACTOR_NAME] or "owner"
