"""Publishing now: one post, to its end, in this process."""

from dataclasses import dataclass

from pressroom.core.errors import OutcomeUnknown, PressroomError
from pressroom.core.post import Post, PostState
from pressroom.publish import events as ev
from pressroom.publish import sending
from pressroom.publish.context import Context
from pressroom.publish.preparation import Preparation
from pressroom.publish.run import Run
from pressroom.publish.validate import validate


class AtOnce:
    """The manner of publishing now: it waits for everything, and an error ends it."""

    @property
    def longest_wait_s(self) -> float | None:
        """Wait for everything."""
        return None

    async def after_error(self, post: Post, error: PressroomError) -> ev.Event:  # noqa: ARG002
        """End the post with the error."""
        return ev.GaveUp(problem=str(error))

    async def after_refusal(self, post: Post, error: PressroomError) -> ev.Event | None:  # noqa: ARG002
        """Leave it to the machine."""
        return None

    async def before_containers(self, context: Context, post: Post) -> ev.Event | None:  # noqa: ARG002
        """Let Instagram itself say when the quota is full."""
        return None

    async def before_send(self, post: Post, readiness: sending.Readiness) -> ev.Event | None:  # noqa: ARG002
        """Let Instagram itself say when the quota is full."""
        return None


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
        run = Run(context=self.context, preparation=self.preparation, manner=AtOnce(), post=post)
        await run.prepare()
        done = await run.go(ev.Submitted())
        if done.state is PostState.NEEDS_ATTENTION:
            raise outcome_unknown(done, run.error)
        if done.state is not PostState.PUBLISHED:
            raise run.error or PressroomError(done.problem or "The post was not published.")
        return done


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
