"""What an agent is told of numbers: at one age, with how many posts, and no number that is not known."""

import asyncio
from pathlib import Path

import pytest

from tests.mcp.agents import Agent
from tests.mcp.shop import keep_first_pull, keep_shop
from tests.service.road import Road

pytestmark = pytest.mark.usefixtures("long_run")


async def test_posts_come_with_their_numbers_the_highest_first(road: Road, ana: Agent) -> None:
    keep_shop(road)
    told = await ana.call("get_insights", sort="reach", limit=3, days=90, age_hours=24, kinds=["reel"])
    reach = [one["metrics"]["reach"] for one in told["posts"]]
    assert (len(reach), told["account"]) == (3, "ana")
    assert reach == sorted(reach, reverse=True)
    assert {one["kind"] for one in told["posts"]} == {"reel"}
    assert all(one["untrusted_caption"].startswith("<untrusted>") for one in told["posts"])
    assert told["posts"][0]["age"] == "24 h"


async def test_single_posts_are_asked_for_by_their_ids(road: Road, ana: Agent) -> None:
    keep_shop(road)
    first, second = (await ana.call("get_insights", limit=2))["posts"]
    told = await ana.call("get_insights", media_ids=[second["media_id"]])
    assert [one["media_id"] for one in told["posts"]] == [second["media_id"]]
    compared = await ana.call("compare_posts", media_ids=[first["media_id"], second["media_id"]])
    assert [one["media_id"] for one in compared["posts"]] == [first["media_id"], second["media_id"]]
    for other in ({"age_hours": 24}, {"days": 3}, {"sort": "reach"}, {"kinds": ["reel"]}):
        assert "says nothing beside media_ids" in await ana.refused("get_insights", media_ids=["17"], **other)
    assert "No media 17 of ana" in await ana.refused("get_insights", media_ids=["17"])


async def test_groups_say_how_many_posts_they_rest_on(road: Road, ana: Agent) -> None:
    keep_shop(road)
    told = await ana.call("compare_posts", by="kind", metric="reach")
    groups = {one["name"]: one for one in told["groups"]}
    assert set(groups) == {"reel", "photo", "carousel"}
    assert all(one["n"] >= 5 and len(one["quartiles"]) == 2 for one in groups.values())
    assert told["next_step"].startswith("Groups are described here, and nothing is tested: ")
    assert (
        "is tested by `get_best_time()`, and two times are compared by an experiment: " in told["next_step"]
    )
    said = await ana.refused("compare_posts", metric="fame")
    assert "'fame' is no metric" in said
    assert "Allowed: " in said
    assert "reach" in said


async def test_best_time_says_what_it_found_and_how_small_it_could_see(road: Road, ana: Agent) -> None:
    keep_shop(road)
    told = await ana.call("get_best_time")
    assert told["timezone"] == "Europe/Istanbul"
    assert told["says"].startswith("Reels reach more than the others: ")
    assert [cell["cell"] for cell in told["stands_out"]] == ["photo", "reel"]
    assert "no proof" in told["next_step"]


async def test_an_account_is_told_against_the_period_before(road: Road, ana: Agent) -> None:
    keep_shop(road, day_times=4)
    told = await ana.call("get_account_insights", period="28d")
    metrics = {one["metric"]: one for one in told["metrics"]}
    assert "total" not in metrics["reach"], "it counts people"
    assert metrics["views"]["total"] > 0
    assert metrics["reach"]["is_outside_noise"] is True
    assert metrics["reach"]["change_percent"] == round(metrics["reach"]["change_percent"], 1)
    assert told["followers"] > 1500
    assert "is no period" in await ana.refused("get_account_insights", period="soon")


async def test_hours_are_those_of_a_zone_that_is_named_or_known(road: Road, ana: Agent) -> None:
    keep_shop(road)
    assert (await ana.call("get_best_time", timezone="Asia/Tokyo"))["timezone"] == "Asia/Tokyo"
    known = (await ana.call("get_best_time"))["timezone"]
    note = "name one with timezone=Europe/Istanbul"
    assert (note in (await ana.call("compare_posts", by="hour"))["next_step"]) is (known == "UTC")
    assert note not in (await ana.call("compare_posts", by="hour", timezone="Asia/Tokyo"))["next_step"]
    assert "is not a time zone" in await ana.refused("create_report", timezone="Mars/Base")


async def test_a_report_is_told_and_written_once(road: Road, ana: Agent) -> None:
    keep_shop(road)
    told = await ana.call("create_report", period="28d")
    assert told["answers"][0]["question"] == "What was tried?"
    assert "file" not in told
    written = await ana.call("create_report", output="report.html", comments={"tried": "We tried reels."})
    file = Path(written["file"])
    assert file == ana.pictures.resolve() / "report.html"
    assert "We tried reels." in await asyncio.to_thread(file.read_text, "utf-8")
    assert "report.html" in await ana.refused("create_report", output="report.html")
    assert "no answer 'fame'" in await ana.refused("create_report", comments={"fame": "x"})


async def test_the_top_posts_of_a_report_are_those_of_the_metric_that_is_named(
    road: Road, ana: Agent
) -> None:
    keep_shop(road)
    pages = list[str]()
    for number, metric in enumerate((None, "saved")):
        named = {"top_by": metric} if metric else {}
        written = await ana.call("create_report", period="28d", output=f"{number}.html", **named)
        pages.append(await asyncio.to_thread(Path(written["file"]).read_text, "utf-8"))
    assert "<h3>Top posts by Reach</h3>" in pages[0]
    assert "<h3>Top posts by Saves</h3>" in pages[1]
    refused = await ana.refused("create_report", period="28d", top_by="fame")
    assert "'fame' is no metric of a media" in refused
    assert "saved" in refused, "the metrics that it may be are listed"


async def test_a_pull_reads_what_is_there_and_makes_no_post(road: Road, ana: Agent) -> None:
    told = await ana.call("pull_insights")
    assert (told["account"], told["is_whole"]) == ("ana", True)
    assert {call.method for call in road.sandbox.calls()} == {"GET"}
    assert (await ana.call("get_insights"))["posts"] == []


async def test_on_the_first_day_an_agent_is_told_why_there_are_too_few_numbers(
    road: Road, ana: Agent
) -> None:
    keep_first_pull(road)
    why = "numbers at 24 h are known only of posts watched since"
    compared = await ana.call("compare_posts", by="kind", age_hours=24)
    listed = await ana.call("get_insights", age_hours=24, limit=2)
    assert why in compared["next_step"]
    assert why in listed["next_step"]
    assert why in (await ana.call("get_best_time"))["says"]
    report = await ana.call("create_report", period="28d")
    german = await ana.call("create_report", period="28d", language="de")
    assert german["answers"][0]["question"] == "Was wurde ausprobiert?"
    notes = [note for answer in report["answers"] for note in answer["notes"]]
    assert any(note.startswith("Highest by lifetime numbers: ") for note in notes)
    assert any(note.startswith("Still to come, by dates that are guesses: ") for note in notes)
