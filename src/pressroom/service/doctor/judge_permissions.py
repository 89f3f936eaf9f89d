"""Checks of what the account's owner granted."""

from datetime import timedelta

from pressroom.graph.answers import TokenInfo
from pressroom.graph.permissions import NEEDED_TO_PUBLISH, Permission, asked_by_default, renamed
from pressroom.service.doctor.judge_asked import sign_in_again, worked
from pressroom.service.doctor.judge_facts import AccountFacts
from pressroom.service.doctor.judge_findings import Group, Judgement, Verdict, check, of_trap, ok, unknown

# Meta takes back what was not used for 90 days; two weeks leave time to publish or to sign in.
LAPSES_AFTER, WARN_AFTER = timedelta(days=90), timedelta(days=76)


@check(Group.PERMISSIONS, Verdict.WARN, Verdict.FAIL, Verdict.UNKNOWN)
def permissions(facts: AccountFacts) -> Judgement | None:
    """Whether everything that Pressroom uses was granted."""
    told, shown = _told(facts), _shown(facts)
    if told is None and not any(value is not None for value in shown.values()):
        return None
    wanted = asked_by_default(facts.login)
    held = {one: _holds(one, facts, told, shown) for one in wanted}
    lacking = [one for one in wanted if held[one] is False and one not in _lapsed(facts)]
    open_ones = [one for one in wanted if held[one] is None]
    if lacking:
        is_needed = any(one in NEEDED_TO_PUBLISH for one in lacking)
        return of_trap(
            Verdict.FAIL if is_needed else Verdict.WARN,
            "missing-permission",
            f"not granted: {_names(lacking, facts)}",
            consequence=_without(lacking, facts),
            remedy=sign_in_again(facts),
        )
    if open_ones:
        return unknown(
            f"not told: {_names(open_ones, facts)}",
            cause=f"{facts.login.label} tells what was granted only at a sign-in by the browser; the calls "
            "that were made here showed the others.",
            consequence=f"If it was not granted: {_without(open_ones, facts)}",
            remedy="Look at what the app may do: inside Instagram, Settings > Website permissions > Apps and "
            "websites.",
        )
    return ok(f"all {len(wanted)} that Pressroom uses")


@check(Group.PERMISSIONS, Verdict.FAIL)
def permission_names(facts: AccountFacts) -> Judgement | None:
    """Whether permissions are granted by the names of today."""
    told = _told(facts)
    if told is None:
        return None
    old = sorted(name for name in told if renamed(name))
    if not old:
        return ok("of today")
    return of_trap(
        Verdict.FAIL,
        "old-scopes",
        f"names that have ended: {', '.join(old)}",
        consequence="These permissions count no more.",
        remedy=sign_in_again(facts),
    )


@check(Group.PERMISSIONS, Verdict.WARN, Verdict.FAIL)
def permission_use(facts: AccountFacts) -> Judgement | None:
    """Whether a permission was used lately: Meta takes back what was not for 90 days."""
    lapsed = _lapsed(facts)
    if lapsed:
        is_needed = any(one in NEEDED_TO_PUBLISH for one in lapsed)
        return of_trap(
            Verdict.FAIL if is_needed else Verdict.WARN,
            "unused-permission",
            f"granted, and refused all the same: {_names(lapsed, facts)}",
            consequence=_without(lapsed, facts),
            remedy=sign_in_again(facts),
        )
    last = facts.last_published_at
    if last is None:
        return None
    age = facts.now - last
    seen = f"last published {age.days} day{'' if age.days == 1 else 's'} ago"
    # A sign-in grants it again.
    if facts.now - max(last, facts.signed_in_at or last) < WARN_AFTER:
        return ok(seen if age < WARN_AFTER else f"{seen}, and granted since")
    return of_trap(
        Verdict.WARN,
        "unused-permission",
        seen,
        consequence="The permission to publish may be taken back, and nothing is published then.",
    )


def _told(facts: AccountFacts) -> frozenset[str] | None:
    """Return the names that Facebook lists, else those that the token has, else those of the sign-in."""
    if isinstance(facts.granted, frozenset):
        return facts.granted
    if isinstance(facts.info, TokenInfo) and facts.info.scopes is not None:
        return frozenset(facts.info.scopes)
    kept = facts.details.permissions
    return None if kept is None else frozenset(kept)


def _shown(facts: AccountFacts) -> dict[Permission, bool | None]:
    """Return what the calls show: an answer proves the permission, a refusal disproves it."""
    return {
        Permission.BASIC: worked(facts.listed),
        Permission.PUBLISH: worked(facts.quota),
        # Code 10 on insights may mean too few viewers as well, so that it proves nothing.
        Permission.INSIGHTS: worked(facts.insights) or None,
        Permission.COMMENTS: worked(facts.comments),
    }


def _holds(
    one: Permission,
    facts: AccountFacts,
    told: frozenset[str] | None,
    shown: dict[Permission, bool | None],
) -> bool | None:
    if (by_call := shown.get(one)) is not None:
        return by_call
    return None if told is None else one.name_under(facts.login) in told


def _lapsed(facts: AccountFacts) -> list[Permission]:
    """Return what is granted, and refused all the same."""
    told = _told(facts) or frozenset()
    return [
        one for one, value in _shown(facts).items() if value is False and one.name_under(facts.login) in told
    ]


def _names(some: list[Permission], facts: AccountFacts) -> str:
    return ", ".join(one.name_under(facts.login) or one.name.lower() for one in some)


def _without(some: list[Permission], facts: AccountFacts) -> str:
    if len(some) == 1:
        return f"{some[0].without[:1].upper()}{some[0].without[1:]}."
    return f"{'; '.join(f'without {one.name_under(facts.login)} {one.without}' for one in some)}."


CHECKS = (permissions, permission_names, permission_use)
