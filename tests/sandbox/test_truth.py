"""The truth that is planted in an account: its numbers follow it, and by seed always the same ones."""

import math
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from statistics import fmean, stdev
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from pressroom.graph.answers import MediaProductType
from pressroom.sandbox.state.growth import expected_reach, numbers_of, share_of_a_day
from pressroom.sandbox.state.seeding import Planted, Year
from pressroom.sandbox.state.things import Account, ContainerKind, Media
from tests.fakes.clock import FakeClock
from tests.sandbox.caller import Caller
from tests.sandbox.conftest import Make

HOUR_S, DAY_S = 3600.0, 24 * 3600.0
FEED, REELS, STORY = MediaProductType.FEED, MediaProductType.REELS, MediaProductType.STORY


def planted(caller: Caller, **year: Any) -> tuple[Planted, list[Media], Account]:
    told = caller.sandbox.plant_year(Year(**year))
    world = caller.sandbox.scene.world
    return told, list(world.feeds[told.user_id]), world.accounts[told.user_id]


def log_reach(media: Iterable[Media], account: Account) -> list[float]:
    """Give the logarithm of the reach at 24 hours, the level of each kind taken out."""
    level = {ContainerKind.PHOTO: 0.7, ContainerKind.CAROUSEL: 0.8, ContainerKind.REEL: 1.2}
    return [
        math.log(numbers_of(0, one, account, one.created_at + DAY_S).reach / level[one.kind]) for one in media
    ]


def effect(
    media: list[Media], account: Account, is_best: Callable[[datetime], bool], zone: str = "UTC"
) -> float:
    """Give how much more the best media reach than the others, as a fraction."""
    groups: dict[bool, list[float]] = {True: [], False: []}
    for one, value in zip(media, log_reach(media, account), strict=True):
        groups[is_best(datetime.fromtimestamp(one.created_at, ZoneInfo(zone)))].append(value)
    return math.exp(fmean(groups[True]) - fmean(groups[False])) - 1


@pytest.mark.parametrize("sigma", [0.2, 0.6])
def test_a_best_hour_of_a_given_strength_is_found_in_the_numbers(caller: Caller, sigma: float) -> None:
    _, media, account = planted(caller, media=4000, best_hours=[18, 19], effect=0.3, sigma=sigma)
    assert effect(media, account, lambda at: at.hour in {18, 19}) == pytest.approx(0.3, abs=0.15 * sigma)
    assert stdev(log_reach(media, account)) == pytest.approx(math.hypot(sigma, 0.09), rel=0.05)


def test_a_null_account_has_no_effect_of_hours_or_weekdays(caller: Caller) -> None:
    _, media, account = planted(caller, media=4000, effect=0.0, sigma=0.4)
    assert effect(media, account, lambda at: at.hour in account.best_hours) == pytest.approx(0, abs=0.04)
    assert len({expected_reach(one, account) for one in media if one.kind is ContainerKind.PHOTO}) == 1


def test_weekdays_have_an_effect_of_their_own_in_their_zone(caller: Caller) -> None:
    zone, year = "Pacific/Auckland", {"best_weekdays": [5, 6], "weekday_effect": 0.2, "sigma": 0.2}
    _, media, account = planted(caller, media=3000, effect=0.0, zone=zone, **year)
    weekend = effect(media, account, lambda at: at.weekday() >= 5, zone)
    assert weekend == pytest.approx(0.2, abs=0.03)
    assert effect(media, account, lambda at: at.weekday() >= 5) < weekend - 0.03


def test_a_trend_makes_a_post_reach_more_than_one_a_year_older(caller: Caller) -> None:
    _, media, account = planted(caller, effect=0.0, trend=0.5, media=200)
    newest, oldest = (expected_reach(one, account) for one in (media[0], media[-1]))
    kinds = {ContainerKind.PHOTO: 0.7, ContainerKind.CAROUSEL: 0.8, ContainerKind.REEL: 1.2}
    assert newest / kinds[media[0].kind] / (oldest / kinds[media[-1].kind]) == pytest.approx(1.5, abs=0.02)


def test_an_outlier_is_one_media_and_is_named(caller: Caller) -> None:
    told, media, account = planted(caller, media=500, outlier=20, sigma=0.2)
    assert told.outlier is not None
    reach = dict(zip([one.id for one in media], log_reach(media, account), strict=True))
    assert max(reach, key=reach.__getitem__) == told.outlier.media_id
    assert [one.reach_factor for one in media if one.id == told.outlier.media_id] == [20]
    assert sum(one.reach_factor != 1 for one in media) == 1


def test_a_year_has_every_kind_hour_and_weekday_and_ends_now(caller: Caller) -> None:
    told, media, account = planted(caller)
    now = caller.sandbox.clock.unix()
    moments = [datetime.fromtimestamp(one.created_at, UTC) for one in media]
    assert len(media) == told.media == 500
    assert {one.kind for one in media} == {ContainerKind.PHOTO, ContainerKind.REEL, ContainerKind.CAROUSEL}
    assert {at.hour for at in moments} == set(range(7, 23))
    assert {at.weekday() for at in moments} == set(range(7))
    assert account.created_at < now - 366 * DAY_S <= told.since.timestamp() < told.until.timestamp() <= now
    assert now - told.until.timestamp() < 3 * DAY_S


def test_the_same_random_seed_plants_the_same_year(make: Make) -> None:
    def readings(random_seed: int) -> list[tuple[str, float, int]]:
        _, media, account = planted(make(random_seed=random_seed), media=50, outlier=5)
        return [(one.id, one.created_at, numbers_of(random_seed, one, account, 2e9).reach) for one in media]

    assert readings(1) == readings(1) != readings(2)


async def test_ten_thousand_media_are_planted_at_once_and_all_listed(caller: Caller) -> None:
    told = caller.sandbox.order("seed", year={"media": 10_000})
    assert told["counts"]["media"] == told["planted"]["media"] == 10_000
    page = (await caller.get("/me/media", fields="id,insights.metric(reach,saved)", limit=50)).json
    assert len(page["data"]) == 50
    assert "next" in page["paging"]


async def test_insights_of_the_account_exist_for_the_whole_year(caller: Caller) -> None:
    told = caller.sandbox.order("seed", year={"followers": 5000})["planted"]
    assert (await caller.get("/me", fields="followers_count")).json["followers_count"] == 5000
    first, now = int(datetime.fromisoformat(told["since"]).timestamp()), int(caller.sandbox.clock.unix())
    # Of `follower_count` Instagram gives the last 30 days alone.
    for metric, since in (("reach", first), ("follower_count", now - 30 * 86400)):
        got = await caller.get(
            "/me/insights", metric=metric, period="day", since=since, until=since + 30 * 86400
        )
        assert len(got.json["data"][0]["values"]) == 30
        assert any(one["value"] > 0 for one in got.json["data"][0]["values"])


async def test_followers_dip_below_a_hundred_and_come_back(caller: Caller, clock: FakeClock) -> None:
    gated = ("follower_count", "online_followers", "follows_and_unfollows", "follower_demographics")
    caller.sandbox.order("seed", followers=900, dip={"in_days": 1, "days": 5, "followers": 60})

    async def answered() -> list[str]:
        asked = {
            "follower_count": {"period": "day"},
            "online_followers": {"period": "lifetime"},
            "follows_and_unfollows": {"period": "day", "metric_type": "total_value"},
        }
        people = {"period": "lifetime", "metric_type": "total_value", "breakdown": "age"}
        got = {
            name: await caller.get("/me/insights", metric=name, **asked.get(name, people)) for name in gated
        }
        return [name for name, one in got.items() if one.json["data"]]

    async def followers() -> int:
        return (await caller.get("/me", fields="followers_count")).json["followers_count"]

    assert (await followers(), await answered()) == (900, list(gated))
    clock.advance(2 * DAY_S)
    assert (await followers(), await answered()) == (60, [])
    assert (await caller.get("/me/insights", metric="reach")).json["data"]
    clock.advance(5 * DAY_S)
    assert await followers() > 900
    now = int(caller.sandbox.clock.unix())
    week = await caller.get("/me/insights", metric="follower_count", since=now - 7 * 86400, until=now)
    assert len(week.json["data"][0]["values"]) == 2  # the days of the dip have no value


AGES = [0, 1, 3, 6, 12, 24, 48, 24 * 7, 24 * 28, 24 * 365]


@pytest.mark.parametrize("product", [FEED, REELS, STORY])
def test_growth_never_falls_and_is_1_at_a_day(product: MediaProductType) -> None:
    shares = [share_of_a_day(product, hours * HOUR_S) for hours in AGES]
    assert shares == sorted(shares)
    assert (shares[0], shares[AGES.index(24)]) == (0, 1)


def test_a_story_is_over_within_hours_a_post_in_a_day_and_a_reel_goes_on() -> None:
    def share(product: MediaProductType, hours: float) -> float:
        return share_of_a_day(product, hours * HOUR_S)

    assert share(STORY, 6) > 0.65 > share(FEED, 6) > share(REELS, 6) > 0.4
    assert share(FEED, 24 * 28) < 1.25
    assert share(REELS, 24 * 7) > 1.8
    assert share(REELS, 24 * 28) > 1.3 * share(REELS, 24 * 7)


@pytest.mark.parametrize(
    ("truth", "told"),
    [
        ({"sigma": -1}, "sigma is 0 to 3"),
        ({"sigma": 9}, "sigma is 0 to 3"),
        ({"effect": -1}, "effect is more than -1"),
        ({"best_weekdays": [7]}, "0, Monday, to 6"),
        ({"zone": "Mars/Olympus"}, "zone is one such as"),
        ({"media": 0}, "media is 1 to 10,000"),
        ({"outlier": -2}, "outlier 0 to 1,000"),
        ({"best_hours": []}, "hours from 0 to 23"),
        ({"colour": 1}, "unknown field"),
    ],
)
def test_a_truth_that_no_account_can_have_is_refused(
    caller: Caller, truth: dict[str, Any], told: str
) -> None:
    with pytest.raises(ValueError, match=told):
        caller.sandbox.order("seed", year=truth)


def test_a_year_is_for_an_account_that_there_is(caller: Caller) -> None:
    with pytest.raises(ValueError, match="no account 1"):
        caller.sandbox.plant_year(user_id="1")


def test_an_account_is_made_with_a_truth(caller: Caller) -> None:
    caller.sandbox.order("accounts", username="calm", media=3, truth={"effect": 0.0, "sigma": 0.0})
    account = next(one for one in caller.sandbox.scene.world.accounts.values() if one.username == "calm")
    media = list(caller.sandbox.scene.world.feeds[account.id])
    reach = {one.kind: numbers_of(0, one, account, one.created_at + DAY_S).reach for one in media}
    assert reach[ContainerKind.PHOTO] == int(1840 * 0.7)
