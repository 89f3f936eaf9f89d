"""The protocol of the two manners of publishing: what errors, quotas and waits mean for a post."""

from typing import Protocol

from pressroom.core.errors import PressroomError
from pressroom.core.post import Post
from pressroom.publish.context import Context
from pressroom.publish.machine import events as ev
from pressroom.publish.steps import sending


class Manner(Protocol):
    """How a run treats errors, quotas and waits.

    longest_wait_s: a longer wait ends the run, and the post is resumed at its `wake_at`; None: no wait does.
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

    async def waits_out_another(self, post: Post) -> bool:
        """Wait, in the post's turn, until the account's open send is settled; False if that may take long."""
        ...

    async def before_containers(self, context: Context, post: Post) -> ev.Event | None:
        """Give the obstacle to making a post's first container, as an event; None when there is none."""
        ...

    async def before_send(self, post: Post, readiness: sending.Readiness) -> ev.Event | None:
        """Give the obstacle to a send that is due, as an event; None when there is none."""
        ...
