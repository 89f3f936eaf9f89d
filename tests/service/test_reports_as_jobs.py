"""Reports as jobs: asked for, made, and fetched, whichever session ends meanwhile."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from pressroom.core.actor import Actor, ActorKind
from pressroom.core.errors import NotFound, PressroomError, Refused
from pressroom.core.report_jobs import REPORT_LIFETIME, ReportContent, ReportJob, ReportState
from pressroom.core.settings import Settings
from pressroom.service.acting.acting import Acting
from pressroom.service.consent.gate import Gate
from pressroom.service.ground.resources import Resources
from pressroom.service.reports.process import ReportOrder
from pressroom.service.reports.reports import ReportService
from tests.mcp.shop import keep_nothing_yet
from tests.service.road import Road, opened_road

CONTENT = ReportContent(b"{}", b"<!doctype html>")


@dataclass
class Maker:
    """Makes a report when `lets` allows one more."""

    orders: list[ReportOrder] = field(default_factory=list[ReportOrder])
    lets: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(0))
    error: Exception | None = None

    async def __call__(self, order: ReportOrder, _settings: Settings) -> ReportContent:
        self.orders.append(order)
        await self.lets.acquire()
        if self.error:
            raise self.error
        return CONTENT


@pytest.fixture
async def road(tmp_path: Path) -> AsyncGenerator[Road]:
    async with opened_road(tmp_path / "home") as road:
        road.sign_in("ana", timezone="Europe/Istanbul")
        keep_nothing_yet(road)
        yield road


@asynccontextmanager
async def a_session(road: Road, maker: Maker, name: str = "shop") -> AsyncGenerator[ReportService]:
    resources = Resources(settings=road.settings, clock=road.clock)
    gate = Gate(resources, Actor(ActorKind.PROGRAM, name))
    try:
        yield ReportService(Acting(resources, name="ana"), gate, makes=maker)
    finally:
        await resources.aclose()


async def until(reports: ReportService, job: ReportJob, state: ReportState) -> ReportJob:
    async with asyncio.timeout(10):
        while (job := await reports.get(job.id)).state is not state:  # noqa: ASYNC110  # made in a task
            await asyncio.sleep(0.001)
    return job


async def begun(maker: Maker, count: int) -> None:
    async with asyncio.timeout(10):
        while len(maker.orders) < count:  # noqa: ASYNC110  # begun in a task
            await asyncio.sleep(0.001)


async def test_a_report_is_asked_for_made_and_fetched(road: Road) -> None:
    async with a_session(road, maker := Maker()) as reports:
        job = await reports.ask("28d", language="DE", comments={"next": "More."})
        assert job.state is ReportState.WORKING
        assert await reports.content(job.id) is None
        maker.lets.release()
        ready = await until(reports, job, ReportState.READY)
        assert await reports.content(job.id) == CONTENT
        assert await reports.list() == (ready,)
        (order,) = maker.orders
        assert order.wish.period == "2026-10-26..2026-11-22"
        assert (order.wish.language, order.wish.comments) == ("de", {"next": "More."})
        await reports.delete(job.id)
        with pytest.raises(NotFound):
            await reports.get(job.id)


async def test_why_it_could_not_be_made_is_said(road: Road) -> None:
    maker = Maker(error=PressroomError("It took longer than 120 s.", fix="Ask for a shorter period."))
    async with a_session(road, maker) as reports:
        job = await reports.ask("28d")
        maker.lets.release()
        failed = await until(reports, job, ReportState.FAILED)
    assert failed.error
    assert failed.error.message == "It took longer than 120 s."


async def test_two_are_made_at_once(road: Road) -> None:
    async with a_session(road, maker := Maker()) as reports, a_session(road, maker, "other") as others:
        await reports.ask("28d")
        second = await others.ask("28d")
        third = await reports.ask("28d")
        await begun(maker, 2)
        # Time for one more to begin, if it could.
        for _ in range(20):
            await reports.get(third.id)
        assert len(maker.orders) == 2
        await others.delete(second.id)
        await begun(maker, 3)


async def test_what_a_session_left_the_next_one_has_made(road: Road) -> None:
    async with a_session(road, maker := Maker()) as reports:
        job = await reports.ask("28d")
        await begun(maker, 1)
    async with a_session(road, maker) as reports:
        maker.lets.release()
        await until(reports, job, ReportState.READY)


async def test_one_that_ends_its_process_each_time_is_given_up(road: Road) -> None:
    machine = road.store.database.machine = road.clock
    async with a_session(road, maker := Maker()) as reports:
        (await reports._acting.resources.store()).database.machine = machine
        job = await reports.ask("28d")
        await reports.get(job.id)
        await begun(maker, 1)
    for _ in range(3):
        road.store.report_jobs.claim(job.id, "killed", lease_s=60)
        road.clock.advance(61)
    async with a_session(road, maker) as reports:
        (await reports._acting.resources.store()).database.machine = machine
        failed = await until(reports, job, ReportState.FAILED)
    assert failed.error
    assert failed.error.message == "The process that made it was ended 3 times."


async def test_another_programs_report_is_none(road: Road) -> None:
    async with a_session(road, Maker()) as reports, a_session(road, Maker(), "other") as others:
        job = await reports.ask("28d")
        assert await others.list() == ()
        assert await others.content(job.id) is None
        with pytest.raises(NotFound, match=f"There is no report {job.id}"):
            await others.get(job.id)
        with pytest.raises(NotFound):
            await others.delete(job.id)
        road.clock.advance(REPORT_LIFETIME.total_seconds())
        with pytest.raises(NotFound):
            await reports.get(job.id)


async def test_what_cannot_be_told_is_refused_when_it_is_asked(road: Road) -> None:
    async with a_session(road, maker := Maker()) as reports:
        wishes: tuple[dict[str, Any], ...] = (
            {"period": "a while"},
            {"language": "xx"},
            {"timezone": "Moon"},
            {"comments": {"mood": "Good."}},
        )
        for wish in wishes:
            with pytest.raises(Refused):
                await reports.ask(**wish)
        assert await reports.list() == ()
    assert not maker.orders
