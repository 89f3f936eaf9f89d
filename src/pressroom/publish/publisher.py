"""Drives one post through the state machine: performs each effect, keeps each step, waits on the clock."""

import asyncio
import contextlib
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any

from pressroom.core.errors import ContainerFailed, OutcomeUnknown, PressroomError, Refused
from pressroom.core.post import ContainerRecord, Followup, Post, PostState
from pressroom.graph import error_table
from pressroom.graph.answers import Container
from pressroom.graph.ids import ContainerId
from pressroom.publish import events as ev
from pressroom.publish import followups, sending
from pressroom.publish.containers import create_call
from pressroom.publish.context import Context
from pressroom.publish.machine import resume, step
from pressroom.publish.polling import poll
from pressroom.publish.preparation import Preparation, PreparedMedia
from pressroom.publish.validate import validate

_SENDING = (ev.CommitSend, ev.SendPublish, ev.LookAtSend)


@dataclass(frozen=True, slots=True, kw_only=True)
class Publisher:
    """Publishes posts of one account."""

    context: Context
    preparation: Preparation

    async def publish(self, post: Post) -> Post:
        """Publish now. The answer is `published`; its `media_id` stays None when it cannot be told for sure.

        Raises Refused (before any call), GraphError, TransportError, ContainerFailed, StillProcessing or
        OutcomeUnknown. Cancelling passes through; the journal then holds how far the post came.
        """
        for warning in validate(post):
            await self.context.note(post, "warning", warning)
        media = await self.preparation.prepare(post)
        return await _Run(self.context, media, post).go()


@dataclass(slots=True)
class _Run:
    context: Context
    media: PreparedMedia
    post: Post
    effects: tuple[ev.Effect, ...] = ()
    error: PressroomError | None = None
    deadline: float = field(default=0.0)

    async def go(self) -> Post:
        await self._apply(ev.Submitted())
        try:
            while self.effects:
                await self._next()
        except asyncio.CancelledError:
            await self._interrupted()
            raise
        self._raise_unless_published()
        return self.post

    async def _next(self) -> None:
        effect = self.effects[0]
        if not isinstance(effect, _SENDING):
            await self._perform(effect)
            return
        if isinstance(effect, ev.CommitSend):
            await self.context.sleep_until(effect.not_before)
        async with self.context.journal.sending():
            await self._perform(effect)
            while self.post.open_send and self.effects:
                await self._perform(self.effects[0])

    async def _perform(self, effect: ev.Effect) -> None:
        try:
            await self._carry_out(effect)
        except Refused:
            raise
        except PressroomError as error:
            self.error = error
            await self.context.note(self.post, "failed", str(error), error=error)
            await self._apply(ev.GaveUp(problem=str(error)))

    async def _carry_out(self, effect: ev.Effect) -> None:
        match effect:
            case ev.Wake():
                await self.context.sleep_until(effect.not_before)
                await self._apply(ev.Woken(at=self.context.client.clock.now()))
            case ev.CreateContainer():
                await self._create(effect.item)
            case ev.PollContainers():
                await self._poll(effect.ids)
            case ev.CommitSend():
                event, self.deadline = await sending.commit(self.context, self.post, effect)
                await self._apply(event)
            case ev.SendPublish():
                await self._send(effect)
            case ev.LookAtSend():
                await self.context.sleep_until(effect.not_before)
                await self._apply(await sending.look(self.context, self.post))
            case ev.FollowUp():
                await self._follow_up(effect)
            case ev.SendComment():
                await self._send_comment()
            case ev.LookForComment():
                await self.context.sleep_until(effect.not_before)
                await self._apply(await followups.look_for_comment(self.context, self.post))

    async def _apply(self, event: ev.Event) -> None:
        self.post, self.effects = step(self.post, event, self.context.policy)
        await self.context.journal.save(self.post)

    async def _create(self, item: int | None) -> None:
        client = self.context.client
        files = range(len(self.media.files)) if item is None else [item]
        is_parent = item is None and len(self.media.files) > 1
        hosted = {} if is_parent else {index: await self.media.hosted(index) for index in files}
        call = create_call(
            self.post,
            client.account.user_id,
            item,
            media=hosted,
            children=[record.id for record in self._children()],
            cover_url=await self.media.cover_url(),
        )
        exchange = await client.exchange(call)
        created = ev.ContainerCreated(
            id=exchange.answer.id, item=item, at=client.clock.now(), host_date=exchange.host_date
        )
        await self._apply(created)
        text = (
            "Instagram made a container."
            if item is None
            else f"Instagram made a container for item {item + 1}."
        )
        await self.context.note(self.post, "container_created", text, container_id=created.id)

    def _children(self) -> list[ContainerRecord]:
        records = (self.post.container(item) for item in range(len(self.media.files)))
        return [record for record in records if record is not None]

    async def _poll(self, ids: tuple[ContainerId, ...]) -> None:
        records = [record for record in self.post.containers if record.id in ids]
        for event in await _side_by_side([self._poll_one(record) for record in records]):
            self._remember_failure(event)
            await self._apply(event)

    async def _poll_one(self, record: ContainerRecord) -> ev.ContainerSettled:
        client, policy = self.context.client, self.context.policy
        is_video = self._is_video(record)
        schedule = client.pacing.video_poll if is_video else client.pacing.image_poll
        usual_s = policy.usual_video_s if is_video else policy.usual_image_s
        readings: list[Container] = []
        event = await poll(client, record, schedule, usual_s=usual_s, on_read=readings.append)
        text = readings[-1].status if readings and readings[-1].status else f"Container: {event.status}."
        await self.context.note(self.post, "container_settled", text, container_id=record.id)
        return event

    def _is_video(self, record: ContainerRecord) -> bool:
        if record.item is None and len(self.media.files) > 1:
            return False
        return self.media.media_type(record.item or 0) == "video"

    def _remember_failure(self, event: ev.ContainerSettled) -> None:
        row = error_table.find(None, event.subcode) if event.subcode else None
        why = row.message.removeprefix("Error: ") if row else f"It ended as {event.status}"
        self.error = ContainerFailed(
            f"Instagram could not make the media of container {event.id}: {why}.",
            container_id=event.id,
            row=row,
        )

    async def _send(self, effect: ev.SendPublish) -> None:
        outcome = await sending.send(self.context, self.post, effect, self.deadline)
        self.error = outcome.error
        await self._apply(outcome.event)
        if isinstance(outcome.event, ev.SendAnswered):
            media_id = outcome.event.media_id
            await self.context.note(self.post, "published", "The post is live.", media_id=media_id)
        if outcome.is_interrupted:
            raise asyncio.CancelledError
        if isinstance(outcome.event, ev.SendDoubtful):
            text = "Instagram's answer was lost or doubtful: finding out whether the post is live."
            await self.context.note(self.post, "send_doubtful", text, container_id=effect.container_id)

    async def _follow_up(self, effect: ev.FollowUp) -> None:
        match effect.what:
            case Followup.MEDIA_ID:
                await self.context.sleep_until(effect.not_before)
                await self._apply(await sending.list_for_id(self.context, self.post))
            case Followup.PERMALINK:
                await self._apply(await followups.read_permalink(self.context, self.post))
            case Followup.FIRST_COMMENT:
                await self.context.sleep_until(effect.not_before)
                text = "Writing the first comment."
                await self.context.note(self.post, "comment_committed", text, media_id=self.post.media_id)
                await self._apply(ev.CommentCommitted(at=self.context.client.clock.now()))

    async def _send_comment(self) -> None:
        event = await followups.send_comment(self.context, self.post)
        if event is None:
            self.effects = resume(self.post, self.context.policy)
        else:
            await self._apply(event)

    async def _interrupted(self) -> None:
        """Look once more at a send that an interruption left open: the truth is worth a moment."""
        if self.post.open_send:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self.context.policy.interrupt_grace_s):
                    await self._apply(await sending.look(self.context, self.post))

    def _raise_unless_published(self) -> None:
        if self.post.state is PostState.PUBLISHED:
            return
        if self.post.state is PostState.NEEDS_ATTENTION:
            raise outcome_unknown(self.post, self.error)
        raise self.error or PressroomError(self.post.problem or "The post was not published.")


async def _side_by_side(
    polls: Sequence[Coroutine[Any, Any, ev.ContainerSettled]],
) -> list[ev.ContainerSettled]:
    """Run all; the first error ends the others and is raised as it is."""
    tasks = [asyncio.ensure_future(one) for one in polls]
    try:
        return await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def outcome_unknown(post: Post, error: PressroomError | None = None) -> OutcomeUnknown:
    """Describe a doubtful send so that a person can find out by hand. The message names the container."""
    container = post.sends[-1].container_id
    why = f" Instagram's last word: {error.message}" if error else ""
    return OutcomeUnknown(
        f"Container {container} was sent to be published, and whether it is live could not be learnt.{why}",
        container_id=container,
        fix=f"Look at the profile, or ask: `pressroom api GET {container} -f fields=status_code` "
        "(PUBLISHED: it is live; FINISHED for over five minutes: it is not). Do not publish again before.",
    )
