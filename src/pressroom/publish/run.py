"""The loop of one post: waits for an effect's time, performs it, saves what the machine makes of it.

Start at `Run.go`. `Run._apply` saves a step before it is acted on; `Run._perform` does the next effect.
"""

import asyncio
import contextlib
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any

from pressroom.core.errors import (
    AccountPaused,
    AnotherSendOpen,
    Conflict,
    ConsentWithdrawn,
    ContainerFailed,
    PressroomError,
    SnapshotOutdated,
    StillProcessing,
    StoreFailed,
)
from pressroom.core.failure import Failure
from pressroom.core.post import ContainerRecord, Followup, Post, PostState
from pressroom.core.shortage import shortages_named
from pressroom.core.when import in_words
from pressroom.graph.answers import Container, ContainerId, ContainerStatus
from pressroom.publish.context import Context
from pressroom.publish.machine import events as ev
from pressroom.publish.machine.transitions import FINAL_STATES, resume, step
from pressroom.publish.manners.at_once import Manner
from pressroom.publish.sharing import Readings, SendsFirst
from pressroom.publish.steps import sending
from pressroom.publish.steps.creating import bring, make, poll, use_next_ways
from pressroom.publish.steps.preparation import Preparation, PreparedMedia

# How often a snapshot is read that other posts keep making out of date.
_MOST_SNAPSHOTS = 3
# The effects that belong to a send: all others let the sends of other posts go first.
_SENDING = (ev.LookBack, ev.CommitSend, ev.SendPublish, ev.LookAtSend)
# Instagram fetches a file while it processes the container: a finished one does not need our copy any more.
_FETCHED = frozenset({PostState.READY, *FINAL_STATES})


@dataclass(slots=True)
class Run:
    """Publishes one post as far as its manner allows.

    readings: shared with the account's other runs. sends_first, uploads: with all of the process.
    effects: what is to be done next. error: the last one that was met. deadline: of the open send, on the
    monotonic clock.
    """

    context: Context
    preparation: Preparation
    manner: Manner
    post: Post
    readings: Readings = field(default_factory=Readings)
    sends_first: SendsFirst | None = None
    uploads: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(1))
    effects: tuple[ev.Effect, ...] = ()
    error: PressroomError | None = None
    deadline: float = field(default=0.0)
    _media: PreparedMedia | None = None

    async def go(self, first: ev.Event) -> Post:
        """Apply an event and perform all effects that follow, until none is left or the next is too far away.

        Raises Conflict and StoreFailed, when a step could not be saved.
        """
        try:
            await self._go(first)
        except (Conflict, StoreFailed):
            # Who goes on, if anybody, does so from what is on record, and puts the files up again.
            await self._end_fetch()
            raise
        await self._release()
        return self.post

    async def _go(self, first: ev.Event) -> None:
        await self._guarded(self._apply(first))
        try:
            while self.effects and not self._is_wait_too_long():
                await self._perform(self.effects[0])
        except asyncio.CancelledError:
            # Mostly one look settles in time a send that the interruption left open.
            if self.post.open_send:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(self.context.policy.interrupt_grace_s):
                        await self._apply(await sending.look(self.context, self.post))
            raise

    async def prepare(self) -> PreparedMedia:
        """Make the files acceptable, once a run. Raises as the preparation does, and Shortage."""
        with shortages_named():
            self._media = self._media or await self.preparation.prepare(self.post)
        return self._media

    async def _perform(self, effect: ev.Effect) -> None:
        # A send waits for its time itself, since its snapshot is taken before.
        if not isinstance(effect, ev.CommitSend):
            await self.context.sleep_until(self.post.wake_at)
        if self.sends_first and not isinstance(effect, _SENDING):
            await self.sends_first.passed()
        await self._guarded(self._carry_out(effect))

    async def _guarded(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            with shortages_named():
                await work
        except PressroomError as error:
            # The step is not on record: the run ends here, and the post is resumed from what is.
            if isinstance(error, Conflict | StoreFailed) and not isinstance(error, AnotherSendOpen):
                raise
            await self.take(error)

    async def take(self, error: PressroomError) -> None:
        """Apply the event that the manner makes of an error."""
        self.error = error
        await self.context.note(self.post, "failed", str(error), error=error)
        await self._apply(await self.manner.after_error(self.post, error))

    async def _carry_out(self, effect: ev.Effect) -> None:  # noqa: C901, PLR0912  # one case an effect
        match effect:
            case ev.Wake():
                await self._apply(ev.Woken(at=self.context.client.clock.now()))
            case ev.LookBack():
                # In the account's turn: what is being sent meanwhile would be listed, and not known as ours.
                async with self.context.journal.sending():
                    event = await sending.look_back(self.context, self.post)
                if isinstance(event, ev.LookedBack) and event.sighting is not ev.Sighting.NOTHING:
                    media = ", ".join(event.media) or "its container"
                    text = f"Looked for before it is sent, and found: {media}."
                    media_id = next(iter(event.media), None)
                    await self.context.note(self.post, "looked_back", text, media_id=media_id)
                await self._apply(event)
            case ev.CreateContainer():
                await self._create(effect.item)
            case ev.PollContainers():
                await self._poll(effect.ids)
            case ev.CommitSend():
                await self._publish(effect)
            case ev.SendPublish():
                await self._send(effect)
            case ev.LookAtSend():
                await self._apply(await sending.look(self.context, self.post))
            case ev.FollowUp(what=Followup.MEDIA_ID):
                await self._apply(await sending.list_for_id(self.context, self.post))
            case ev.FollowUp(what=Followup.PERMALINK):
                await self._apply(await sending.read_permalink(self.context, self.post))
            case ev.FollowUp():
                text, media_id = "Writing the first comment.", self.post.media_id
                await self.context.note(self.post, "comment_committed", text, media_id=media_id)
                await self._apply(ev.CommentCommitted(at=self.context.client.clock.now()))
            case ev.SendComment():
                event = await sending.send_comment(self.context, self.post)
                if event is not None:
                    await self._apply(event)
                    if isinstance(event, ev.CommentAnswered):
                        await self.context.note(self.post, "commented", "The first comment is written.")
                else:
                    # Nobody knows whether it stands: its commit on record makes the next effect a look.
                    self.effects = resume(self.post, self.context.policy)
            case ev.LookForComment():
                await self._apply(await sending.look_for_comment(self.context, self.post))

    async def _publish(self, effect: ev.CommitSend) -> None:
        """Take the snapshot a little ahead, then wait for the due time and for the account's turn to send."""
        lead = timedelta(seconds=self.context.policy.snapshot_lead_s)
        await self.context.sleep_until(effect.not_before - lead if effect.not_before else None)
        # Made at the due time, its two calls would make the send late.
        ahead = await self.readings.ahead(self.context, self.post)
        await self.context.sleep_until(effect.not_before)
        # Two sends at once would both change quota and list, which then prove neither of them.
        with self.sends_first.due() if self.sends_first else contextlib.nullcontext():
            async with self.context.journal.sending():
                if not await self._open_send(effect, ahead):
                    return
                self.readings.opened()
                try:
                    # The turn is kept until the send is settled or looked at rarely: the next snapshot must
                    # count it.
                    while self.post.open_send and self.effects and not self._is_wait_too_long():
                        await self._perform(self.effects[0])
                finally:
                    self.readings.closed(self.post)

    async def _open_send(self, effect: ev.CommitSend, ahead: sending.Readiness | None) -> bool:
        """Commit the send, unless something stands against it: the post then waits, or is at its end.

        Raises AnotherSendOpen when another post of the account is being published, and the manner does not
        wait for that.
        """
        snapshots_left = _MOST_SNAPSHOTS
        while True:
            try:
                readiness = await self.readings.now(self.context, self.post, ahead)
                if obstacle := await self.manner.before_send(self.post, readiness):
                    await self._apply(obstacle)
                    return False
                # Saved before the call: a process that dies in between leaves an open send, which is looked
                # into, and never a post that seems unsent.
                event, self.deadline = sending.commit(self.context, readiness)
                container, went_live = effect.container_id, readiness.went_live
                text = "Publishing now."
                line = self.context.line(self.post, "send_committed", text, container_id=container)
                save = partial(self.context.journal.open_send, event=line, went_live=went_live)
                await self._apply(event, save)
            except SnapshotOutdated as error:
                self.readings.forget()
                ahead, snapshots_left = None, snapshots_left - 1
                if not snapshots_left:
                    return await self._put_off(error)
            except AccountPaused as error:
                return await self._put_off(error)
            except ConsentWithdrawn as error:
                await self.context.note(self.post, "withheld", error.message)
                await self._apply(ev.HeldBack())
                return False
            except AnotherSendOpen:
                if not await self.manner.waits_out_another(self.post):
                    raise
            else:
                return True

    async def _put_off(self, error: PressroomError) -> bool:
        await self._apply(await self.manner.after_error(self.post, error))
        return False

    async def _apply(
        self, event: ev.Event, save: Callable[[Post], Coroutine[Any, Any, None]] | None = None
    ) -> None:
        after, effects = step(self.post, event, self.context.policy)
        # When the next effect is to be performed; None for at once, and for never.
        moment = effects[0].not_before if effects else None
        delay = after.not_before if effects and after.state.is_waiting else None
        wake_at = max((at for at in (moment, delay) if at is not None), default=None)
        if after.wake_at != wake_at:
            after = after.changed(wake_at=wake_at)
        if after.postponed_to and after.postponed_to != self.post.postponed_to:
            was, now, planned = (
                in_words(at, after.timezone)
                for at in (self.post.goes_out_at, after.postponed_to, after.due_at)
                if at
            )
            for_when = f" It was planned for {planned}." if self.post.postponed_to else ""
            why = f"{after.postponed_because}{for_when}"
            text = f"Postponed from {was} to {now}. {why} Move it if another time suits better."
            await self.context.note(after, "postponed", text)
        if after.state is PostState.FAILED and self.post.state is not PostState.FAILED:
            after = after.changed(failure=Failure.of(self.error) if self.error else None)
        name = type(event).__name__
        self.context.crash_point(f"before {name}")
        # Woken in time, a post mostly stays as it is, and there is nothing to save.
        if not isinstance(event, ev.Woken) or after.changed(revision=self.post.revision) != self.post:
            await (save or self.context.journal.save)(after)
            # Only after the save: an effect that is performed and not on record would be performed again.
            self.post = after
        self.effects = effects
        self.context.crash_point(f"after {name}")

    def _is_wait_too_long(self) -> bool:
        moment, longest_s = self.post.wake_at, self.manner.longest_wait_s
        if moment is None or longest_s is None:
            return False
        return (moment - self.context.client.clock.now()).total_seconds() > longest_s

    async def _create(self, item: int | None) -> None:
        if not any(record.is_alive for record in self.post.containers):
            obstacle = await self.manner.before_containers(self.context, self.post)
            if obstacle is not None:
                await self._apply(obstacle)
                return
        created = await make(self.context, self.post, item, await self.prepare())
        # The id is saved before anything else: no call lists containers, so one whose id is lost can neither
        # be polled nor be looked into.
        await self._apply(created)
        text = f"Instagram made a container{'' if item is None else f' for item {item + 1}'}."
        await self.context.note(self.post, "container_created", text, container_id=created.id)

    async def _poll(self, ids: tuple[ContainerId, ...]) -> None:
        records = [record for record in self.post.containers if record.id in ids]
        polls = [asyncio.ensure_future(self._poll_one(record)) for record in records]
        try:
            settled = await asyncio.gather(*polls)
        finally:
            # The first error ends the others, and is raised as it is.
            for task in polls:
                task.cancel()
            await asyncio.gather(*polls, return_exceptions=True)
        for event in settled:
            self.error = ContainerFailed.of(event.id, event.status, event.subcode)
            await self._apply(event)
            # A file that Instagram could not fetch goes another way when its container is made again.
            if self.effects and event.status is ContainerStatus.ERROR:
                item = next(record.item for record in records if record.id == event.id)
                placements = (await self.prepare()).placements(self.post, item)
                await use_next_ways(self.context, self.post, item, placements, event.subcode)

        if self.post.state is PostState.READY:
            # Every container is FINISHED. The send may be hours away, or in doubt for as long.
            await self._end_fetch()

    async def _poll_one(self, record: ContainerRecord) -> ev.ContainerSettled:
        client, policy = self.context.client, self.context.policy
        is_parent = record.item is None and len(self.post.assets) > 1
        # A carousel's own container has no file: it points to its items.
        media = None if is_parent else await self.prepare()
        if media and (failed := await bring(self.context, self.post, record, media, self.uploads)):
            return failed
        is_video = media is not None and media.files[record.item or 0].file.media_type == "video"
        schedule = client.pacing.video_poll if is_video else client.pacing.image_poll
        usual_s = policy.usual_video_s if is_video else policy.usual_image_s
        readings: list[Container] = []
        event = await poll(client, record, schedule, usual_s=usual_s, on_read=readings.append)
        text = readings[-1].status if readings and readings[-1].status else f"Container: {event.status}."
        await self.context.note(self.post, "container_settled", text, container_id=record.id)
        return event

    async def _send(self, effect: ev.SendPublish) -> None:
        outcome = await sending.send(self.context, self.post, effect, self.deadline)
        self.error = outcome.error
        await self._apply(outcome.event)
        if isinstance(outcome.event, ev.SendAnswered):
            media_id = outcome.event.media_id
            await self.context.note(self.post, "published", "The post is live.", media_id=media_id)
        # The send is settled first: what its error means for the account must not leave it open.
        if outcome.error and (more := await self.manner.after_refusal(self.post, outcome.error)):
            await self._apply(more)
        if outcome.is_interrupted:
            raise asyncio.CancelledError
        if isinstance(outcome.event, ev.SendDoubtful):
            text = "Instagram's answer was lost or doubtful: finding out whether the post is live."
            await self.context.note(self.post, "send_doubtful", text, container_id=effect.container_id)

    async def _end_fetch(self) -> None:
        with contextlib.suppress(PressroomError):
            await self.preparation.host.end_fetch(self.post.id)

    async def _release(self) -> None:
        """Stop hosting the files, those of earlier runs too, once Instagram asks for them no more."""
        # Who publishes now may ask for the unfinished container later, which then still fetches.
        if self.post.state not in _FETCHED or isinstance(self.error, StillProcessing):
            return
        try:
            with shortages_named():
                await self.preparation.host.release(self.post.id)
        except PressroomError as error:
            await self.context.note(self.post, "warning", str(error))
