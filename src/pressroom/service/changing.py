"""Changes of stored posts, beside whatever a worker does to them: each is a compare-and-set."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec

from pressroom.core.actor import Actor, actor_of
from pressroom.core.assets import Asset
from pressroom.core.consent import Consent, Decision, Proposal, ProposalState
from pressroom.core.content import content_hash
from pressroom.core.errors import AnotherSendOpen, Conflict, Refused
from pressroom.core.journal import JournalEvent, SubjectKind
from pressroom.core.post import Post, PostId, PostOptions, PostState
from pressroom.core.remedies import Fix, Remedy, RemedyKind
from pressroom.graph.ids import MediaId
from pressroom.publish import operations
from pressroom.publish.machine import resume
from pressroom.service.gate import NEW, Gate, Wanted, is_sooner, lets_out, waiting
from pressroom.service.resources import Resources
from pressroom.service.summaries import content_name, summary_of

_TRIES = 5


class Verb(StrEnum):
    """What is done to a stored post."""

    MOVE = "move"
    EDIT = "edit"
    CANCEL = "cancel"
    APPROVE = "approve"
    RETRY = "retry"
    RESOLVE = "resolve"
    RECONCILE = "reconcile"
    INTERRUPT = "interrupt"
    TAKE_UP = "take_up"


_PAST = {
    Verb.MOVE: "moved",
    Verb.EDIT: "edited",
    Verb.CANCEL: "cancelled",
    Verb.APPROVE: "approved",
    Verb.RETRY: "retried",
    Verb.RESOLVE: "resolved",
    Verb.RECONCILE: "reopened",
    Verb.INTERRUPT: "interrupted",
    Verb.TAKE_UP: "repeated",
}
SEEN = "seen"
"""What an approval says that the person saw: the name of a post's content."""

_ANSWERS = {Verb.APPROVE: ProposalState.APPROVED, Verb.CANCEL: ProposalState.DECLINED}
# What was asked about the post before is about something that is no more.
_END_PROPOSALS = frozenset({Verb.EDIT, Verb.CANCEL})


@dataclass(frozen=True, slots=True)
class Change:
    """A change of a post as data, so that it can wait for a person. arguments: a JSON object."""

    verb: Verb
    arguments: Mapping[str, Any] = field(default_factory=dict[str, Any])

    def operate(self, post: Post, now: datetime) -> Post:
        """Give the post as the change leaves it. Raises Refused where its state does not allow it."""
        given = self.arguments
        match self.verb:
            case Verb.MOVE:
                return operations.move(post, datetime.fromisoformat(given["due_at"]), given["timezone"])
            case Verb.EDIT:
                options = msgspec.convert(given["options"], PostOptions)
                return operations.edit(post, options, msgspec.convert(given["assets"], tuple[Asset, ...]))
            case Verb.APPROVE if SEEN in given:
                return operations.approve(_as_seen(post, given[SEEN]), now)
            case Verb.RESOLVE:
                return operations.resolve(post, now, media_id=_media_id(given["media_id"]))
            case _:
                return _OPERATIONS[self.verb](post, now)


def _media_id(given: str | None) -> MediaId | None:
    return None if given is None else MediaId(given)


_OPERATIONS: dict[Verb, Callable[[Post, datetime], Post]] = {
    Verb.CANCEL: lambda post, _: operations.cancel(post),
    Verb.APPROVE: operations.approve,
    Verb.RETRY: operations.retry,
    Verb.RECONCILE: lambda post, _: operations.reconcile(post),
    Verb.INTERRUPT: lambda post, _: operations.interrupt(post),
    Verb.TAKE_UP: operations.take_up,
}


@dataclass(frozen=True, slots=True)
class Changes:
    """Changes the posts of a session's store."""

    resources: Resources
    gate: Gate

    async def make(self, prefix: str, change: Change) -> Post:
        """Change what is stored now; when the worker was quicker, look again and decide anew.

        Raises NotFound, Refused, Conflict, and NeedsApproval for what a program may not do by itself.
        """
        store, now = await self.resources.store(), self.resources.clock.now()
        for _ in range(_TRIES):
            post = await store.run(store.posts.find, prefix)
            after = change.operate(post, now)
            if after is post:
                return post
            consent = await self._consent(change, post, after)
            if isinstance(consent, Proposal) and consent.state is ProposalState.APPROVED:
                return post  # the same was asked before, and has happened
            try:
                return await self._saved(change, post, after, consent)
            except AnotherSendOpen:
                raise
            except Conflict:
                continue
        raise Conflict("The post is being changed by others all the time.", fix="Try again in a moment.")

    async def let(self, proposal: Proposal, change: Change) -> Post:
        """Let the change of a post happen that a program proposed, in the commit that says so.

        Raises NotFound, Refused for a post that is not any more what was proposed, Conflict for a proposal
        that does not wait.
        """
        store, now = await self.resources.store(), self.resources.clock.now()
        post = await store.run(store.posts.get, PostId(proposal.subject_id or ""))
        after = change.operate(post, now)
        _require_same(proposal, change, post, after)
        by = (await self.gate.actor()).id
        decision = Decision(proposal=proposal.id, state=ProposalState.APPROVED, by=by, at=now)
        return await self._saved(change, post, after, decision)

    async def _saved(self, change: Change, post: Post, after: Post, consent: Consent | None) -> Post:
        """Store a change with what lets it be. Raises Conflict when either does not hold any more."""
        store, after = await self.resources.store(), replace(after, wake_at=_wake_at(after))
        event = self._event(post, change, await self.gate.actor())
        await store.run(store.posts.save, after, post, [event], consent)
        if change.verb in _END_PROPOSALS:
            anew = consent.id if isinstance(consent, Proposal) else None
            await store.run(store.consents.void, SubjectKind.POST, post.id, event.at, spared=anew)
        return after

    async def _consent(self, change: Change, before: Post, after: Post) -> Consent | None:
        """Say what lets the change be. Raises NeedsApproval, once a proposal is kept."""
        actor = await self.gate.actor()
        asked = await self._asked_for(before)
        if not actor.is_program:
            return await self._decision(before, asked, change, actor)
        if asked and change.verb is Verb.APPROVE:
            raise waiting(asked)
        is_own = before.actor == actor.id
        if change.verb is Verb.RECONCILE or (is_own and _goes_on(change, before, after)):
            return None
        if is_own and not lets_out(before, after):
            return await self._asked_anew(asked, after)
        return await self.gate.consent(_wanted(change, before, after))

    async def _asked_for(self, post: Post) -> Proposal | None:
        """Give the proposal by which a post waits to be let go."""
        if post.state is not PostState.AWAITING_APPROVAL:
            return None
        store = await self.resources.store()
        found = await store.run(store.consents.list, (ProposalState.WAITING,), subject_id=post.id)
        now = self.resources.clock.now()
        return next((one for one in found if one.verb == NEW and one.expires_at > now), None)

    async def _decision(
        self, before: Post, asked: Proposal | None, change: Change, actor: Actor
    ) -> Decision | None:
        """Take what a person does to a post that a program proposed for an answer to that.

        Raises Refused for a post that its program changed, when the person does not say what was seen of it.
        """
        if change.verb is Verb.APPROVE and SEEN not in change.arguments:
            await self._require_unchanged(before, asked)
        if asked is None or change.verb not in _ANSWERS:
            return None
        now = self.resources.clock.now()
        return Decision(proposal=asked.id, state=_ANSWERS[change.verb], by=actor.id, at=now)

    async def _require_unchanged(self, post: Post, asked: Proposal | None) -> None:
        """Let nobody approve by its id what a program has changed: it may not be what was looked at."""
        if post.actor is None or not actor_of(post.actor).is_program:
            return
        store = await self.resources.store()
        if asked is not None:
            ended = await store.run(store.consents.list, (ProposalState.VOID,), subject_id=post.id)
            is_changed = any(one.verb == NEW for one in ended)
        else:
            events = await store.run(store.events.list, post.id)
            is_changed = any(one.step == _PAST[Verb.EDIT] and one.actor == post.actor for one in events)
        if is_changed:
            raise _changed(post, asked)

    async def _asked_anew(self, asked: Proposal | None, after: Post) -> Proposal | None:
        """Let a person decide what a post shows now: an earlier answer would be to something else."""
        if asked is None or after.state is not PostState.AWAITING_APPROVAL:
            return None
        wanted = new_post_wanted(after)
        is_same = wanted.content_hash == asked.content_hash
        if is_same and not (asked.earliest_at and after.due_at and after.due_at < asked.earliest_at):
            return None
        store, now = await self.resources.store(), self.resources.clock.now()
        await store.run(store.consents.void, SubjectKind.POST, after.id, now)
        return await self.gate.proposal(wanted)

    def _event(self, post: Post, change: Change, actor: Actor) -> JournalEvent:
        who = f"The program {actor.name}" if actor.is_program else "A person"
        past = _PAST[change.verb]
        now = self.resources.clock.now()
        return JournalEvent(
            subject_id=post.id, at=now, step=past, text=f"{who} has {past} it.", actor=actor.id
        )


def new_post_wanted(post: Post, *, is_grantable: bool = True) -> Wanted:
    """Say what a program wants of a new post: that it goes out, at its time or later."""
    return Wanted(
        verb=NEW,
        arguments={},
        summary=summary_of(post),
        account=post.account,
        post=post,
        earliest_at=post.due_at,
        is_grantable=is_grantable,
    )


def _wanted(change: Change, before: Post, after: Post) -> Wanted:
    is_once = change.verb in (Verb.MOVE, Verb.EDIT)
    return Wanted(
        stands=None if is_once or before.due_at is None else before.due_at.isoformat(),
        verb=change.verb,
        arguments=change.arguments,
        summary=summary_of(after),
        account=before.account,
        post=before,
        earliest_at=after.due_at,
    )


def _changed(post: Post, asked: Proposal | None) -> Refused:
    known, content = {"proposal": asked.id if asked else post.id}, content_name(post)
    return Refused(
        f"Post {post.id} was changed by its program: what it shows now is {content}.",
        rule="seen",
        value=post.id,
        limit=asked.id if asked else content,
        fix=Fix.of(
            "Look at it, then say what you saw: {}, {}.",
            Remedy(RemedyKind.SHOW_PROPOSAL, known),
            Remedy(RemedyKind.APPROVE, {**known, "content": content}),
        ),
    )


def _as_seen(post: Post, seen: str) -> Post:
    """Raise Refused for a post that is not what a person saw."""
    if len(seen) >= len(content_name(post)) and content_hash(post).partition(":")[2].startswith(seen):
        return post
    raise Refused(
        f"Post {post.id} shows {content_name(post)} now, which is not what was seen.",
        rule="seen",
        value=content_name(post),
        limit=seen,
        fix=Fix.of("Look at it again: {}.", Remedy(RemedyKind.SHOW_PROPOSAL, {"proposal": post.id})),
    )


def _require_same(proposal: Proposal, change: Change, post: Post, after: Post) -> None:
    """Let nothing be approved that a person was not asked about. Raises Refused."""
    wanted = new_post_wanted(post) if proposal.verb == NEW else _wanted(change, post, after)
    is_early = proposal.earliest_at and after.due_at and after.due_at < proposal.earliest_at
    if wanted.content_hash == proposal.content_hash and not is_early:
        return
    raise Refused(
        f"Post {post.id} is not any more what proposal {proposal.id} is about.",
        rule="proposal",
        value=proposal.id,
        limit="a post as it was proposed",
        fix=Fix.of("See how it stands: {}.", Remedy(RemedyKind.SHOW_POST, {"post": post.id})),
    )


def _goes_on(change: Change, before: Post, after: Post) -> bool:
    """Tell whether what was let go is ended before it is sent, or taken up again no sooner than it was."""
    return change.verb is Verb.INTERRUPT or (change.verb is Verb.TAKE_UP and not is_sooner(before, after))


def _wake_at(post: Post) -> datetime | None:
    effects = resume(post)
    return getattr(effects[0], "not_before", None) if effects else None
