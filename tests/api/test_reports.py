"""Reports over HTTP: asked for, fetched when they are ready, and nobody else's."""

import asyncio
from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pressroom.core.report_jobs import ReportContent, ReportId
from tests.api.house import Client, House, a_house
from tests.fakes.clock import FakeClock
from tests.mcp.shop import keep_nothing_yet, keep_shop
from tests.service.road import opened_road


@pytest.fixture
async def house(tmp_path: Path) -> AsyncGenerator[House]:
    # Now, since the process that makes a report goes by the machine's clock.
    async with opened_road(tmp_path / "home", clock=FakeClock(datetime.now(UTC))) as road:
        road.sign_in("ana", timezone="Europe/Istanbul")
        keep_nothing_yet(road)
        async with a_house(road) as opened:
            yield opened


async def asked(client: Client) -> str:
    return (await client.post("/reports", {"period": "28d"})).of(201)["report_id"]


def settled(house: House, report_id: str) -> ReportId:
    """Have another worker take a report, before the house can begin."""
    job = ReportId(report_id)
    house.road.store.report_jobs.claim(job, "w", lease_s=60)
    return job


async def test_a_report_is_asked_for_and_called_off(shop: Client) -> None:
    made = await shop.post("/reports", {"period": "28d", "language": "de", "comments": {"next": "More."}})
    job = made.of(201)
    path = f"/reports/{job['report_id']}"
    assert made.headers["location"] == f"/api/v1{path}"
    assert (job["state"], job["account"], job["language"], job["report"]) == ("working", "ana", "de", None)
    assert await shop.get("/reports") == {"reports": [job], "next": None}
    assert (await shop.ask("GET", f"{path}/file")).of(409)["fix"]
    (await shop.ask("DELETE", path)).of(204)
    (await shop.ask("GET", path)).of(404)


async def test_its_file_is_saved_and_never_runs_as_ours(house: House, shop: Client) -> None:
    report_id = await asked(shop)
    job = settled(house, report_id)
    house.road.store.report_jobs.finish(job, "w", ReportContent(b"{}", b"<script>"))
    file = await shop.ask("GET", f"/reports/{report_id}/file")
    assert (file.status, file.content) == (200, b"<script>")
    assert file.headers["content-type"] == "text/html; charset=utf-8"
    assert file.headers["content-security-policy"] == "sandbox"
    assert file.headers["x-content-type-options"] == "nosniff"
    assert file.headers["content-disposition"].startswith('attachment; filename="report-ana-20')


async def test_another_programs_report_is_answered_as_none(house: House, shop: Client) -> None:
    other, report_id = await house.client("other"), await asked(shop)
    for method, path in (("GET", ""), ("GET", "/file"), ("DELETE", "")):
        problem = (await other.ask(method, f"/reports/{report_id}{path}")).of(404)
        none = (await other.ask(method, f"/reports/{'0' * 32}{path}")).of(404)
        assert problem["detail"].replace(report_id, "0" * 32) == none["detail"]
    assert (await other.get("/reports"))["reports"] == []


async def test_what_cannot_be_told_is_refused_when_it_is_asked(shop: Client) -> None:
    for wish in (
        {"period": "a while"},
        {"language": "xx"},
        {"timezone": "Moon"},
        {"comments": {"mood": "Good."}},
        {"top_by": "fame"},
        {"comment": "x"},
    ):
        assert (await shop.post("/reports", wish)).of(422)["fix"]
    assert (await shop.get("/reports"))["reports"] == []


@pytest.mark.usefixtures("processes")
async def test_a_report_is_made_in_a_process_of_its_own(house: House, shop: Client) -> None:
    keep_shop(house.road)
    report_id = (await shop.post("/reports", {"period": "28d", "top_by": "likes"})).of(201)["report_id"]
    job = await shop.get(f"/reports/{report_id}")
    async with asyncio.timeout(100):
        while job["state"] == "working":
            await asyncio.sleep(0.2)
            job = await shop.get(f"/reports/{report_id}")
    assert (job["state"], job["error"]) == ("ready", None)
    assert [answer["name"] for answer in job["report"]["answers"]] == [
        *("tried", "happened", "why", "brought", "next")
    ]
    assert (job["top_by"], job["report"]["described"]["top"]["metric"]) == ("likes", "likes")
    file = await shop.ask("GET", f"/reports/{report_id}/file")
    assert file.content.startswith(b"<!doctype html>")
    assert job["report"]["headline"].encode() in file.content
