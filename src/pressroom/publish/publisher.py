"""Publishing now: one post, to its end, in this process."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from pressroom.core.clock import Clock
from pressroom.core.errors import AnotherSendOpen, GraphError, OutcomeUnknown, PressroomError
from pressroom.core.post import Attention, Post, PostState, SendState
from pressroom.core.remedies import Fix, Remedy, RemedyKind
from pressroom.graph.error_table import Retry, find
from pressroom.publish import events as ev
from pressroom.publish import sending
from pressroom.publish.context import Context
from pressroom.publish.preparation import Preparation
from pressroom.publish.run import Run
from pressroom.publish.validate import validate

_BUSY_FOR = timedelta(seconds=5)
# A refusal that says nothing about the post. Who publishes now is told, and no later try surprises him.
_NOT_LIVE = "Instagram did not publish it, and wants a person to act first."
_OF_THE_ACCOUNT = (Retry.AFTER_SIGN_IN, Retry.AFTER_HUMAN, Retry.NEXT_WINDOW)


async def _wait(_post: Post) -> None:
    """Only wait: without a store no other process is known."""


@dataclass(frozen=True, slots=True)
class AtOnce:
    """The manner of publishing now: it waits for everything, and an error ends it.

    when_busy: waits for another post of the account that is being published.
    """

    clock: Clock
    when_busy: Callable[[Post], Awaitable[None]]

    @property
    def longest_wait_s(self) -> float | None:
        """Wait for everything."""
        return None

    async def after_error(self, post: Post, error: PressroomError) -> ev.Event:
        """End the post with the error, unless the account is only busy with another one."""
        if isinstance(error, AnotherSendOpen):
            await self.when_busy(post)
            return ev.Delayed(until=self.clock.now() + _BUSY_FOR)
        return ev.GaveUp(problem=str(error))

    async def after_refusal(self, post: Post, error: PressroomError) -> ev.Event | None:  # noqa: ARG002
        """End a post whose account may not publish; leave the rest to the machine."""
        is_final = isinstance(error, GraphError) and error.retry in _OF_THE_ACCOUNT
        return ev.GaveUp(problem=str(error)) if is_final else None

    async def before_containers(self, context: Context, post: Post) -> ev.Event | None:  # noqa: ARG002
        """Let Instagram itself say when the quota is full."""
        return None

    async def before_send(self, post: Post, readiness: sending.Readiness) -> ev.Event | None:  # noqa: ARG002
        """End a post that waits for a person to act. Let Instagram itself say when the quota is full."""
        return ev.GaveUp(problem=_NOT_LIVE) if _waits_for_person(post) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Publisher:
    """Publishes posts of one account. when_busy: waits for another post of it that is being published."""

    context: Context
    preparation: Preparation
    when_busy: Callable[[Post], Awaitable[None]] = _wait

    async def publish(self, post: Post) -> Post:
        """Publish now. The answer is `published`; its `media_id` stays None when it cannot be told for sure.

        Raises Refused (before any call), GraphError, TransportError, ContainerFailed, StillProcessing or
        OutcomeUnknown. Cancelling passes through; the journal then holds how far the post came.
        """
        for warning in validate(post):
            await self.context.note(post, "warning", warning)
        run = self._run(post)
        await run.prepare()
        return _answer(await run.go(ev.Submitted()), run.error)

    async def go_on(self, post: Post) -> Post:
        """Go on with a stored post from where it stands, with the same answer; errors are kept with it."""
        run = self._run(post)
        if post.state is PostState.SCHEDULED:
            await self._prepare(run)
        return _answer(await run.go(ev.Woken(at=self.context.client.clock.now())), run.error)

    def _run(self, post: Post) -> Run:
        manner = AtOnce(self.context.client.clock, self.when_busy)
        return Run(context=self.context, preparation=self.preparation, manner=manner, post=post)

    async def _prepare(self, run: Run) -> None:
        try:
            await run.prepare()
        except PressroomError as error:
            await run.take(error)
            raise


def _waits_for_person(post: Post) -> bool:
    """Tell whether the last send was not done for want of a person, and none asked for it since."""
    last = post.sends[-1] if post.sends else None
    if last is None or last.state is not SendState.NOT_DONE:
        return False
    row = find(last.code, last.subcode)
    is_asked_anew = post.due_at is not None and post.due_at > last.started_at
    return row is not None and row.retry is Retry.AFTER_HUMAN and not is_asked_anew


def _answer(done: Post, error: PressroomError | None) -> Post:
    if done.state is PostState.NEEDS_ATTENTION and done.attention is Attention.OUTCOME_UNKNOWN:
        raise outcome_unknown(done, error)
    if done.state is not PostState.PUBLISHED:
        raise error or PressroomError(done.problem or "The post was not published.")
    return done


def outcome_unknown(post: Post, error: PressroomError | None = None) -> OutcomeUnknown:
    """Describe a doubtful send so that a person can find out by hand. The message names the container."""
    container = post.sends[-1].container_id
    why = f" Instagram's last word: {error.message}" if error else ""
    return OutcomeUnknown(
        f"Container {container} was sent to be published, and whether it is live could not be learnt.{why}",
        container_id=container,
        fix=Fix.of(
            "Look at the profile, or ask: {} (PUBLISHED: it is live; FINISHED for over five minutes: it is "
            "not). Do not publish again before.",
            Remedy(RemedyKind.READ_CONTAINER, {"container": container, "fields": "status_code"}),
        ),
    )
