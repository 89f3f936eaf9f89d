"""The manner of publishing now: it waits in memory, and an error ends the post."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from pressroom.core.clock import Clock
from pressroom.core.errors import AnotherSendOpen, GraphError, PressroomError, SnapshotOutdated
from pressroom.core.post import Post, SendState
from pressroom.graph.error_table import Retry, find
from pressroom.publish.context import Context
from pressroom.publish.machine import events as ev
from pressroom.publish.steps import sending

# A send mostly takes a few seconds.
_BUSY_FOR = timedelta(seconds=5)
_NOT_LIVE = "Instagram did not publish it, and wants a person to act first."


@dataclass(frozen=True, slots=True)
class AtOnce:
    """Ends the post on the first error: who publishes now is told, and decides whether to try again.

    A post that went out after its command had failed could stand beside the one published in its place.
    when_busy: waits for another post of the account that is being published.
    """

    clock: Clock
    when_busy: Callable[[Post], Awaitable[None]]

    @property
    def longest_wait_s(self) -> float | None:
        """No wait is too long: the caller waits for the post's end."""
        return None

    async def after_error(self, post: Post, error: PressroomError) -> ev.Event:
        """End the post with the error, unless the account is only busy with another one."""
        if isinstance(error, AnotherSendOpen | SnapshotOutdated):
            await self.when_busy(post)
            return ev.Delayed(until=self.clock.now() + _BUSY_FOR)
        return ev.GaveUp(problem=str(error))

    async def after_refusal(self, post: Post, error: PressroomError) -> ev.Event | None:  # noqa: ARG002
        """End a post whose account may not publish; what else a refusal means the machine knows."""
        is_final = isinstance(error, GraphError) and error.retry.is_about_account
        return ev.GaveUp(problem=str(error)) if is_final else None

    async def waits_out_another(self, post: Post) -> bool:  # noqa: ARG002
        """Leave it to `when_busy`, which looks after the other post."""
        return False

    async def before_containers(self, context: Context, post: Post) -> ev.Event | None:  # noqa: ARG002
        """No obstacle: a full quota is refused by Instagram itself."""
        return None

    async def before_send(self, post: Post, readiness: sending.Readiness) -> ev.Event | None:  # noqa: ARG002
        """End a post that waits for a person to act; a full quota is refused by Instagram itself."""
        return ev.GaveUp(problem=_NOT_LIVE) if _waits_for_person(post) else None


def _waits_for_person(post: Post) -> bool:
    """Tell whether the last send was not done until a person acts, and nobody asked for the post since."""
    # Instagram asked for that act: until then a second send would be refused at best.
    last = post.sends[-1] if post.sends else None
    if last is None or last.state is not SendState.NOT_DONE:
        return False
    row = find(last.code, last.subcode)
    is_asked_anew = post.due_at is not None and post.due_at > last.started_at
    return row is not None and row.retry is Retry.AFTER_HUMAN and not is_asked_anew
