"""Checks of an account's token: whether it is read, taken, at its right host, and how long it lasts."""

from pressroom.accounts.tokens import RENEW_FROM_AGE, WARN_DAYS, YOUNGEST_TO_RENEW
from pressroom.core.errors import PressroomError
from pressroom.core.remedies import Fix, Remedy, RemedyKind
from pressroom.graph.capabilities import Capability, is_offered
from pressroom.graph.hosts import logins_of_base
from pressroom.service.doctor.judge_asked import (
    has_no_role,
    is_over,
    lacks_permission,
    sign_in_again,
    trap_of,
)
from pressroom.service.doctor.judge_facts import AccountFacts, Source
from pressroom.service.doctor.judge_findings import (
    Group,
    Judgement,
    Verdict,
    check,
    fail,
    of_trap,
    ok,
    unknown,
    warn,
)

_NOTHING_GOES_OUT = "No call works, so that nothing is published."


@check(Group.ACCOUNT, Verdict.FAIL)
def token_readable(facts: AccountFacts) -> Judgement | None:
    """Whether the stored token can be opened."""
    if not facts.source.is_stored:
        return None
    if not isinstance(facts.token, PressroomError):
        return ok("sealed in the store, and opens")
    return fail(
        "the stored token does not open",
        cause=facts.token.message,
        consequence=_NOTHING_GOES_OUT,
        remedy=facts.token.advice if facts.token.advice.text else sign_in_again(facts),
    )


@check(Group.ACCOUNT, Verdict.FAIL, Verdict.UNKNOWN)
def token_host(facts: AccountFacts) -> Judgement | None:
    """Whether the token's first letters fit the host that it is sent to."""
    letters = facts.token
    if letters is None or isinstance(letters, PressroomError):
        return None
    host = logins_of_base(facts.api_base)
    fits = facts.login in letters and (not host or facts.login in host)
    if not letters and host and not facts.is_reached:
        return unknown(
            "its first letters tell no login",
            cause="A token of Instagram Login starts with IG, one of the others with EAA.",
            consequence="It may be cut short, or no token at all.",
            remedy=Fix.of("Copy it whole, and sign in: {}.", Remedy(RemedyKind.SIGN_IN)),
        )
    if fits or not letters:
        return ok(f"of {facts.login.label}, at {facts.host}")
    return of_trap(
        Verdict.FAIL,
        "wrong-host",
        f"of {letters[0].label}, and sent to {facts.host} as one of {facts.login.label}",
        remedy=sign_in_again(facts),
    )


@check(Group.ACCOUNT, Verdict.FAIL)
def role(facts: AccountFacts) -> Judgement | None:
    """Whether the account has a role in the app, or the app Advanced Access."""
    if has_no_role(facts.me):
        return of_trap(Verdict.FAIL, "no-role", "calls answer: Unsupported request - method type: get")
    return ok("calls are answered as the account") if facts.is_reached else None


@check(Group.ACCOUNT, Verdict.FAIL, Verdict.UNKNOWN)
def token_works(facts: AccountFacts) -> Judgement | None:
    """Whether Instagram takes the token."""
    answer = facts.me
    if answer is None or has_no_role(answer):
        return None
    if not isinstance(answer, PressroomError):
        return ok(f"Instagram takes it{f', for @{answer.username}' if answer.username else ''}")
    if lacks_permission(answer):
        return of_trap(Verdict.FAIL, "missing-permission", answer.message, consequence=_NOTHING_GOES_OUT)
    if (known := trap_of(answer)) is not None:
        return of_trap(Verdict.FAIL, known.name, answer.message, remedy=sign_in_again(facts))
    if is_over(answer):
        return fail(
            answer.message,
            cause="The token has ended, was taken back, or was never whole.",
            consequence=_NOTHING_GOES_OUT,
            remedy=_renewal(facts),
        )
    return unknown(
        "Instagram could not be asked",
        cause=answer.message,
        consequence="Whether the token works, and what it may do, is not known.",
        remedy=answer.advice if answer.advice.text else "Try again in a few minutes.",
    )


def _renewal(facts: AccountFacts) -> Fix:
    if facts.source is Source.ENVIRONMENT:
        return Fix("Set INSTAGRAM_ACCESS_TOKEN to a new token.")
    return sign_in_again(facts)


@check(Group.ACCOUNT, Verdict.WARN)
def environment_token(facts: AccountFacts) -> Judgement | None:
    """Whether a token of the environment goes before a stored one."""
    if facts.source is not Source.ENVIRONMENT:
        return None
    if facts.hides is None:
        return ok("INSTAGRAM_ACCESS_TOKEN, which nothing renews; it hides no stored one")
    return of_trap(
        Verdict.WARN,
        "environment-token",
        f"INSTAGRAM_ACCESS_TOKEN goes before the token that is stored for {facts.hides}",
    )


@check(Group.ACCOUNT, Verdict.WARN, Verdict.FAIL, Verdict.UNKNOWN)
def token_end(facts: AccountFacts) -> Judgement | None:
    """How long the token lasts."""
    end = facts.end
    if is_over(facts.me):  # `token_works` says so, whatever was told of its end
        return None
    if facts.never_ends:
        return ok("never ends")
    if end is None:
        return _unknown_end(facts) if facts.is_reached else None
    left, day = facts.days_to(end), f"{end:%Y-%m-%d}"
    if end <= facts.now:
        return fail(
            f"ended on {day}",
            cause="Nothing renewed it in time.",
            consequence=f"{_NOTHING_GOES_OUT}{_missed(facts)}",
            remedy=_renewal(facts),
        )
    if left > WARN_DAYS[0]:
        return ok(f"ends on {day}, in {left} days")
    return warn(
        f"ends on {day}, in {left} day{'' if left == 1 else 's'}",
        cause="It is near its end, and was not renewed.",
        consequence=f"Nothing is published after that day.{_missed(facts)}",
        remedy=_renewal(facts),
    )


def _missed(facts: AccountFacts) -> str:
    return f" Planned posts that would miss: {facts.missed:,}." if facts.missed else ""


def _unknown_end(facts: AccountFacts) -> Judgement:
    is_stored = facts.source.is_stored
    return unknown(
        "when it ends is not known",
        cause="Instagram tells that only when a token is renewed."
        if is_stored
        else "A token of the environment comes without its end.",
        consequence="It ends without a warning, 60 days after it was made at the latest.",
        remedy="Nothing while a worker runs, which renews it from its seventh day."
        if is_stored and is_offered(facts.login, Capability.TOKEN_RENEWAL)
        else Fix.of("Sign in, which keeps the end where it is told: {}.", Remedy(RemedyKind.SIGN_IN)),
    )


@check(Group.ACCOUNT, Verdict.WARN)
def token_renewal(facts: AccountFacts) -> Judgement | None:
    """From when on the token is renewed, and whether anybody does it."""
    at = facts.renewed_at
    is_over_now = facts.end is not None and facts.end <= facts.now
    if not is_offered(facts.login, Capability.TOKEN_RENEWAL) or at is None or is_over_now:
        return None
    due = at + RENEW_FROM_AGE
    if facts.now < due:
        return ok(f"possible from {at + YOUNGEST_TO_RENEW:%Y-%m-%d}; a worker does it from {due:%Y-%m-%d}")
    if facts.is_worker_running:
        return ok("due, and the worker does it")
    return warn(
        f"due since {due:%Y-%m-%d}",
        cause="A worker renews tokens, and none runs.",
        consequence="The token ends at its end, and nothing is published from then on.",
        remedy=Fix.of("Start one: {}.", Remedy(RemedyKind.START_WORKER)),
    )


@check(Group.ACCOUNT, Verdict.WARN, Verdict.FAIL, Verdict.UNKNOWN)
def data_access(facts: AccountFacts) -> Judgement | None:
    """Until when Facebook gives the account's data, though the token lives on."""
    if not facts.is_of_facebook or not (facts.is_reached or facts.data_end):
        return None
    end = facts.data_end
    if end is None and isinstance(facts.info, PressroomError):
        return unknown(
            "Facebook does not tell this token",
            cause=facts.info.message,
            consequence="Reads and publishing may stop 90 days after the last sign-in, without a warning.",
            remedy=sign_in_again(facts),
        )
    if end is None:
        return ok("without an end")
    left = facts.days_to(end)
    if end > facts.now and left > WARN_DAYS[0]:
        return ok(f"until {end:%Y-%m-%d}, for {left} days")
    is_past = end <= facts.now
    return of_trap(
        Verdict.FAIL if is_past else Verdict.WARN,
        "data-access-expired",
        f"{'expired on' if is_past else 'expires on'} {end:%Y-%m-%d}",
        remedy=sign_in_again(facts),
    )


CHECKS = (
    token_readable,
    token_host,
    role,
    token_works,
    environment_token,
    token_end,
    token_renewal,
    data_access,
)
