"""Collecting by a session and by the worker inside it: begun by a pull, ended by a person."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from pressroom import Pressroom
from pressroom.accounts.vault import open_vault
from pressroom.client.transport_asgi import AsgiTransport
from pressroom.core.account import Account, AccountId
from pressroom.core.errors import NotFound
from pressroom.core.readings import ALL_MEDIA, Missing
from pressroom.core.secret import Secret
from pressroom.core.settings import Settings
from pressroom.insights import ages
from pressroom.sandbox.settings import SandboxSettings
from pressroom.sandbox.simulator import Sandbox
from pressroom.service.insights.pulling import PullProgress
from pressroom.store.insights.readings import SqlReadings
from pressroom.store.store import Store, open_store
from tests.fakes.clock import FakeClock

pytestmark = pytest.mark.usefixtures("long_run")

HOUR_S = 3600


class Place:
    """A sandbox and a data directory; sessions of it act for the environment's account."""

    def __init__(self, home: Path, **settings: Any) -> None:
        self.clock = FakeClock()
        self.settings = Settings(home=home)
        self.sandbox = Sandbox(SandboxSettings(fetch="trust", **settings), clock=self.clock)

    @property
    def account(self) -> AccountId:
        return AccountId(f"{self.sandbox.user_id}@127.0.0.1:9")

    def session(self, *, signed_in: bool = True, **more: Any) -> Pressroom:
        told = {
            "INSTAGRAM_ACCESS_TOKEN": self.sandbox.token,
            "INSTAGRAM_USER_ID": self.sandbox.user_id,
            "INSTAGRAM_API_BASE": "http://127.0.0.1:9",
        }
        environ = told if signed_in else {}
        transport = AsgiTransport(self.sandbox.app, clock=self.clock)
        return Pressroom(
            settings=self.settings, environ=environ, transport=transport, clock=self.clock, **more
        )

    def store(self) -> Store:
        return open_store(self.settings.store, clock=self.clock)

    def slots(self) -> list[float]:
        with self.store() as store:
            found = store.readings.aged(self.account, ALL_MEDIA)
        soon_after = [ages.last_reached("FEED", one.reading.age_s) for one in found]
        return [age_s / HOUR_S for age_s in soon_after if age_s is not None]


@asynccontextmanager
async def a_place(home: Path, **settings: Any) -> AsyncGenerator[Place]:
    place = Place(home, **settings)
    yield place
    await place.sandbox.aclose()


async def test_a_worker_reads_what_was_pulled_once_and_nothing_else(tmp_path: Path) -> None:
    async with a_place(tmp_path) as place:
        async with place.session(works=True):
            await place.clock.sleep(120)
        assert place.sandbox.calls("/insights") == []
        async with place.session() as pressroom:
            await pressroom.insights.pull()
        place.sandbox.order("media", kind="photo")
        for minutes in (62, 120):
            place.clock.advance(minutes * 60)
            async with place.session(works=True):
                await place.clock.sleep(130)
        assert place.slots() == [1, 3]


async def test_a_worker_reads_each_account_that_was_pulled(tmp_path: Path) -> None:
    async with a_place(tmp_path, media=1) as place:
        press = place.sandbox.order("accounts", username="press", media=1)
        second = Account(
            token=Secret(press["token"]), user_id=press["user_id"], api_base="http://127.0.0.1:9"
        )
        with place.store() as store:
            vault = open_vault(store, place.settings)
            vault.keep("press", second, obtained_at=place.clock.now(), timezone="UTC")
        async with place.session(works=True) as pressroom:
            await pressroom.insights.pull()
            await pressroom.acting_for("press").insights.pull()
            pulled = len(place.sandbox.calls("/media"))
            place.clock.advance(3600)
            await place.clock.sleep(130)
        by_worker = place.sandbox.calls("/media")[pulled:]
        assert {call.path.split("/")[-2] for call in by_worker} == {place.sandbox.user_id, press["user_id"]}


async def test_an_account_pulled_while_a_worker_runs_is_read_by_it_from_then_on(tmp_path: Path) -> None:
    async with a_place(tmp_path) as place:
        async with place.session(works=True) as pressroom:
            await place.clock.sleep(60)
            await pressroom.insights.pull()
            place.sandbox.order("media", kind="photo")
            place.clock.advance(62 * 60)
            await place.clock.sleep(130)
            assert await pressroom.insights.stop_pulling() == "17841400000000001@127.0.0.1:9"
            place.clock.advance(120 * 60)
            await place.clock.sleep(130)
        assert place.slots() == [1]


async def test_a_worker_that_knew_of_an_account_before_it_was_stopped_reads_nothing_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_place(tmp_path) as place:
        async with place.session() as pressroom:
            await pressroom.insights.pull()
            await pressroom.insights.stop_pulling()

        def collected(_self: SqlReadings) -> list[str]:
            return [place.account]

        monkeypatch.setattr(SqlReadings, "collected", collected)
        place.sandbox.order("media", kind="photo")
        place.clock.advance(62 * 60)
        async with place.session(works=True):
            await place.clock.sleep(130)
        assert place.slots() == []


async def test_a_stop_while_everything_is_read_is_kept(tmp_path: Path) -> None:
    async with a_place(tmp_path, media=120) as place:

        def stop(_at: PullProgress) -> None:
            with place.store() as store:
                store.readings.stop(place.account, place.clock.now())

        async with place.session() as pressroom:
            await pressroom.insights.pull(stop)
        with place.store() as store:
            assert store.readings.collected() == []
            assert store.readings.kept(place.account).readings == 120


async def test_two_pulls_at_once_read_everything_once(tmp_path: Path) -> None:
    async with a_place(tmp_path, media=120) as place:
        async with place.session() as one, place.session() as other:
            done = await asyncio.gather(one.insights.pull(), other.insights.pull())
        assert sorted(one.learnt.readings for one in done) == [0, 120]
        assert len(place.sandbox.calls("/media")) == 3


async def test_a_pull_tells_how_far_it_is(tmp_path: Path) -> None:
    seen = list[PullProgress]()
    async with a_place(tmp_path, media=120) as place, place.session() as pressroom:
        await pressroom.insights.pull(seen.append)
    assert [(one.read, one.total) for one in seen] == [(50, 120), (100, 120), (120, 120)]
    assert [one.calls for one in seen] == sorted(one.calls for one in seen)


async def test_a_pull_that_is_cancelled_goes_on_after_its_last_page(tmp_path: Path) -> None:
    async with a_place(tmp_path, media=200) as place:
        async with place.session() as pressroom:
            pulling = asyncio.ensure_future(pressroom.insights.pull(lambda at: _stop(pulling, at)))
            with pytest.raises(asyncio.CancelledError):
                await pulling
        with place.store() as store:
            assert store.readings.kept(place.account).readings == 100
        async with place.session() as pressroom:
            done = await pressroom.insights.pull()
        assert (done.is_whole, done.kept.readings) == (True, 200)
        assert len(place.sandbox.calls("/media")) <= 6


def _stop(pulling: "asyncio.Future[Any]", at: PullProgress) -> None:
    if at.read == 100:
        pulling.cancel()


async def test_what_is_missed_while_nobody_is_signed_in_says_so(tmp_path: Path) -> None:
    async with a_place(tmp_path) as place:
        async with place.session() as pressroom:
            await pressroom.insights.pull()
        place.sandbox.order("media", kind="photo")
        place.clock.advance(62 * 60)
        async with place.session(works=True):
            await place.clock.sleep(130)
        place.clock.advance(100 * 60)
        async with place.session(works=True, signed_in=False):
            await place.clock.sleep(130)
        place.clock.advance(60 * 60)
        async with place.session(works=True):
            await place.clock.sleep(130)
        with place.store() as store:
            (missed,) = store.readings.missed(place.account, ALL_MEDIA)
        assert (missed.planned_age_s / HOUR_S, missed.why) == (3, Missing.SIGNED_OUT)


async def test_asking_makes_no_store_and_says_how_to_begin(tmp_path: Path) -> None:
    async with a_place(tmp_path / "none") as place, place.session() as pressroom:
        with pytest.raises(NotFound, match="Nothing is collected"):
            await pressroom.insights.media()
    assert not (tmp_path / "none").exists()
