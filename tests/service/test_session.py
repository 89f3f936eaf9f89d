"""A session opens each thing once, when it is needed, and all that is inside goes by what was handed in."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncGenerator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, NoReturn

import pytest
from PIL import Image

from pressroom.client.client import ExchangeRecord
from pressroom.client.pacing import ADAPTIVE
from pressroom.core.journal import JournalEvent
from pressroom.core.post import PostKind, PostState
from pressroom.graph.answers import MediaId
from pressroom.publish.machine.policy import CAREFUL
from pressroom.service import Listeners, new_post
from tests.fakes.clock import START
from tests.fakes.counting import Counted, counting
from tests.service.circle import Circle, account_of, opened_circle, sign_in
from tests.service.road import a_photo

IDLE = """
import asyncio, sys
from pressroom import Pressroom

async def main():
    async with Pressroom(account_name="ana"):
        pass
    async with Pressroom():
        pass

asyncio.run(main())
print(sorted(sys.modules))
"""


@pytest.fixture
async def circle(tmp_path: Path) -> AsyncGenerator[Circle]:
    """The circle over a data directory in which ana is signed in."""
    home = tmp_path / "home"
    home.mkdir()
    sign_in(home, {"ana": account_of("ana")}, default="ana")
    async with opened_circle(home) as opened:
        yield opened


@pytest.fixture
def counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Counted:
    return counting(monkeypatch, tmp_path)


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "teal.jpg"
    Image.new("RGB", (1080, 1080), "teal").save(path)
    return path


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_clock: object) -> NoReturn:
        raise AssertionError("another transport was made")

    monkeypatch.setattr("pressroom.service.ground.resources._network", refuse)


@pytest.mark.usefixtures("no_network")
async def test_a_worker_inside_makes_every_call_by_what_the_session_was_given(circle: Circle) -> None:
    """So it does for a stored default account of the real Instagram, whose token it renews."""
    sign_in(circle.home, {"real": account_of("real")}, default="real", at=START - timedelta(days=8))
    calls, steps = list[ExchangeRecord](), list[JournalEvent]()
    listeners = Listeners(on_event=steps.append, on_exchange=calls.append)
    given: dict[str, Any] = {
        "pacing": replace(ADAPTIVE, container_gap_s=7),
        "policy": replace(CAREFUL, takes_snapshot=False),
        "listeners": listeners,
    }
    async with circle.session("given", works=True, **given) as pressroom:
        posts = [(await pressroom.posts.submit(a_photo(f"{number}"))).post for number in range(3)]
        done = [await pressroom.posts.wait_for(post.id) for post in posts]
        await circle.clock.sleep(60)
    assert [post.state for post in done] == [PostState.PUBLISHED] * 3
    assert circle.called == {("gwen", "v25.0"), ("real", "refresh_access_token")}
    created = circle.sandboxes["gwen"].calls("/media", "POST")
    assert [round((one.at - created[0].at).total_seconds()) for one in created] == [0, 7, 14]
    assert circle.sandboxes["gwen"].calls("/media", "GET") == [], "the policy wants no look at the listing"
    assert len(calls) == sum(len(sandbox.calls()) for sandbox in circle.sandboxes.values())
    assert {"published"} <= {step.step for step in steps}
    assert all(START <= step.at <= circle.clock.now() for step in steps)


async def test_a_worker_makes_a_record_of_writes_alone_where_nobody_wants_more(
    circle: Circle, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Masking every secret of 200 accounts in each call took a fiftieth of a burst."""
    records = list[ExchangeRecord]()

    def record(**given: Any) -> ExchangeRecord:
        records.append(ExchangeRecord(**given))
        return records[-1]

    monkeypatch.setattr("pressroom.client.client.ExchangeRecord", record)
    async with circle.session("given", works=True) as pressroom:
        post = (await pressroom.posts.submit(a_photo("1"))).post
        assert (await pressroom.posts.wait_for(post.id)).state is PostState.PUBLISHED
    assert [record.path.rpartition("/")[2] for record in records] == ["media", "media_publish"]


async def test_a_session_opens_its_store_once_and_looks_at_a_file_once(
    circle: Circle, counted: Counted, picture: Path
) -> None:
    async with circle.session("default") as pressroom:
        await pressroom.media.check(picture)
        photo = new_post(PostKind.PHOTO, [str(picture)])
        await pressroom.posts.rehearse(photo)
        planned = await pressroom.posts.submit(photo, at="next slot")
        await pressroom.posts.move(planned.post.id, "+3h")
        await pressroom.posts.show(planned.post.id)
        await pressroom.posts.list()
        live = await pressroom.publish(new_post(PostKind.PHOTO, [str(picture)], caption="Now"))
        assert live.media_id
        await pressroom.insights.read(live.media_id)
        assert [media.id async for media in pressroom.media.list(limit=1)] == [live.media_id]
        await pressroom.accounts.standings()
        await pressroom.work.overview()
        await pressroom.accounts.call("GET", "me", {"fields": "id"})
    assert counted.openings == [circle.home / "pressroom.db"]
    assert counted.looks == ["teal.jpg"]


async def test_use_cases_at_once_share_what_is_opened(circle: Circle, counted: Counted) -> None:
    async with circle.session("default") as pressroom:
        await asyncio.gather(
            pressroom.posts.submit(a_photo("one"), at="+2h"),
            pressroom.posts.submit(a_photo("two"), at="+2h"),
            pressroom.accounts.acting(),
            pressroom.work.health(),
        )
    assert len(counted.openings) == 1


async def test_a_worker_inside_works_in_the_sessions_store(circle: Circle, counted: Counted) -> None:
    async with circle.session("default", works=True) as pressroom:
        planned = await pressroom.posts.submit(a_photo())
        assert (await pressroom.posts.wait_for(planned.post.id)).state is PostState.PUBLISHED
    assert len(counted.openings) == 1


@pytest.mark.usefixtures("no_network")
async def test_what_needs_no_store_makes_none(
    circle: Circle, counted: Counted, picture: Path, tmp_path: Path
) -> None:
    circle.home = tmp_path / "new"
    async with circle.session("environment") as pressroom:
        await pressroom.media.check(picture)
        await pressroom.posts.rehearse(a_photo())
        assert (await pressroom.publish(a_photo())).media_id
        await pressroom.insights.read(MediaId(circle.sandboxes["env"].media[0].id))
        await pressroom.accounts.acting()
    assert counted.openings == []
    assert not circle.home.exists()


def test_a_session_that_is_not_used_loads_and_makes_nothing(tmp_path: Path) -> None:
    env = {"PRESSROOM_HOME": str(tmp_path / "home"), "INSTAGRAM_ACCESS_TOKEN": "IGtoken"}
    done = subprocess.run([sys.executable, "-c", IDLE], check=True, capture_output=True, text=True, env=env)
    for name in ("sqlalchemy", "aiohttp", "PIL", "av", "starlette", "uvicorn", "cryptography"):
        assert f"'{name}'" not in done.stdout, name
    assert not (tmp_path / "home").exists()
