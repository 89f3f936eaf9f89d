"""A worker tells when there is time for what would hold up a send, such as looking for garbage."""

import asyncio
from datetime import timedelta

from pressroom.core.post import PostState
from pressroom.core.stored_posts import PostQuery
from pressroom.sandbox.faults import Fault, FaultKind
from tests.service.road import Road, a_photo


async def test_it_does_so_once_a_minute_and_never_while_a_post_is_being_sent(road: Road) -> None:
    road.sign_in("ana")
    road.sandbox.faults.add(Fault(on="media_publish", kind=FaultKind.SLOW, delay_s=3.0))
    quiet = list[tuple[float, bool]]()

    def note() -> None:
        sent = road.store.posts.list(PostQuery(states=(PostState.PUBLISHING,))).posts
        quiet.append((road.clock.elapsed_s, bool(sent)))

    async with road.pressroom() as pressroom:
        begun = road.clock.elapsed_s
        # Due a second before the minute is over, and answered two seconds after that.
        await pressroom.posts.submit(a_photo(), at=road.clock.now() + timedelta(seconds=59))
        working = asyncio.create_task(pressroom.work.run(on_quiet=note))
        await road.clock.sleep(130)
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
    assert [is_sending for _, is_sending in quiet] == [False] * 2
    assert [round(at - begun) for at, _ in quiet] == [62, 122]
