"""Lists that are longer than a page."""

from collections.abc import AsyncIterator, Awaitable, Callable

from pressroom.graph.answers import ItemT, Page
from pressroom.graph.calls import Call


async def walk(
    send: Callable[[Call[Page[ItemT]]], Awaitable[Page[ItemT]]], call: Call[Page[ItemT]]
) -> AsyncIterator[Page[ItemT]]:
    """Give a list page by page, each got by `send`. A page may be empty before the last one.

    It follows the cursor, since `paging.next` embeds the token, and stops where a cursor comes again.
    """
    seen: set[str] = set()
    while True:
        page = await send(call)
        yield page
        after = page.after
        if after is None or after in seen:
            return
        seen.add(after)
        call = call.with_params(after=after)
