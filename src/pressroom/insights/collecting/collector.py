"""Goes through what is due of an account: stories, posts and reels, the account itself.

Each part is read though another fails; what fails is remembered, so that a missed reading can say why.
"""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from pressroom.core.account import shown_account
from pressroom.core.errors import GraphError, PressroomError, RateLimitHolds, TransportError
from pressroom.core.readings import Batch, Missing
from pressroom.core.secret import redact_text
from pressroom.graph.error_table import Retry
from pressroom.insights.collecting.account import AccountReader
from pressroom.insights.collecting.media import MediaReader, StoryReader
from pressroom.insights.collecting.pull import Pull
from pressroom.insights.collecting.thumbnails import Thumbnails
from pressroom.insights.collecting.troubles import note_trouble

log: Final = logging.getLogger("pressroom.insights")

# How long nothing is requested after a failure. Calls made while throttled lengthen the block, and an ended
# token does not mend itself in a minute. The reading after an hour is awaited for another, so after an outage
# another try is made within it.
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
# After that a part that was refused, as for a missing permission, is read again. The others go on meanwhile.
_REFUSED_FOR: Final = timedelta(minutes=30)


@dataclass(slots=True)
class Collector:
    """Collects an account, once."""

    pull: Pull

    async def run(self) -> PressroomError | None:
        """Read what is due, and keep it; returns what stopped a part of it, of several the last.

        May be cancelled at any moment: what was read is stored, and the next run goes on from there.
        """
        pull, before, failure = self.pull, self.pull.collecting, None
        if before.held_until is not None and pull.now < before.held_until:
            return None
        pull.collecting = replace(before, held_until=None)
        thumbnails = Thumbnails(pull)
        media = MediaReader(pull, thumbnails)
        # Stories first: what is not read of them before they end is lost.
        parts = (
            StoryReader(pull, thumbnails).read_due,
            media.read_due,
            media.read_all,
            AccountReader(pull).read_due,
        )
        for name, read in zip(PARTS, parts, strict=True):
            failure = await self._try(name, read) or failure
            if pull.collecting.held_until is not None:
                break
        # A look that found nothing due writes nothing.
        if pull.collecting != before:
            await pull.keep(Batch())
        await thumbnails.keep()
        return failure

    async def _try(self, part: str, read: Callable[[], Awaitable[None]]) -> PressroomError | None:
        """Read a part that was not refused of late; returns what stopped it."""
        refused_at = self.pull.collecting.refused.get(part)
        if refused_at is not None and self.pull.now - refused_at < _REFUSED_FOR:
            return None
        try:
            await read()
        except (GraphError, TransportError, RateLimitHolds) as error:
            # Remember a failure, and hold the account or the part back for a while.
            now, collecting = self.pull.now, self.pull.collecting
            if isinstance(error, GraphError) and error.lacks:
                collecting = replace(collecting, lacks=error.lacks)
            match error:
                case GraphError():
                    retry = error.retry
                case RateLimitHolds():
                    retry = Retry.NEXT_WINDOW
                case _:
                    retry = Retry.SOON
            why, text = _WHY.get(retry, Missing.REFUSED), redact_text(error.message)
            if retry in _HELD:
                # Where Instagram says when it takes calls again, that counts.
                regain_s = self.pull.client.regain_s if retry is Retry.NEXT_WINDOW else None
                held_until = now + (timedelta(seconds=regain_s) if regain_s else _HELD[retry])
                collecting = note_trouble(collecting, why, text, now, until=held_until)
                self.pull.collecting = replace(collecting, held_until=held_until)
            else:
                until = now + _REFUSED_FOR
                collecting = note_trouble(collecting, why, text, now, until=until, part=part)
                refused = {**collecting.refused, part: now}
                self.pull.collecting = replace(collecting, refused=refused)
            log.warning("insights of %s could not be read: %s", shown_account(self.pull.account), text)

            return error
        return None
