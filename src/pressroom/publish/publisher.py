"""Publishing now: one post, to its end, in this process."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from pressroom.core.errors import OutcomeUnknown, PressroomError
from pressroom.core.post import Attention, Post, PostState
from pressroom.core.remedies import Fix, Remedy, RemedyKind
from pressroom.publish.checks.validate import validate
from pressroom.publish.context import Context
from pressroom.publish.machine import events as ev
from pressroom.publish.manners.at_once import AtOnce
from pressroom.publish.run import Run
from pressroom.publish.steps.preparation import Preparation


async def _wait(_post: Post) -> None:
    """Do nothing: without a store no other process is known, and the run waits by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Publisher:
    """Publishes posts of one account. when_busy: waits for another post of it that is being published."""

    context: Context
    preparation: Preparation
    when_busy: Callable[[Post], Awaitable[None]] = _wait

    async def publish(self, post: Post) -> Post:
        """Publish now, waiting for as long as it takes. The post that is given is `published`.

        Its `media_id` stays None when it cannot be told for sure.
        Raises Refused (before any call), GraphError, TransportError, ContainerFailed, StillProcessing or
        OutcomeUnknown. Cancelling passes through; the journal then holds how far the post came.
        """
        for warning in validate(post):
            await self.context.note(post, "warning", warning)
        run = self._run(post)
        # Before the first save: a file that is refused leaves no post behind.
        await run.prepare()
        return _answer(await run.go(ev.Submitted()), run.error)

    async def go_on(self, post: Post) -> Post:
        """Resume a stored post, with the answer and the errors of `publish`; the error is stored with it."""
        run = self._run(post)
        if post.state is PostState.SCHEDULED and not post.may_be_live:
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


def _answer(done: Post, error: PressroomError | None) -> Post:
    if done.state is PostState.NEEDS_ATTENTION and done.attention is Attention.OUTCOME_UNKNOWN:
        raise outcome_unknown(done, error)
    if done.state is not PostState.PUBLISHED:
        raise error or PressroomError(done.problem or "The post was not published.")
    return done


def outcome_unknown(post: Post, error: PressroomError | None = None) -> OutcomeUnknown:
    """Describe a doubtful send so that a person can find out by hand. The message names the container."""
    if not post.sends:
        return OutcomeUnknown(
            post.problem or "It may have been published already.",
            container_id=post.container_id,
            fix=Fix.of(
                "Look at the profile, then say: {}.", Remedy(RemedyKind.RESOLVE_POST, {"post": post.id})
            ),
        )
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
