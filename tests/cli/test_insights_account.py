"""`pressroom insights account|audience|growth|definitions`: nothing missing is told as 0."""

import csv
import io
import json
import sys
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from pressroom.cli.shell.failures import ExitCode
from pressroom.core.installation import install_extra
from pressroom.core.readings import AccountDay, AccountReading, AudienceReading, Batch, KeptMedia, Reading
from pressroom.core.remedies import by_command
from pressroom.graph.answers import MediaId
from pressroom.insights.questions.periods import end_of, last_ended
from pressroom.store.store import open_store
from tests.cli.conftest import Shell

PERIOD = ("--period", "2026-11-17..2026-11-23")
# period, before, change and %
NOTHING = ["-"] * 4
DAY = timedelta(days=1)


@pytest.fixture
def watched(account: Shell, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """A shell whose account is collected, and of which nothing is kept yet."""
    monkeypatch.setattr("pressroom.insights.collecting.collector.AccountReader.read_due", _reads_nothing)
    assert account("insights", "pull").code == ExitCode.DONE
    return account


async def _reads_nothing(_self: object) -> None:
    return


def keep(shell: Shell, *batches: Batch) -> None:
    with open_store(shell.home / "pressroom.db", clock=shell.clock) as store:
        for batch in batches:
            store.readings.keep(store.readings.collected()[0], batch)


def days(metric: str, *numbers: int | None, until: date = date(2026, 11, 23)) -> list[AccountDay]:
    """Days up to one, of which None is not known."""
    first = until - DAY * (len(numbers) - 1)
    ends = [end_of(first + DAY * at) for at in range(len(numbers))]
    return [
        AccountDay(metric=metric, ends_at=at, number=number, read_at=at + 3 * DAY)
        for at, number in zip(ends, numbers, strict=True)
        if number is not None
    ]


def metric(answer: Mapping[str, Any], name: str) -> Any:
    return next(one for one in answer["metrics"] if one["metric"] == name)


def row(out: str, name: str) -> list[str]:
    return next(line for line in out.splitlines() if line.startswith(f"{name} ")).split()


def lines(out: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(out)))


def test_a_day_that_is_not_known_is_a_dash_null_and_an_empty_cell(watched: Shell) -> None:
    keep(watched, Batch(days=[*days("views", *[5] * 10, None, 0, 5, 5), *days("likes", *[1] * 14)]))
    out = watched("insights", "account", *PERIOD).out
    assert row(out, "views")[1:] == ["6", "of", "7", "5", "total", *NOTHING, "not", "compared"]
    assert row(out, "shares")[1:] == ["0", "of", "7", "-", "total", *NOTHING, "not", "compared"]
    answer = watched("insights", "account", *PERIOD, "--json").json
    views, shares = metric(answer, "views"), metric(answer, "shares")
    assert [day["number"] for day in views["days"]] == [5, 5, 5, None, 0, 5, 5]
    assert (views["period"], views["against"]) == (
        {"known": 6, "missing": 1, "total": None, "median_day": 5.0},
        None,
    )
    assert shares["period"] == {"known": 0, "missing": 7, "total": None, "median_day": None}
    table = lines(watched("insights", "account", *PERIOD, "--csv").out)
    assert [line["views"] for line in table] == ["5", "5", "5", "", "0", "5", "5"]
    assert {line["shares"] for line in table} == {""}


def test_a_period_that_is_not_fully_observed_says_since_when_and_what_is_missing(watched: Shell) -> None:
    keep(watched, Batch(days=days("views", *[5] * 9)))
    result = watched("insights", "account", *PERIOD)
    assert "Watched since 2026-11-24." in result.err
    assert "views 0 and 5, known since 2026-11-15" in result.err
    assert row(result.out, "views")[4:] == ["5", "total", "35", "-", "-", "-", "not", "compared"]


def test_there_is_no_percentage_of_an_empty_period(watched: Shell) -> None:
    keep(watched, Batch(days=days("views", *[0] * 97, *[5] * 7)))
    shown = row(watched("insights", "account", *PERIOD).out, "views")
    assert shown[5:] == ["total", "35", "0", "+35", "-", "▲", "yes"]
    against = metric(watched("insights", "account", *PERIOD, "--json").json, "views")["against"]
    assert (against["change"], against["percent"]) == (35, None)


def test_the_days_of_reach_are_nowhere_added(watched: Shell) -> None:
    reached = (111, 217, 305, 411, 503, 607, 709)
    keep(
        watched,
        Batch(days=[*days("reach", *reached * 15), *days("accounts_engaged", *reached * 15)]),
    )
    for flags in ((), ("--json",), ("--csv",)):
        result = watched("insights", "account", *PERIOD, *flags)
        assert str(sum(reached)) not in (result.out + result.err).replace(",", "")
    out = watched("insights", "account", *PERIOD).out
    for name in ("reach", "accounts_engaged"):
        assert row(out, name)[4:] == ["411", "median", "day", "411", "411", "0", "0.00", "%", "no"]


def test_two_medians_and_their_difference_agree(watched: Shell) -> None:
    keep(watched, Batch(days=days("reach", *[278, 277] * 3, *[257] * 6)))
    shown = row(watched("insights", "account", "--period", "6d").out, "reach")
    assert shown[5:10] == ["median", "day", "257", "277.5", "-20.5"]


def test_within_the_noise_there_is_no_arrow(watched: Shell) -> None:
    keep(watched, Batch(days=days("views", *[5, 90, 20, 70, 3, 50, 40, 60, 10, 95, 30, 80, 8, 45] * 8)))
    assert not {"▲", "▼"} & {*watched("insights", "account", *PERIOD).out}


def test_without_90_days_before_it_a_change_is_described_and_said_to_be(watched: Shell) -> None:
    keep(watched, Batch(days=days("views", *[5] * 7, *[50] * 7)))
    result = watched("insights", "account", *PERIOD)
    assert row(result.out, "views")[8:] == ["+315", "900.00", "%", "not", "compared"]
    assert "takes 90 known days before the period" in result.err


def test_days_that_may_still_change_are_named(watched: Shell) -> None:
    fresh = AccountDay(
        metric="views", ends_at=end_of(date(2026, 11, 23)), number=5, read_at=watched.clock.now()
    )
    keep(watched, Batch(days=[*days("views", *[5] * 13, until=date(2026, 11, 22)), fresh]))
    assert "Not settled yet, and may change: 2026-11-23." in watched("insights", "account", *PERIOD).err
    table = lines(watched("insights", "account", *PERIOD, "--csv").out)
    assert [line["is_settled"] for line in table] == ["yes"] * 6 + ["no"]


def test_each_morning_the_last_day_that_was_read_is_the_last(watched: Shell) -> None:
    keep(watched, Batch(days=days("views", *[5] * 5, until=last_ended(watched.clock.now()) - DAY)))
    assert watched("insights", "account", "--period", "3d", "--json").json["period"]["last"] == "2026-11-22"
    keep(watched, Batch(days=days("views", 5)))
    assert watched("insights", "account", "--period", "3d", "--json").json["period"]["last"] == "2026-11-23"


def test_without_the_extra_the_command_says_what_it_takes(
    watched: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(watched, Batch(days=days("views", *[1] * 7, *[5] * 7)))
    monkeypatch.setitem(sys.modules, "pressroom.insights.statistics.inference", None)
    for command in (("account", *PERIOD), ("growth", "--posts")):
        result = watched("insights", *command)
        assert by_command(install_extra("report")) in result.err
        assert result.code == ExitCode.DONE
    shown = row(watched("insights", "account", *PERIOD).out, "views")
    assert shown[7:] == ["7", "+28", "400.00", "%", "not", "compared"]


def test_what_is_no_period_is_refused(watched: Shell) -> None:
    result = watched("insights", "account", "--period", "2026-11-17..2026-11-24", "--json")
    assert (result.code, result.error["code"]) == (ExitCode.REFUSED, "period")


@pytest.mark.parametrize("command", ["account", "audience", "growth"])
def test_of_an_account_that_is_not_watched_nothing_is_told(account: Shell, command: str) -> None:
    assert account("insights", command).code == ExitCode.NOT_FOUND


@pytest.mark.parametrize("command", ["account", "audience", "growth", "definitions"])
def test_one_form_is_chosen(account: Shell, command: str) -> None:
    assert account("insights", command, "--csv", "--json").code == ExitCode.USAGE


def people(at: datetime, **parts: int) -> AudienceReading:
    return AudienceReading(metric="follower_demographics", breakdown="country", read_at=at, parts=parts)


def test_below_100_followers_it_is_said_why_there_is_nobody(watched: Shell) -> None:
    keep(watched, Batch(account=AccountReading(read_at=watched.clock.now(), followers_count=99)))
    out = watched("insights", "audience").out
    assert "has 99 followers: below 100 Instagram does not tell who they are." in out
    answer = watched("insights", "audience", "--json").json
    assert (answer["followers"], answer["is_too_small"], answer["audiences"]) == (99, True, [])


def test_before_anything_was_told_that_is_said(watched: Shell) -> None:
    assert "told nothing" in watched("insights", "audience").out
    assert watched("insights", "audience", "--json").json["is_too_small"] is None


def test_people_are_told_with_their_shares_and_what_changed(watched: Shell) -> None:
    now = watched.clock.now()
    hours = AudienceReading(metric="online_followers", breakdown="hour", read_at=now, parts={"0": 7})
    own = AccountReading(read_at=now, followers_count=80)
    keep(watched, Batch(audience=[people(now - 28 * DAY, DE=75, SE=25)]))
    keep(watched, Batch(audience=[people(now, DE=50, NO=50), hours], account=own))
    result = watched("insights", "audience")
    assert row(result.out, "follower_demographics")[2:] == [
        "DE",
        "50",
        "50.00",
        "%",
        "75",
        "-25.0",
        "2026-11-24",
    ]
    assert "80 followers by now" in result.err
    assert "is not documented" in result.err
    table = lines(watched("insights", "audience", "--csv").out)
    assert [(line["part"], line["earlier"], line["share_change"]) for line in table] == [
        ("DE", "75", "-25.0"),
        ("NO", "", ""),
        ("0", "", ""),
    ]


def counted(shell: Shell) -> None:
    """Keep 40 days of followers, of which one is not counted, and a story and a reel."""
    now = shell.clock.now()
    counts = [None if ago == 5 else 2000 - 2 * ago + (60 if ago < 10 else 0) for ago in range(40)]
    own = [AccountReading(read_at=now - DAY * ago, followers_count=count) for ago, count in enumerate(counts)]
    at = now - 10 * DAY
    reel, story = (
        KeptMedia(
            id=MediaId(media_id), product_type=product, media_type="VIDEO", published_at=at, found_at=now
        )
        for media_id, product in (("17900000000000011", "REELS"), ("17900000000000012", "STORY"))
    )
    read = Reading(media_id=story.id, age_s=3600, read_at=at, version="v26.0", numbers={"follows": 3})
    made = Batch(media=[reel, story], readings=[read], days=days("follower_count", 4))
    keep(shell, made, *(Batch(account=one) for one in own))


def test_followers_are_told_by_the_day_and_a_gap_is_none(watched: Shell) -> None:
    counted(watched)
    result = watched("insights", "growth", "--since", "8d")
    assert row(result.out, "2026-11-23")[1:] == ["2,060", "+2", "4"]
    assert row(result.out, "2026-11-22")[1:] == ["2,058", "+2", "-"]
    assert row(result.out, "2026-11-18")[1:] == ["-", "-", "-"]
    assert "4 new followers on the 1 of 8 days that Instagram gave, without those who left." in result.err
    assert "Nobody counted after 1 of these 8 days." in result.err
    # 2,044 after the 15th, 2,060 after the 23rd.
    assert "Net +16 followers from 2026-11-16 to 2026-11-23, both included" in result.err
    answer = watched("insights", "growth", "--since", "8d", "--json").json
    assert answer["change"] == {"first": "2026-11-16", "last": "2026-11-23", "change": 16}
    gap = next(day for day in answer["days"] if day["day"] == "2026-11-18")
    assert (gap["followers"], gap["net_change"], gap["new_followers"]) == (None, None, None)
    assert answer["new"] == {"number": 4, "days_known": 1, "days": 8}
    table = lines(watched("insights", "growth", "--since", "8d", "--csv").out)
    assert next(line for line in table if line["day"] == "2026-11-18")["net_change"] == ""


def test_what_followed_a_post_is_called_an_association_and_never_its_doing(watched: Shell) -> None:
    counted(watched)
    result = watched("insights", "growth", "--posts")
    reel, story = (row(result.out, f"179000000000000{number}") for number in (11, 12))
    assert reel[4:] == ["+64", "+60", "(unusual)", "0", "-", "-"]
    assert story[4:] == ["-", "-", "-", "3", "-"]
    assert "An association" in result.err
    assert "Usual in 48 h without a post: +4 (of 3" in result.err
    assert "Of 2 posts at most 0.04 would be marked unusual by chance." in result.err
    assert "brought" not in result.out + result.err
    posts = watched("insights", "growth", "--json").json["posts"]
    told = {post["id"]: post for post in posts}["17900000000000011"]
    assert told["association"]["change_in_48h"] == 64
    assert told["follows"] is None
    table = lines(watched("insights", "growth", "--posts", "--csv").out)
    assert {line["associated_change_in_48h"] for line in table} >= {"64.0", ""}


def test_definitions_need_no_account(shell: Shell) -> None:
    result = shell("insights", "definitions", "reach", "--json")
    assert [(one["level"], one["adds_up"]) for one in result.json] == [("media", False), ("account", False)]
    assert not shell.home.exists()
    assert len(lines(shell("insights", "definitions", "--csv").out)) == len(
        json.loads(shell("insights", "definitions", "--json").out)
    )
    excel = shell("insights", "definitions", "--csv", "--excel", "--locale", "de_DE").out
    assert excel.startswith("\ufeff")
    assert excel.splitlines()[0].count(";") > 1
    assert row(shell("insights", "definitions", "total_likes").out, "total_likes")[1] == "media"


def test_an_unknown_metric_is_refused(shell: Shell) -> None:
    assert shell("insights", "definitions", "plays").code == ExitCode.REFUSED
