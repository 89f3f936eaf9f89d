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
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace

from pressroom.core.actor import Actor, ActorId, actor_of
from pressroom.core.consent import Consent, Decision, Proposal, ProposalState
from pressroom.core.errors import AnotherSendOpen, Conflict, PressroomError, Refused
from pressroom.core.journal import JournalEvent, SubjectKind
from pressroom.core.post import Post, PostId, PostState
from pressroom.core.remedies import Fix, Remedy, RemedyKind
from pressroom.core.requests import RequestUnderWay
from pressroom.core.stored_posts import PostChanged
from pressroom.publish.machine.transitions import resume
from pressroom.service.consent.change import PAST, Change, Verb, change_request, goes_on, is_put_off
from pressroom.service.consent.gate import Gate, proposal_events
from pressroom.service.consent.rules import (
    NEW,
    event_of,
    new_post_request,
    still_describes,
    would_publish,
)
from pressroom.service.ground.copies import is_all_fixed, is_fixed
from pressroom.service.ground.resources import Resources

# Attempts at the compare-and-set. A worker that drives the post saves it at every step, and each save in
# between costs an attempt.
_TRIES = 5


_ANSWERS = {Verb.APPROVE: ProposalState.APPROVED, Verb.CANCEL: ProposalState.DECLINED}
# These end every waiting proposal about the post, which describes it as it no longer is.
_END_PROPOSALS = frozenset({Verb.EDIT, Verb.CANCEL, Verb.HOLD_BACK})
# A person's word (`resolve`) and what only goes on (`take_up`) are no new try.
_SENDS_ANEW = frozenset({Verb.RESCHEDULE, Verb.RETRY})
_ENDED = frozenset({PostState.FAILED, PostState.MISSED, PostState.NEEDS_ATTENTION})
_CHANGED = frozenset({PAST[Verb.EDIT], PAST[Verb.MOVE], PAST[Verb.RESCHEDULE]})


@dataclass(frozen=True, slots=True)
class Changes:
    """Changes the posts of a session's store.

    check: raises Refused for a post that Instagram would refuse; asked before a draft is let go.
    """

    resources: Resources
    gate: Gate
    check: Callable[[Post], Awaitable[object]] | None = None

    async def make(
        self, prefix: str, change: Change, *, version: int | None = None, only_held: bool = False
    ) -> Post:
        """Apply a change to the post as stored now; after a lost race re-read it and decide again.

        version: of the post as it was when the change was chosen; raises PostChanged where it has another
        one. only_held: raises Conflict where the post was let go meanwhile. Raises NotFound, Refused, and
        NeedsApproval for what a program may not do by itself.
        """
        store = await self.resources.store()
        for _ in range(_TRIES):
            post = await store.run(store.posts.find, prefix)
            await self.require_version(post, version)
            after = await self.rehearse(post, change)
            if after is post:
                return post
            if only_held and not post.state.is_held:
                raise Conflict(f"Post {post.id} was let go meanwhile.", fix="Look at it again, then decide.")
            if self.check and change.verb is Verb.APPROVE and post.state is PostState.DRAFT:
                # It may be unfinished, which is said now and not when it is due. What is saved is what was
                # checked: another version is read, and checked, again.
                await self.check(post)
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
            except (AnotherSendOpen, RequestUnderWay):
                raise
            except Conflict:
                continue
        raise _changed_all_the_time()

    async def require_version(self, post: Post, version: int | None) -> None:
        """Raise PostChanged, with what was changed since and by whom, for a post of another version.

        version: the one that was seen; None where any will do.
        """
        if version is None or post.version == version:
            return
        store, by_version = await self.resources.store(), dict[int, JournalEvent]()
        for event in await store.run(store.events.list, post.id):
            if event.version and event.version > version:
                by_version.setdefault(event.version, event)
        raise PostChanged(post, version, list(by_version.values()))

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

    async def approve(self, proposal: Proposal, change: Change, version: int | None = None) -> Post:
        """Apply a change that a program proposed, in the same commit as a person's approval of it.

        version: of the post that the person saw. Raises NotFound, PostChanged, Refused for a post that is no
        longer what was proposed, Conflict for a proposal that does not wait, NeedsApproval for a program.
        """
        await self.gate.require_person("Only a person lets happen what a program proposed.")
        store, now = await self.resources.store(), self.resources.clock.now()
        post = await store.run(store.posts.get, PostId(proposal.subject_id or ""))
        await self.require_version(post, version)
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
        # An edit with a time is two operations, and one change.
        after = after.following(post).changed(wake_at=effects[0].not_before if effects else None)
        actor, now = await self.gate.actor(), self.resources.clock.now()
        past = PAST[change.verb]
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
            # Another API client's proposal cannot be read: its post says that it waits.
            is_askers = proposal.actor == actor.id
            raise self.gate.approval_needed(proposal) if is_askers else self.gate.release_needed(before)
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
            is_timed = "timezone" in change.arguments
            return await self._consent_to_draft(before, after if is_timed else before)
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
                raise _changed_by_program(before, shown_now, has_new_time="due_at" in change.arguments)
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

    async def _consent_to_draft(self, draft: Post, timed: Post) -> Consent:
        """Return the standing consent to a program's own draft; else hold it back with its proposal.

        timed: with the time that it goes out at. From then on it is what a new post that waits is: the same
        consent covers it, and an edit is asked for anew. Raises NeedsApproval.
        """
        # In one commit with its time: a program that was killed in between would find a draft that was moved.
        held = timed.changed(state=PostState.AWAITING_APPROVAL, wake_at=None).following(draft)
        request = new_post_request(held, is_grantable=is_all_fixed(held))
        if other := await self.gate.find_waiting(request) or await self.gate.find_decision(request):
            raise _shown_by_another(other, draft)
        if use := await self.gate.find_grant_use(request):
            return use
        store, proposal = await self.resources.store(), await self.gate.build_proposal(request)
        events = proposal_events(proposal)
        if timed is not draft:
            actor, now = await self.gate.actor(), self.resources.clock.now()
            events += [event_of(draft, held, past="moved", actor=actor, at=now, consent=proposal)]
        await store.run(store.posts.save, held, draft, events, proposal)
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


def _changed_by_program(post: Post, proposal: Proposal, *, has_new_time: bool) -> Refused:
    """Say that a program changed a post since a person may have seen it, and what it shows now."""
    names, its = {"proposal": proposal.id}, {"post": post.id}
    then = Fix.of("then let it go: {}", Remedy(RemedyKind.APPROVE, names))
    # A proposal is for the time that the post has, which may be over.
    if has_new_time:
        steps = Remedy(RemedyKind.MOVE_POST, its), Remedy(RemedyKind.APPROVE_POST, its)
        then = Fix.of("give it that time, then let it go: {}, {}", *steps)
    return Refused(
        f"Post {post.id} was changed by a program, and what it shows now is proposal {proposal.id}.",
        rule="proposal",
        value=post.id,
        limit=proposal.id,
        fix=Fix.of("Look at it: {}; {}.", Remedy(RemedyKind.SHOW_PROPOSAL, names), then),
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
