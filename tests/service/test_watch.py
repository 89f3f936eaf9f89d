"""What is told beside a worker, over a store of its own."""

import asyncio
import json
from pathlib import Path

import aiohttp
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from pressroom.core.errors import SettingRefused, StoreFailed
from pressroom.core.settings import settings_from_environment
from pressroom.service.work.metrics import Metrics, metrics_app, serving_metrics
from pressroom.service.work.watch import Watch
from pressroom.store.store import Store
from tests.fakes.clock import FakeClock
from tests.patience import patience
from tests.publish.durable_world import durable_world
from tests.publish.posts import a_post
from tests.service.road import a_photo, opened_road


def a_watch(home: Path, **environ: str) -> Watch:
    settings = settings_from_environment({"PRESSROOM_HOME": str(home), **environ}, default_home=home)
    return Watch(settings=settings, environ={"PATH": "/usr/bin:/bin"}, mask=str, metrics_at=("127.0.0.1", 0))


async def got(url: str) -> tuple[int, str]:
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        return answer.status, await answer.text()


async def test_health_is_no_health_until_the_worker_drives(tmp_path: Path) -> None:
    watch = a_watch(tmp_path)
    async with watch.beside() as url:
        assert url
        status, body = await got(f"{url}/healthz")
        assert (status, json.loads(body)["reasons"]) == (503, ["No worker runs, so nothing is published."])
        watch.is_driving = True
        assert (await got(f"{url}/healthz"))[0] == 200
        post = a_post()
        watch.saved(post, post)
        status, text = await got(f"{url}/metrics")
    assert (status, "pressroom_healthy 1.0" in text) == (200, True)


async def test_an_app_serves_the_numbers_of_the_worker_inside_at_a_path_of_its_own(tmp_path: Path) -> None:
    async with opened_road(tmp_path) as road:
        road.sign_in()
        async with road.pressroom(works=True) as pressroom, road.pressroom() as other:
            app = Starlette(routes=[Mount("/pressroom", pressroom.work.metrics_app())])
            async with serving_metrics(app, "127.0.0.1", 0) as url, asyncio.timeout(patience(20)):
                planned = await pressroom.posts.submit(a_photo())
                await pressroom.posts.wait_for(planned.post.id)
                assert (await got(f"{url}/pressroom/healthz"))[0] == 200
                status, text = await got(f"{url}/pressroom/metrics")
            counted = 'pressroom_published_total{account="ana"} 1.0'
            assert (status, counted in text, "pressroom_call_seconds_count" in text) == (200, True, True)
            async with serving_metrics(other.work.metrics_app(), "127.0.0.1", 0) as url:
                status, text = await got(f"{url}/metrics")
            assert (counted in text, 'pressroom_posts{state="published"} 1.0' in text) == (False, True)


def test_nothing_is_opened_where_nothing_is_set_up(tmp_path: Path) -> None:
    watch = a_watch(tmp_path)
    watch.metrics_at = None

    async def work() -> None:
        async with watch.beside() as url:
            assert url is None
            post = a_post()
            watch.saved(post, post)

    asyncio.run(work())
    assert list(tmp_path.iterdir()) == []


async def test_a_slow_listener_holds_nobody_up(tmp_path: Path) -> None:
    """The block ends at once although a notice's program would run for a minute."""
    begun = tmp_path / "begun"
    watch = a_watch(tmp_path, PRESSROOM_NOTIFY_COMMAND=f"sh -c 'touch {begun}; sleep 60'")
    async with asyncio.timeout(patience(20)), watch.beside():
        pass


async def test_a_store_that_does_not_answer_is_no_health() -> None:
    class Broken:
        def count_due(self, *_: object, **__: object) -> int:
            raise StoreFailed("The store is locked.", fix="Wait.")

        list = count_due

    async with durable_world() as world:
        world.store.posts = Broken()  # pyright: ignore[reportAttributeAccessIssue]  # stands for a locked file

        async def opened() -> Store:
            return world.store

        async def is_driven() -> bool:
            return True

        app = metrics_app(opened, FakeClock(), Metrics(), is_driven)
        async with serving_metrics(app, "127.0.0.1", 0) as url:
            status, body = await got(f"{url}/healthz")
            assert (status, json.loads(body)["reasons"]) == (503, ["The store is locked. Wait."])
            assert (await got(f"{url}/metrics"))[0] == 503


async def test_an_address_that_is_not_this_machines_is_refused(tmp_path: Path) -> None:
    watch = a_watch(tmp_path)
    watch.metrics_at = ("203.0.113.1", 0)
    with pytest.raises(SettingRefused, match="cannot be opened"):
        async with watch.beside():
            pass
