"""`PostService`: publishes, plans, changes, approves and repairs posts, while a worker may drive them.

A post is named by its id, or by the first four characters or more of it: `require_only_match` has the rule.
"""

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import cached_property
from itertools import chain
from pathlib import Path
from types import MappingProxyType
from typing import Unpack

from pressroom.core.errors import Refused
from pressroom.core.post import Attention, IfLate, Post, PostId, PostKind, PostState, When
from pressroom.core.stored_posts import PostChanged, PublishedLately
from pressroom.publish.machine.operations import is_made_anew
from pressroom.publish.publisher import outcome_unknown
from pressroom.service.acting.acting import Acting
from pressroom.service.consent.change import NOW, Change, Verb, word_of
from pressroom.service.consent.changing import Changes
from pressroom.service.consent.gate import Gate
from pressroom.service.ground.resources import Resources
from pressroom.service.posts.at_once import AtOnce
from pressroom.service.posts.changes import (
    BulkChange,
    BulkResult,
    Releasing,
    change_each,
    require_not_live,
    time_verb,
)
from pressroom.service.posts.composing import (
    CallToMake,
    PostKeywords,
    Source,
    assets_of,
    require_known,
    with_options,
)
from pressroom.service.posts.history import PostHistory, history_of
from pressroom.service.posts.lists import PostLists
from pressroom.service.posts.planning import Planned, Planning, Slots
from pressroom.service.posts.publishing import PublishingNow
from pressroom.service.posts.storing import RecentTwins, one_at_a_time
from pressroom.service.posts.tables.columns import Numbered
from pressroom.service.posts.tables.importing import Importer, RowChecks
from pressroom.service.posts.tables.rows import Result


class PostService(PostLists):
    """The use-cases of posts. Any of them may raise StoreRefused, StoreFailed or SettingRefused."""

    def __init__(self, resources: Resources, acting: Acting, at_once: AtOnce, gate: Gate) -> None:
        super().__init__(resources, acting)
        self._at_once = at_once
        self._planning = Planning(resources, acting, gate)
        self._changes = Changes(resources, gate, self._planning.checking.check_kept)
        self._gate = gate

    @cached_property
    def _now(self) -> PublishingNow:
        return PublishingNow(
            resources=self._resources, acting=self._acting, planning=self._planning, changes=self._changes
        )

    @property
    def slots(self) -> Slots:
        """Weekly slots of accounts."""
        return self._planning.slots

    async def accept(
        self,
        post: Post,
        *,
        idempotency_key: str | None = None,
        is_left: bool = False,
        is_once: bool = False,
        but: str | None = None,
    ) -> Planned:
        """Store a post that is due now, for `see_through`; the two make up `publish` by way of the store.

        is_left: leave it to a worker, with no `see_through`. is_once: raise PublishedLately for a twin other
        than `but`, or return the twin, to be seen through, where no living process publishes it; of two
        processes of this machine that publish the same at once, one stores it. Raises what `publish` raises
        before a call.
        """
        if not is_once:
            return await self._now.accept(post, idempotency_key, is_left=is_left)
        # Read once: a stream has no second time.
        post = await self._planning.with_contents(post, idempotency_key)
        async with one_at_a_time(self._resources.settings.home, self._resources.clock):
            twin = await self.twin(post)
            if twin and twin.id != but:
                is_idle = await self._now.is_idle(twin)
                if is_idle and not is_left:
                    return await self._now.take_up(twin)
                raise PublishedLately(twin, is_idle=is_idle)
            return await self._now.accept(post, idempotency_key, is_left=is_left)

    async def twin(self, post: Post) -> Post | None:
        """Return the newest post of the same content that went out, or goes out, within ten minutes.

        None for a program, too: its earlier proposal answers the same request. Makes no call to Instagram.
        Bytes, open files and objects are read and copied, so a stream that cannot seek is at its end then.
        """
        if await self._gate.is_program():
            return None
        content = await self._planning.storing.with_contents(post)
        return await RecentTwins(self._resources, self._acting).of(content)

    async def see_through(self, post_id: str) -> Post:
        """Publish a stored post, or wait for the worker that does. Raises Refused for another account's."""
        return await self._now.see_through(PostId(post_id))

    async def wait_for(self, post_id: str, *, through_pauses: bool = False) -> Post:
        """Wait until a post reaches a final state, which its `state` tells.

        A worker has to run, in this session (`works`) or elsewhere; `listeners` are told when none drives it.
        A cancellation ends the waiting, not the post.

        through_pauses: wait on where the account is paused past the post's time. Without it that raises
        StillWaiting, as `publish` does.
        """
        return await self._now.wait_for((await self._get(post_id)).id, through_pauses=through_pauses)

    async def reached(self, post: Post) -> Post:
        """Return an interrupted post as far as it came.

        Raises OutcomeUnknown for one that was sent, and may be live.
        """
        reached = self._at_once.reached(post)
        if reached is post and self._resources.has_store:
            store = await self._resources.store()
            reached = await store.run(store.posts.get, post.id)
        is_in_doubt = reached.open_send or reached.attention is Attention.OUTCOME_UNKNOWN
        if is_in_doubt and not reached.state.went_live:
            raise outcome_unknown(reached)
        return reached

    async def submit(
        self,
        post: Post,
        *,
        at: date | str = "now",
        timezone: str | None = None,
        if_late: IfLate = IfLate.PUBLISH,
        state: PostState = PostState.SCHEDULED,
        idempotency_key: str | None = None,
        is_late: bool = False,
        is_unfinished: bool = False,
    ) -> Planned:
        """Store a post for a worker, which publishes it when it is due.

        at: an aware time, or words such as `tomorrow 09:00` or `next slot`; for what is held back also a day
        (a `date`) or `open` (`When.OPEN`). timezone: of words and days, IANA; None is the account's. state:
        DRAFT and AWAITING_APPROVAL hold it back. is_late: the time may be over, by up to a year; without it
        TimeIsOver is raised for one that was five minutes ago or earlier, unless it repeats an earlier one.
        is_unfinished: what files of a draft show is not judged yet: `MediaService.check_post` does it.
        A repeat with its key gives the same post as it is now; for a program it raises NeedsApproval, as the
        first did, with the same post and proposal while that waits, and once it was declined. Raises Refused
        for what Instagram would refuse, KeyReused as `publish` does.
        """
        return await self._planning.plan(
            post,
            at,
            timezone,
            is_late=is_late,
            is_unfinished=is_unfinished,
            state=state,
            if_late=if_late,
            idempotency_key=idempotency_key,
        )

    async def rehearse(self, post: Post) -> Sequence[CallToMake]:
        """Check a post as publishing would and describe the calls it would make, in order. Makes none."""
        return await self._at_once.rehearse(post)

    async def show(self, post_id: str) -> PostHistory:
        """Return a post with its past events and next steps. Raises NotFound."""
        return await history_of(post_id, await self._resources.store(), self._planning.obstacles)

    async def rehearse_each(self, posts: Sequence[str], change: BulkChange) -> tuple[BulkResult, ...]:
        """Tell how each of several posts would be changed, or why it would not be; changes none.

        posts: ids, or starts of ids. What needs a person's consent is not told: `change_each` finds that out.
        """
        results = change_each(self._changes, posts, change, is_rehearsal=True)
        return tuple([result async for result in results])

    def change_each(
        self, posts: Sequence[str], change: BulkChange, versions: Mapping[str, int] = MappingProxyType({})
    ) -> AsyncGenerator[BulkResult]:
        """Change several posts, each as by its own use-case, and yield what became of each as it is done.

        versions: those that were seen, by whole id. A change that fails is a result with its error, and stops
        no other.
        """
        return change_each(self._changes, posts, change, versions)

    async def move(
        self,
        post_id: str,
        at: date | str,
        timezone: str | None = None,
        *,
        version: int | None = None,
        is_late: bool = False,
    ) -> Post:
        """Give a post that is still to go out another due time, and change nothing else.

        at, is_late: as `submit` takes them; a program that asks again is told what a person decided.
        timezone: of a time in words; None is the post's, else the account's. version: of the post as it was
        seen; None for any. Raises NotFound, TimeIsOver, PostChanged for another version, and Refused where it
        is too late, or for one that failed or was missed: see `reschedule`.
        """
        return await self._give_time(Verb.MOVE, post_id, at, timezone, version=version, is_late=is_late)

    async def reschedule(
        self,
        post_id: str,
        at: date | str,
        timezone: str | None = None,
        *,
        version: int | None = None,
        is_late: bool = False,
        is_again: bool = False,
    ) -> Post:
        """Plan a post again that failed, was missed or came too late: it is looked for, and then goes out.

        is_again: as `retry` takes it; the others, and what is raised: as `move`, and PublishedLately.
        """
        return await self._give_time(
            Verb.RESCHEDULE, post_id, at, timezone, version=version, is_late=is_late, is_again=is_again
        )

    async def _give_time(
        self,
        verb: Verb,
        post_id: str,
        at: date | str,
        timezone: str | None,
        *,
        version: int | None = None,
        is_late: bool,
        is_again: bool = False,
        is_rehearsal: bool = False,
    ) -> Post:
        post = await self._get(post_id, version)
        async with self._planning.moment_of_move(post, at, timezone, verb=verb, is_late=is_late) as due:
            # What is held back goes out now whenever it is let go.
            is_now = at == When.NOW and post.state.is_held and verb is Verb.MOVE
            time = {"due_at": NOW, "timezone": due.timezone} if is_now else due.arguments
            change = Change(verb, {**time, **word_of(is_again=is_again)})
            if is_rehearsal:
                return await self._changes.rehearse(post, change)
            return await self._changes.make(post.id, change, version=version)

    async def release(
        self,
        post_id: str,
        at: date | str | None = None,
        timezone: str | None = None,
        *,
        version: int | None = None,
    ) -> Post:
        """Have a post go out at a time, or (None) at once; one that does so already stays as it is.

        At once is said, as `now`, of a post that is held back with a day or nothing, or whose time is over.
        A draft is approved, a planned post moved, a failed or missed one tried again. The same again asks
        for the same. at, timezone, version: as `move` takes them. Raises NotFound, PostChanged, NeedsApproval
        for a program, TimeIsOver, PublishedLately as `retry` does, and Refused where it is too late, nobody
        knows whether it is live, or Instagram would refuse what a draft shows.
        """
        post = await self._get(post_id, version)
        releasing = Releasing(self._planning, self._changes, is_bound=version is not None)
        return await releasing.release(post, at, timezone)

    async def rehearse_time(
        self,
        post_id: str,
        at: date | str,
        timezone: str | None = None,
        *,
        verb: Verb | None = None,
        is_late: bool = False,
        is_again: bool = False,
    ) -> Post:
        """Return a post as `move` or `reschedule` would make it, and raise what these raise; changes none.

        verb: MOVE or RESCHEDULE; None for the one that its state allows.
        """
        verb = verb or time_verb(await self._get(post_id))
        return await self._give_time(
            verb, post_id, at, timezone, is_late=is_late, is_again=is_again, is_rehearsal=True
        )

    async def time_warnings(self, post: Post, was: Post | None = None) -> tuple[str, ...]:
        """Return warnings about a post's due time, one sentence each, before or after a move.

        Warns if the time is in the past, or if the account's quota will be used up by then, as far as the
        store knows. was: the post before the move; if given, also warns that containers which Instagram
        already has must be created again, and that the time was read in this machine's zone.
        """
        anew = ["What Instagram was given for it is made anew."] if was and is_made_anew(was, post) else []
        return (*anew, *await self._planning.about_time(post, was))

    async def move_by(
        self, post_id: str, by: str, *, version: int | None = None, is_late: bool = False
    ) -> Post:
        """Move a post by a shift such as `+1d`, `-2h`: whole days keep the time of day in the post's zone.

        It counts from where the post goes out, which is later than it is due where it was postponed.
        version: of the post as it was seen; None for as it is now. is_late: as `submit` takes it. Raises
        NotFound, TimeIsOver, Refused for what is no shift, or where it is too late, PostChanged.
        """
        return await self._shift(post_id, BulkChange(Verb.MOVE, by, is_late=is_late), version)

    async def reschedule_by(
        self,
        post_id: str,
        by: str,
        *,
        version: int | None = None,
        is_late: bool = False,
        is_again: bool = False,
    ) -> Post:
        """Plan a post again, as `reschedule` does, by a shift as `move_by` takes it."""
        again = BulkChange(Verb.RESCHEDULE, by, is_late=is_late, is_again=is_again)
        return await self._shift(post_id, again, version)

    async def _shift(self, post_id: str, change: BulkChange, version: int | None) -> Post:
        post = await self._get(post_id, version)
        shifted = change.of(post, self._resources.clock.now())
        return await self._changes.make(post.id, shifted, version=post.version)

    async def edit(
        self,
        post_id: str,
        *,
        kind: PostKind | None = None,
        sources: Source | Sequence[Source] | None = None,
        account: str | None = None,
        version: int | None = None,
        **options: Unpack[PostKeywords],
    ) -> Post:
        """Change what a post shows; what is not given stays.

        account: to which a draft is given, by its id or its login's name. version: of the post as it was
        seen; None for as it is now. Raises NotFound, Refused for content or a state that does not allow it,
        PostChanged, TypeError for no such option.
        """
        require_known(options, "edit")
        if kind is None and sources is None and account is None and not options:
            raise Refused(
                f"Nothing was given that would change post {post_id}.",
                rule="edit",
                limit="a new text, file or option",
                fix="Give what is to change.",
            )
        post = await self._get(post_id, version)
        shown = {"options": with_options(post.options, options), "kind": kind or post.kind}
        changed = replace(post, **shown, assets=post.assets if sources is None else assets_of(sources))
        # A program that asks for the same again is known by the arguments: what stays is none of them.
        further = {"kind": changed.kind.value} if changed.kind is not post.kind else {}
        if account is not None:
            store = await self._resources.store()
            login = await store.run(store.accounts.get, account)
            further |= {"account": login.account, "login": login.name, "timezone": login.timezone}
            changed = replace(changed, account=login.account, login=login.name)
        edited = await self._planning.storing.with_contents(changed)
        change = await self._planning.storing.edit(edited, **further)
        try:
            return await self._changes.make(post.id, change, version=post.version)
        except PostChanged as error:
            # How far a worker brought it is decided on anew; what somebody else edited must not be undone.
            if version is not None or any(event.actor for event in error.since):
                raise
            # What was read of a stream is read once.
            read = None if sources is None else list(edited.assets)
            if "cover" in options:
                options["cover"] = edited.options.cover
            return await self.edit(post.id, kind=kind, sources=read, account=account, **options)

    async def duplicate(self, post_id: str) -> Planned:
        """Store an open draft that shows what a post shows, with its files; the post stays as it is.

        Its warnings say where a file shows something else by now. Raises NotFound, MediaRefused for a file
        that is gone, with our copy of it.
        """
        return await self._planning.duplicate(await self._get(post_id))

    async def cancel(self, post_id: str, *, version: int | None = None) -> Post:
        """End a post that is not live; raises NotFound, PostChanged, or Refused for one that is or may be."""
        return await self._changes.make(post_id, Change(Verb.CANCEL), version=version)

    async def approve(self, post_id: str, *, version: int | None = None) -> Post:
        """Approve a post that is held back. version: as `move` takes it.

        Raises NotFound, PostChanged, NeedsApproval for a program, and Refused where it is too late, for a
        draft that Instagram would refuse, or for a post that its program changed: pass the new proposal's id
        to `approvals.approve`.
        """
        return await self._changes.make(post_id, Change(Verb.APPROVE), version=version)

    async def retry(
        self,
        post_id: str,
        *,
        version: int | None = None,
        is_unchecked: bool = False,
        is_again: bool = False,
    ) -> Post:
        """Try a failed, missed or late post again at once.

        It is looked for on the profile first, back to when it was to go out. is_unchecked: a person did that.
        is_again: also where another post of the account and content went out since this one was made.
        version: as `move` takes it. Raises NotFound, PostChanged, Refused, and PublishedLately without
        `is_again`.
        """
        words = word_of(is_unchecked=is_unchecked, is_again=is_again)
        return await self._changes.make(post_id, Change(Verb.RETRY, words), version=version)

    async def resolve(
        self,
        post_id: str,
        *,
        media_id: str | None,
        version: int | None = None,
        is_unchecked: bool = False,
    ) -> Post:
        """Settle a post in doubt on a person's word: live as `media_id`, or (None) not live, and sent again.

        It is looked for before it is sent. is_unchecked: a person looked at the profile instead. version: as
        `move` takes it. Raises NotFound, PostChanged, Refused for a post that is not in doubt.
        """
        arguments = {"media_id": media_id, **word_of(is_unchecked=is_unchecked)}
        return await self._changes.make(post_id, Change(Verb.RESOLVE, arguments), version=version)

    async def require_not_live(self, post_id: str) -> None:
        """Check with Instagram that a post in doubt is not live, before `resolve` sends it again.

        Raises Refused for one that is live, or whose state cannot be read.
        """
        post = await self._get(post_id)
        if post.attention is Attention.OUTCOME_UNKNOWN:
            await require_not_live(post, self._acting)

    async def reconcile(self, post_id: str, *, version: int | None = None) -> Post:
        """Have the worker ask Instagram once more about a post in doubt; never sends it again."""
        return await self._changes.make(post_id, Change(Verb.RECONCILE), version=version)

    async def check_table(
        self,
        rows: Sequence[Numbered],
        *,
        base: Path,
        timezone: str | None = None,
        is_again: bool = False,
        is_late: bool = False,
    ) -> Sequence[Result]:
        """Check every row of a table of posts, and store none.

        base: directory that relative file names start from. timezone: for rows that name none.
        is_again: plan also what a post of the account, due or published within 7 days, shows already; without
        it such a row is refused, unless it has an idempotency key. is_late: as `submit` takes it; without it
        a row that gives a post a time that is over is refused.
        """
        checks = RowChecks(
            planning=self._planning, base=base, zone=timezone, is_again=is_again, is_late=is_late
        )
        return await checks.check(rows)

    async def store_table(self, checked: Sequence[Result], *, is_partial: bool = False) -> Sequence[Result]:
        """Store the rows that passed the check; without `is_partial` only when all did.

        Posts that rows name are changed first, each by itself, and the first change that fails ends it; then
        the new ones are planned together. Raises KeyReused for a key that stands for other content, which
        with `is_partial` is the error of its row.
        """
        importer = Importer(planning=self._planning, changes=self._changes)
        return await importer.store(checked, is_partial=is_partial)

    async def obstacles(self, results: Sequence[Result]) -> tuple[str, ...]:
        """Say what keeps the posts that a table plans or changes from going out, each once."""
        accounts = {result.post.account: None for result in results if result.post and not result.error}
        sentences = [await self._planning.obstacles.of(account) for account in accounts]
        return tuple(dict.fromkeys(chain.from_iterable(sentences)))

    async def _get(self, post_id: str, version: int | None = None) -> Post:
        store = await self._resources.store()
        post = await store.run(store.posts.find, post_id)
        await self._changes.require_version(post, version)
        return post
