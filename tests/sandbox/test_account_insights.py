"""Account insights: series by the Pacific day, totals, breakdowns, demographics, refusals in words."""

from datetime import UTC, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from pressroom.sandbox.insights.account import BY_NAME, day_end
from pressroom.sandbox.metrics import ACCOUNT_METRICS
from tests.fakes.clock import FakeClock
from tests.sandbox.caller import Caller, Got
from tests.sandbox.conftest import Make

DAY_S = 24 * 3600
NOW = 1795521600  # 2026-11-24, 12:00 UTC


async def ask(caller: Caller, metric: str, **more: object) -> Got:
    return await caller.get("/me/insights", metric=metric, **more)


async def test_a_series_has_a_value_for_each_pacific_day(caller: Caller) -> None:
    got = (await ask(caller, "reach", period="day", since=NOW - 7 * DAY_S, until=NOW)).json
    [reach] = got["data"]
    assert [one["end_time"] for one in reach["values"]][:2] == [
        "2026-11-18T08:00:00+0000",
        "2026-11-19T08:00:00+0000",
    ]
    assert len(reach["values"]) == 7
    assert all(one["value"] > 0 for one in reach["values"])
    assert (reach["period"], reach["id"]) == ("day", f"{caller.sandbox.user_id}/insights/reach/day")
    assert f"since={NOW - 14 * DAY_S}" in got["paging"]["previous"]


async def test_in_summer_a_pacific_day_ends_an_hour_earlier(caller: Caller) -> None:
    since = int(datetime(2026, 3, 7, tzinfo=UTC).timestamp())
    [reach] = (await ask(caller, "reach", since=since, until=since + 3 * DAY_S)).json["data"]
    assert [one["end_time"][8:16] for one in reach["values"]] == ["07T08:00", "08T08:00", "09T07:00"]


@pytest.mark.parametrize(
    ("day", "hour"), [("2026-03-08", 8), ("2026-03-09", 7), ("2026-11-01", 7), ("2026-11-02", 8)]
)
def test_the_clocks_change_after_the_midnight_of_their_sunday(day: str, hour: int) -> None:
    local = datetime.fromisoformat(day).replace(tzinfo=ZoneInfo("America/Los_Angeles"))
    end = day_end(datetime.fromisoformat(day).replace(tzinfo=UTC), "America/Los_Angeles")
    assert (end, end.hour) == (local, hour)


async def test_the_default_window_is_the_last_day(caller: Caller) -> None:
    [reach] = (await ask(caller, "reach")).json["data"]
    assert [one["end_time"] for one in reach["values"]] == ["2026-11-24T08:00:00+0000"]


async def test_weeks_and_28_days_are_rolling(caller: Caller) -> None:
    values = [
        (await ask(caller, "reach", period=period)).json["data"][0]["values"][0]["value"]
        for period in ("day", "week", "days_28")
    ]
    assert values == sorted(values)
    assert values[0] < values[1] < values[2]


async def test_a_total_is_cut_into_parts_that_sum_up_to_it(caller: Caller) -> None:
    asked = {"metric_type": "total_value", "since": NOW - 30 * DAY_S, "until": NOW}
    [views] = (await ask(caller, "views", breakdown="follow_type", **asked)).json["data"]
    total, [cut] = views["total_value"]["value"], views["total_value"]["breakdowns"]
    assert cut["dimension_keys"] == ["follow_type"]
    assert sum(part["value"] for part in cut["results"]) == total > 0
    assert {part["dimension_values"][0] for part in cut["results"]} == {"FOLLOWER", "NON_FOLLOWER", "UNKNOWN"}
    assert "values" not in views


async def test_followers_won_agree_with_the_follower_count(caller: Caller, clock: FakeClock) -> None:
    before = (await caller.get("/me", fields="followers_count")).json["followers_count"]
    clock.advance(10 * DAY_S)
    after = (await caller.get("/me", fields="followers_count")).json["followers_count"]
    got = await ask(caller, "follower_count", since=NOW, until=NOW + 10 * DAY_S)
    won = sum(one["value"] for one in got.json["data"][0]["values"])
    assert abs(won - (after - before)) <= 4


async def test_followers_are_online_most_at_the_planted_hours(caller: Caller) -> None:
    [online] = (await ask(caller, "online_followers", period="lifetime")).json["data"]
    hours = online["values"][0]["value"]
    assert list(hours) == [str(hour) for hour in range(24)]
    assert {max(hours, key=hours.__getitem__)} <= {"17", "18", "19"}


async def test_what_is_posted_at_the_planted_hours_does_better(make: Make) -> None:
    caller = make(media=100)
    reach: dict[bool, list[float]] = {True: [], False: []}
    for one in caller.sandbox.media:
        got = (await caller.get(f"/{one.id}/insights", metric="reach")).json
        if one.kind == "photo":
            reach[15 <= one.created_at.hour <= 20].append(got["data"][0]["values"][0]["value"])
    assert sum(reach[True]) / len(reach[True]) > 1.2 * sum(reach[False]) / len(reach[False])


@pytest.mark.parametrize("breakdown", ["age", "city", "country", "gender"])
async def test_demographics_come_by_timeframe_and_dimension(caller: Caller, breakdown: str) -> None:
    asked = {"period": "lifetime", "metric_type": "total_value", "timeframe": "this_week"}
    [people] = (await ask(caller, "follower_demographics", breakdown=breakdown, **asked)).json["data"]
    [cut] = people["total_value"]["breakdowns"]
    assert "value" not in people["total_value"]
    assert cut["dimension_keys"] == ["timeframe", breakdown]
    assert all(part["dimension_values"][0] == "THIS_WEEK" for part in cut["results"])
    values = [part["value"] for part in cut["results"]]
    assert all(value > 0 for value in values)


@pytest.mark.parametrize("metric", ACCOUNT_METRICS, ids=lambda metric: metric.name)
async def test_every_metric_answers_when_asked_rightly(caller: Caller, metric: object) -> None:
    wanted = next(one for one in ACCOUNT_METRICS if one is metric)
    for period in wanted.periods:
        for kind in wanted.kinds:
            breakdown = (
                {"breakdown": wanted.breakdowns[-1]} if wanted.breakdowns and kind == "total_value" else {}
            )
            got = await ask(caller, wanted.name, period=period, metric_type=kind, **breakdown)
            assert got.status == 200, got.body
            assert len(got.json["data"]) == 1


@pytest.mark.parametrize(
    ("params", "words"),
    [
        (
            {"metric": "reach,impressions"},
            "metric[1] must be one of the following values: reach, follower_count",
        ),
        ({"metric": "views"}, "should be specified with parameter metric_type=total_value"),
        ({"metric": "reach", "period": "month"}, "Incompatible metrics (reach) with period (month)"),
        ({"metric": "views", "period": "week", "metric_type": "total_value"}, "Incompatible metrics (views)"),
        (
            {"metric": "follower_count", "metric_type": "total_value"},
            "do not support metric_type=total_value",
        ),
        ({"metric": "reach", "metric_type": "x"}, "metric_type must be one of"),
        (
            {"metric": "views", "metric_type": "total_value", "breakdown": "follower_type"},
            "breakdown[0] must be one of the following values: follow_type, media_product_type",
        ),
        ({"metric": "follower_demographics", "metric_type": "total_value"}, "breakdown is required"),
        (
            {
                "metric": "follower_demographics",
                "metric_type": "total_value",
                "breakdown": "age",
                "timeframe": "last_30_days",
            },
            "timeframe must be one of",
        ),
        (
            {"metric": "reach", "since": NOW - 31 * DAY_S, "until": NOW},
            "There cannot be more than 30 days (2592000 s) between since and until.",
        ),
        ({"metric": "reach", "since": NOW, "until": NOW - 1}, "until must be after since"),
        ({}, "The parameter metric is required"),
    ],
)
async def test_a_wrong_question_is_refused_in_words(
    caller: Caller, params: dict[str, object], words: str
) -> None:
    refused = await caller.get("/me/insights", **params)
    assert refused.error == (100, None)
    assert words in refused.message


async def test_follower_count_is_refused_before_the_30_days_that_end_with_yesterday(caller: Caller) -> None:
    oldest = int(datetime(2026, 10, 25, 7, tzinfo=UTC).timestamp())  # midnight there, 30 days before today's
    asked = {"until": oldest + 2 * DAY_S}
    refused = await ask(caller, "reach,follower_count", since=oldest - 1, **asked)
    assert (refused.status, refused.error) == (400, (100, None))
    assert refused.message == (
        "(#100) (follower_count) metric only supports querying data for the last 30 days "
        "excluding the current day"
    )
    assert (await ask(caller, "follower_count", since=oldest, **asked)).status == 200
    assert (await ask(caller, "reach", since=oldest - 1, **asked)).status == 200


async def test_a_small_account_has_no_follower_numbers(make: Make) -> None:
    caller = make()
    account = caller.sandbox.scene.world.accounts[caller.sandbox.user_id]
    account.followers, account.created_at = 20, caller.sandbox.clock.unix()
    assert (await ask(caller, "follower_count")).json["data"] == []
    assert (await ask(caller, "reach")).json["data"]


async def test_the_same_day_always_reads_the_same(caller: Caller, clock: FakeClock) -> None:
    asked = {"since": NOW - 3 * DAY_S, "until": NOW}
    first = (await ask(caller, "reach", **asked)).json["data"][0]["values"]
    clock.advance(DAY_S)
    assert (await ask(caller, "reach", **asked)).json["data"][0]["values"] == first
    assert any(one["value"] != other["value"] for one, other in pairwise(first))
    assert set(BY_NAME) == {metric.name for metric in ACCOUNT_METRICS}


async def test_demographics_without_a_timeframe_have_their_own_dimension_alone(caller: Caller) -> None:
    asked = {"period": "lifetime", "metric_type": "total_value", "breakdown": "country"}
    [people] = (await ask(caller, "follower_demographics", **asked)).json["data"]
    [cut] = people["total_value"]["breakdowns"]
    assert cut["dimension_keys"] == ["country"]
    assert all(len(part["dimension_values"]) == 1 for part in cut["results"])


@pytest.mark.parametrize("breakdown", ["age,gender", '["age", "gender"]'])
async def test_several_breakdowns_cut_together(caller: Caller, breakdown: str) -> None:
    asked = {"period": "lifetime", "metric_type": "total_value", "breakdown": breakdown}
    [people] = (await ask(caller, "follower_demographics", **asked)).json["data"]
    [cut] = people["total_value"]["breakdowns"]
    assert cut["dimension_keys"] == ["age", "gender"]
    assert cut["results"][0]["dimension_values"] == ["18-24", "F"]
    assert len(cut["results"]) == 18
    unknown = await ask(caller, "follower_demographics", **{**asked, "breakdown": "age,shoe"})
    assert "breakdown[1] must be one of" in unknown.message
