"""`pressroom doctor --probe`: the consents that a person gives, what is shown, and the file."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pressroom.accounts.vault import open_vault
from pressroom.cli.probing import made_lines, page
from pressroom.cli.sandbox.background import PLAIN
from pressroom.cli.sandbox.settings import settings_of
from pressroom.cli.shell.failures import ExitCode
from pressroom.core.settings import Settings
from pressroom.sandbox.faults import Fault, FaultKind
from pressroom.sandbox.settings import Processing, SandboxSettings
from pressroom.sandbox.simulator import Sandbox
from pressroom.service.doctor.probes.desk import Made, MadeKind
from pressroom.service.doctor.probes.probe import Level, Outcome, ProbedAnswer, ProbeReport
from pressroom.service.doctor.probes.table import PROBES
from pressroom.store.store import open_store
from tests.cli.conftest import PICTURE, Result, Shell
from tests.cli.planning import sign_in
from tests.cli.shapes import assert_documented
from tests.cli.test_interrupts import interrupted_on
from tests.fakes.clock import START

PROBE = ("doctor", "--probe", "--probe-image", PICTURE)


@pytest.fixture
def settings() -> SandboxSettings:
    return SandboxSettings(
        fetch="trust",
        processing=Processing.after_reads(1),
        republish="second_media",
        early_refresh=190,
    )


@pytest.fixture
def facts(tmp_path: Path) -> Path:
    return tmp_path / "facts.json"


@pytest.fixture
def person(account: Shell, facts: Path) -> Shell:
    """A shell at a terminal, whose account is stored."""
    assert not facts.exists()
    sign_in(account)
    return replace(account, is_attended=True)


def answered(person: Shell, facts: Path, *lines: str, more: tuple[str, ...] = ()) -> Result:
    return person(*PROBE, "--facts", facts, *more, stdin="".join(f"{line}\n" for line in lines))


def kept_token(shell: Shell) -> str:
    with open_store(shell.home / "pressroom.db") as store:
        return open_vault(store, Settings(home=shell.home)).account("default").token.reveal()


def writes(sandbox: Sandbox) -> list[str]:
    return [one.path for one in sandbox.calls() if one.method != "GET"]


def test_it_says_first_what_each_consent_does_and_costs(person: Shell, facts: Path, sandbox: Sandbox) -> None:
    before = len(sandbox.calls())
    result = answered(person, facts, "n")
    assert result.code == ExitCode.DONE
    assert "Only reads. Nothing changes." in result.err
    assert "Instagram Login" in result.err
    assert "Consent to reads? [Y/n]" in result.err
    assert "vanishes:" not in result.err
    assert result.err.rstrip().endswith("Nothing was asked.")
    assert (len(sandbox.calls()), facts.exists()) == (before, False)


def test_every_question_is_said_with_its_cost_before_consent(person: Shell, facts: Path) -> None:
    result = answered(person, facts, "y", "y", "n")
    for probe in PROBES:
        assert f"{probe.name}: {probe.question} Costs {probe.cost}." in result.err
    assert "A second story may appear" in result.err


@pytest.mark.parametrize(
    ("lines", "level"),
    [(("",), "reads"), (("", ""), "reads"), (("y", "y"), "vanishes"), (("y",) * 3, "post")],
)
def test_an_empty_answer_consents_to_reads_alone(
    person: Shell, facts: Path, sandbox: Sandbox, lines: tuple[str, ...], level: str
) -> None:
    result = answered(person, facts, *lines, "")
    assert result.code == ExitCode.DONE, result.err
    assert json.loads(facts.read_text())["level"] == level
    assert bool(writes(sandbox)) == (level != "reads")


def test_the_report_is_readable_and_names_what_was_made(person: Shell, facts: Path, sandbox: Sandbox) -> None:
    result = answered(person, facts, "y", "y", "n")
    assert "answered  second-publish" in result.out
    assert "It needs consent to a post, which stays." in result.out
    assert "republish = second_media" in result.out
    stories = [media.id for media in sandbox.media]
    assert len(stories) == 2
    assert all(one in result.out for one in stories)
    assert "gone after 24 hours" in result.out
    assert f"The facts stand in {facts}" in result.err


def test_the_file_sets_a_sandbox_and_names_nobody(person: Shell, facts: Path, sandbox: Sandbox) -> None:
    before = kept_token(person)
    person.clock.advance(8 * 24 * 3600)
    result = answered(person, facts, "y", "y", "y", more=("--account", "default"))
    wanted: Any = {**PLAIN, "facts": facts}
    made = settings_of(wanted)
    assert (made.republish, made.early_refresh, made.refresh_ends_old_token) == ("second_media", 190, False)
    new = kept_token(person)
    assert new != before
    text = facts.read_text()
    for hidden in (new, before, sandbox.user_id, "pressroom.sandbox", *(m.id for m in sandbox.media)):
        assert hidden not in text
    for secret in (new, before):
        assert secret not in result.out + result.err
    assert json.loads(text)["asked_at"].startswith("2026-12-02")


def test_under_json_the_report_is_what_the_file_holds(account: Shell, facts: Path) -> None:
    result = account(*PROBE, "--facts", facts, "--consent", "vanishes", "--json")
    assert result.code == ExitCode.DONE, result.err
    assert result.json == json.loads(facts.read_text())
    assert_documented("doctor --probe", result.json)
    assert "Made story" in result.err


@pytest.mark.parametrize("on", ["media_publish", "refresh_access_token"])
def test_after_ctrl_c_the_answers_are_kept_and_what_was_made_is_named(
    person: Shell, facts: Path, sandbox: Sandbox, on: str
) -> None:
    before = kept_token(person)
    person.clock.advance(8 * 24 * 3600)
    shell = interrupted_on(person, sandbox, on)
    result = answered(shell, facts, more=("--consent", "vanishes", "--account", "default", "--json"))
    assert (result.code, result.out) == (ExitCode.INTERRUPTED, "")
    assert json.loads(facts.read_text())["facts"]["caption_unit"] == "utf16"
    assert all(media.id in result.error["message"] for media in sandbox.media)
    assert sandbox.media
    kept = kept_token(person)
    assert (kept != before) == (on == "refresh_access_token")
    assert kept not in result.out + result.err + facts.read_text()


def test_what_a_consent_costs_is_said_however_quiet_it_is(person: Shell, facts: Path) -> None:
    result = answered(person, facts, "n", more=("--quiet",))
    assert "Only reads. Nothing changes." in result.err


def test_off_a_terminal_consent_is_an_option_and_nothing_is_asked_without(
    account: Shell, facts: Path, sandbox: Sandbox
) -> None:
    result = account(*PROBE, "--facts", facts)
    assert result.code == ExitCode.USAGE
    assert "--consent" in result.err
    assert sandbox.calls() == []
    assert account(*PROBE, "--facts", facts, "--consent", "reads").code == ExitCode.DONE
    assert writes(sandbox) == []


def test_a_program_is_refused(account: Shell, facts: Path, sandbox: Sandbox) -> None:
    result = account(*PROBE, "--facts", facts, "--consent", "post", PRESSROOM_REQUIRE_TERMINAL="1")
    assert (result.code, writes(sandbox), facts.exists()) == (ExitCode.NEEDS_APPROVAL, [], False)


def test_a_file_that_is_there_is_replaced_on_demand_alone(
    account: Shell, facts: Path, sandbox: Sandbox
) -> None:
    facts.write_text("mine")
    command = (*PROBE, "--facts", facts, "--consent", "reads")
    refused = account(*command, "--json")
    assert (refused.code, refused.error["code"]) == (ExitCode.REFUSED, "output_exists")
    assert (sandbox.calls(), facts.read_text()) == ([], "mine")
    assert account(*command, "--overwrite").code == ExitCode.DONE
    assert json.loads(facts.read_text())["pressroom_facts"] == 1


@pytest.mark.parametrize(
    "options",
    [
        ("--probe", "--all"),
        ("--probe", "--repair"),
        ("--consent", "reads"),
        ("--facts", "x.json"),
        ("--overwrite",),
        ("--probe-image", PICTURE),
        ("--probe", "--explain", "Invalid Scopes"),
    ],
)
def test_options_that_do_not_go_together_are_refused(account: Shell, options: tuple[str, ...]) -> None:
    assert account("doctor", *options).code == ExitCode.USAGE


def test_a_question_that_fails_is_told_and_the_command_goes_on(
    account: Shell, facts: Path, sandbox: Sandbox
) -> None:
    sandbox.faults.add(Fault(on="quota", kind=FaultKind.ERROR, code=2, times=None))
    result = account(*PROBE, "--facts", facts, "--consent", "reads")
    assert result.code == ExitCode.DONE
    assert "failed    quota" in result.out


@pytest.mark.parametrize("width", [None, 120, 80, 40])
def test_a_line_fits_the_terminal(width: int | None) -> None:
    answers = tuple(
        ProbedAnswer(probe=probe, outcome=Outcome.FAILED, text="Nobody knows what became of it. " * 4)
        for probe in PROBES
    )
    report = ProbeReport(
        asked_at=START,
        login_type=PROBES[0].logins[0],
        api_version="v26.0",
        host="graph.instagram.com",
        level=Level.READS,
        answers=answers,
    )
    lines = ["".join(text for text, _ in line) for line in page(report, width)]
    assert all(width is None or len(line) < width for line in lines[: len(lines) - 3])
    assert all(any(probe.name in line for line in lines) for probe in PROBES)
    assert made_lines(report) == []


def test_every_kind_of_thing_made_has_an_end() -> None:
    report = ProbeReport(
        asked_at=START,
        login_type=PROBES[0].logins[0],
        api_version="v26.0",
        host="graph.instagram.com",
        level=Level.POST,
        made=tuple(Made(kind, one) for kind in MadeKind for one in ("17900000000000009", None)),
    )
    assert len(made_lines(report)) == 2 * len(MadeKind)
