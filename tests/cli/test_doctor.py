"""`pressroom doctor`: what a person sees, what a program reads, and how it ends."""

import json
import re
from dataclasses import replace

import pytest

from pressroom.cli.doctor import page
from pressroom.cli.shell.failures import ExitCode
from pressroom.sandbox.faults import ANY_CALL, Fault, FaultKind
from pressroom.sandbox.simulator import Sandbox
from pressroom.service.doctor.findings import Group, Verdict
from pressroom.service.shapes.doctor import DoctorShape, FindingShape
from tests.cli.conftest import CLIP, PICTURE, Shell
from tests.cli.planning import plan, sign_in

WIDTHS = (None, 120, 80, 40)


def a_finding(verdict: Verdict = Verdict.WARN, account: str | None = None, **changes: object) -> FindingShape:
    told = {
        "name": "clock",
        "group": Group.MACHINE,
        "verdict": verdict,
        "account": account,
        "seen": "42 s behind Instagram's",
        "cause": "This machine's clock is not set by a time server. " * 3,
        "consequence": "Posts go out beside their times.",
        "fix": "Run this:\n    pressroom worker --metrics-port 9000 --log-format json --and-so-on --and-on",
        "remedies": (),
        "traps": (),
    }
    if verdict is Verdict.OK:
        told |= dict.fromkeys(("cause", "consequence", "fix"))
    return FindingShape(**{**told, **changes})  # pyright: ignore[reportArgumentType]


def a_report(*findings: FindingShape) -> DoctorShape:
    counts = {one: sum(found.verdict is one for found in findings) for one in Verdict}
    return DoctorShape(findings=findings, counts=counts, repairs=())


def lines_of(report: DoctorShape, width: int | None) -> list[str]:
    return ["".join(text for text, _ in line) for line in page(report, width)]


def test_what_the_demo_publishes_leaves_everything_in_order(account: Shell) -> None:
    for kind, sources in (
        ("photo", [PICTURE]),
        ("reel", [CLIP]),
        ("carousel", [PICTURE, PICTURE]),
        ("story", [PICTURE]),
    ):
        assert account("publish", kind, *sources).code == ExitCode.DONE
    counts = account("doctor", "--json").json["counts"]
    assert {verdict for verdict, count in counts.items() if count} == {"ok"}


def test_a_new_sandbox_is_in_order(account: Shell) -> None:
    result = account("doctor")
    assert result.code == ExitCode.DONE, result.out
    assert re.search(r"^\d+ checks: \d+ ok, 0 warn, 0 fail, 0 unknown\.$", result.out, re.MULTILINE)
    assert "This machine\n" in result.out
    assert result.err == ""
    assert not account.home.exists()


def test_what_is_not_in_order_is_told_with_cause_consequence_and_remedy(account: Shell) -> None:
    sign_in(account)
    account("queue", "pause", "default", "--reason", "On hold")
    plan(account)
    result = account("doctor")
    assert result.code == ExitCode.DONE
    told = re.sub(r"\s+", " ", result.out)
    assert "! warn paused" in told
    assert "Because On hold" in told
    assert "So Nothing new of this account goes out" in told
    assert "Do Go on: `pressroom queue resume" in told
    assert "none runs, and 1 post is planned" in told


@pytest.mark.parametrize(
    ("numbers", "code"),
    [((190, None), ExitCode.SIGN_IN), ((190, 463), ExitCode.SIGN_IN), ((190, 459), ExitCode.FAILED)],
)
def test_what_does_not_work_ends_with_1_and_with_4_where_signing_in_again_mends_it(
    account: Shell, sandbox: Sandbox, numbers: tuple[int, int | None], code: ExitCode
) -> None:
    fault = Fault(on=ANY_CALL, kind=FaultKind.ERROR, code=numbers[0], subcode=numbers[1], times=None)
    sandbox.faults.add(fault)
    result = account("doctor", "--json")
    assert result.code == code
    assert result.json["counts"]["fail"] == 1
    (failed,) = [one for one in result.json["findings"] if one["verdict"] == "fail"]
    assert failed["name"] == "token-works"
    assert failed["fix"]


def test_without_an_account_it_says_how_to_get_one_and_ends_with_0(shell: Shell) -> None:
    result = shell("doctor", "--json")
    assert result.code == ExitCode.DONE
    (nobody,) = [one for one in result.json["findings"] if one["name"] == "accounts"]
    assert [one["kind"] for one in nobody["remedies"]] == ["sign_in", "try_demo"]


@pytest.mark.usefixtures("store")
def test_all_looks_at_stored_accounts_and_the_environments(account: Shell) -> None:
    sign_in(account, "--account", "ana")
    found = account("doctor", "--all", "--json").json["findings"]
    assert {"ana", None} < {one["account"] for one in found}
    by_name = account("doctor", "--account", "ana", "--json").json["findings"]
    assert {one["account"] for one in by_name} == {"ana", None}
    assert account("doctor", "--account", "nobody").code == ExitCode.NOT_FOUND


@pytest.mark.usefixtures("store")
def test_a_send_log_that_cannot_be_written_is_a_failure(account: Shell) -> None:
    (account.home / f"pressroom.db.sends-{account.clock.now():%Y-%m}").mkdir()
    result = account("doctor")
    assert result.code == ExitCode.FAILED
    told = re.sub(r"\s+", " ", result.out)
    assert "send-log it cannot be written" in told
    assert (
        "it is a directory, and only a regular file is allowed. So Nothing is published until it can" in told
    )
    assert "Do Move it to another directory." in told


def test_options_that_contradict_each_other_are_refused(shell: Shell) -> None:
    assert shell("doctor", "--all", "--account", "ana").code == ExitCode.USAGE
    assert shell("doctor", "--explain", "x", "--repair").code == ExitCode.USAGE


def test_a_repair_is_a_persons_and_is_told(account: Shell) -> None:
    account.home.mkdir()
    account.home.chmod(0o750)
    program = replace(account, environ={**account.environ, "PRESSROOM_REQUIRE_TERMINAL": "1"})
    assert program("doctor").code == ExitCode.DONE
    assert program("doctor", "--repair").code == ExitCode.NEEDS_APPROVAL
    result = account("doctor", "--repair")
    assert result.out.startswith(f"Repaired: {account.home} is this user's alone now.")
    assert account.home.stat().st_mode & 0o777 == 0o700


def test_a_setting_that_cannot_be_read_is_a_finding_beside_the_others(account: Shell) -> None:
    bad = {"PRESSROOM_TUNNEL": "cloudflare", "PRESSROOM_MEDIA_PORT": "x"}
    result = account("doctor", "--json", **bad)
    assert result.code == ExitCode.FAILED
    findings = {finding["name"]: finding for finding in result.json["findings"]}
    assert findings["settings"]["verdict"] == "fail"
    assert "PRESSROOM_TUNNEL" in findings["settings"]["seen"] + findings["settings"]["cause"]
    assert findings["python"]["verdict"] == "ok"


def test_a_message_of_metas_is_explained(shell: Shell) -> None:
    result = shell("doctor", "--explain", "Sorry, this page isn\N{RIGHT SINGLE QUOTATION MARK}t\n available.")
    assert result.code == ExitCode.DONE
    assert "www.instagram.com" in result.out
    assert not shell.home.exists()


@pytest.mark.parametrize(
    ("words", "name"),
    [
        (("190/463",), "session-expired"),
        (("Session", "has", "expired"), "session-expired"),
        (("till", "you", "log"), "checkpointed"),
        (("#10",), "PermissionMissing"),
        (("190",), "TokenInvalid"),
    ],
)
def test_a_number_or_a_part_of_a_sentence_without_quotes_is_explained(
    shell: Shell, words: tuple[str, ...], name: str
) -> None:
    assert shell("doctor", "--json", "--explain", *words).json["name"] == name


def test_what_nothing_says_exactly_is_answered_with_what_is_closest_and_where_all_are(shell: Shell) -> None:
    fix = shell("doctor", "--json", "--explain", "the session was expired").error["fix"]
    assert '"Session has expired"' in fix
    assert "docs/reference/errors.md" in fix
    assert shell("doctor", "Session").code == ExitCode.USAGE


def test_an_error_of_metas_is_explained_from_its_json(shell: Shell) -> None:
    answer = '{"error": {"message": "...", "code": 190, "error_subcode": 460}}'
    explained = shell("doctor", "--explain", answer, "--json").json
    assert explained["name"] == "password-changed"
    assert explained["remedy"] == "Sign in again."


def test_a_message_that_nobody_knows_ends_with_6(shell: Shell) -> None:
    result = shell("doctor", "--explain", "Hello", "--json")
    assert result.code == ExitCode.NOT_FOUND
    assert "No known trap or error" in result.error["message"]


def test_the_token_is_in_no_output(account: Shell) -> None:
    sign_in(account)
    token = account.environ["INSTAGRAM_ACCESS_TOKEN"]
    for options in ((), ("--json",), ("--verbose",), ("--all",)):
        result = account("doctor", *options)
        assert token not in result.out + result.err


@pytest.mark.parametrize("width", WIDTHS)
def test_a_line_fits_the_terminal_unless_it_is_there_to_be_copied(width: int | None) -> None:
    report = a_report(a_finding(), a_finding(Verdict.OK, name="python"), a_finding(Verdict.FAIL))
    lines = lines_of(report, width)
    assert width is None or not [line for line in lines if len(line) > width and "pressroom" not in line]
    text = re.sub(r"\s+", " ", " ".join(lines))
    for part in ("! warn clock", "✗ fail clock", "42 s behind Instagram's", "Because This", "Do Run this:"):
        assert part in text


def test_a_command_is_never_broken() -> None:
    command = "`pressroom queue resume 17841400000000001@127.0.0.1:45665`"
    lines = lines_of(a_report(a_finding(fix=f"The account is to go on: {command}.")), 60)
    assert [line for line in lines if command in line]


def test_groups_have_headings_and_accounts_are_told_apart() -> None:
    report = a_report(
        a_finding(Verdict.OK),
        a_finding(Verdict.OK, "ana", group=Group.ACCOUNT),
        a_finding(Verdict.OK, "ben", group=Group.ACCOUNT),
    )
    heads = [line for line in lines_of(report, 80) if line and not line.startswith(" ")]
    assert heads[:-1] == ["This machine", "Account: ana", "Account: ben"]


def test_the_only_account_is_told_in_one_group() -> None:
    group = Group.ACCOUNT
    report = a_report(
        a_finding(Verdict.OK, name="accounts", group=group), a_finding(Verdict.OK, "ana", group=group)
    )
    assert lines_of(report, 80).count("Account") == 1
    assert lines_of(report, 80)[1].split()[2:4] == ["accounts", "42"]


def test_marks_are_plain_where_the_terminal_has_no_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout", type("Ascii", (), {"encoding": "ascii"})())
    lines = lines_of(a_report(a_finding(Verdict.OK), a_finding(Verdict.FAIL)), 80)
    assert "\n".join(lines).isascii()


def test_json_is_one_object(account: Shell) -> None:
    result = account("doctor", "--json")
    assert list(json.loads(result.out)) == ["findings", "counts", "repairs"]
