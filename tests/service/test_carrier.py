"""Publishing now by way of the store: kept first, carried by one, safe to repeat and to interrupt."""

import asyncio
import sqlite3
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from pressroom.client.transport_asgi import AsgiTransport
from pressroom.core.account import Pause
from pressroom.core.errors import (
    AnotherSendOpen,
    GraphError,
    KeyReused,
    MediaRefused,
    OutcomeUnknown,
    Refused,
    StillWaiting,
)
from pressroom.core.failure import EarlierFailure
from pressroom.core.post import PostId, PostState, SendState
from pressroom.core.protocols import Reply, Request
from pressroom.dispatch.locks import carriage
from pressroom.graph.error_table import HelperPrefix
from pressroom.helpers.opening import text_of
from pressroom.publish.machine.policy import FEWEST_CALLS
from pressroom.sandbox.faults import Effect, Fault, FaultKind
from pressroom.sandbox.samples import make_poster
from tests.fakes.media import FakeDesk
from tests.service.road import Road, a_photo, without_store
from tests.service.rooms import posts_of

S = PostState


async def test_the_post_is_in_the_store_before_a_byte_leaves(road: Road) -> None:
    stored_at_first_call = list[int]()
    road.on_call = lambda _path: stored_at_first_call.append(len(road.posts))
    async with road.pressroom() as pressroom:
        live = await pressroom.publish(a_photo())
    assert stored_at_first_call[0] == 1
    assert (live.state, live.media_id) == (S.PUBLISHED, road.sandbox.media[0].id)
    assert road.post(live.id) == live
    assert "published" in road.told


async def test_without_a_store_nothing_is_kept(road: Road, tmp_path: Path) -> None:
    bare = without_store(road, tmp_path / "bare")
    async with bare.pressroom() as pressroom:
        await pressroom.publish(a_photo())
    assert not (tmp_path / "bare").exists()


async def test_a_key_makes_the_store_that_remembers_it(road: Road, tmp_path: Path) -> None:
    bare = without_store(road, tmp_path / "bare")
    for _ in range(2):
        async with bare.pressroom() as pressroom:
            await pressroom.publish(a_photo(), idempotency_key="k")
    assert len(road.sandbox.media) == 1


async def test_the_same_key_gives_the_same_post_without_a_call(road: Road) -> None:
    async with road.pressroom() as pressroom:
        first = await pressroom.publish(a_photo(), idempotency_key="k")
    calls = len(road.sandbox.calls())
    async with road.pressroom() as pressroom:
        again = await pressroom.publish(a_photo(), idempotency_key="k")
    assert again == first
    assert len(road.sandbox.calls()) == calls


async def test_the_same_key_with_other_content_is_refused(road: Road) -> None:
    async with road.pressroom() as pressroom:
        await pressroom.publish(a_photo("One"), idempotency_key="k")
        with pytest.raises(KeyReused):
            await pressroom.publish(a_photo("Two"), idempotency_key="k")
    assert len(road.sandbox.media) == 1


async def test_a_key_answers_when_the_source_is_gone(road: Road, tmp_path: Path) -> None:
    poster = tmp_path / "poster.png"
    make_poster(poster)
    async with road.pressroom() as pressroom:
        first = await pressroom.publish(a_photo(source=str(poster)), idempotency_key="k")
        poster.unlink()
        again = await pressroom.publish(a_photo(source=str(poster)), idempotency_key="k")
        with pytest.raises(Refused, match="poster"):
            await pressroom.publish(a_photo(source=str(poster)), idempotency_key="another")
    assert again.id == first.id


async def test_a_running_worker_that_has_the_token_carries_it_and_it_alone(road: Road) -> None:
    road.sign_in()
    async with road.worker() as taken, road.pressroom() as pressroom:
        live = await pressroom.publish(a_photo())
    assert taken == [live.id]
    assert (live.account_name, road.sends) == ("ana", 1)
    assert "published" in road.told, "what the worker does is told here too"


async def test_a_running_worker_without_the_token_is_left_out_of_it(road: Road) -> None:
    async with road.worker() as taken, road.pressroom() as pressroom:
        live = await pressroom.publish(a_photo())
    assert (taken, road.sends) == ([], 1)
    assert live.account == "17841400000000001@127.0.0.1:1"


async def test_posts_of_one_account_go_out_one_after_another_whoever_sends_them(road: Road) -> None:
    async with road.pressroom() as one, road.pressroom() as two:
        lives = await asyncio.gather(one.publish(a_photo("One")), two.publish(a_photo("Two")))
    assert {live.state for live in lives} == {S.PUBLISHED}
    assert len(road.sandbox.media) == 2


async def test_a_post_whose_process_died_goes_on_with_the_same_key_at_once(road: Road) -> None:
    """A dead process leaves its lease and a file that nobody holds."""
    async with road.pressroom() as pressroom:
        died = (await pressroom.posts.accept(a_photo(), idempotency_key="k")).post
        road.store.posts.take_lease(died.id, "dead", lease_s=3600)
        road.leave_behind(died.id, worker="dead")
        live = await pressroom.publish(a_photo(), idempotency_key="k")
    assert (live.id, live.state) == (died.id, S.PUBLISHED)
    assert road.clock.elapsed_s < 60


class Killed(BaseException):
    """The process is gone, here."""


@dataclass
class DiesBeforeItSends:
    """The transport of a process that dies between the committed send and its first byte."""

    inner: AsgiTransport

    async def send(self, request: Request) -> Reply:
        if request.url.endswith("/media_publish"):
            raise Killed
        return await self.inner.send(request)

    async def aclose(self) -> None:
        await self.inner.aclose()


async def test_a_process_that_dies_while_it_sends_is_found_out_about_before_another_send(road: Road) -> None:
    async with road.pressroom(transport=DiesBeforeItSends(road.transport())) as pressroom:
        with pytest.raises(Killed):
            await pressroom.publish(a_photo(), idempotency_key="k")
    (died,) = road.posts
    assert died.open_send is not None
    async with road.pressroom() as pressroom:
        live = await pressroom.publish(a_photo(), idempotency_key="k")
    assert (live.id, live.state) == (died.id, S.PUBLISHED)
    assert [send.state for send in live.sends] == [SendState.NOT_DONE, SendState.LIVE]
    assert (road.sends, len(road.sandbox.media)) == (1, 1)


async def test_a_post_that_another_living_process_carries_is_waited_for(road: Road) -> None:
    async with road.pressroom() as pressroom:
        accepted = await pressroom.posts.accept(a_photo(), idempotency_key="k")
        with carriage(road.settings.home, accepted.post.id) as right:
            assert right is not None
            waiting = asyncio.create_task(pressroom.publish(a_photo(), idempotency_key="k"))
            await road.clock.sleep(30)
            assert road.sandbox.calls() == []
        assert (await waiting).state is S.PUBLISHED


async def test_a_repeated_key_leaves_a_post_alone_that_another_process_is_long_busy_with(road: Road) -> None:
    async with road.pressroom() as pressroom:
        accepted = await pressroom.posts.accept(a_photo(), idempotency_key="k")
        with carriage(road.settings.home, accepted.post.id):
            road.clock.advance(600)
            again = await pressroom.posts.accept(a_photo(), idempotency_key="k")
            assert road.post(again.post.id).revision == accepted.post.revision


async def test_a_post_that_failed_is_tried_again_by_the_same_key(road: Road) -> None:
    road.sandbox.faults.add(Fault(on="create", kind=FaultKind.ERROR, code=100))
    async with road.pressroom() as pressroom:
        with pytest.raises(GraphError):
            await pressroom.publish(a_photo(), idempotency_key="k")
        (failed,) = road.posts
        assert failed.state is S.FAILED
        live = await pressroom.publish(a_photo(), idempotency_key="k")
    assert (live.id, live.state) == (failed.id, S.PUBLISHED)


async def test_an_unknown_outcome_is_looked_into_by_the_same_key_and_not_sent_again(road: Road) -> None:
    late = Fault(on="media_publish", kind=FaultKind.DROP, effect=Effect.LATER, delay_s=600)
    road.sandbox.faults.add(late)
    async with road.pressroom(policy=FEWEST_CALLS) as pressroom:
        with pytest.raises(OutcomeUnknown):
            await pressroom.publish(a_photo(), idempotency_key="k")
        with pytest.raises(OutcomeUnknown):
            await pressroom.publish(a_photo(), idempotency_key="k")
        road.clock.advance(600)
        live = await pressroom.publish(a_photo(), idempotency_key="k")
    assert live.state is S.PUBLISHED
    assert (road.sends, len(road.sandbox.media)) == (1, 1)


async def test_a_refusal_of_the_account_ends_the_post_and_is_not_repeated(road: Road) -> None:
    """Who publishes now is told; a post that went out at a later sign-in would surprise him."""
    road.sandbox.faults.add(Fault(on="media_publish", kind=FaultKind.ERROR, code=190, times=None))
    async with road.pressroom() as pressroom:
        with pytest.raises(GraphError) as caught:
            await pressroom.publish(a_photo())
    assert (caught.value.code, road.sends) == (190, 1)
    assert [post.state for post in road.posts] == [S.FAILED]


async def test_an_interruption_ends_a_post_that_was_not_sent_and_the_same_key_goes_on(road: Road) -> None:
    async with road.pressroom() as pressroom:
        task = asyncio.create_task(pressroom.publish(a_photo(), idempotency_key="k"))
        road.on_call = lambda path: task.cancel() if not path.endswith("/media") else None
        with pytest.raises(asyncio.CancelledError):
            await task
        road.on_call = lambda _path: None
        (stopped,) = road.posts
        assert (stopped.state, stopped.problem) == (S.CANCELLED, "It was interrupted.")
        assert (await pressroom.publish(a_photo(), idempotency_key="k")).state is S.PUBLISHED
    assert road.sends == 1


async def test_an_interruption_ends_a_post_that_a_worker_has_and_has_not_sent(road: Road) -> None:
    road.sign_in()
    async with road.worker(), road.pressroom() as pressroom:
        task = asyncio.create_task(pressroom.publish(a_photo()))
        road.on_call = lambda path: task.cancel() if path.endswith("/media") else None
        with pytest.raises(asyncio.CancelledError):
            await task
        await road.clock.sleep(120)
    assert [post.state for post in road.posts] == [S.CANCELLED]
    assert road.sends == 0


async def test_a_failure_that_a_worker_met_is_told_as_one_of_this_process(road: Road) -> None:
    road.sign_in()
    road.sandbox.faults.add(Fault(on="create", kind=FaultKind.ERROR, code=36001, subcode=2207005, times=2))
    async with road.pressroom() as pressroom:
        with pytest.raises(GraphError) as own:
            await pressroom.publish(a_photo())
        async with road.worker():
            with pytest.raises(EarlierFailure) as told:
                await pressroom.publish(a_photo())
    trace = {"fbtrace_id": None}
    assert told.value.as_json() | trace == own.value.as_json() | trace
    assert told.value.origin is type(own.value)
    assert told.value.retry is own.value.retry
    assert text_of(told.value).startswith("MediaTypeNotSupported: https://")


async def test_a_refusal_of_a_file_that_a_worker_met_ends_as_a_refusal(road: Road) -> None:
    road.sign_in()
    poster = road.settings.home / "poster.png"
    make_poster(poster)
    async with road.worker(FakeDesk(refuses=True)), road.pressroom() as pressroom:
        with pytest.raises(EarlierFailure) as caught:
            await pressroom.publish(a_photo(source=str(poster)))
    assert (caught.value.origin, caught.value.code) == (MediaRefused, "not_media")
    assert caught.value.helper_prefix is HelperPrefix.MEDIA_TYPE


async def test_who_waits_for_anothers_post_may_go_without_ending_it(road: Road) -> None:
    async with road.pressroom() as pressroom:
        accepted = await pressroom.posts.accept(a_photo(), idempotency_key="k")
        with carriage(road.settings.home, accepted.post.id):
            waiting = asyncio.create_task(pressroom.posts.see_through(accepted.post.id))
            await road.clock.sleep(5)
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
    assert road.post(accepted.post.id).state is S.SCHEDULED


async def test_a_post_that_the_worker_keeps_for_later_is_not_waited_for(road: Road) -> None:
    road.sign_in()
    until = road.clock.now() + timedelta(hours=1)
    road.store.posts.add(replace(a_photo("Another"), account="ana"))
    road.store.accounts.pause("ana", Pause(until, "Rate limit."))
    async with road.worker(), road.pressroom() as pressroom:
        with pytest.raises(StillWaiting, match="paused: Rate limit") as caught:
            await pressroom.publish(a_photo())
    assert road.post(PostId(caught.value.post_id)).state is S.SCHEDULED


async def test_a_key_of_a_post_planned_for_later_does_not_publish_it_now(road: Road) -> None:
    async with road.pressroom() as pressroom:
        planned = await pressroom.posts.submit(a_photo(), at="+2h", idempotency_key="k")
        with pytest.raises(StillWaiting, match="goes on at") as caught:
            await pressroom.publish(a_photo(), idempotency_key="k")
    assert (caught.value.post_id, road.sends) == (planned.post.id, 0)


@pytest.mark.parametrize("is_cancelled", [True, False])
async def test_a_key_publishes_nothing_that_a_person_holds_back(road: Road, is_cancelled: bool) -> None:
    async with road.pressroom() as pressroom:
        held = await pressroom.posts.submit(a_photo(), state=PostState.AWAITING_APPROVAL, idempotency_key="k")
        if is_cancelled:
            await pressroom.posts.cancel(held.post.id)
        with pytest.raises(Refused, match="stands for post"):
            await pressroom.publish(a_photo(), idempotency_key="k")
    assert road.sends == 0


async def test_a_post_that_was_left_for_hours_goes_out_when_it_is_asked_for_again(road: Road) -> None:
    async with road.pressroom() as pressroom:
        await pressroom.posts.accept(a_photo(), idempotency_key="k")
        road.clock.advance(5 * 3600)
        live = await pressroom.publish(a_photo(), idempotency_key="k")
    assert live.state is S.PUBLISHED


async def test_what_instagram_would_refuse_is_refused_before_anything_is_kept(road: Road) -> None:
    async with road.pressroom() as pressroom:
        with pytest.raises(Refused):
            await pressroom.publish(a_photo("x" * 2201))
    assert (road.posts, road.sandbox.calls()) == ((), [])


async def test_a_warning_is_told(road: Road) -> None:
    async with road.pressroom() as pressroom:
        await pressroom.publish(a_photo(" ".join(f"#tag{number}" for number in range(7))))
    assert road.told[0] == "warning"


def lose(road: Road, table: str, *, found: bool = False) -> None:
    """Make a table unusable, or usable again: what every write then meets is a failing store."""
    names = (f"{table}_lost", table) if found else (table, f"{table}_lost")
    with closing(sqlite3.connect(road.settings.home / "pressroom.db")) as connection:
        connection.execute(f"ALTER TABLE {names[0]} RENAME TO {names[1]}")


async def test_a_store_that_fails_after_the_send_leaves_a_doubt_and_no_failure(road: Road) -> None:
    """The post is live, and nobody could write that down."""
    road.on_call = lambda path: lose(road, "sends") if path.endswith("/media_publish") else None
    async with road.pressroom() as pressroom:
        with pytest.raises(OutcomeUnknown):
            await pressroom.publish(a_photo(), idempotency_key="k")
        road.on_call = lambda _path: None
        lose(road, "sends", found=True)
        live = await pressroom.publish(a_photo(), idempotency_key="k")
    assert (live.state, road.sends, len(road.sandbox.media)) == (S.PUBLISHED, 1, 1)


async def test_a_store_that_fails_before_the_send_keeps_the_post_and_says_so(road: Road) -> None:
    road.on_call = lambda path: lose(road, "containers") if path.endswith("/media") else None
    async with road.pressroom() as pressroom:
        with pytest.raises(StillWaiting, match="kept"):
            await pressroom.publish(a_photo(), idempotency_key="k")
        road.on_call = lambda _path: None
        lose(road, "containers", found=True)
        assert (await pressroom.publish(a_photo(), idempotency_key="k")).state is S.PUBLISHED
    assert len(road.posts) == 1


async def test_another_look_waits_for_the_accounts_open_send(road: Road) -> None:
    """An account has one open send at a time: whoever asks is told of it, and not that others interfere."""
    road.sandbox.faults.add(Fault(on="media_publish", kind=FaultKind.DROP, effect=Effect.NONE, times=None))
    async with road.pressroom(policy=FEWEST_CALLS) as pressroom:
        with pytest.raises(OutcomeUnknown):
            await pressroom.publish(a_photo("One"), idempotency_key="one")
        with pytest.raises(OutcomeUnknown):
            await pressroom.publish(a_photo("Two"), idempotency_key="two")
        posts = posts_of(road.store, road.settings, clock=road.clock)
        one, two = (post.id for post in road.posts)
        await posts.reconcile(one)
        with pytest.raises(AnotherSendOpen, match=one):
            await posts.reconcile(two)
