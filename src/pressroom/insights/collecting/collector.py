"""Goes through what is due of one account: posts and reels, stories, the account itself.

Each part is read though another fails; what fails is remembered, so that a missed reading can say why.
"""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from pressroom.core.account import shown_account
from pressroom.core.errors import GraphError, PressroomError, TransportError
from pressroom.core.readings import Batch, Missing, Trouble
from pressroom.core.redact import redact_text
from pressroom.graph.error_table import Retry
from pressroom.insights.collecting.account import AccountReader
from pressroom.insights.collecting.desk import Desk
from pressroom.insights.collecting.media import MediaReader
from pressroom.insights.collecting.stories import StoryReader
from pressroom.insights.collecting.thumbnails import Thumbnails

log: Final = logging.getLogger("pressroom.insights")

# Calls made while throttled lengthen the block, and an ended token does not mend itself in a minute. The
# first reading of a post counts for twelve minutes, so an outage is tried again within these.
_HELD: Final = {
    Retry.NEXT_WINDOW: timedelta(minutes=30),
    Retry.AFTER_SIGN_IN: timedelta(minutes=15),
    Retry.SOON: timedelta(minutes=3),
}
_WHY: Final = {
    Retry.NEXT_WINDOW: Missing.RATE_LIMITED,
    Retry.AFTER_SIGN_IN: Missing.SIGNED_OUT,
    Retry.SOON: Missing.UNREACHABLE,
}
PARTS: Final = ("stories", "media", "all media", "account")
# A part that is refused, as for a missing permission, is asked for again after it; the others go on.
_REFUSED_FOR: Final = timedelta(minutes=30)
# Failures of one kind within it are one trouble.
_ONE_TROUBLE: Final = timedelta(hours=1)


@dataclass(slots=True)
class Collector:
    """Collects one account, once."""

    desk: Desk

    async def run(self) -> PressroomError | None:
        """Read what is due, and keep it; returns what stopped a part of it, of several the last.

        May be cancelled at any moment: what was read is stored, and the next run goes on from there.
        """
        desk, before, failed = self.desk, self.desk.collecting, None
        if before.held_until is not None and desk.now < before.held_until:
            return None
        desk.collecting = replace(before, held_until=None)
        thumbnails = Thumbnails(desk)
        media = MediaReader(desk, thumbnails)
        # Stories first: what is not read of them before they end is lost.
        parts = (StoryReader(desk, thumbnails).read_due, media.read_due, media.read_all, self._account)
        for name, part in zip(PARTS, parts, strict=True):
            error = await self._tried(name, part)
            failed = error or failed
            if desk.collecting.held_until is not None:
                break
        # A look that found nothing due writes nothing.
        if desk.collecting != before:
            await desk.keep(Batch())
        await thumbnails.keep()
        return failed

    async def _account(self) -> None:
        await AccountReader(self.desk).read_due()

    async def _tried(self, name: str, part: Callable[[], Awaitable[None]]) -> PressroomError | None:
        refused_at = self.desk.collecting.refused.get(name)
        if refused_at is not None and self.desk.now - refused_at < _REFUSED_FOR:
            return None
        try:
            await part()
        except (GraphError, TransportError) as error:
            self._note(error, name)
            return error
        return None

    def _note(self, error: GraphError | TransportError, part: str) -> None:
        now, known = self.desk.now, self.desk.collecting.trouble
        retry = error.retry if isinstance(error, GraphError) else Retry.SOON
        why, text = _WHY.get(retry, Missing.REFUSED), redact_text(error.message)
        goes_on = known is not None and known.why is why and now - known.until < _ONE_TROUBLE
        trouble = Trouble(why=why, text=text, since=known.since if known and goes_on else now, until=now)
        held_until = now + _HELD[retry] if retry in _HELD else None
        refused = self.desk.collecting.refused
        if held_until is None:
            refused = {**refused, part: now}
        self.desk.collecting = replace(
            self.desk.collecting, trouble=trouble, held_until=held_until, refused=refused
        )
        log.warning("insights of %s could not be read: %s", shown_account(self.desk.account), text)
