"""Server-sent events: each thing that happens as an event, and a comment where nothing does."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from typing import Final, TypeVar

from pressroom.core.errors import PressroomError

log: Final = logging.getLogger("pressroom.serving")

EVENTS: Final = "text/event-stream"
EVENT_HEADERS: Final = {"x-accel-buffering": "no"}
"""Else nginx keeps events until it has a page of them."""
HEARTBEAT_S: Final = 15.0
"""How long a stream is silent at most: proxies keep it so. Only then is asked who is still let in."""

Happening = TypeVar("Happening")


async def stream_of(
    first: bytes,
    happenings: AsyncGenerator[Happening],
    spell: Callable[[Happening], bytes | None],
    is_let_in: Callable[[], Awaitable[bool]],
    *,
    heartbeat_s: float = HEARTBEAT_S,
    beat: bytes = b":\n\n",
) -> AsyncGenerator[bytes]:
    """Yield the first event, then one for each thing that happens, and a beat at each heartbeat.

    spell: None for what is not told. beat: a comment, or an event for scripts, which hear of no comment. Ends
    with the happenings, and at the first heartbeat at which nobody is let in any more.
    """
    yield first
    loop, coming = asyncio.get_running_loop(), None
    beat_at = loop.time() + heartbeat_s
    async with aclosing(happenings):
        try:
            while True:
                coming = coming or asyncio.ensure_future(anext(happenings, None))
                await asyncio.wait([coming], timeout=beat_at - loop.time())
                if coming.done():
                    happening, coming = coming.result(), None
                    if happening is None:
                        return
                    if told := spell(happening):
                        yield told
                if loop.time() >= beat_at:
                    if not await is_let_in():
                        return
                    beat_at = loop.time() + heartbeat_s
                    yield beat
        # The answer has begun: its client comes back with the last id, and is told then.
        except PressroomError as error:
            log.warning("a stream of events ended: %s", error)
        finally:
            if coming:
                coming.cancel()
                await asyncio.gather(coming, return_exceptions=True)


def event(name: str, cursor: str, data: bytes) -> bytes:
    """Spell an event. data: JSON, in which a line break is spelled as an escape."""
    return b"event: %s\nid: %s\ndata: %s\n\n" % (name.encode(), cursor.encode(), data)
