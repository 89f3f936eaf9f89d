"""The page of insights: no number without its age and n, and what is not known is a dash."""

import asyncio
import re
from datetime import timedelta
from functools import partialmethod

import pytest

from pressroom.core.account import account_id
from pressroom.core.readings import Batch, KeptMedia, Thumbnail
from pressroom.core.report_jobs import ReportContent, ReportJob, ReportState
from pressroom.graph.answers import MediaId
from pressroom.service.reports.reports import ReportService
from pressroom.web.insights import pages
from tests.insights.reported import Shop
from tests.web.house import House
from tests.web.visitor import Got


@pytest.fixture
async def shop(house: House) -> House:
    """A shop whose last two months are known."""
    for batch in Shop(now=house.road.clock.now()).batches(days=60):
        keep(house, batch)
    return house


def keep(house: House, batch: Batch) -> None:
    account = house.road.account
    house.road.store.readings.keep(account_id(account.user_id, account.api_base), batch)


def column(page: Got, label: str) -> list[str]:
    """The cells of a column of the table of posts."""
    return re.findall(rf'data-label="{label}"[^>]*>([^<]*)<', page.html)


async def test_numbers_are_begun_to_be_read_by_a_button(house: House) -> None:
    house.road.sandbox.order("seed", media=3)
    anna = await house.signed_in()
    page = await anna.get("/insights")
    assert "No numbers of ana were read yet" in page.text
    done = await anna.press(page, "/insights/pull")
    assert done.status == 303
    assert done.headers["location"].startswith("/insights?account=ana")
    page = await anna.get("/insights?age=last")
    assert "Last read 24 Nov 2026" in page.text
    assert len(column(page, "Reach")) == 3


async def test_without_an_account_it_says_how_to_sign_in_and_offers_nothing(house: House) -> None:
    await house.owner.accounts.sign_out("ana")
    page = await (await house.signed_in()).get("/insights")
    assert "pressroom auth login" in page.text
    assert set(page.forms) == {"/sign-out"}


async def test_a_pull_that_takes_long_goes_on_when_its_page_has_answered(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "_WAIT_S", 0)
    anna = await house.signed_in()
    page = await anna.get("/insights")
    script = {"accept": "application/json", "x-pressroom-csrf": page.forms["/insights/pull"]["csrf"]}
    asked = [await anna.post("/insights/pull", {"account": "ana"}, **script) for _ in range(2)]
    assert all("Instagram is being asked" in answer.text for answer in asked)
    task = await house.owner.insights.pull_soon()
    assert (await task).account == "ana"
    # Both were of one pull: the account was asked for once.
    assert len(house.road.sandbox.calls("/media")) == 1


async def test_a_pull_that_fails_after_its_answer_says_so_on_the_page(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "_WAIT_S", 0)
    house.road.sandbox.order("faults", on="*", kind="error", code=190, times=None)
    anna = await house.signed_in()
    await anna.press(await anna.get("/insights"), "/insights/pull")
    task = await house.owner.insights.pull_soon()
    await asyncio.wait({task})
    page = await anna.get("/insights")
    assert "The numbers could not be read." in page.text


async def test_each_number_has_what_it_counts_and_of_how_many(shop: House) -> None:
    page = await (await shop.signed_in()).get("/insights")
    assert "Reach" in page.text
    assert "median day, n = 28 of 28 days" in page.text
    assert "accounts that saw any of it that day, each once" in page.text
    # Sixty days are too few to tell a change from chance, so that none has an arrow.
    assert ("not compared with chance" in page.text, "▲" in page.text) == (True, False)
    read, count = re.search(r"(\d+) of (\d+) have numbers at that age", page.text).groups()  # pyright: ignore[reportOptionalMemberAccess]
    everything = await (await shop.signed_in()).get("/insights?rows=all")
    reach, ages = column(everything, "Reach"), column(everything, "Age")
    assert (len(reach), len([text for text in reach if text != "-"])) == (int(count), int(read))
    # A dash has its reason.
    reasons = {age for number, age in zip(reach, ages, strict=True) if number == "-"}
    assert reasons <= {"not 24 h old yet", "not read near 24 h"} != set()


async def test_posts_are_sorted_and_aged_by_their_addresses(shop: House) -> None:
    anna = await shop.signed_in()
    page = await anna.get("/insights?sort=views&rows=all&period=90d")
    views = [int(text.replace(",", "")) for text in column(page, "Views") if text != "-"]
    assert views == sorted(views, reverse=True)
    assert len(views) > 40
    assert column(page, "Views")[-1] == "-"  # not known is not 0
    assert "Posts at 7 d" in (await anna.get("/insights?age=7d")).text
    for address in ("age=1h", "period=soon", "sort=luck"):
        refused = await anna.get(f"/insights?{address}")
        assert refused.status == 422, address
    assert (await anna.get("/insights?account=nobody")).status == 404


async def test_captions_are_text_and_pictures_are_for_whoever_is_signed_in(shop: House) -> None:
    media = KeptMedia(
        id=MediaId("990"),
        product_type="FEED",
        media_type="IMAGE",
        published_at=shop.road.clock.now() - timedelta(hours=3),
        found_at=shop.road.clock.now(),
        caption="<script>alert(1)</script>\u202egnp",
        permalink="javascript:alert(1)",
    )
    picture = Thumbnail(media_id=media.id, read_at=shop.road.clock.now(), jpeg=b"\xff\xd8 a picture")
    keep(shop, Batch(media=[media], thumbnails=[picture]))
    anna = await shop.signed_in()
    page = await anna.get("/insights")
    assert "&lt;script&gt;alert(1)&lt;/script&gt;\\u202egnp" in page.html
    assert "javascript:alert" not in page.html
    kept = await anna.get("/insights/media/990/picture?account=ana")
    assert (kept.body, kept.headers["cache-control"]) == (picture.jpeg, "private, max-age=86400")
    assert (await anna.get("/insights/media/991/picture")).headers["content-type"] == "image/gif"
    assert (await shop.visitor().get("/insights/media/990/picture")).status == 401
    assert (await shop.visitor().get("/insights")).status == 401


async def test_a_report_is_made_by_a_click_and_opened_where_nothing_of_it_can_act(
    shop: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def make(*_: object) -> ReportContent:
        return ReportContent(b"{}", b"<!doctype html><script>alert(1)</script>")

    usual = ReportService.__init__
    monkeypatch.setattr(ReportService, "__init__", partialmethod(usual, makes=make))
    anna = await shop.signed_in()
    asked = await anna.press(await anna.get("/insights"), "/insights/reports", period="28d")
    assert asked.status == 303
    (job,) = await until_ready(shop)
    page = await anna.get("/insights")
    assert f'href="/insights/reports/{job.id}"' in page.html
    # As the heading has it: the report's days are those of the numbers above.
    days = re.findall(r"\d+ [A-Z][a-z]{2} to \d+ [A-Z][a-z]{2} 20\d\d", page.text)
    assert len(days) >= 2
    assert len(set(days)) == 1
    report = await anna.get(f"/insights/reports/{job.id}")
    assert report.headers["content-security-policy"].startswith("sandbox; default-src 'none'; style-src")
    assert "script-src" not in report.headers["content-security-policy"]
    assert (await shop.visitor().get(f"/insights/reports/{job.id}")).status == 401
    await anna.press(page, f"/insights/reports/{job.id}/delete")
    assert (await anna.get(f"/insights/reports/{job.id}")).status == 404


async def until_ready(house: House) -> tuple[ReportJob, ...]:
    async with asyncio.timeout(10):
        while any(job.state is ReportState.WORKING for job in await house.owner.reports.list()):  # noqa: ASYNC110  # made in a task
            await asyncio.sleep(0.001)
    return await house.owner.reports.list()


async def test_without_the_extra_the_numbers_are_there_and_it_is_said_how_to_have_reports(
    shop: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pressroom.service.ground.output.find_spec", dict[str, object]().get)
    page = await (await shop.signed_in()).get("/insights")
    assert "A report needs babel" in page.text
    assert "/insights/reports" not in page.forms
    assert len(column(page, "Reach")) == 20
