"""The library over a store: planning, changing and waiting for posts, with a worker inside."""

import asyncio
import json
import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pressroom.core.account import Account, account_id
from pressroom.core.errors import NotFound, Refused, SettingRefused, SignInRequired
from pressroom.core.graph_errors import TokenInvalid
from pressroom.core.post import IfLate, PostState
from pressroom.core.reading_settings import Tunnel
from pressroom.core.readings import Batch, Collecting
from pressroom.core.secret import Secret
from pressroom.core.settings import Settings
from pressroom.core.slots import Slot
from pressroom.core.stored_posts import PostPage
from pressroom.sandbox.settings import Processing
from pressroom.service import Pressroom
from pressroom.service.acting.acting import Acting
from pressroom.service.ground.resources import Resources
from pressroom.service.insights.kept import require_kept_account
from tests.app.serving import served
from tests.patience import patience
from tests.service.road import PLAIN, Road, a_photo, without_store

S = PostState


async def test_a_post_is_planned_listed_shown_moved_and_let_go(road: Road) -> None:
    async with road.pressroom() as pressroom:
        planned = await pressroom.posts.submit(a_photo(), at="2026-12-24 18:00", timezone="Europe/Istanbul")
        assert planned.post.due_at == datetime(2026, 12, 24, 15, 0, tzinfo=UTC)
        moved = await pressroom.posts.move(planned.post.id[:8], "+2h")
        assert await pressroom.posts.list() == await pressroom.posts.list(S.SCHEDULED) == PostPage((moved,))
        assert (await pressroom.posts.show(moved.id)).next[0].at is not None
        assert (await pressroom.posts.cancel(moved.id)).state is S.CANCELLED
        assert (await pressroom.posts.list(S.SCHEDULED)).posts == ()
        with pytest.raises(Refused, match="no zone"):
            await pressroom.posts.list(due_from=datetime(2026, 12, 24))  # noqa: DTZ001  # on purpose


async def test_the_accounts_posts_are_listed_a_page_at_a_time_by_their_days(road: Road) -> None:
    days = [datetime(2026, 12, day, tzinfo=UTC) for day in (24, 25, 26)]
    async with road.pressroom() as pressroom:
        posts = [(await pressroom.posts.submit(a_photo(str(day)), at=day)).post for day in days]
        first = await pressroom.posts.list(limit=2, newest_first=True)
        rest = await pressroom.posts.list(limit=2, newest_first=True, after=first.next)
        assert [post.id for post in (*first.posts, *rest.posts)] == [post.id for post in posts[::-1]]
        assert rest.next is None
        between = await pressroom.posts.list(due_from=days[1], due_before=days[2])
        assert [post.id for post in between.posts] == [posts[1].id]
        with pytest.raises(NotFound):
            await pressroom.posts.show("ffff")


async def test_a_time_needs_a_zone(road: Road) -> None:
    due = road.clock.now() + timedelta(hours=3)
    async with road.pressroom() as pressroom:
        planned = await pressroom.posts.submit(a_photo(), at=due)
        later = due + timedelta(hours=1)
        moved = await pressroom.posts.move(planned.post.id, later)
        assert (planned.post.due_at, moved.due_at) == (due, later)
        with pytest.raises(Refused, match="no zone"):
            await pressroom.posts.submit(a_photo(), at=due.replace(tzinfo=None))


async def test_a_post_takes_the_next_slot_of_its_account(road: Road) -> None:
    road.sign_in("ana", timezone="Europe/Istanbul")
    road.store.slots.set("ana", [Slot(weekday=2, minute=18 * 60)])
    async with road.pressroom() as pressroom:
        planned = await pressroom.posts.submit(a_photo(), at="next slot")
    assert planned.post.due_at == datetime(2026, 11, 25, 15, 0, tzinfo=UTC)


async def test_a_post_that_needs_approval_waits_for_it(road: Road) -> None:
    async with road.pressroom() as pressroom:
        held = await pressroom.posts.submit(a_photo(), state=S.AWAITING_APPROVAL)
        assert held.post.state is S.AWAITING_APPROVAL
        assert (await pressroom.posts.approve(held.post.id)).state is S.SCHEDULED


@pytest.mark.usefixtures("real_time")
async def test_waiting_ends_when_the_worker_is_done_whatever_became_of_it(road: Road) -> None:
    road.sign_in()
    async with road.worker(), road.pressroom() as pressroom:
        soon = await pressroom.posts.submit(a_photo(), at="+10m")
        assert (await pressroom.posts.wait_for(soon.post.id)).state is S.PUBLISHED
        later = await pressroom.posts.submit(a_photo("Later"), at="+2h")
        waiting = asyncio.create_task(pressroom.posts.wait_for(later.post.id))
        await pressroom.posts.cancel(later.post.id)
        assert (await waiting).state is S.CANCELLED


async def test_the_stores_default_account_is_used_when_the_environment_names_none(road: Road) -> None:
    road.sign_in("ana")
    async with Pressroom(settings=road.settings, transport=road.transport(), clock=road.clock) as pressroom:
        assert await pressroom.accounts.acting() == road.account
        assert (await pressroom.publish(a_photo())).account_name == "ana"
    with pytest.raises(NotFound, match="ben"):
        async with Pressroom(settings=road.settings, account_name="ben") as pressroom:
            await pressroom.publish(a_photo())


async def test_without_any_account_nothing_is_made(road: Road, tmp_path: Path) -> None:
    bare = without_store(road, tmp_path / "bare")
    async with Pressroom(settings=bare.settings) as pressroom:
        with pytest.raises(SignInRequired):
            await pressroom.publish(a_photo())
    assert not (tmp_path / "bare").exists()


async def test_the_environments_account_is_the_stored_one_when_both_are_the_same(road: Road) -> None:
    road.sign_in("ana")
    for account in (road.account, Account(token=road.account.token, api_base=road.account.api_base)):
        async with Pressroom(account, road.settings, clock=road.clock) as pressroom:
            assert (await pressroom.posts.submit(a_photo())).post.account_name == "ana"
    other = Account(token=Secret("other"), api_base=road.account.api_base)
    async with Pressroom(other, road.settings, clock=road.clock, transport=road.transport()) as pressroom:
        with pytest.raises(TokenInvalid):
            await pressroom.posts.submit(a_photo())
    assert len(road.posts) == 2, "nothing is kept for an account that cannot be told"


async def test_a_worker_inside_publishes_what_is_due(tmp_path: Path) -> None:
    with served(replace(PLAIN, processing=Processing.at_once()), time_factor=20) as (sandbox, base_url):
        account = Account(token=Secret(sandbox.token), user_id=sandbox.user_id, api_base=base_url)
        async with Pressroom(account, Settings(home=tmp_path), works=True) as pressroom:
            planned = [await pressroom.posts.submit(a_photo(f"Post {number}")) for number in range(3)]
            assert [one.warnings for one in planned] == [()] * 3
            # None of them waits for the next minute because another one is just asking whose the token is.
            async with asyncio.timeout(patience(50)):
                states = [(await pressroom.posts.wait_for(one.post.id)).state for one in planned]
            assert states == [S.PUBLISHED] * 3
            assert await pressroom.work.worker_pid() == os.getpid()
        assert len(sandbox.media) == 3


async def test_a_worker_inside_tells_what_needs_a_person(road: Road) -> None:
    told = road.settings.home / "told"
    os.mkfifo(told)
    settings = replace(road.settings, notify_command=("sh", "-c", f"cat > {told}"))
    async with Pressroom(road.account, settings, works=True) as pressroom:
        an_hour_ago = datetime.now(UTC) - timedelta(hours=1)
        late = await pressroom.posts.submit(a_photo(), at=an_hour_ago, if_late=IfLate.ASK, is_late=True)
        notice = json.loads(await asyncio.to_thread(told.read_text))
    assert (notice["event"], notice["post"]["post_id"]) == ("post_needs_person", late.post.id)


async def test_no_worker_begins_with_a_quick_tunnel(road: Road) -> None:
    """It runs while nobody looks on, and nothing is promised of such a tunnel."""
    quick = replace(road.settings, tunnel=Tunnel("cloudflared"))
    real = Account(token=Secret("IGAAx"))
    async with Pressroom(real, quick, clock=road.clock) as pressroom:
        with pytest.raises(SettingRefused, match="a quick tunnel"):
            await pressroom.work.run()
    with pytest.raises(SettingRefused, match="a quick tunnel"):
        async with Pressroom(real, quick, clock=road.clock, works=True):
            pass


async def test_the_worker_of_a_sandbox_is_not_asked_about_a_tunnel_that_its_files_do_not_use(
    road: Road,
) -> None:
    """The guide of the first post has people set one."""
    road.sign_in()
    settings = replace(road.settings, tunnel=Tunnel("cloudflared"))
    async with Pressroom(settings=settings, clock=road.clock, works=True) as pressroom:
        assert await pressroom.work.worker_pid() in (None, os.getpid())


@pytest.mark.parametrize("is_signed_in", [True, False])
async def test_what_is_kept_of_an_account_comes_with_the_language_of_its_reports(
    road: Road, *, is_signed_in: bool
) -> None:
    """One of the environment alone has none."""
    if is_signed_in:
        road.sign_in("ana")
        road.store.accounts.set_language("ana", "de")
    ours = account_id(road.account.user_id, road.account.api_base)
    road.store.readings.keep(ours, Batch(collecting=Collecting(started_at=road.clock.now())))
    resources = Resources(settings=road.settings, clock=road.clock, _store=road.store)
    kept = await require_kept_account(Acting(resources, handed_in=road.account))
    assert kept.language == ("de" if is_signed_in else None)
