"""Reads lists that are longer than a page."""

from collections.abc import AsyncIterator, Awaitable, Callable

from pressroom.graph.answers import ItemT, Page
from pressroom.graph.calls import Call


async def walk(
    send: Callable[[Call[Page[ItemT]]], Awaitable[Page[ItemT]]], call: Call[Page[ItemT]]
) -> AsyncIterator[Page[ItemT]]:
    """Yield a list page by page, each read by `send`. A page before the last one may be empty.

    Follows the cursor, since `paging.next` contains the token. Ends when a cursor repeats.
    """
    seen: set[str] = set()
    while True:
        page = await send(call)
        yield page
        after = page.after
        # A repeated cursor would page in a circle without end.
        if after is None or after in seen:
            return
        seen.add(after)
        call = call.with_params(after=after)
