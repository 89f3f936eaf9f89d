"""Stores new posts: with copies of their files, under their idempotency keys, and never twice.

`RecentTwins` finds a post of the same content that went out a moment ago, or is planned for the same days:
somebody may publish it again by mistake.
"""

import asyncio
import os
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path

import msgspec

from pressroom.core.account import is_account_id, sign_in
from pressroom.core.clock import Clock
from pressroom.core.consent import Consent, GrantUse, ProposalState
from pressroom.core.errors import Conflict, OutcomeUnknown, Refused, SignInRequired
from pressroom.core.flock import open_lock_file, try_lock
from pressroom.core.journal import JournalEvent
from pressroom.core.post import WAITING_STATES, WENT_LIVE, WHOLE_ID, IfLate, Post, PostId, PostState, When
from pressroom.core.remedies import Fix, Remedy, RemedyKind
from pressroom.core.stored_posts import AddedPost, HeldKey, PostKey, PostQuery, content_hash, published_at
from pressroom.publish.machine import events as ev
from pressroom.publish.machine.transitions import step
from pressroom.service.acting.acting import Acting
from pressroom.service.consent.change import Change, Verb
from pressroom.service.consent.changing import Changes
from pressroom.service.consent.gate import Gate
from pressroom.service.consent.rules import NEW, new_post_request
from pressroom.service.ground.copies import (
    can_be_hosted,
    content_when_kept,
    is_all_fixed,
    with_addresses_copied,
    with_contents,
    with_copies,
    with_earlier_copies,
)
from pressroom.service.ground.resources import Resources
from pressroom.service.posts.at_once import Checking

_MAY_BE_LIVE = (PostState.PUBLISHING, PostState.NEEDS_ATTENTION)
# A container that was not published expires after 24 hours (Content Publishing), so a send older than this
# cannot make its post live any more.
_CONTAINERS_LIVE = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """When a post goes out. due_at: in UTC; None where `when` is a day or open.

    state: DRAFT and AWAITING_APPROVAL hold it back. left_alone_s: head start in seconds for the submitting
    process, before a worker may lease the post. Raises Refused for an idempotency key that is blank, and for
    a post without a time that is not held back.
    """

    due_at: datetime | None
    when: When = When.TIME
    day: date | None = None
    timezone: str = "UTC"
    if_late: IfLate = IfLate.PUBLISH
    state: PostState = PostState.SCHEDULED
    idempotency_key: str | None = None
    left_alone_s: float = 0.0

    def __post_init__(self) -> None:
        if not self.when.has_time and not self.state.is_held:
            raise Refused(
                "Only what is held back may be without a time.",
                rule="due_time",
                value=self.day.isoformat() if self.day else self.when,
                limit="a draft, or a post that awaits approval",
                fix=Fix.of("Give it a time, or keep it as a draft: {}.", Remedy(RemedyKind.KEEP_DRAFT)),
            )
        # A script with an unset variable would publish at each run, and not know.
        if self.idempotency_key is not None and not self.idempotency_key.strip():
            raise Refused(
                "The idempotency key is blank.",
                rule="idempotency_key",
                value=repr(self.idempotency_key),
                limit="a text that is not blank",
                fix="Give each post a key of its own, or leave the key out.",
            )

    @property
    def moment(self) -> datetime:
        """The due time of a post that has one."""
        assert self.due_at, "a post that is let go, and a row of a table, have a time"
        return self.due_at


@dataclass(frozen=True, slots=True)
class Storing:
    """Stores the new posts of a session."""

    resources: Resources
    acting: Acting
    gate: Gate

    async def add(self, post: Post, schedule: Schedule) -> AddedPost:
        """Store a checked post with copies of its files; a repeated submit returns the post of the first.

        Raises MediaRefused for a file that cannot be copied, KeyReused for a key that stands for other
        content, NeedsApproval for a program's post, which is stored and then waits for a person.
        """
        (added,) = await self.add_all([(post, schedule)])
        if schedule.state is not PostState.SCHEDULED or not await self.gate.is_program():
            return added
        store, post = await self.resources.store(), added.post
        await store.run(store.consents.expire, self.resources.clock.now())
        proposals = await store.run(store.consents.list, subject_id=post.id)
        newest = next((proposal for proposal in proposals if proposal.verb == NEW), None)
        if newest and newest.state is ProposalState.DECLINED:
            raise self.gate.declined_error(newest)
        if not post.state.is_held:
            return added
        if newest and newest.state is ProposalState.EXPIRED:
            raise self.gate.approval_needed(await self.gate.propose(new_post_request(post)), post)
        if newest and newest.state is ProposalState.WAITING:
            raise self.gate.approval_needed(newest)
        raise self.gate.release_needed(post)

    async def add_all(self, wanted: Sequence[tuple[Post, Schedule]]) -> tuple[AddedPost, ...]:
        """Store several checked posts: all of them or, when one is refused, none.

        A program's post waits for approval unless a standing consent covers it; an approval of the same
        within the last day returns the approved post. Raises OutcomeUnknown for one that is due now and may
        be live already, as another post.
        """
        # Copies come first, since the content is compared by the bytes that will be sent.
        kept = [(await self.with_copies(post), schedule) for post, schedule in wanted]
        planned = [(self._new_post(post, schedule), content_hash(post)) for post, schedule in kept]
        now = self.resources.clock.now()
        for post, digest in planned:
            if post.state is PostState.SCHEDULED and post.due_at and post.due_at <= now:
                await self._require_no_twin_in_doubt(post, digest)
        store, actor = await self.resources.store(), await self.gate.actor()
        ours = [(replace(post, actor=actor.id), digest) for post, digest in planned]
        if not actor.is_program:
            return await store.run(store.posts.add_all, ours, (), [_planned_event(post) for post, _ in ours])
        named = [
            (replace(post, account=await self._account_id(post.account)), digest) for post, digest in ours
        ]
        try:
            return await self._add_for_program(named)
        except Conflict:
            # Another process took the last use of a standing consent: the posts now wait for a person
            # instead.
            return await self._add_for_program(named)

    async def _account_id(self, who: str) -> str:
        """Return the account id of a name: consent is bound to the account.

        Raises SignInRequired for a name that nobody signed in under, since any user may sign in under it
        later.
        """
        if stored := await self.acting.login(who):
            return stored.account
        if is_account_id(who):
            return who
        raise SignInRequired(
            f"Nobody is signed in as {who!r}: a program plans for accounts that somebody is signed in to.",
            fix=Fix.of("A person signs in: {}.", sign_in(who)),
        )

    async def _add_for_program(self, planned: Sequence[tuple[Post, str]]) -> tuple[AddedPost, ...]:
        """Store a program's posts, each with its consent or held back with its proposal."""
        store = await self.resources.store()
        for post, _ in planned:
            # A person could mistake an id of the program's choice for that of something else.
            is_proposals = bool(await store.run(store.consents.starting, post.id))
            if is_proposals or not WHOLE_ID.fullmatch(post.id):
                raise Refused(
                    f"{post.id!r} is no id of a post.",
                    rule="post_id",
                    value=post.id,
                    limit="32 hexadecimal digits that are no proposal's id",
                    fix="Make the post by `new_post`, which names it.",
                )
        earlier = [await self._approved_before(post) for post, _ in planned]
        new, consents = list[tuple[Post, str]](), list[Consent | None]()
        for (post, digest), before in zip(planned, earlier, strict=True):
            if before is None:
                uses = [consent for consent in consents if isinstance(consent, GrantUse)]
                stored, consent = await self._with_consent(post, uses)
                new.append((stored, digest))
                consents.append(consent)
        events = [_planned_event(post) for post, _ in new]
        added = iter(await store.run(store.posts.add_all, new, consents, events) if new else ())
        return tuple([before or next(added) for before in earlier])

    async def _approved_before(self, post: Post) -> AddedPost | None:
        """Return the post that a person approved within a day, where the same is submitted without a key."""
        # With a key the store itself finds the earlier post.
        if post.state is PostState.DRAFT or post.idempotency_key:
            return None
        wanted, store = new_post_request(post), await self.resources.store()
        decided = await self.gate.find_decision(wanted)
        if decided and decided.subject_id:
            return AddedPost(await store.run(store.posts.get, PostId(decided.subject_id)), is_replay=True)
        expired = await self.gate.find_expired(wanted)
        if expired and expired.subject_id:
            # Nobody approved it in time: it is cancelled, so that no two of the same wait for a person.
            late = await store.run(store.posts.get, PostId(expired.subject_id))
            if late.state is PostState.AWAITING_APPROVAL:
                await Changes(self.resources, self.gate).make(late.id, Change(Verb.CANCEL))
        return None

    async def _with_consent(self, post: Post, beside: Sequence[GrantUse]) -> tuple[Post, Consent | None]:
        """Return a program's new post as it may be stored, with the consent or the proposal for it.

        beside: the uses of standing consents by the posts before it in the same commit.
        """
        if post.state is PostState.DRAFT:
            return post, None
        wanted = new_post_request(post, is_grantable=is_all_fixed(post))
        if post.state is PostState.SCHEDULED and (use := await self.gate.find_grant_use(wanted, beside)):
            return post, use
        waiting_post = replace(post, state=PostState.AWAITING_APPROVAL, wake_at=None)
        return waiting_post, await self.gate.build_proposal(new_post_request(waiting_post))

    async def is_repeat(self, post: Post, schedule: Schedule) -> bool:
        """Tell whether the same was submitted before: with its key, else as what a program was let do."""
        if schedule.idempotency_key:
            return await self.held(post.account, schedule.idempotency_key) is not None
        copied = await self.with_copies(post)
        return await self.gate.find_decision(new_post_request(self._new_post(copied, schedule))) is not None

    async def held(self, account: str, key: str | None) -> HeldKey | None:
        """Return what a key of the session's actor stands for; None for no key, and for one not used yet."""
        if not key:
            return None
        store, owner = await self.resources.store(), await self.gate.owner_of_keys()
        return await store.run(store.posts.held_key, PostKey(account, owner, key))

    async def recalled(self, post: Post, key: str | None) -> Post:
        """Return a post with the copies made when its key was first used: its own files may be gone since."""
        if (held := await self.held(post.account, key)) is None:
            return post
        store = await self.resources.store()
        earlier = await store.run(store.posts.get, held.post_id)
        return await with_earlier_copies(post, earlier, self.resources.settings.assets)

    async def edit(self, wanted: Post, **further: str) -> Change:
        """Return the change by which a stored post shows what `wanted` does, with copies of its files.

        further: arguments beside: its `kind`, where that is another, and those of a move in the same commit.
        Raises Refused for what Instagram would refuse.
        """
        # Checked and copied before the change, which is data and must hold what will be sent: where a program
        # proposes it, its files may be gone when a person approves.
        await Checking(self.acting).check_words(wanted)
        return edit_of(await self.with_copies(wanted), **further)

    async def with_contents(self, post: Post, key: str | None = None) -> Post:
        """Return a post with our own copies of its files that have no path; see `copies.with_contents`.

        key: the copies made when it was first used count, for the account that the post names.
        """
        # Before anything is fetched: what an address leads to may be gone since.
        return await with_contents(await self.recalled(post, key), self.resources.settings)

    async def with_copies(self, post: Post) -> Post:
        """Return a post with our own copies of its files. Raises MediaRefused, Refused."""
        post = await self.with_contents(post)
        account = await self.acting.shown_account(post.account)
        # The strict rule for an unknown account: it forbids fetching from this machine and its network.
        is_real = account is None or account.is_real
        # What a person approves must be what goes out, so a program's addresses are copied where possible.
        if await self.gate.is_program() and account and can_be_hosted(post, account, self.resources.settings):
            try:
                return await self._copied(with_addresses_copied(post), is_real=is_real)
            except Refused:
                if is_real:  # a sandbox may take addresses unseen
                    raise
        return await self._copied(post, is_real=is_real)

    async def _copied(self, post: Post, *, is_real: bool) -> Post:
        settings = self.resources.settings
        # What a person fetches may take the last of the disk; programs leave what publishing needs.
        spare_bytes = settings.uploads_spare_bytes if await self.gate.is_program() else 0
        copied = await with_copies(post, settings.assets, is_real=is_real, spare_bytes=spare_bytes)
        self.resources.pictures.make_soon(copied)
        return copied

    async def _require_no_twin_in_doubt(self, post: Post, digest: str) -> None:
        """Raise OutcomeUnknown where a post with the same content was sent within a day and may be live."""
        # A key that was used before names its own post, which is looked at again before any send.
        if await self.held(post.account, post.idempotency_key):
            return
        store = await self.resources.store()
        query = PostQuery(states=_MAY_BE_LIVE, account=post.account, newest_first=True)
        since = self.resources.clock.now() - _CONTAINERS_LIVE
        for other in (await store.run(store.posts.list, query)).posts:
            last = other.sends[-1] if other.sends else None
            if last is None or last.doubtful_at is None or last.started_at <= since:
                continue
            if content_hash(other) == digest:
                raise OutcomeUnknown(
                    f"Post {other.id} has the same content, was sent less than a day ago and may be live.",
                    container_id=last.container_id,
                    fix=Fix.of(
                        "Ask once more: {}; when you know how it was: {}. Do not publish it again before.",
                        Remedy(RemedyKind.RECONCILE_POST, {"post": other.id}),
                        Remedy(RemedyKind.RESOLVE_POST, {"post": other.id}),
                    ),
                )

    def _new_post(self, post: Post, schedule: Schedule) -> Post:
        now = self.resources.clock.now()
        # Copied field by field: a submitter may set content alone. With containers, sends or a wake time of
        # its own making a program's post would pass for one on its way.
        held = Post(
            id=post.id,
            kind=post.kind,
            assets=post.assets,
            options=post.options,
            followups=post.followups,
            account=post.account,
            login=post.login,
            created_at=now,
            when=schedule.when,
            due_at=schedule.due_at,
            day=schedule.day,
            timezone=schedule.timezone,
            if_late=schedule.if_late,
            idempotency_key=schedule.idempotency_key,
            state=schedule.state if schedule.state is not PostState.SCHEDULED else PostState.DRAFT,
        )
        if schedule.state is not PostState.SCHEDULED:
            return held
        # Woken now and not at its due time, so that a long conversion is over, or a refusal known, by then.
        wake_at = now + timedelta(seconds=schedule.left_alone_s)
        # That it was let go is part of its first version: nobody saw it before.
        return replace(step(held, ev.Submitted())[0], wake_at=wake_at, version=held.version)


def edit_of(wanted: Post, **further: str) -> Change:
    """Return the change by which a post shows what `wanted` does. further: arguments beside."""
    shown = {"options": msgspec.to_builtins(wanted.options), "assets": msgspec.to_builtins(wanted.assets)}
    return Change(Verb.EDIT, {**shown, **further})


def _planned_event(post: Post) -> JournalEvent:
    assert post.created_at
    return JournalEvent(
        subject_id=post.id, at=post.created_at, step="planned", text="It was planned.", actor=post.actor
    )


_LATELY = timedelta(minutes=10)
_LOOK_AGAIN_S = 0.1
_OUT = (*WENT_LIVE, PostState.PUBLISHING, *WAITING_STATES)
_NEAR = timedelta(days=7)
_PLANNED = (PostState.AWAITING_APPROVAL, *_OUT)
# The nearest on each side: reading them costs 0.1 ms each, and planning a post is to stay quick.
_MOST_NEAR = 25
# By their due time, and a late post goes out long after it.
_SINCE = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class RecentTwins:
    """Looks among what went out, or is about to, of a session's account."""

    resources: Resources
    acting: Acting

    async def of(self, content: Post) -> Post | None:
        """Return the newest post of the same content that went out, or goes out, within ten minutes.

        Makes no call. None also for a file that cannot be read, which publishing refuses by name.
        """
        if not self.resources.has_store:
            return None
        digest = await content_when_kept(content, self.resources.settings.assets)
        if digest is None:
            return None
        now, store = self.resources.clock.now(), await self.resources.store()
        query = PostQuery(
            states=_OUT,
            account=(await self.acting.identity()).account,
            due_from=now - _SINCE,
            due_before=now + _LATELY,
            newest_first=True,
            limit=500,
        )
        for post in (await store.run(store.posts.list, query)).posts:
            at = published_at(post)
            is_near = not post.state.went_live or (at is not None and now - at < _LATELY)
            if is_near and content_hash(post) == digest:
                return post
        return None

    async def near(self, post: Post) -> Post | None:
        """Return another post of the account with a stored post's content, due within seven days of it."""
        at, store, digest = post.due_at, await self.resources.store(), content_hash(post)
        if at is None:
            return None
        before = PostQuery(due_from=at - _NEAR, due_before=at, newest_first=True)
        after = PostQuery(due_from=at, due_before=at + _NEAR)
        for side in (before, after):
            query = replace(side, states=_PLANNED, account=post.account, limit=_MOST_NEAR)
            for other in (await store.run(store.posts.list, query)).posts:
                # Compared first: a hash takes longer than the rest of the look.
                is_alike = (other.kind, other.options.caption) == (post.kind, post.options.caption)
                if other.id != post.id and is_alike and content_hash(other) == digest:
                    return other
        return None


@asynccontextmanager
async def one_at_a_time(home: Path, clock: Clock) -> AsyncGenerator[None]:
    """Let one process of this machine look for a twin and store its post before the next one looks."""
    descriptor = await asyncio.to_thread(_opened, home)
    try:
        # Not waited for in a thread: that could not be cancelled.
        while not try_lock(descriptor):
            await clock.sleep(_LOOK_AGAIN_S)
        yield
    finally:
        os.close(descriptor)


def _opened(home: Path) -> int:
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    return open_lock_file(home / "publishing.lock")
