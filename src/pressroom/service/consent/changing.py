"""Changes of stored posts while a worker may drive them: each is a compare-and-set on the post as read."""

import contextlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

import msgspec

from pressroom.core.actor import Actor, ActorId, actor_of
from pressroom.core.assets import Asset
from pressroom.core.consent import Consent, Decision, Proposal, ProposalState
from pressroom.core.errors import AnotherSendOpen, Conflict, PressroomError, Refused
from pressroom.core.journal import SubjectKind
from pressroom.core.post import Post, PostId, PostOptions, PostState
from pressroom.core.remedies import Fix, Remedy, RemedyKind
from pressroom.graph.ids import MediaId
from pressroom.publish.machine import operations
from pressroom.publish.machine.transitions import resume
from pressroom.service.consent.gate import NEW, SOON, Gate, Wanted, asked_events, is_sooner, lets_out
from pressroom.service.consent.refused_changes import changed_since, require_as_seen, require_kept, shown_by
from pressroom.service.consent.summaries import summary_of, summary_of_change
from pressroom.service.consent.trail import event_of
from pressroom.service.ground.copies import is_all_fixed
from pressroom.service.ground.resources import Resources

# Attempts at the compare-and-set. A worker that drives the post saves it at every step, and each save in
# between costs an attempt.
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
    HOLD_BACK = "hold_back"


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
    Verb.HOLD_BACK: "withheld",
}
NOW: Final = "now"
"""The due time of a move that brings a post forward to whenever it happens, as a repeat of it says, too."""
_ANSWERS = {Verb.APPROVE: ProposalState.APPROVED, Verb.CANCEL: ProposalState.DECLINED}
# These end every waiting proposal about the post: it describes a post that is no more.
_END_PROPOSALS = frozenset({Verb.EDIT, Verb.CANCEL, Verb.HOLD_BACK})
# They let a post go out whose time is past: it may be live by now.
_LOOKED_FOR = frozenset({Verb.MOVE, Verb.RETRY, Verb.RESOLVE, Verb.TAKE_UP})
_CHANGED = frozenset({_PAST[Verb.EDIT], _PAST[Verb.MOVE]})


@dataclass(frozen=True, slots=True)
class Change:
    """A change of a post as data, so that it can be stored until it is approved. arguments: a JSON object."""

    verb: Verb
    arguments: Mapping[str, Any] = field(default_factory=dict[str, Any])

    @property
    def is_now(self) -> bool:
        """Whether it brings a post forward to whenever it happens."""
        return self.verb is Verb.MOVE and self.arguments.get("due_at") == NOW

    def operate(self, post: Post, now: datetime) -> Post:
        """Return the post with the change applied. Raises Refused where its state does not allow it."""
        after = self._operated(post, now)
        if self.verb not in _LOOKED_FOR:
            return after
        # A person looked at the profile: what stands there is another post.
        if self.arguments.get("is_unchecked"):
            return after.changed(look_back=None)
        return operations.look_for(post, after, now)

    def _operated(self, post: Post, now: datetime) -> Post:
        given = self.arguments
        match self.verb:
            case Verb.MOVE:
                return _moved(post, given, now)
            case Verb.EDIT:
                options = msgspec.convert(given["options"], PostOptions)
                edited = operations.edit(post, options, msgspec.convert(given["assets"], tuple[Asset, ...]))
                # One commit, and one proposal, for content and time together.
                return _moved(edited, given, now) if "due_at" in given else edited
            case Verb.APPROVE if "due_at" in given:
                return operations.approve(_moved(post, given, now), now)
            case Verb.RESOLVE:
                return operations.resolve(post, now, media_id=_media_id(given["media_id"]))
            case _:
                return _OPERATIONS[self.verb](post, now)


def unchecked(*, is_unchecked: bool) -> dict[str, bool]:
    """Return the argument of a change before which a person looked at the profile instead of Instagram."""
    return {"is_unchecked": True} if is_unchecked else {}


def _moved(post: Post, given: Mapping[str, Any], now: datetime) -> Post:
    due_at = now if given["due_at"] == NOW else datetime.fromisoformat(given["due_at"])
    return operations.move(post, due_at, given["timezone"])


def _media_id(given: str | None) -> MediaId | None:
    return None if given is None else MediaId(given)


_OPERATIONS: dict[Verb, Callable[[Post, datetime], Post]] = {
    Verb.CANCEL: lambda post, _: operations.cancel(post),
    Verb.APPROVE: operations.approve,
    Verb.RETRY: operations.retry,
    Verb.RECONCILE: lambda post, _: operations.reconcile(post),
    Verb.INTERRUPT: lambda post, _: operations.interrupt(post),
    Verb.TAKE_UP: operations.take_up,
    Verb.HOLD_BACK: lambda post, _: operations.hold_back(post),
}


@dataclass(frozen=True, slots=True)
class Changes:
    """Changes the posts of a session's store."""

    resources: Resources
    gate: Gate

    async def make(
        self, prefix: str, change: Change, *, seen: Post | None = None, only_held: bool = False
    ) -> Post:
        """Apply a change to the post as stored now; after a lost race re-read it and decide again.

        seen: the post that the change was made of; it ends in Conflict where content or time are others now.
        only_held: so it does where the post was let go meanwhile. Raises NotFound, Refused, Conflict, and
        NeedsApproval for what a program may not do by itself.
        """
        store, now = await self.resources.store(), self.resources.clock.now()
        for _ in range(_TRIES):
            post = await store.run(store.posts.find, prefix)
            if seen:
                require_as_seen(seen, post)
            after = change.operate(post, now)
            if after is post:
                return post
            if only_held and not post.state.is_held:
                raise Conflict(f"Post {post.id} was let go meanwhile.", fix="Look at it again, then decide.")
            try:
                consent = await self._consent(change, post, after)
                if isinstance(consent, Proposal) and consent.state is ProposalState.APPROVED:
                    # Applied in the commit that approved it: a repeat must not apply it twice. What was
                    # brought forward to now and is put off again is another wish.
                    if not change.is_now:
                        return post
                    raise await self.gate.ask(_wanted(change, post, after))
                return await self._saved(change, post, after, consent)
            # A Conflict, too, but reading again does not help: the account's other send stays open until its
            # outcome is known.
            except AnotherSendOpen:
                raise
            except Conflict:
                continue
        raise Conflict("The post is being changed by others all the time.", fix="Try again in a moment.")

    async def let(self, proposal: Proposal, change: Change) -> Post:
        """Apply a change that a program proposed, in the same commit as its approval.

        Raises NotFound, Refused for a post that is no longer what was proposed, Conflict for a proposal that
        does not wait, NeedsApproval for a program.
        """
        await self.gate.require_person("Only a person lets happen what a program proposed.")
        store, now = await self.resources.store(), self.resources.clock.now()
        post = await store.run(store.posts.get, PostId(proposal.subject_id or ""))
        after = change.operate(post, now)
        _require_same(proposal, change, post, after)
        by = (await self.gate.actor()).id
        decision = Decision(proposal=proposal.id, state=ProposalState.APPROVED, by=by, at=now)
        if after is post:  # nothing left to change; the decision is kept, or the proposal would wait on
            await store.run(store.consents.decide, decision)
            return post
        return await self._saved(change, post, after, decision)

    async def hold_back(self, post_id: PostId) -> Post:
        """Have a program's post wait for a person again, with its proposal; returns it as it is then.

        One that was sent, or is over, stays as it is.
        """
        store, change = await self.resources.store(), Change(Verb.HOLD_BACK)
        for _ in range(_TRIES):
            post = await store.run(store.posts.get, post_id)
            after = change.operate(post, self.resources.clock.now())
            if after is post:
                # A worker that came to send it found the consent withdrawn first.
                if post.state is PostState.AWAITING_APPROVAL and not await self._asked_for(post):
                    await self._proposed_for(post.actor, post)
                return post
            proposal = await self._proposal_for(post.actor, after)
            with contextlib.suppress(Conflict):
                return await self._saved(change, post, after, proposal)
        raise Conflict("The post is being changed by others all the time.", fix="Try again in a moment.")

    async def _saved(self, change: Change, post: Post, after: Post, consent: Consent | None) -> Post:
        """Store a change together with its consent. Raises Conflict when either is outdated."""
        store, after = await self.resources.store(), replace(after, wake_at=_wake_at(after))
        actor, now = await self.gate.actor(), self.resources.clock.now()
        event = event_of(post, after, past=_PAST[change.verb], actor=actor, at=now, consent=consent)
        await store.run(store.posts.save, after, post, [event], consent)
        # A second transaction: a crash before it leaves the old proposal waiting, and `_require_same` then
        # refuses to approve it.
        if change.verb in _END_PROPOSALS:
            anew = consent.id if isinstance(consent, Proposal) else None
            await store.run(store.consents.void, SubjectKind.POST, post.id, event.at, spared=anew)
        return after

    async def _consent(self, change: Change, before: Post, after: Post) -> Consent | None:
        """Return the consent to a change; None where it needs none. Raises NeedsApproval, proposal kept."""
        actor = await self.gate.actor()
        asked = await self._asked_for(before)
        if not actor.is_program:
            return await self._decision(asked, change, before, actor)
        if asked and change.verb is Verb.APPROVE:
            raise self.gate.waiting(asked)
        if change.verb is Verb.EDIT:
            require_kept(after)
        is_own = before.actor == actor.id
        if is_own and _is_put_off(change, before, after):
            store = await self.resources.store()
            if grants := await store.run(store.consents.grants_of, before.id):
                wanted = _wanted(change, before, after)
                return await self.gate.anew(grants, wanted) or await self.gate.consent(wanted)
        # A reconcile only asks Instagram, and sends nothing.
        if change.verb is Verb.RECONCILE or (is_own and _goes_on(change, before, after)):
            return None
        if is_own and not lets_out(before, after):
            return await self._asked_anew(asked, after)
        if is_own and change.verb is Verb.APPROVE:
            return await self._let_go(before)
        return await self.gate.consent(_wanted(change, before, after))

    async def _let_go(self, draft: Post) -> Consent:
        """Return the standing consent to a program's own draft; else hold it back with its proposal.

        From then on it is what a new post that waits is: the same consent covers it, and an edit is asked for
        anew. Raises NeedsApproval.
        """
        held = replace(draft, state=PostState.AWAITING_APPROVAL, revision=draft.revision + 1, wake_at=None)
        wanted = new_post_wanted(held, is_grantable=is_all_fixed(held))
        if other := await self.gate.asked(wanted) or await self.gate.decided(wanted):
            raise shown_by(other, draft)
        if use := await self.gate.grant(wanted):
            return use
        store, proposal = await self.resources.store(), await self.gate.proposal(wanted)
        await store.run(store.posts.save, held, draft, asked_events(proposal), proposal)
        raise self.gate.waiting(proposal)

    async def _asked_for(self, post: Post) -> Proposal | None:
        """Return the waiting proposal of a post that is held back."""
        if not post.state.is_held:
            return None
        store = await self.resources.store()
        await store.run(store.consents.expire, self.resources.clock.now())
        found = await store.run(store.consents.list, (ProposalState.WAITING,), subject_id=post.id)
        now = self.resources.clock.now()
        return next((one for one in found if one.verb == NEW and one.expires_at > now), None)

    async def _decision(
        self, asked: Proposal | None, change: Change, before: Post, actor: Actor
    ) -> Decision | None:
        """Turn a person's approve or cancel of a post into the decision on its proposal.

        Raises Refused when a program changed the post last: a person who names the post's id may have seen
        the earlier content. The proposal's id stands for the present one.
        """
        program = await self._changed_by(before) if change.verb is Verb.APPROVE else None
        if program:
            raise changed_since(before, asked or await self._proposed_for(program, before))
        if asked is None or change.verb not in _ANSWERS:
            return None
        now = self.resources.clock.now()
        return Decision(proposal=asked.id, state=_ANSWERS[change.verb], by=actor.id, at=now)

    async def _changed_by(self, post: Post) -> ActorId | None:
        """Return the program that made the last change of a post; None where it was a person or nobody."""
        store = await self.resources.store()
        events = await store.run(store.events.list, post.id)
        changed = [event.actor for event in events if event.step in _CHANGED and event.actor]
        return changed[-1] if changed and actor_of(changed[-1]).is_program else None

    async def _proposed_for(self, program: ActorId | None, post: Post) -> Proposal:
        """Store a proposal for a post as it is now, in the name of a program."""
        store = await self.resources.store()
        return await store.run(store.consents.propose, await self._proposal_for(program, post))

    async def _proposal_for(self, program: ActorId | None, post: Post) -> Proposal:
        proposal = await self.gate.proposal(new_post_wanted(post))
        assert program, "who holds a standing consent has made its posts"
        summary = {**proposal.summary, "asked_by": actor_of(program).name}
        return replace(proposal, actor=program, summary=summary)

    async def _asked_anew(self, asked: Proposal | None, after: Post) -> Proposal | None:
        """Return a new proposal for what a post shows now; None where the waiting one still describes it."""
        if after.state is not PostState.AWAITING_APPROVAL:
            return None
        wanted = new_post_wanted(after)
        if asked and wanted.content_hash == asked.content_hash and not _is_early(asked, after):
            return None
        store, now = await self.resources.store(), self.resources.clock.now()
        # A program's proposals are found by their hash: two posts with the same one would share an answer.
        if (other := await self.gate.asked(wanted)) and other.subject_id != after.id:
            raise shown_by(other, after)
        await store.run(store.consents.void, SubjectKind.POST, after.id, now)
        return await self.gate.proposal(wanted)


def new_post_wanted(post: Post, *, is_grantable: bool = True) -> Wanted:
    """Return what a program wants with a new post: that it goes out at its due time or later.

    The due time to the minute and the key are part of it, so either makes it another request. A post that is
    due at once has no time in it: repeated later it is the same request.
    """
    is_planned = post.due_at and post.created_at and abs(post.due_at - post.created_at) > SOON
    at = post.due_at.isoformat(timespec="minutes") if is_planned and post.due_at else None
    return Wanted(
        verb=NEW,
        arguments={"at": at, "key": post.idempotency_key},
        summary=summary_of(post),
        account=post.account,
        post=post,
        earliest_at=post.goes_out_at,
        is_grantable=is_grantable,
    )


def _wanted(change: Change, before: Post, after: Post) -> Wanted:
    is_once = change.verb in (Verb.MOVE, Verb.EDIT) and not change.is_now
    return Wanted(
        # Arguments tell one move or edit from the next. A retry has none and may be wanted once more after
        # the next failure: there the due time, which each retry sets, tells them apart.
        stands=None if is_once or before.due_at is None else before.due_at.isoformat(),
        # A standing consent is given unseen, so it may cover no content that can still change.
        is_grantable=is_all_fixed(after) or not lets_out(before, after),
        verb=change.verb,
        arguments=change.arguments,
        summary={**summary_of_change(before, after), **_said_of(change)},
        account=before.account,
        post=before,
        earliest_at=after.goes_out_at,
    )


def _goes_on(change: Change, before: Post, after: Post) -> bool:
    """Tell whether a change only interrupts an approved post, or resumes it no earlier than it was due."""
    return change.verb is Verb.INTERRUPT or (change.verb is Verb.TAKE_UP and not is_sooner(before, after))


def _is_put_off(change: Change, before: Post, after: Post) -> bool:
    """Tell whether a post that was let go is to go out later than that."""
    if change.verb is Verb.TAKE_UP:
        return not is_sooner(before, after)
    return not after.state.is_held and not lets_out(before, after) and is_sooner(after, before)


def _said_of(change: Change) -> Mapping[str, Any]:
    """Return what a person must know of a change in addition to the post's summary."""
    return {"media_id": change.arguments["media_id"]} if change.verb is Verb.RESOLVE else {}


def _is_early(proposal: Proposal, post: Post) -> bool:
    earliest = proposal.earliest_at
    return earliest is not None and post.goes_out_at is not None and post.goes_out_at < earliest


def _require_same(proposal: Proposal, change: Change, post: Post, after: Post) -> None:
    """Raise Refused where the post, or the change of it, is not what the proposal describes."""
    wanted = new_post_wanted(post) if proposal.verb == NEW else _wanted(change, post, after)
    if wanted.content_hash == proposal.content_hash and not _is_early(proposal, after):
        return
    raise Refused(
        f"Post {post.id} is not any more what proposal {proposal.id} is about.",
        rule="proposal",
        value=proposal.id,
        limit="a post as it was proposed",
        fix=Fix.of("See how it stands: {}.", Remedy(RemedyKind.SHOW_POST, {"post": post.id})),
    )


def _wake_at(post: Post) -> datetime | None:
    effects = resume(post)
    return effects[0].not_before if effects else None


async def distinct(ids: Sequence[str], find: Callable[[str], Awaitable[Post | Proposal]]) -> list[str]:
    """Return the ids, of those that `find` finds the same by only the first; one that finds nothing stays."""
    by_id = dict[str, str]()
    for prefix in dict.fromkeys(ids):
        try:
            whole_id = (await find(prefix)).id
        except PressroomError:
            whole_id = prefix
        by_id.setdefault(whole_id, prefix)
    return list(by_id.values())
