"""Whether the work of a store gets done: a worker drives it, and no post is overdue."""

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from pressroom.core.clock import Clock
from pressroom.core.post import WAITING_STATES

if TYPE_CHECKING:
    from pressroom.store.store import Store

# Not sooner: Instagram sometimes takes longer than usual to process media, which needs nobody.
OVERDUE_AFTER = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """The state of the work. is_driven: a worker runs. overdue: number of posts a minute past their time."""

    is_driven: bool
    overdue: int

    @property
    def is_healthy(self) -> bool:
        """Whether there is nothing wrong."""
        return not self.reasons

    @property
    def reasons(self) -> tuple[str, ...]:
        """What is wrong, one sentence each."""
        found = list[str]()
        if not self.is_driven:
            found.append("No worker runs, so nothing is published.")
        if self.overdue:
            found.append(f"Posts that are more than a minute past their time: {self.overdue:,}.")
        return tuple(found)


async def health(store: "Store", clock: Clock, *, is_driven: bool) -> Health:
    """Read the state from the store. Raises StoreFailed."""
    overdue = await store.run(store.posts.count_due, WAITING_STATES, before=clock.now() - OVERDUE_AFTER)
    return Health(is_driven=is_driven, overdue=overdue)
