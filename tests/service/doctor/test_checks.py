"""What the doctor says, check by check. The cases stand in `of_machine` and `of_account`."""

from dataclasses import replace
from typing import Any

import pytest

from pressroom.core.remedies import by_command
from pressroom.graph.traps import TRAPS
from pressroom.service.doctor.facts import AccountFacts, Source
from pressroom.service.doctor.findings import Check, Finding, Report, Verdict, judge
from pressroom.service.doctor.judge_access import ACCESS_CHECKS
from pressroom.service.doctor.judge_accounts import ACCOUNT_CHECKS, accounts
from pressroom.service.doctor.judge_hosting import AGENT_CHECKS, HOSTING_CHECKS
from pressroom.service.doctor.judge_machine import MACHINE_CHECKS, STORE_CHECKS, clock
from tests.service.doctor import of_account, of_machine
from tests.service.doctor.cases import DAY, ENDED, NOW, OK, Case
from tests.service.doctor.cases import account as an_account
from tests.service.doctor.of_account import CHECKPOINT, of_type

CASES = (*of_machine.CASES, *of_account.CASES)
OF_ACCOUNT = (*ACCOUNT_CHECKS, *ACCESS_CHECKS)
CHECKS: tuple[Check[Any], ...] = (
    *MACHINE_CHECKS,
    clock,
    *STORE_CHECKS,
    accounts,
    *OF_ACCOUNT,
    *HOSTING_CHECKS,
    *AGENT_CHECKS,
)
# Met while signing in alone, where there is no account yet that could be looked at.
OF_SIGN_IN = {
    "insufficient-role",
    "authorize-host",
    "wrong-app-id",
    "wrong-app-secret",
    "redirect-mismatch",
    "code-used",
}


def judged(facts: AccountFacts) -> tuple[Finding, ...]:
    return judge(OF_ACCOUNT, facts, facts.name)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_check_gives_its_verdict(case: Case) -> None:
    found = case.check(case.facts)
    assert (found.verdict if found else None) is case.verdict
    if found is None:
        return
    told = " ".join((found.seen, found.cause, found.consequence, found.remedy.by(by_command)))
    assert case.says in told
    assert case.trap in (None, *found.traps)


@pytest.mark.parametrize("case", [case for case in CASES if case.verdict], ids=str)
def test_what_is_in_order_has_no_cause_and_all_else_has_one_with_a_remedy(case: Case) -> None:
    found = case.check(case.facts)
    assert found
    more = (found.cause, found.consequence, found.remedy.text)
    assert not any(more) if case.verdict is OK else all(more), found
    assert "\n" not in found.seen
    # A cause may be quoted, as the reason of a pause is.
    assert case.verdict is OK or found.consequence.endswith(".")


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name)
def test_every_check_has_a_case_for_each_verdict_that_it_can_give(check: object) -> None:
    given = {case.verdict for case in CASES if case.check is check and case.verdict}
    assert given == getattr(check, "can", None)


def test_there_are_enough_checks_and_each_has_a_name_of_its_own() -> None:
    names = [one.name for one in CHECKS]
    assert len(names) == len({*names}) >= 25


def test_every_trap_of_an_account_is_named_by_a_check() -> None:
    named = {name for case in CASES if (found := case.check(case.facts)) for name in found.traps}
    assert named == {trap.name for trap in TRAPS} - OF_SIGN_IN


def test_an_account_of_instagram_login_that_is_in_order_is_told_of_by_ok_alone() -> None:
    found = judged(an_account(version="v26.0"))
    assert {one.verdict for one in found} == {Verdict.OK}
    assert {one.account for one in found} == {"ana"}


def test_a_remedy_asks_for_a_sign_in_once_and_names_its_command() -> None:
    for case in CASES:
        finding = case.check(case.facts)
        remedy = finding.remedy.text if finding else ""
        assert "To sign in again:" not in remedy
        assert remedy.count("pressroom auth login") <= 1, remedy


@pytest.mark.parametrize(
    ("facts", "is_cured"),
    [
        (an_account(), False),
        (an_account(me=ENDED, listed=None, quota=None), True),
        (an_account(expires_at=NOW - DAY), True),
        (an_account(me=CHECKPOINT, listed=None, quota=None), False),
        # Signing in ends the one, and not the other.
        (an_account(expires_at=NOW - DAY, me=of_type("PERSONAL")), False),
    ],
)
def test_a_report_tells_whether_signing_in_ends_all_that_fails(facts: AccountFacts, is_cured: bool) -> None:
    assert Report(findings=judged(facts)).is_cured_by_sign_in is is_cured


def test_what_does_not_apply_is_left_out() -> None:
    given = replace(an_account(), source=Source.GIVEN, expires_at=None, renewed_at=None)
    names = {one.name for one in judged(given)}
    assert names.isdisjoint({"token-readable", "page-seen", "page-link", "page-task", "data-access"})
