"""Checks of an account beside its token: whose it is, what it is, what it has left."""

from pressroom.accounts.pauses import is_of_token
from pressroom.core.errors import PressroomError, SettingRefused
from pressroom.core.remedies import Fix, Remedy, RemedyKind
from pressroom.core.stored_accounts import UNTIL_RESUMED
from pressroom.graph.answers import User
from pressroom.graph.capabilities import Capability, offer, words_of
from pressroom.graph.hosts import NEWEST, version_named, warning_for
from pressroom.graph.ids import ME
from pressroom.service.doctor.judge_asked import lacks_permission, sign_in_again
from pressroom.service.doctor.judge_facts import AccountFacts, AccountsFacts
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

_SIGN_IN, _DEMO = Remedy(RemedyKind.SIGN_IN), Remedy(RemedyKind.TRY_DEMO)
_CREATORS = frozenset({"MEDIA_CREATOR", "CREATOR"})
_PROFESSIONAL = _CREATORS | {"BUSINESS"}
_HIGH_PERCENT = 75.0


@check(Group.ACCOUNT, Verdict.WARN, Verdict.FAIL, Verdict.UNKNOWN)
def accounts(facts: AccountsFacts) -> Judgement:
    """Whether there is an account to act for."""
    refused = facts.environment
    if refused is not None:
        return _unusable(refused)
    if facts.names:
        return ok(", ".join(facts.names))
    if facts.stored is None:
        return unknown(
            "the stored ones cannot be read",
            cause="The store is not open.",
            consequence="Which accounts there are, and how they stand, is not known.",
            remedy="Mend the store first.",
        )
    return warn(
        "nobody is signed in",
        cause="No account is stored, and INSTAGRAM_ACCESS_TOKEN is not set.",
        consequence="Nothing can be published.",
        remedy=Fix.of("Sign in: {}. Or try it without an account: {}.", _SIGN_IN, _DEMO),
    )


def _unusable(refused: PressroomError) -> Judgement:
    if isinstance(refused, SettingRefused) and refused.rule == "token_host":
        return of_trap(Verdict.FAIL, "wrong-host", refused.message, remedy=refused.advice)
    return fail(
        "the one of the environment cannot be used",
        cause=refused.message,
        consequence="What needs an account is refused, unless a stored one is named.",
        remedy=refused.advice,
    )


@check(Group.ACCOUNT, Verdict.FAIL)
def user_id(facts: AccountFacts) -> Judgement | None:
    """Whether the user id that is kept or set is the account's own."""
    me = facts.me
    if not isinstance(me, User):
        return None
    right = me.user_id or me.id
    if right is None or facts.user_id in (ME, right):
        return ok(f"{right or facts.user_id}")
    again = sign_in_again(facts) if facts.source.is_stored else None
    if facts.user_id == me.id:
        seen = f"{facts.user_id} is the app's own id of the account, whose user id is {right}"
        return of_trap(Verdict.FAIL, "id-for-user-id", seen, remedy=again)
    return fail(
        f"{facts.user_id}, and the token is of {right}",
        cause="The user id and the token are of two accounts.",
        consequence="Calls answer that there is no such object.",
        remedy=again or f"Set INSTAGRAM_USER_ID={right}, or use the token of account {facts.user_id}.",
    )


@check(Group.ACCOUNT, Verdict.WARN, Verdict.FAIL, Verdict.UNKNOWN)
def account_type(facts: AccountFacts) -> Judgement | None:
    """Whether the account is a professional one, and whether its login offers that kind everything."""
    told = facts.me.account_type if isinstance(facts.me, User) else None
    kind = told or facts.details.account_type
    if kind is None:
        # Facebook's hosts have no such field.
        return None if facts.is_of_facebook or not facts.is_reached else _untold()
    if kind not in _PROFESSIONAL:
        return fail(
            kind,
            cause="It is no professional account.",
            consequence="The API publishes for professional accounts alone.",
            remedy="Switch it inside Instagram: Settings > Account type and tools.",
        )
    if kind in _CREATORS and offer(facts.login, Capability.STORIES_OF_CREATORS).is_refused:
        what = words_of(Capability.STORIES_OF_CREATORS)
        seen = f"{kind}; {facts.login.label} cannot {what}"
        return of_trap(Verdict.WARN, "login-lacks", seen)
    return ok(kind)


def _untold() -> Judgement:
    return unknown(
        "not told",
        cause="Instagram's answer left the field out.",
        consequence="The API publishes for professional accounts alone; whether this is one is not known.",
        remedy="Look inside Instagram: Settings > Account type and tools.",
    )


@check(Group.ACCOUNT, Verdict.WARN, Verdict.UNKNOWN)
def version(facts: AccountFacts) -> Judgement:
    """Whether the version of the API is served for a while."""
    name, found = facts.version, version_named(facts.version)
    ends, today = "", facts.now.date()
    if found and found.ends:
        ends = f", which {'ended' if found.ends <= today else 'ends'} on {found.ends}"
    warning = warning_for(name, today)
    # A default is nobody's choice, and its end changes nothing (docs/decisions/0018).
    if not facts.is_version_chosen or warning is None:
        return ok(f"{name}{'' if facts.is_version_chosen else ', the default'}{ends}")
    if found is None and not warning.startswith(f"{name} has ended"):
        return unknown(
            f"{name} is unknown to this release",
            cause="It is newer than Pressroom, or there is no such version.",
            consequence="What it changes is not known here.",
            remedy=f"Set INSTAGRAM_API_VERSION={NEWEST.name}, or upgrade Pressroom.",
        )
    return warn(
        f"{name}{ends or ' has ended'}",
        cause="Meta serves a version for about two years.",
        consequence="From its end on Meta silently serves a later one, which may answer otherwise.",
        remedy=f"Set INSTAGRAM_API_VERSION={NEWEST.name}.",
    )


@check(Group.ACCOUNT, Verdict.WARN, Verdict.UNKNOWN)
def quota(facts: AccountFacts) -> Judgement | None:
    """How many posts the account may still publish in the rolling day."""
    answer = facts.quota
    if answer is None or lacks_permission(answer):
        return None
    if isinstance(answer, PressroomError):
        return _no_quota(answer.message)
    used, total = answer.quota_usage, answer.config.quota_total if answer.config else None
    if used is None or not total:
        return _no_quota("Instagram's answer left the numbers out.")
    seen = f"{used} of {total} posts used in the last 24 hours"
    if (total - used) * 10 > total:
        return ok(seen)
    return warn(
        seen,
        cause="The quota is full." if used >= total else "Less than a tenth of the quota is left.",
        consequence="Posts beyond it wait until the window has room.",
        remedy=Fix.of("Move what can wait: {}.", Remedy(RemedyKind.LIST_POSTS)),
    )


def _no_quota(why: str) -> Judgement:
    return unknown(
        "not told",
        cause=why,
        consequence="A full quota would be met by the post that it stops.",
        remedy="Try again in a few minutes.",
    )


@check(Group.ACCOUNT, Verdict.WARN)
def usage(facts: AccountFacts) -> Judgement | None:
    """How much of the rate limit is used."""
    percent = facts.usage_percent
    if percent is None:
        return ok("too few calls for Instagram to tell") if facts.is_reached else None
    if percent < _HIGH_PERCENT:
        return ok(f"{percent:.0f} % of the rate limit")
    return warn(
        f"{percent:.0f} % of the rate limit",
        cause="The app makes more calls than its accounts' viewers allow.",
        consequence="Calls are slowed down, and refused at 100 %.",
        remedy="Stop other programs with this app, and give it an hour.",
    )


@check(Group.ACCOUNT, Verdict.WARN, Verdict.FAIL)
def paused(facts: AccountFacts) -> Judgement | None:
    """Whether the account starts anything new."""
    pause = next((one for one in facts.pauses if one.until > facts.now), None)
    if pause is None:
        return ok("no")
    by = f" by {pause.by}" if pause.by else " by an error of Instagram's"
    resume = Fix.of("Go on: {}.", Remedy(RemedyKind.RESUME_ACCOUNT, {"account": facts.hides or facts.name}))
    is_endless = pause.until == UNTIL_RESUMED
    needs_act = is_endless and pause.by is None
    return (fail if needs_act else warn)(
        f"paused{by}{'' if is_endless else f' until {pause.until:%Y-%m-%d %H:%M} UTC'}",
        cause=pause.reason,
        consequence="Nothing new of this account goes out; posts stay where they are.",
        remedy=sign_in_again(facts) if is_of_token(pause) else resume,
    )


CHECKS = (user_id, account_type, version, quota, usage, paused)
