"""`pressroom sandbox reset|seed|state|clock|fault|requests|replay`: a sandbox steered from the shell."""

import json
from collections.abc import Generator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest
from click.shell_completion import ShellComplete

from pressroom.cli.root import root
from pressroom.cli.shell.failures import ExitCode
from pressroom.sandbox.faults import OUTAGES, FaultKind
from pressroom.sandbox.server import serving_in_thread
from pressroom.sandbox.settings import Processing, SandboxSettings
from pressroom.sandbox.simulator import Sandbox
from tests.cli.conftest import Result, Shell
from tests.cli.shapes import assert_documented
from tests.patience import patience


class Steered:
    """A served sandbox, and a shell whose environment names it."""

    def __init__(self, shell: Shell, sandbox: Sandbox, url: str) -> None:
        self.shell, self.sandbox, self.url = shell, sandbox, url

    def __call__(self, *args: str | Path) -> Result:
        return self.shell("sandbox", *args, INSTAGRAM_API_BASE=self.url)

    def done(self, *args: str | Path) -> Any:
        result = self(*args, "--json")
        assert result.code == 0, result.err
        return result.json

    def get(self, path: str, **params: str) -> Any:
        query = urlencode({"access_token": self.sandbox.token, **params})
        with urlopen(f"{self.url}{path}?{query}", timeout=patience(10)) as answer:  # noqa: S310  # loopback
            return json.load(answer)


@pytest.fixture
def steered(shell: Shell, tmp_path: Path) -> Generator[Steered]:
    settings = SandboxSettings(
        fetch="trust", media=1, processing=Processing.at_once(), record_file=tmp_path / "calls.jsonl"
    )
    with serving_in_thread(Sandbox(settings)) as served:
        yield Steered(shell, served.sandbox, served.base_url)


def test_state_is_shown_exported_imported_and_reset(steered: Steered, tmp_path: Path) -> None:
    shown = steered.done("state")
    assert_documented("sandbox state show|import, sandbox reset", shown)
    assert "1 media" in steered("state").out
    steered.done("seed", "--media", "2")
    exported = steered.done("state", "export", tmp_path / "state.json")
    assert_documented("sandbox state export", exported)
    assert steered.done("reset")["counts"]["media"] == 1
    assert steered.done("state", "import", tmp_path / "state.json")["counts"]["media"] == 3


def test_a_seed_adds_to_the_account_or_makes_another(steered: Steered) -> None:
    seeded = steered.done(
        *(
            "seed",
            "--media",
            "2",
            "--comments",
            "3",
            "--followers",
            "50",
            "--best-hour",
            "6",
            "--best-hour",
            "9",
        )
    )
    assert seeded["counts"] == {"media": 3, "stories": 0, "containers": 0, "comments": 6}
    assert (seeded["accounts"], seeded["planted"]) == ([], None)
    account = steered.sandbox.scene.world.accounts[steered.sandbox.user_id]
    assert (account.followers, account.best_hours) == (50, [6, 9])
    other = steered.done("seed", "--username", "anna", "--login", "facebook", "--media", "4")
    assert_documented("sandbox seed", other)
    assert other["accounts"][0]["token"].startswith("EAA")
    text = steered("seed", "--username", "ben", "--login", "facebook").out
    world = steered.sandbox.scene.world
    [ben] = [user_id for user_id, account in world.accounts.items() if account.username == "ben"]
    assert f"Account {ben} has the token {world.tokens_of(ben)[-1].text}\n" in text


def test_a_year_is_planted_and_its_truth_is_told(steered: Steered) -> None:
    args = ("--year", "--media", "40", "--best-hour", "7", "--effect", "0.5", "--outlier", "20")
    told = steered.done("seed", *args, "--best-weekday", "5", "--weekday-effect", "0.2", "--username", "anna")
    assert_documented("sandbox seed", told)
    [account] = told["accounts"]
    planted = told["planted"]
    assert (planted["user_id"], planted["media"]) == (account["user_id"], 40)
    assert (planted["best_hours"], planted["effect"], planted["outlier"]["factor"]) == ([7], 0.5, 20)
    shown = steered("seed", "--year", "--null", "--media", "30", "--best-weekday", "1").out
    assert "30 posts of" in shown
    assert "No hour and no weekday makes a difference." in shown


def test_a_truth_is_set_without_a_year(steered: Steered) -> None:
    assert steered.done("seed", "--effect", "0.1", "--sigma", "0.2")["planted"] is None
    truth = steered.sandbox.scene.world.accounts[steered.sandbox.user_id].truth
    assert (truth.effect, truth.sigma) == (0.1, 0.2)


@pytest.mark.parametrize(
    ("args", "told"),
    [
        ("--year --null --effect 0.3", "--null excludes"),
        ("--outlier 20", "--outlier goes with --year"),
        ("--year --media 10001", "media is 1 to 10,000"),
        ("--year --zone Mars/Olympus", "zone is one such as"),
        ("--login facebook", "--login goes with --username"),
    ],
)
def test_a_seed_that_makes_no_sense_is_refused(steered: Steered, args: str, told: str) -> None:
    refused = steered("seed", *args.split())
    assert refused.code != 0
    assert told in refused.err


def test_time_is_read_moved_set_stopped_and_hurried(steered: Steered) -> None:
    before = steered.done("clock")
    assert_documented("sandbox clock", before)
    assert steered.done("clock", "--freeze", "--set", "2027-01-21T08:00")["now"].startswith(
        "2027-01-21T08:00"
    )
    moved = steered.done("clock", "--advance", "2h")
    assert (moved["now"][:19], moved["factor"]) == ("2027-01-21T10:00:00", 0.0)
    assert "stands still" in steered("clock").out
    assert steered.done("clock", "--factor", "60")["factor"] == 60.0


def test_faults_are_planned_listed_and_cleared(steered: Steered) -> None:
    added = steered.done(
        *(
            "fault",
            "add",
            "user",
            "error",
            "--code",
            "190",
            "--subcode",
            "463",
            "--skip",
            "1",
            "--lasts",
            "7d",
        )
    )
    assert_documented("sandbox fault add", added)
    steered.done("fault", "add", "media_publish", "drop", "--effect", "later", "--delay", "5s", "--forever")
    error, drop = steered.done("fault", "list")
    assert_documented("sandbox fault list|clear", [error, drop])
    assert (error["subcode"], error["skip"], error["lasts_s"], error["left"]) == (463, 1, 604800.0, 1)
    assert (drop["effect"], drop["delay_s"], drop["left"]) == ("later", 5.0, None)
    assert "190/463" in steered("fault", "list").out
    assert [one["id"] for one in steered.done("fault", "clear", "1")] == [2]
    assert steered("fault", "clear").out == "No faults are planned.\n"


@pytest.mark.parametrize("name", OUTAGES)
def test_an_outage_is_planned_by_its_name(steered: Steered, name: str) -> None:
    assert_documented("sandbox fault outage", steered.done("fault", "outage", name))
    assert len(steered.done("fault", "list")) == len(OUTAGES[name])


def test_calls_are_listed_narrowed_and_forgotten(steered: Steered) -> None:
    steered.get("/v26.0/me", fields="username")
    steered.get("/v26.0/me/media")
    every = steered.done("requests")
    assert_documented("sandbox requests", every)
    assert steered.sandbox.token not in json.dumps(every)
    assert [one["name"] for one in steered.done("requests", "--name", "user")] == ["user"]
    assert [one["name"] for one in steered.done("requests", "--since", "1")] == ["media_list"]
    assert "/v26.0/me/media" in steered("requests", "--path", "media").out
    assert steered.done("requests", "--clear") == []
    assert steered.done("requests") == []


def test_a_recording_is_replayed_and_a_difference_ends_with_1(steered: Steered, tmp_path: Path) -> None:
    steered.get("/v26.0/me", fields="username")
    same = steered.done("replay", tmp_path / "calls.jsonl")
    assert_documented("sandbox replay", same)
    assert same == {"calls": 1, "skipped": 0, "differences": []}
    assert steered("replay", tmp_path / "calls.jsonl").out == "1 calls, 0 differences.\n"
    text = (tmp_path / "calls.jsonl").read_text().replace('"status":200', '"status":201')
    (tmp_path / "other.jsonl").write_text(text)
    differs = steered("replay", tmp_path / "other.jsonl")
    assert (differs.code, "status: 201 became 200" in differs.out) == (ExitCode.FAILED, True)
    (tmp_path / "none").write_text("hello")
    assert steered("replay", tmp_path / "none").code == ExitCode.REFUSED


STEERING = ["reset", "seed", "state", "clock", "fault list", "requests"]


def test_other_people_act_on_order(steered: Steered) -> None:
    told = steered.done("order", "media", "caption=By hand")
    assert_documented("sandbox order", told)
    [newest, _] = steered.done("order", "media", "--method", "GET")
    assert newest["caption"] == "By hand"
    comment = steered.done("order", "comments", f"media_id={newest['id']}", "text=a=b", "username=anna")
    assert steered.get(f"/{comment['id']}", fields="text")["text"] == "a=b"


def test_a_recording_is_begun_and_ended_on_order(steered: Steered) -> None:
    assert steered.done("order", "recording", "file=mine.jsonl")["calls"] == 0
    steered.get("/me")
    ended = steered.done("order", "recording", "--method", "DELETE")
    assert (Path(ended["file"]).name, ended["calls"]) == ("mine.jsonl", 1)


@pytest.mark.parametrize("command", STEERING)
def test_without_a_sandbox_each_says_how_to_start_one(shell: Shell, command: str) -> None:
    result = shell("sandbox", *command.split(), "--json")
    assert (result.code, result.out) == (ExitCode.REFUSED, "")
    assert result.error["message"] == "No sandbox runs."
    assert "pressroom sandbox serve" in result.error["fix"]


def test_where_nothing_answers_or_may_answer_is_said(shell: Shell) -> None:
    gone = shell("sandbox", "state", "--url", "http://127.0.0.1:9", "--json")
    assert (gone.code, "No sandbox answers at" in gone.error["message"]) == (ExitCode.FAILED, True)
    elsewhere = shell("sandbox", "reset", "--url", "https://graph.instagram.com", "--json")
    assert (elsewhere.code, elsewhere.error["code"]) == (ExitCode.REFUSED, "url")


@pytest.mark.parametrize(
    "args",
    [
        ("fault", "add", "nothing", "drop"),
        ("fault", "add", "user", "error", "--code", "12345"),
        ("fault", "outage", "nothing"),
        ("fault", "clear", "99"),
    ],
)
def test_what_the_sandbox_refuses_is_said_in_its_words(steered: Steered, args: tuple[str, ...]) -> None:
    result = steered(*args, "--json")
    assert (result.code, result.error["code"]) == (ExitCode.REFUSED, "order")
    assert result.error["message"].startswith("The sandbox refuses: ")


@pytest.mark.parametrize(
    "args",
    [
        ("clock", "--advance", "soon"),
        pytest.param(("clock", "--advance", "9" * 400), id="beyond all time"),
        ("clock", "--set", "soon"),
        ("clock", "--freeze", "--factor", "2"),
        ("state", "export"),
        ("state", "show", "x.json"),
        ("seed", "--login", "facebook"),
        ("fault", "add", "user", "nothing"),
        ("serve", "--set", "quota_total"),
        ("order", "media", "caption"),
        ("order", "media", "in_s:=soon"),
        ("order", "media", "caption=x", "--method", "GET"),
    ],
)
def test_what_makes_no_sense_is_refused_before_any_call(shell: Shell, args: tuple[str, ...]) -> None:
    assert shell("sandbox", *args).code == ExitCode.USAGE


def test_a_file_that_holds_no_state_is_refused(steered: Steered, tmp_path: Path) -> None:
    for number, text in enumerate(("hello", "[1]", "{}")):
        (tmp_path / str(number)).write_text(text)
        assert steered("state", "import", tmp_path / str(number)).code == ExitCode.REFUSED


@pytest.mark.parametrize(
    ("setting", "rule"),
    [
        ("nothing=1", "nothing"),
        ("quota_total=many", "quota_total"),
        ("republish=perhaps", "republish"),
        ("processing=reads:x", "processing"),
        ("processing=soon", "processing"),
        ("insights_day_zone=Mars/Olympus", "insights_day_zone"),
        ("metrics_gone=savd", "metrics_gone"),
        ("metrics_refused=shares:IMAGE,views:2", "metrics_refused"),
    ],
)
def test_a_setting_that_cannot_be_is_refused_by_name(shell: Shell, setting: str, rule: str) -> None:
    result = shell("sandbox", "serve", "--detach", "--set", setting, "--json")
    assert (result.code, result.error["code"]) == (ExitCode.REFUSED, rule)


@pytest.mark.parametrize("mode", [(), ("--detach",)])
def test_a_file_that_holds_no_state_starts_nothing(
    shell: Shell, tmp_path: Path, mode: tuple[str, ...]
) -> None:
    (tmp_path / "state.json").write_text("{")
    result = shell("sandbox", "serve", *mode, "--state", tmp_path / "state.json", "--json")
    assert (result.code, result.error["code"]) == (ExitCode.REFUSED, "state")
    assert (tmp_path / "state.json").read_text() == "{"


def test_the_help_tells_every_kind_of_fault_with_its_words_and_every_outage(shell: Shell) -> None:
    told = shell("sandbox", "fault", "add", "--help").out
    for kind in FaultKind:
        assert f"{kind.value:<11}{kind.words}\n" in told
    assert all(name in shell("sandbox", "fault", "outage", "--help").out for name in OUTAGES)


def completed(*args: str, incomplete: str = "") -> set[str]:
    """What a shell offers."""
    made = ShellComplete(root, {}, "pressroom", "_PRESSROOM_COMPLETE")
    return {one.value for one in made.get_completions(list(args), incomplete)}


def test_names_are_completed() -> None:
    assert "media_publish" in completed("sandbox", "fault", "add", incomplete="media_")
    assert {*FaultKind} == completed("sandbox", "fault", "add", "user")
    assert completed("sandbox", "fault", "outage") == set(OUTAGES)
    assert completed("sandbox", "serve", "--set", incomplete="quota") == {"quota_total="}
    assert {"show", "export", "import"} <= completed("sandbox", "state")
