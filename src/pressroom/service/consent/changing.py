"""`Changes`: changes of stored posts while a worker may drive them, each with the consent that it takes.

A change is a compare-and-set on the post as read. What an edit does to an approval, by who makes it:

* A person's edit needs no consent. It ends every waiting proposal about the post; an approved post stays
  approved, with the new content.
* A program's edit of its own post that waits for approval replaces the post's proposal (`_renew_proposal`),
  and from then on a person has to name the new one (`_decision_of`).
* A program's edit of a post that is approved, or another's, waits as a proposal of its own: the post goes out
  as it was approved, until a person lets the edit happen (`Changes.approve`).

`_require_consent` decides it for every change; `rules.would_publish` tells whether it makes something go out.
"""

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
from pressroom.graph.answers import MediaId
from pressroom.publish.machine import operations
from pressroom.publish.machine.transitions import resume
from pressroom.service.consent.gate import Gate, proposal_events
from pressroom.service.consent.rules import (
    CANCEL,
    NEW,
    Request,
    event_of,
    is_sooner,
    new_post_request,
    still_describes,
    summary_of_change,
    would_publish,
)
from pressroom.service.ground.copies import is_all_fixed, is_fixed
from pressroom.service.ground.resources import Resources

# Attempts at the compare-and-set. A worker that drives the post saves it at every step, and each save in
# between costs an attempt.
_TRIES = 5


class Verb(StrEnum):
    """What is done to a stored post."""

    MOVE = "move"
    EDIT = "edit"
    CANCEL = CANCEL
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
"""In place of a move's due time: the moment at which it is applied, so that a repeat is the same request."""
_ANSWERS = {Verb.APPROVE: ProposalState.APPROVED, Verb.CANCEL: ProposalState.DECLINED}
# These end every waiting proposal about the post, which describes it as it no longer is.
_END_PROPOSALS = frozenset({Verb.EDIT, Verb.CANCEL, Verb.HOLD_BACK})
# They let a post go out whose time is past: it may be live by now.
_LOOKED_FOR = frozenset({Verb.MOVE, Verb.RETRY, Verb.RESOLVE, Verb.TAKE_UP})
# A person's word (`resolve`) and what only goes on (`take_up`) are no new try.
_SENDS_ANEW = frozenset({Verb.MOVE, Verb.EDIT, Verb.RETRY})
_ENDED = frozenset({PostState.FAILED, PostState.MISSED, PostState.NEEDS_ATTENTION})
_CHANGED = frozenset({_PAST[Verb.EDIT], _PAST[Verb.MOVE]})


@dataclass(frozen=True, slots=True)
class Change:
    """A change of a post as data, so that it can be stored until it is approved. arguments: a JSON object."""

    verb: Verb
    arguments: Mapping[str, Any] = field(default_factory=dict[str, Any])

    @property
    def is_now(self) -> bool:
        """Whether it moves the post to the moment at which it is applied."""
        return self.verb is Verb.MOVE and self.arguments.get("due_at") == NOW

    def operate(self, post: Post, now: datetime) -> Post:
        """Return the post with the change applied. Raises Refused where its state does not allow it."""
        arguments = self.arguments
        match self.verb:
            case Verb.MOVE:
                after = _moved(post, arguments, now)
            case Verb.EDIT:
                options = msgspec.convert(arguments["options"], PostOptions)
                after = operations.edit(
                    post, options, msgspec.convert(arguments["assets"], tuple[Asset, ...])
                )
                # One commit, and one proposal, for content and time together.
                if "due_at" in arguments:
                    after = _moved(after, arguments, now)
            case Verb.APPROVE if "due_at" in arguments:
                after = operations.approve(_moved(post, arguments, now), now)
            case Verb.RESOLVE:
                media_id = arguments["media_id"]
                after = operations.resolve(
                    post, now, media_id=None if media_id is None else MediaId(media_id)
                )
            case _:
                after = _OPERATIONS[self.verb](post, now)
        if self.verb not in _LOOKED_FOR:
            return after
        # A person looked at the profile: what stands there is another post.
        if arguments.get("is_unchecked"):
            return after.changed(look_back=None)
        return operations.look_for(post, after, now)


def word_of(*, is_unchecked: bool = False, is_again: bool = False) -> dict[str, bool]:
    """Return the arguments by which a person vouches for a change.

    is_unchecked: nobody looks at the profile first, since a person did. is_again: the same may have gone out
    since the post was made.
    """
    words = {"is_unchecked": is_unchecked, "is_again": is_again}
    return {name: True for name, is_so in words.items() if is_so}


def _moved(post: Post, arguments: Mapping[str, Any], now: datetime) -> Post:
    due_at = now if arguments["due_at"] == NOW else datetime.fromisoformat(arguments["due_at"])
    return operations.move(post, due_at, arguments["timezone"])


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

        seen: the post as it was when the change was chosen; raises Conflict where its content or time changed
        since. only_held: raises Conflict where the post was let go meanwhile. Raises NotFound, Refused, and
        NeedsApproval for what a program may not do by itself.
        """
        store = await self.resources.store()
        for _ in range(_TRIES):
            post = await store.run(store.posts.find, prefix)
            if seen:
                _require_as_seen(seen, post)
            after = await self.rehearse(post, change)
            if after is post:
                return post
            if only_held and not post.state.is_held:
                raise Conflict(f"Post {post.id} was let go meanwhile.", fix="Look at it again, then decide.")
            try:
                consent = await self._require_consent(change, post, after)
                if isinstance(consent, Proposal) and consent.state is ProposalState.APPROVED:
                    # Applied in the commit that approved it: a repeat must not apply it twice. What was
                    # brought forward to now and is put off again is another request.
                    if not change.is_now:
                        return post
                    proposal = await self.gate.propose(change_request(change, post, after))
                    raise self.gate.approval_needed(proposal, post)
                return await self._save(change, post, after, consent)
            # A Conflict, too, but reading again does not help: the account's other send stays open until its
            # outcome is known.
            except AnotherSendOpen:
                raise
            except Conflict:
                continue
        raise _changed_all_the_time()

    async def rehearse(self, post: Post, change: Change) -> Post:
        """Return a post as a change would make it; changes none.

        Raises Refused, and PublishedLately where it would send a post anew that another showed meanwhile.
        """
        after = change.operate(post, self.resources.clock.now())
        is_sent_anew = post.state in _ENDED and after.state.is_waiting and change.verb in _SENDS_ANEW
        if is_sent_anew and not change.arguments.get("is_again"):
            from pressroom.service.ground.twins import require_not_published_since  # noqa: PLC0415  # rare

            await require_not_published_since(await self.resources.store(), after)
        return after

    async def approve(self, proposal: Proposal, change: Change) -> Post:
        """Apply a change that a program proposed, in the same commit as a person's approval of it.

        Raises NotFound, Refused for a post that is no longer what was proposed, Conflict for a proposal that
        does not wait, NeedsApproval for a program.
        """
        await self.gate.require_person("Only a person lets happen what a program proposed.")
        store, now = await self.resources.store(), self.resources.clock.now()
        post = await store.run(store.posts.get, PostId(proposal.subject_id or ""))
        after = await self.rehearse(post, change)
        request = new_post_request(post) if proposal.verb == NEW else change_request(change, post, after)
        if not still_describes(proposal, request, after):
            raise Refused(
                f"Post {post.id} is not any more what proposal {proposal.id} is about.",
                rule="proposal",
                value=proposal.id,
                limit="a post as it was proposed",
                fix=Fix.of("See how it stands: {}.", Remedy(RemedyKind.SHOW_POST, {"post": post.id})),
            )
        by = (await self.gate.actor()).id
        decision = Decision(proposal=proposal.id, state=ProposalState.APPROVED, by=by, at=now)
        if after is post:  # nothing left to change; the decision is stored, or the proposal would wait on
            await store.run(store.consents.decide, decision)
            return post
        program = None if change.verb is Verb.APPROVE else actor_of(proposal.actor)
        return await self._save(change, post, after, decision, program)

    async def hold_back(self, post_id: PostId) -> Post:
        """Have a program's post wait for a person again, with its proposal; returns it as it is then.

        A post that was sent, or is over, stays as it is.
        """
        store, change = await self.resources.store(), Change(Verb.HOLD_BACK)
        for _ in range(_TRIES):
            post = await store.run(store.posts.get, post_id)
            after = change.operate(post, self.resources.clock.now())
            if after is post:
                # A worker that came to send it found the consent withdrawn first.
                if post.state is PostState.AWAITING_APPROVAL and not await self._find_proposal_of(post):
                    await self._propose_for(post.actor, post)
                return post
            proposal = await self._build_proposal_for(post.actor, after)
            with contextlib.suppress(Conflict):
                return await self._save(change, post, after, proposal)
        raise _changed_all_the_time()

    async def _save(
        self,
        change: Change,
        post: Post,
        after: Post,
        consent: Consent | None,
        program: Actor | None = None,
    ) -> Post:
        """Store a change together with its consent. Raises Conflict when either is outdated.

        program: whose change it is that a person approved.
        """
        store, effects = await self.resources.store(), resume(after)
        after = replace(after, wake_at=effects[0].not_before if effects else None)
        actor, now = await self.gate.actor(), self.resources.clock.now()
        past = _PAST[change.verb]
        event = event_of(post, after, past=past, actor=actor, at=now, consent=consent, program=program)
        await store.run(store.posts.save, after, post, [event], consent)
        # A second transaction: a crash before it leaves the old proposal waiting, and `approve` then refuses
        # it, since it no longer describes the post.
        if change.verb in _END_PROPOSALS:
            spared = consent.id if isinstance(consent, Proposal) else None
            await store.run(store.consents.void, SubjectKind.POST, post.id, event.at, spared=spared)
        return after

    async def _require_consent(self, change: Change, before: Post, after: Post) -> Consent | None:
        """Return the consent to a change; None where it needs none.

        Raises NeedsApproval once a proposal is stored, Refused for a change that nobody could approve.
        """
        actor, proposal = await self.gate.actor(), await self._find_proposal_of(before)
        if not actor.is_program:
            return await self._decision_of(actor, proposal, change, before)
        if proposal and change.verb is Verb.APPROVE:
            raise self.gate.approval_needed(proposal)
        if change.verb is Verb.EDIT:
            _require_copies(after)
        is_own = before.actor == actor.id
        if is_own and is_put_off(change, before, after):
            store = await self.resources.store()
            # Under a standing consent the post counts on its new day. A post that a person approved has no
            # grants, and is put off freely.
            if grants := await store.run(store.consents.grants_of, before.id):
                request = change_request(change, before, after)
                return await self.gate.find_later_use(request, grants) or await self.gate.require_consent(
                    request
                )
        # A reconcile only asks Instagram, and sends nothing.
        if change.verb is Verb.RECONCILE or (is_own and goes_on(change, before, after)):
            return None
        if is_own and not would_publish(before, after):
            return await self._renew_proposal(proposal, after)
        if is_own and change.verb is Verb.APPROVE:
            return await self._consent_to_draft(before)
        return await self.gate.require_consent(change_request(change, before, after))

    async def _decision_of(
        self, person: Actor, proposal: Proposal | None, change: Change, before: Post
    ) -> Decision | None:
        """Turn a person's approve or cancel of a post into the decision on its proposal.

        Raises Refused when a program changed the post last: a person who names the post's id may have seen
        the earlier content. The proposal's id stands for the present one.
        """
        if change.verb is Verb.APPROVE:
            store = await self.resources.store()
            events = await store.run(store.events.list, before.id)
            changed_by = [event.actor for event in events if event.step in _CHANGED and event.actor]
            if changed_by and actor_of(changed_by[-1]).is_program:
                shown_now = proposal or await self._propose_for(changed_by[-1], before)
                raise _changed_by_program(before, shown_now)
        if proposal is None or change.verb not in _ANSWERS:
            return None
        now = self.resources.clock.now()
        return Decision(proposal=proposal.id, state=_ANSWERS[change.verb], by=person.id, at=now)

    async def _renew_proposal(self, proposal: Proposal | None, after: Post) -> Proposal | None:
        """Return a new proposal for what a waiting post shows now, and end the old one.

        None where the old one still describes it, and for a post that does not wait.
        """
        if after.state is not PostState.AWAITING_APPROVAL:
            return None
        request = new_post_request(after)
        if proposal and still_describes(proposal, request, after):
            return None
        store, now = await self.resources.store(), self.resources.clock.now()
        # A program's proposals are found by their hash: two posts with the same one would share an answer.
        if (other := await self.gate.find_waiting(request)) and other.subject_id != after.id:
            raise _shown_by_another(other, after)
        await store.run(store.consents.void, SubjectKind.POST, after.id, now)
        return await self.gate.build_proposal(request)

    async def _consent_to_draft(self, draft: Post) -> Consent:
        """Return the standing consent to a program's own draft; else hold it back with its proposal.

        From then on it is what a new post that waits is: the same consent covers it, and an edit is asked for
        anew. Raises NeedsApproval.
        """
        held = replace(draft, state=PostState.AWAITING_APPROVAL, revision=draft.revision + 1, wake_at=None)
        request = new_post_request(held, is_grantable=is_all_fixed(held))
        if other := await self.gate.find_waiting(request) or await self.gate.find_decision(request):
            raise _shown_by_another(other, draft)
        if use := await self.gate.find_grant_use(request):
            return use
        store, proposal = await self.resources.store(), await self.gate.build_proposal(request)
        await store.run(store.posts.save, held, draft, proposal_events(proposal), proposal)
        raise self.gate.approval_needed(proposal)

    async def _find_proposal_of(self, post: Post) -> Proposal | None:
        """Return the waiting proposal of a post that is held back."""
        if not post.state.is_held:
            return None
        store, now = await self.resources.store(), self.resources.clock.now()
        await store.run(store.consents.expire, now)
        proposals = await store.run(store.consents.list, (ProposalState.WAITING,), subject_id=post.id)
        return next((each for each in proposals if each.verb == NEW and each.expires_at > now), None)

    async def _propose_for(self, program: ActorId | None, post: Post) -> Proposal:
        """Store a proposal for a post as it is now, in the name of a program."""
        store = await self.resources.store()
        return await store.run(store.consents.propose, await self._build_proposal_for(program, post))

    async def _build_proposal_for(self, program: ActorId | None, post: Post) -> Proposal:
        proposal = await self.gate.build_proposal(new_post_request(post))
        assert program, "who holds a standing consent has made its posts"
        summary = {**proposal.summary, "asked_by": actor_of(program).name}
        return replace(proposal, actor=program, summary=summary)


def change_request(change: Change, before: Post, after: Post) -> Request:
    """Return what a program asks for with a change of a post."""
    is_once = change.verb in (Verb.MOVE, Verb.EDIT) and not change.is_now
    summary = summary_of_change(before, after)
    if change.verb is Verb.RESOLVE:  # a person must know which media the program takes the post for
        summary["media_id"] = change.arguments["media_id"]
    return Request(
        # Arguments tell one move or edit from the next. A retry has none and may be requested once more after
        # the next failure: there the due time, which each retry sets, tells them apart.
        stands=None if is_once or before.due_at is None else before.due_at.isoformat(),
        # A standing consent is given unseen, so it may cover no content that can still change.
        is_grantable=is_all_fixed(after) or not would_publish(before, after),
        verb=change.verb,
        arguments=change.arguments,
        summary=summary,
        account=before.account,
        post=before,
        earliest_at=after.goes_out_at,
    )


def goes_on(change: Change, before: Post, after: Post) -> bool:
    """Tell whether a change only interrupts an approved post, or resumes it no earlier than it was due."""
    return change.verb is Verb.INTERRUPT or (change.verb is Verb.TAKE_UP and not is_sooner(before, after))


def is_put_off(change: Change, before: Post, after: Post) -> bool:
    """Tell whether a post that was let go is only put off: it goes out later than it was to."""
    if change.verb is Verb.TAKE_UP:
        return not is_sooner(before, after)
    return not after.state.is_held and not would_publish(before, after) and is_sooner(after, before)


def _require_as_seen(seen: Post, post: Post) -> None:
    """Raise Conflict for a post that was edited or moved since: the change would undo that."""
    before, now = ((each.options, each.assets, each.due_at, each.timezone) for each in (seen, post))
    if before != now:
        raise Conflict(f"Post {post.id} was edited or moved meanwhile.", fix="Look at it again, then decide.")


def _require_copies(post: Post) -> None:
    """Raise Refused for a file that is not our copy: its bytes could change between approval and send."""
    for asset in post.files:
        if not asset.is_url and not is_fixed(asset, post.options):
            raise Refused(
                f"{asset.name} is not kept by its content.",
                rule="kept_copy",
                value=asset.name,
                limit="our copy of the file",
                fix="Edit the post by its files, of which copies are kept.",
            )


def _changed_by_program(post: Post, proposal: Proposal) -> Refused:
    """Say that a program changed a post since a person may have seen it, and what it shows now."""
    names = {"proposal": proposal.id}
    return Refused(
        f"Post {post.id} was changed by a program, and what it shows now is proposal {proposal.id}.",
        rule="proposal",
        value=post.id,
        limit=proposal.id,
        fix=Fix.of(
            "Look at it, then let it go: {}, {}.",
            Remedy(RemedyKind.SHOW_PROPOSAL, names),
            Remedy(RemedyKind.APPROVE, names),
        ),
    )


def _shown_by_another(proposal: Proposal, post: Post) -> Refused:
    """Say that another post shows the same, and waits or was approved."""
    is_waiting = proposal.state is ProposalState.WAITING
    return Refused(
        f"Post {proposal.subject_id} shows the same at the same time, and "
        f"{'waits for approval' if is_waiting else 'was approved today'}.",
        rule="proposal",
        value=post.id,
        limit=proposal.subject_id,
        fix=Fix.of("Call this one off, or change it: {}.", Remedy(RemedyKind.CANCEL_POST, {"post": post.id})),
    )


def _changed_all_the_time() -> Conflict:
    return Conflict("The post is being changed by others all the time.", fix="Try again in a moment.")


async def distinct(ids: Sequence[str], find: Callable[[str], Awaitable[Post | Proposal]]) -> list[str]:
    """Drop each id by which `find` finds the same as by one before it; an id that finds nothing stays."""
    by_id = dict[str, str]()
    for prefix in dict.fromkeys(ids):
        try:
            whole_id = (await find(prefix)).id
        except PressroomError:
            whole_id = prefix
        by_id.setdefault(whole_id, prefix)
    return list(by_id.values())
