"""What a manner of publishing decides: how errors, quotas and waits are taken."""

from typing import Protocol

from pressroom.core.errors import PressroomError
from pressroom.core.post import Post
from pressroom.publish.context import Context
from pressroom.publish.machine import events as ev
from pressroom.publish.steps import sending


class Manner(Protocol):
    """How a run takes what comes: at once and to the end, or durably and with rests.

    longest_wait_s: a longer wait ends the run, and the post is taken up again at its `wake_at`; None waits.
    """

    @property
    def longest_wait_s(self) -> float | None:
        """How long the run waits in memory, in seconds."""
        ...

    async def after_error(self, post: Post, error: PressroomError) -> ev.Event:
        """Say what an error means for the post."""
        ...

    async def after_refusal(self, post: Post, error: PressroomError) -> ev.Event | None:
        """Say what an error answer to a send means beyond the send itself."""
        ...

    async def before_containers(self, context: Context, post: Post) -> ev.Event | None:
        """Say what stands in the way of making a post's first container; None when nothing does."""
        ...

    async def before_send(self, post: Post, readiness: sending.Readiness) -> ev.Event | None:
        """Say what stands in the way of a send that is due; None when nothing does."""
        ...
