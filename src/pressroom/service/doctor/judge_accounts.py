"""Checks of which accounts there are, of each one's token, and of the account itself.

Of the token: whether it is read, taken, at its right host, and how long it lasts. Of the account: whose it
is, what it is, and what it has left.
"""

from pressroom.accounts.tokens import RENEW_FROM_AGE, WARN_DAYS, YOUNGEST_TO_RENEW
from pressroom.core.account import UNTIL_RESUMED, is_of_token
from pressroom.core.errors import GraphError, PressroomError, SettingRefused
from pressroom.core.remedies import Fix, Remedy, RemedyKind
from pressroom.graph.answers import ME, ErrorBody, User
from pressroom.graph.capabilities import Capability, is_offered, offer, with_offer, words_of
from pressroom.graph.error_table import Retry
from pressroom.graph.hosts import NEWEST, logins_of_base, may_be_taken, version_named, warning_for
from pressroom.graph.sentences import SIGN_IN_AGAIN, sentence_in, sentence_of
from pressroom.service.doctor.facts import (
    AccountFacts,
    AccountsFacts,
    Source,
    by_sign_in,
    has_no_role,
    is_over,
    lacks_permission,
    sign_in_again,
    trap_of,
)
from pressroom.service.doctor.findings import (
    Checks,
    Group,
    Judgement,
    Verdict,
    fail,
    of_trap,
    ok,
    unknown,
    warn,
)

ACCOUNT_CHECKS = Checks[AccountFacts]()
ACCOUNT_LIST_CHECKS = Checks[AccountsFacts]()

_NOTHING_GOES_OUT = "No call works, so that nothing is published."


@ACCOUNT_CHECKS.check(Group.ACCOUNT, Verdict.FAIL)
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


@ACCOUNT_CHECKS.check(Group.ACCOUNT, Verdict.FAIL, Verdict.UNKNOWN)
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
    # Letters that tell nothing are no fault once Instagram has taken the token.
    if fits or not letters:
        return ok(f"of {facts.login.label}, at {facts.host}")
    return of_trap(
        Verdict.FAIL,
        "wrong-host",
        f"of {letters[0].label}, and sent to {facts.host} as one of {facts.login.label}",
        remedy=by_sign_in(facts),
    )


@ACCOUNT_CHECKS.check(Group.ACCOUNT, Verdict.FAIL)
def role(facts: AccountFacts) -> Judgement | None:
    """Whether the account has a role in the app, or the app Advanced Access."""
    if has_no_role(facts.me):
        return of_trap(Verdict.FAIL, "no-role", "calls answer: Unsupported request - method type: get")
    return ok("calls are answered as the account") if facts.is_reached else None


@ACCOUNT_CHECKS.check(Group.ACCOUNT, Verdict.FAIL, Verdict.UNKNOWN)
def token_works(facts: AccountFacts) -> Judgement | None:
    """Whether Instagram takes the token."""
    answer = facts.me
    if answer is None or has_no_role(answer):
        return None
    if not isinstance(answer, PressroomError):
        return ok(f"Instagram takes it{f', for @{answer.username}' if answer.username else ''}")
    if is_over(answer):
        return _not_taken(facts, answer)
    # Facebook tells the Pages of a token whose account it does not show: why, the Page path tells, or the end
    # of the access to data.
    if facts.is_taken:
        return ok("Facebook takes it")
    return _refused(facts, answer)


def _refused(facts: AccountFacts, answer: PressroomError) -> Judgement:
    """Say what an error tells that is not about the token."""
    if lacks_permission(answer):
        return of_trap(
            Verdict.FAIL,
            "missing-permission",
            answer.message,
            consequence=_NOTHING_GOES_OUT,
            remedy=by_sign_in(facts),
        )
    if isinstance(answer, GraphError) and answer.retry.needs_person:
        return fail(
            answer.message,
            cause="Instagram answers the account alone with this: somebody has to act there.",
            consequence=_NOTHING_GOES_OUT,
            remedy=answer.advice,
        )
    return unknown(
        "Instagram did not tell" if isinstance(answer, GraphError) else "Instagram could not be asked",
        cause=answer.message,
        consequence="Whether the token works, and what it may do, is not known.",
        remedy=answer.advice if answer.advice.text else "Try again in a few minutes.",
    )


def _not_taken(facts: AccountFacts, answer: PressroomError) -> Judgement:
    """Say why Meta does not take a token, as exactly as its error tells."""
    if trap_of(answer) is not None:
        # The same words for a token at the wrong host, which its letters tell, and for one that is unknown.
        letters = facts.token if isinstance(facts.token, tuple) else ()
        name = "unknown-token" if may_be_taken(letters, facts.api_base) else "wrong-host"
        return of_trap(Verdict.FAIL, name, answer.message, remedy=by_sign_in(facts))
    body = answer.body if isinstance(answer, GraphError) else ErrorBody()
    sentence = sentence_of(body.code, body.error_subcode) or sentence_in(body.message)
    if sentence is None or not isinstance(answer, GraphError):
        return fail(
            answer.message,
            cause="The token has ended, was taken back, or was never whole: Instagram does not say which.",
            consequence=_NOTHING_GOES_OUT,
            remedy=sign_in_again(facts),
        )
    again = Fix(sentence.remedy)
    if answer.retry is Retry.AFTER_SIGN_IN:
        is_all = sentence.remedy == SIGN_IN_AGAIN
        again = sign_in_again(facts) if is_all else Fix.of("{} {}", again, by_sign_in(facts))
    return fail(answer.message, cause=sentence.cause, consequence=_NOTHING_GOES_OUT, remedy=again)


@ACCOUNT_CHECKS.check(Group.ACCOUNT, Verdict.WARN)
def environment_token(facts: AccountFacts) -> Judgement | None:
    """Whether a token of the environment goes before a stored one."""
    if facts.source is not Source.ENVIRONMENT:
        return None
    if facts.hides is None:
        return ok("INSTAGRAM_ACCESS_TOKEN, which nothing renews; it hides no stored one")
    # Whoever signs in and still exports a token acts by the exported one.
    return of_trap(
        Verdict.WARN,
        "environment-token",
        f"INSTAGRAM_ACCESS_TOKEN goes before the token that is stored for {facts.hides}",
    )


@ACCOUNT_CHECKS.check(Group.ACCOUNT, Verdict.WARN, Verdict.FAIL, Verdict.UNKNOWN)
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
            remedy=sign_in_again(facts),
        )
    if left > WARN_DAYS[0]:
        return ok(f"ends on {day}, in {left} days")
    return warn(
        f"ends on {day}, in {left} day{'' if left == 1 else 's'}",
        cause="It is near its end, and was not renewed.",
        consequence=f"Nothing is published after that day.{_missed(facts)}",
        remedy=sign_in_again(facts),
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


@ACCOUNT_CHECKS.check(Group.ACCOUNT, Verdict.WARN)
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


@ACCOUNT_CHECKS.check(Group.ACCOUNT, Verdict.WARN, Verdict.FAIL, Verdict.UNKNOWN)
def data_access(facts: AccountFacts) -> Judgement | None:
    """Until when Facebook gives the account's data, though the token lives on."""
    if not facts.is_of_facebook or not (facts.is_reached or facts.data_end):
        return None
    end = facts.data_end
    # Facebook gives data for 90 days after consent, though the token lives on.
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
        remedy=by_sign_in(facts),
    )


_SIGN_IN, _DEMO = Remedy(RemedyKind.SIGN_IN), Remedy(RemedyKind.TRY_DEMO)
_CREATORS = frozenset({"MEDIA_CREATOR", "CREATOR"})
_PROFESSIONAL = _CREATORS | {"BUSINESS"}
_HIGH_PERCENT = 75.0


@ACCOUNT_LIST_CHECKS.check(Group.ACCOUNT, Verdict.WARN, Verdict.FAIL, Verdict.UNKNOWN)
def accounts(facts: AccountsFacts) -> Judgement:
    """Whether there is an account to act for."""
    refused = facts.environment
    if isinstance(refused, SettingRefused) and refused.rule == "token_host":
        return of_trap(Verdict.FAIL, "wrong-host", refused.message, remedy=refused.advice)
    if refused is not None:
        return fail(
            "the one of the environment cannot be used",
            cause=refused.message,
            consequence="What needs an account is refused, unless a stored one is named.",
            remedy=refused.advice,
        )
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


@ACCOUNT_CHECKS.check(Group.ACCOUNT, Verdict.FAIL)
def user_id(facts: AccountFacts) -> Judgement | None:
    """Whether the user id that is kept or set is the account's own."""
    me = facts.me
    if not isinstance(me, User):
        return None
    # Facebook's hosts answer with the one id; Instagram's `id` is the app's own for the account.
    right = me.user_id or me.id
    if right is None or facts.user_id in (ME, right):
        return ok(f"{right or facts.user_id}")
    is_stored = facts.source.is_stored
    if facts.user_id == me.id:
        seen = f"{facts.user_id} is the app's own id of the account, whose user id is {right}"
        again = Fix.of("Then {}", sign_in_again(facts)) if is_stored else None
        return of_trap(Verdict.FAIL, "id-for-user-id", seen, remedy=again)
    return fail(
        f"{facts.user_id}, and the token is of {right}",
        cause="The user id and the token are of two accounts.",
        consequence="Calls answer that there is no such object.",
        remedy=sign_in_again(facts)
        if is_stored
        else f"Set INSTAGRAM_USER_ID={right}, or use the token of account {facts.user_id}.",
    )


@ACCOUNT_CHECKS.check(Group.ACCOUNT, Verdict.WARN, Verdict.FAIL, Verdict.UNKNOWN)
def account_type(facts: AccountFacts) -> Judgement | None:
    """Whether the account is a professional one, and whether its login offers that kind everything."""
    shown = facts.me.account_type if isinstance(facts.me, User) else None
    kind = shown or facts.details.account_type
    if kind is None:
        # Facebook's hosts have no such field.
        if facts.is_of_facebook or not facts.is_reached:
            return None
        return unknown(
            "not told",
            cause="Instagram's answer left the field out.",
            consequence="The API publishes for professional accounts alone; whether this is one is not "
            "known.",
            remedy="Look inside Instagram: Settings > Account type and tools.",
        )
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


@ACCOUNT_CHECKS.check(Group.ACCOUNT)
def login(facts: AccountFacts) -> Judgement:
    """Whether something is not offered by the account's login, such as DELETE: no permission changes that."""
    lacks = [words_of(capability) for capability in with_offer(facts.login, is_offered=False)]
    if not lacks:
        return ok(facts.login.label)
    return ok(f"{facts.login.label}; it cannot {'; '.join(lacks)}")


@ACCOUNT_CHECKS.check(Group.ACCOUNT, Verdict.WARN, Verdict.UNKNOWN)
def version(facts: AccountFacts) -> Judgement:
    """Whether the version of the API is served for a while."""
    name, known_version = facts.version, version_named(facts.version)
    ends, today = "", facts.now.date()
    if known_version and known_version.ends:
        ends = f", which {'ended' if known_version.ends <= today else 'ends'} on {known_version.ends}"
    warning = warning_for(name, today)
    if not facts.is_version_chosen:
        # A default is nobody's choice, and its end changes nothing (docs/decisions/0018).
        calm = "; Pressroom's calls are answered by a later one then, and nothing is to do" if warning else ""
        return ok(f"{name}, the default{ends}{calm}")
    if warning is None:
        return ok(f"{name}{ends}")
    if known_version is None and not warning.startswith(f"{name} has ended"):
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


@ACCOUNT_CHECKS.check(Group.ACCOUNT, Verdict.WARN, Verdict.UNKNOWN)
def quota(facts: AccountFacts) -> Judgement | None:
    """How many posts the account may still publish in the rolling day."""
    answer = facts.quota
    # An account that is not reached has no quota: why it is not, another check tells.
    if answer is None or lacks_permission(answer) or not facts.is_reached:
        return None
    if isinstance(answer, PressroomError):
        return _no_quota(answer.message)
    used, total = answer.quota_usage, answer.config.quota_total if answer.config else None
    if used is None or not total:
        return _no_quota("Instagram's answer left the numbers out.")
    seen = f"{used} of {total} posts used in the last 24 hours"
    # In the last tenth more may be planned than is left.
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


@ACCOUNT_CHECKS.check(Group.ACCOUNT, Verdict.WARN)
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


@ACCOUNT_CHECKS.check(Group.ACCOUNT, Verdict.WARN, Verdict.FAIL)
def paused(facts: AccountFacts) -> Judgement | None:
    """Whether the account starts anything new."""
    pause = next((each for each in facts.pauses if each.until > facts.now), None)
    if pause is None:
        return ok("no")
    by = f" by {pause.by}" if pause.by else " by an error of Instagram's"
    resume = Fix.of("Go on: {}.", Remedy(RemedyKind.RESUME_ACCOUNT, {"account": facts.hides or facts.name}))
    is_endless = pause.until == UNTIL_RESUMED
    # A pause by hand is no fault; one of Instagram's without an end waits for a person.
    needs_act = is_endless and pause.by is None
    return (fail if needs_act else warn)(
        f"paused{by}{'' if is_endless else f' until {pause.until:%Y-%m-%d %H:%M} UTC'}",
        cause=pause.reason,
        consequence="Nothing new of this account goes out; posts stay where they are.",
        remedy=sign_in_again(facts) if is_of_token(pause) else resume,
    )
