"""`pressroom insights pull`, `media`, `compare` and `show --kept`: what is kept, and what it says."""

import csv
import io
import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from pressroom.cli.shell.failures import ExitCode
from pressroom.client.transport_asgi import AsgiTransport
from pressroom.sandbox.faults import Fault, FaultKind
from pressroom.sandbox.settings import SandboxSettings
from pressroom.sandbox.simulator import Sandbox
from tests.cli.conftest import Shell, environ_of
from tests.cli.planning import sign_in
from tests.fakes.clock import FakeClock

DAY_S = 86_400


SETTINGS = SandboxSettings(media=70, fetch="trust", token="IGtest0123456789abcdef")


@pytest.fixture
def settings() -> SandboxSettings:
    return SETTINGS


def pull(shell: Shell) -> None:
    assert shell("insights", "pull").code == ExitCode.DONE


@pytest.fixture(scope="module")
def pulled_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data directory after a first pull: each sandbox of these settings has the same numbers."""
    home, clock = tmp_path_factory.mktemp("pulled") / "home", FakeClock()
    sandbox = Sandbox(SETTINGS, clock=clock)
    transport = AsgiTransport(sandbox.app, clock=clock)
    pull(Shell(home, environ_of(sandbox), clock, transport))
    return home


@pytest.fixture
def pulled(account: Shell, pulled_home: Path) -> Shell:
    """A shell whose account was pulled a moment ago: a copy takes a tenth of a pull."""
    shutil.copytree(pulled_home, account.home)
    return account


def test_a_pull_tells_before_what_it_costs_and_after_what_it_did(account: Shell, sandbox: Sandbox) -> None:
    cost = account("insights", "pull", "--dry-run").out
    before = len(sandbox.calls())
    done = account("insights", "pull")
    made = len(sandbox.calls()) - before
    told = [int(number) for number in re.findall(r"(\d+) calls", cost + done.out)]
    assert told[0] >= made >= told[1] - 1
    assert "70 new readings" in done.out
    again = account("insights", "pull", "--json").json
    assert (again["readings"], again["calls"], again["kept_readings"], again["is_whole"]) == (0, 0, 70, True)
    assert account("insights", "pull", "--dry-run", "--json").json["media"] == 0


def test_a_question_before_the_first_pull_says_what_to_do_and_makes_no_store(account: Shell) -> None:
    for command in (["media"], ["compare", "1"], ["show", "1", "--kept"], ["pull", "--stop"]):
        result = account("insights", *command)
        assert result.code == ExitCode.NOT_FOUND
        assert "pressroom insights pull" in result.err
    assert not (account.home / "pressroom.db").exists()


def test_media_are_listed_as_last_read_and_at_an_age(pulled: Shell, sandbox: Sandbox) -> None:
    asked = len(sandbox.calls())
    last = pulled("insights", "media", "--json").json["media"]
    assert len(last) == 70
    assert all(one["metrics"]["views"] > 0 and one["rate_by"] == "reach" for one in last)
    at_week = pulled("insights", "media", "--age", "7d", "--json").json
    assert at_week["age_s"] == 7 * DAY_S
    with_one = [one for one in at_week["media"] if one["reading_ages_s"]]
    assert 0 < len(with_one) < 70
    assert all(abs(one["reading_ages_s"][0] - 7 * DAY_S) <= 7 * DAY_S / 4 for one in with_one)
    assert len(sandbox.calls()) == asked


def test_what_is_not_known_is_a_dash_and_an_empty_cell_and_never_0(pulled: Shell) -> None:
    result = pulled("insights", "media", "--age", "1h", "--limit", "2")
    assert result.out.splitlines()[1].split()[4:12] == ["-"] * 8
    assert "2 of 2 have no numbers at 1 h: not read near it, or younger." in result.err
    rows = list(csv.DictReader(io.StringIO(pulled("insights", "media", "--age", "1h", "--csv").out)))
    assert {cell for row in rows for name, cell in row.items() if name in ("age_s", "engagement_rate")} == {
        ""
    }
    shown = pulled("insights", "media", "--age", "1h", "--json").json["media"][0]
    assert (shown["metrics"], shown["engagement_rate"], shown["age_s"]) == ({}, None, None)


def test_media_are_sorted_and_narrowed(pulled: Shell) -> None:
    reels = pulled("insights", "media", "--kind", "reel", "--sort", "reach", "--json").json["media"]
    reach = [one["metrics"]["reach"] for one in reels]
    assert {one["kind"] for one in reels} == {"reel"}
    assert reach == sorted(reach, reverse=True)
    found = pulled("insights", "media", "--text", "HARBOUR", "--since", "30d", "--json").json["media"]
    assert found
    assert all("harbour" in one["caption"] for one in found)


def test_posts_stand_among_their_own_kind_at_an_equal_age(pulled: Shell) -> None:
    kept = pulled("insights", "media", "--age", "28d", "--json").json["media"]
    one = next(media for media in kept if media["metrics"])
    answer = pulled("insights", "compare", one["id"], "--age", "28d", "--json").json
    found, note = answer["posts"][0], answer["note"]
    assert note is None
    assert found["value"] == one["metrics"]["reach"]
    peers = [other for other in kept if other["metrics"] and other["kind"] == one["kind"]]
    better = sum(other["metrics"]["reach"] > found["value"] for other in peers)
    assert found["among_its_kind"]["place"] == better + 1
    assert found["among_its_kind"]["of"] == len(peers)


def test_groups_say_of_how_many_posts_they_are(pulled: Shell) -> None:
    answer = pulled("insights", "compare", "--by", "kind", "--age", "28d", "--json").json
    assert answer["note"].startswith("Groups are described here, and nothing is tested")
    groups = answer["groups"]
    assert {one["name"] for one in groups} == {"photo", "carousel", "reel"}
    assert sum(one["n"] + one["without"] for one in groups) == 70
    printed = pulled("insights", "compare", "--by", "kind", "--age", "28d")
    assert "Groups are described here, and nothing is tested" in printed.err
    assert "`pressroom insights best-time`" in printed.err
    table = printed.out.splitlines()
    few = {one["name"]: one["is_few"] for one in groups}
    assert {line.split()[0]: "·" in line for line in table[1:]} == few


HOURS = ("insights", "compare", "--by", "hour", "--age", "28d")


def test_an_account_of_the_environment_is_told_in_utc_which_is_said_or_in_a_zone_that_is_named(
    pulled: Shell,
) -> None:
    assumed = pulled(*HOURS)
    assert "no time zone, so that hours and days are those of UTC: name one with `--tz" in assumed.err
    utc, tokyo, chosen = (
        pulled(*HOURS, *tz, "--json").json for tz in ((), ("--tz", "Asia/Tokyo"), ("--tz", "UTC"))
    )
    assert (utc["timezone"], utc["is_zone_assumed"]) == ("UTC", True)
    assert (tokyo["timezone"], tokyo["is_zone_assumed"]) == ("Asia/Tokyo", False)
    assert (chosen["timezone"], chosen["is_zone_assumed"]) == ("Etc/UTC", False)
    of_utc, of_tokyo = ({group["name"]: group["n"] for group in told["groups"]} for told in (utc, tokyo))
    assert of_utc != of_tokyo
    assert chosen["groups"] == utc["groups"]
    for command in (HOURS, ("insights", "best-time"), ("insights", "report")):
        refused = pulled(*command, "--tz", "Oslo")
        assert refused.code == ExitCode.REFUSED
        assert "'Oslo' is not a time zone. Write it as Europe/Oslo." in " ".join(refused.err.split())


def test_slots_of_an_experiment_are_not_taken_to_be_of_utc(pulled: Shell) -> None:
    start = ("insights", "experiment", "start", "daily 09:00", "daily 18:00")
    refused = pulled(*start)
    assert refused.code == ExitCode.REFUSED
    words = " ".join(refused.err.split())
    assert "has no time zone, in which slots could be meant. Name one: `--tz" in words
    assert pulled(*start, "--tz", "Asia/Tokyo", "--json").json["timezone"] == "Asia/Tokyo"


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (["media", "--sort", "plays"], "'plays' is no metric"),
        (["compare", "17901", "--metric", "plays"], "'plays' is no metric"),
        (["media", "--age", "soon"], "no age such as 24h or 7d"),
        (["media", "--age", "0h"], "no age such as 24h or 7d"),
        (["compare"], "Name posts by their ids, or give --by."),
        (["compare", "1", "--by", "kind"], "Name posts by their ids, or give --by."),
        (["compare", "1", "--since", "7d"], "go with --by"),
        (["media", "--csv", "--json"], "Choose one of --csv and --json."),
        (["pull", "--stop", "--dry-run"], "Choose one of --dry-run and --stop."),
        (["show", "--kept", "--since", "7d"], "--kept shows media named by their ids"),
    ],
)
def test_what_cannot_be_asked_is_refused_in_words(pulled: Shell, command: list[str], words: str) -> None:
    result = pulled("insights", *command)
    assert result.code in (ExitCode.USAGE, ExitCode.REFUSED)
    assert words in " ".join(result.err.split())


def test_an_unknown_media_is_named_with_the_command_that_lists_them(pulled: Shell) -> None:
    result = pulled("insights", "compare", "17900000000000009")
    assert result.code == ExitCode.NOT_FOUND
    assert "pressroom insights media" in result.err


def test_the_last_reading_is_shown_without_a_call(pulled: Shell, sandbox: Sandbox) -> None:
    media_id, asked = sandbox.media[0].id, len(sandbox.calls())
    shown = pulled("insights", "show", media_id, "--kept", "--json").json["media"][0]
    assert shown["id"] == media_id
    assert shown["read_at"].startswith("2026-11-24T12:00")
    assert "without --kept Instagram is asked" in pulled("insights", "show", media_id, "--kept").err
    assert len(sandbox.calls()) == asked


def test_a_pull_that_fails_as_a_whole_is_an_error_and_one_of_a_part_a_warning(
    account: Shell, sandbox: Sandbox
) -> None:
    sandbox.faults.add(Fault(on="*", kind=FaultKind.ERROR, code=190, subcode=463, times=None))
    assert account("insights", "pull").code == ExitCode.SIGN_IN
    sandbox.faults.clear()
    sandbox.faults.add(Fault(on="stories", kind=FaultKind.ERROR, code=10, times=None))
    account.clock.advance(DAY_S)
    result = account("insights", "pull", "--json")
    assert result.code == ExitCode.FAILED
    assert result.json["readings"] == 70
    assert result.json["problem"]["code"] == 10


def test_a_rate_limit_says_when_to_pull_again(account: Shell, sandbox: Sandbox) -> None:
    sandbox.faults.add(Fault(on="stories", kind=FaultKind.ERROR, code=80002))
    assert account("insights", "pull").code == ExitCode.RATE_LIMITED
    again = account("insights", "pull")
    assert again.code == ExitCode.RATE_LIMITED
    assert "Pull again at 12:30 UTC" in again.err


def test_without_the_permission_a_pull_and_every_question_name_it_and_fail(
    account: Shell, sandbox: Sandbox
) -> None:
    token = next(iter(sandbox.controls.scene.world.tokens.values()))
    token.scopes = ["instagram_business_basic"]
    result = account("insights", "pull", "--json")
    assert (result.code, result.error["code"]) == (ExitCode.SIGN_IN, 10)
    assert "The permission instagram_business_manage_insights is missing." in result.error["message"]
    assert "pressroom auth login" in result.error["fix"]
    for command in ("report", "media", "growth", "best-time", "account"):
        answer = account("insights", command)
        assert answer.code == ExitCode.REFUSED
        assert "the permission instagram_business_manage_insights is missing" in answer.err
    assert account("insights", "pull", "--stop").code == ExitCode.DONE


def test_stopping_lets_workers_read_no_more_and_keeps_what_there_is(pulled: Shell) -> None:
    assert pulled("insights", "pull", "--stop", "--json").json["stopped"] is True
    assert len(pulled("insights", "media", "--json").json["media"]) == 70
    pull(pulled)


@pytest.mark.parametrize(
    "command",
    [
        ("compare", "--by", "kind"),
        ("media", "--age", "24h", "--sort", "reach"),
        ("best-time",),
    ],
    ids=lambda command: command[0],
)
def test_on_the_first_day_too_few_numbers_are_explained_and_dated(
    pulled: Shell, command: tuple[str, ...]
) -> None:
    result = pulled("insights", *command)
    said = f"{result.out} {result.err}".replace("\n", " ")
    assert "older than 24 h at the first pull (24 Nov 2026), and numbers at 24 h are known only of" in said
    assert re.search(r"\d+ posts have one by about \d+ \w+ 202\d, at the pace of the last 90 days", said)
    outlook = pulled("insights", *command, "--json").json["outlook"]
    assert outlook["unwatched"] > outlook["read"]
    assert outlook["expected_on"] > "2026-11-24"


def test_numbers_that_are_sorted_at_their_own_ages_say_so(pulled: Shell) -> None:
    listed = pulled("insights", "media", "--sort", "reach", "--limit", "3")
    assert "at its own age: older posts had more time." in listed.err
    assert "older" not in pulled("insights", "media", "--limit", "3").err


def sign_in_second(shell: Shell, sandbox: Sandbox) -> None:
    """Sign in the account of the environment, and a second account as `press`."""
    sign_in(shell)
    token = sandbox.order("accounts", username="press", media=3)["token"]
    own = {name: "" for name in shell.environ if name.startswith("INSTAGRAM_")}
    own["INSTAGRAM_API_BASE"] = shell.environ["INSTAGRAM_API_BASE"]
    result = shell("auth", "login", "--account", "press", "--token-stdin", stdin=token, **own)
    assert result.code == ExitCode.DONE, result.err


def test_the_suggested_command_names_the_account_whose_numbers_are_missing(
    account: Shell, sandbox: Sandbox
) -> None:
    sign_in_second(account, sandbox)
    result = account("insights", "media", "--account", "press")
    assert result.code == ExitCode.NOT_FOUND
    assert "`pressroom insights pull --account press`" in result.err


def test_all_accounts_are_pulled_in_turn_though_one_fails(account: Shell, sandbox: Sandbox) -> None:
    sign_in_second(account, sandbox)
    both = account("insights", "pull", "--all-accounts", "--json")
    assert (both.code, len(both.json)) == (ExitCode.DONE, 2)
    assert {each["pulled"]["readings"] for each in both.json} == {70, 3}
    account.clock.advance(3600)
    sandbox.faults.add(Fault(on="*", kind=FaultKind.ERROR, code=190, times=1))
    failed = account("insights", "pull", "--all-accounts", "--json")
    assert failed.code != ExitCode.DONE
    assert [each["error"] is None for each in failed.json] == [False, True]
    assert failed.json[1]["pulled"]["calls"] > 0
    account.clock.advance(3600)
    printed = account("insights", "pull", "--all-accounts")
    assert printed.code == ExitCode.DONE
    assert len(printed.out.splitlines()) == 2


@pytest.mark.parametrize("other", [("--account", "press"), ("--dry-run",), ("--stop",)])
def test_all_accounts_goes_with_no_single_account(account: Shell, other: tuple[str, ...]) -> None:
    result = account("insights", "pull", "--all-accounts", *other)
    assert result.code == ExitCode.USAGE
    assert "--all-accounts cannot be combined" in result.err


def publish_and_pull(shell: Shell, sandbox: Sandbox) -> str:
    """Publish a photo and pull 35 minutes later; return its id."""
    sandbox.order("media", kind="photo")
    media_id = str(max(sandbox.media, key=lambda media: int(media.id)).id)
    shell.clock.advance(35 * 60)
    pull(shell)
    return media_id


@pytest.mark.parametrize("settings", [replace(SETTINGS, media=0)])
def test_on_the_first_day_the_last_readings_are_shown_with_their_age_and_a_date(
    account: Shell, sandbox: Sandbox
) -> None:
    pull(account)
    first = publish_and_pull(account, sandbox)
    alone = account("insights", "media", "--age", "24h")
    assert re.search(rf"{first} so far: reach [\d,]+, .*read 35 min after publishing\.", alone.err)
    assert "The first post is 24 h old at 25 Nov 2026, 12:00 (UTC)." in alone.err.replace("\n", " ")
    assert "A comparison at 24 h needs another post." in alone.err.replace("\n", " ")
    second = publish_and_pull(account, sandbox)
    compared = account("insights", "compare", first, second)
    assert "The first comparison at 24 h is possible from 25 Nov 2026, 12:35 (UTC)" in compared.err.replace(
        "\n", " "
    )
    answer = account("insights", "compare", first, second, "--json").json
    assert [post["value"] for post in answer["posts"]] == [None, None]
    assert {reading["id"] for reading in answer["last_readings"]} == {first, second}
    assert all(reading["age_s"] < DAY_S for reading in answer["last_readings"])
    assert answer["first_comparison"]["comparable_at"] == "2026-11-25T12:35:00+00:00"
