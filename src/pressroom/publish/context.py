"""What every part of the publisher works with: client, journal and policy.

Also listeners that do nothing, for callers of `steps.preparation.Preparation` and of a session who pass none.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, TypedDict, Unpack

from pressroom.core.assets import Asset, MediaReport, Rendition
from pressroom.core.errors import GraphError, PressroomError
from pressroom.core.journal import JournalEvent
from pressroom.publish.machine.policy import CAREFUL, Policy

if TYPE_CHECKING:
    from pressroom.client.client import Client, ExchangeRecord
    from pressroom.core.post import Post
    from pressroom.core.protocols import Journal


def _ignore(_name: str) -> None:
    """Do nothing at a boundary."""


class About(TypedDict, total=False):
    """What a line of a post's history may be about besides the post."""

    container_id: str | None
    media_id: str | None
    error: PressroomError | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """The client that sends, the journal that remembers, and the policy's numbers.

    crash_point: called with the name of each step's boundary; the crash suite ends the process there.
    exchanges: the writes since the last line; for the next one.
    """

    client: "Client"
    journal: "Journal"
    policy: Policy = CAREFUL
    crash_point: Callable[[str], None] = _ignore
    exchanges: "list[ExchangeRecord]" = field(default_factory=list["ExchangeRecord"])

    def keeping_calls(self) -> "Context":
        """Return this context, but each line of the history tells the writes since the last one."""
        kept = list["ExchangeRecord"]()
        return replace(self, client=self.client.heard_by(kept.append), exchanges=kept)

    def line(self, post: "Post", step: str, text: str, **about: Unpack[About]) -> JournalEvent:
        """Build one line of the post's history."""
        error = about.get("error")
        graph_error = error if isinstance(error, GraphError) else None
        calls = tuple(map(str, self.exchanges))
        self.exchanges.clear()
        return JournalEvent(
            subject_id=post.id,
            at=self.client.clock.now(),
            step=step,
            text=text,
            container_id=about.get("container_id"),
            media_id=about.get("media_id"),
            code=graph_error.body.code if graph_error else None,
            subcode=graph_error.subcode if graph_error else None,
            fbtrace_id=graph_error.fbtrace_id if graph_error else None,
            calls=calls,
        )

    async def note(self, post: "Post", step: str, text: str, **about: Unpack[About]) -> None:
        """Append one line to the post's history."""
        await self.journal.append(self.line(post, step, text, **about))

    async def sleep_until(self, when: datetime | None) -> None:
        """Wait for a moment of the wall clock; at once when it is past or None."""
        if when is not None:
            await self.client.clock.sleep((when - self.client.clock.now()).total_seconds())


def ignore_rendition(asset: Asset, rendition: Rendition) -> None:
    """Ignore it."""


def ignore_progress(asset: Asset, share: float) -> None:
    """Ignore it."""


def ignore_report(asset: Asset, report: MediaReport) -> None:
    """Ignore it."""
