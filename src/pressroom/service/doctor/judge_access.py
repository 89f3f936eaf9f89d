"""Checks of what leads to an account: permissions, the Facebook Page, webhooks.

A call that is answered proves its permission, and one that is refused disproves it. Pressroom itself receives
no webhooks yet: they are judged as far as Instagram tells of them.
"""

from dataclasses import replace

from pressroom.accounts.tokens import WARN_UNUSED_AFTER
from pressroom.core.errors import PressroomError
from pressroom.graph.answers import ME, FacebookPage, TokenInfo
from pressroom.graph.hosts import LoginType
from pressroom.graph.permissions import NEEDED_TO_PUBLISH, Permission, asked_by_default, renamed
from pressroom.service.doctor.facts import AccountFacts, by_sign_in, lacks_permission, sign_in_again, worked
from pressroom.service.doctor.findings import Checks, Group, Judgement, Verdict, fail, of_trap, ok, unknown

ACCESS_CHECKS = Checks[AccountFacts]()


@ACCESS_CHECKS.check(Group.PERMISSIONS, Verdict.WARN, Verdict.FAIL, Verdict.UNKNOWN)
def permissions(facts: AccountFacts) -> Judgement | None:
    """Whether everything that Pressroom uses was granted."""
    # A pasted token of Instagram Login says nothing of what was granted: the calls show it where they can.
    names, shown = _permission_names(facts), _shown(facts)
    if names is None and not any(value is not None for value in shown.values()):
        return None
    wanted = asked_by_default(facts.login)
    held = dict[Permission, bool | None]()
    for permission in wanted:
        # What a call shows goes before what was told: a grant may have lapsed since.
        by_name = None if names is None else permission.name_under(facts.login) in names
        by_call = shown.get(permission)
        held[permission] = by_name if by_call is None else by_call
    lacking = [
        permission for permission in wanted if held[permission] is False and permission not in _lapsed(facts)
    ]
    open_ones = [permission for permission in wanted if held[permission] is None]
    if lacking:
        # Without the others it publishes all the same.
        is_needed = any(permission in NEEDED_TO_PUBLISH for permission in lacking)
        return of_trap(
            Verdict.FAIL if is_needed else Verdict.WARN,
            "missing-permission",
            f"not granted: {_names(lacking, facts)}",
            consequence=_without(lacking, facts),
            remedy=by_sign_in(facts),
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


@ACCESS_CHECKS.check(Group.PERMISSIONS, Verdict.FAIL)
def permission_names(facts: AccountFacts) -> Judgement | None:
    """Whether permissions are granted by the names of today."""
    names = _permission_names(facts)
    if names is None:
        return None
    old = sorted(name for name in names if renamed(name))
    if not old:
        return ok("of today")
    return of_trap(
        Verdict.FAIL,
        "old-scopes",
        f"names that have ended: {', '.join(old)}",
        consequence="These permissions count no more.",
        remedy=by_sign_in(facts),
    )


@ACCESS_CHECKS.check(Group.PERMISSIONS, Verdict.WARN, Verdict.FAIL)
def permission_use(facts: AccountFacts) -> Judgement | None:
    """Whether a permission was used lately: Meta takes back what was not for 90 days."""
    lapsed = _lapsed(facts)
    if lapsed:
        is_needed = any(permission in NEEDED_TO_PUBLISH for permission in lapsed)
        return of_trap(
            Verdict.FAIL if is_needed else Verdict.WARN,
            "unused-permission",
            f"granted, and refused all the same: {_names(lapsed, facts)}",
            consequence=_without(lapsed, facts),
            remedy=by_sign_in(facts),
        )
    last = facts.last_published_at
    if last is None:
        return None
    age = facts.now - last
    seen = f"last published {age.days} day{'' if age.days == 1 else 's'} ago"
    # A sign-in grants it again.
    if facts.now - max(last, facts.signed_in_at or last) < WARN_UNUSED_AFTER:
        return ok(seen if age < WARN_UNUSED_AFTER else f"{seen}, and granted since")
    return of_trap(
        Verdict.WARN,
        "unused-permission",
        seen,
        consequence="The permission to publish may be taken back, and nothing is published then.",
    )


def _permission_names(facts: AccountFacts) -> frozenset[str] | None:
    """Return the names that Facebook lists, else those that the token has, else those of the sign-in."""
    if isinstance(facts.granted, frozenset):
        return facts.granted
    if isinstance(facts.info, TokenInfo) and facts.info.scopes is not None:
        return frozenset(facts.info.scopes)
    kept = facts.details.permissions
    return None if kept is None else frozenset(kept)


def _shown(facts: AccountFacts) -> dict[Permission, bool | None]:
    """Return what the calls show: an answer proves the permission, a refusal disproves it."""
    shown = {
        Permission.BASIC: worked(facts.listed),
        Permission.PUBLISH: worked(facts.quota),
        Permission.INSIGHTS: worked(facts.insights),
        Permission.COMMENTS: worked(facts.comments),
    }
    # Without access to data each call is refused by the words of a missing permission.
    return {permission: value or None for permission, value in shown.items()} if facts.is_data_over else shown


def _lapsed(facts: AccountFacts) -> list[Permission]:
    """Return what is granted, and refused all the same."""
    names = _permission_names(facts) or frozenset()
    return [
        permission
        for permission, value in _shown(facts).items()
        if value is False and permission.name_under(facts.login) in names
    ]


def _names(several: list[Permission], facts: AccountFacts) -> str:
    return ", ".join(permission.name_under(facts.login) or permission.name.lower() for permission in several)


def _without(several: list[Permission], facts: AccountFacts) -> str:
    if len(several) == 1:
        return f"{several[0].without[:1].upper()}{several[0].without[1:]}."
    losses = (f"without {permission.name_under(facts.login)} {permission.without}" for permission in several)
    return f"{'; '.join(losses)}."


# Overview of the API: the person needs one of these tasks on the Page.
_TASKS = frozenset({"MANAGE", "CREATE_CONTENT"})
_OF_PAGE = "PAGE"


@ACCESS_CHECKS.check(Group.PAGE, Verdict.FAIL, Verdict.UNKNOWN)
def page_seen(facts: AccountFacts) -> Judgement | None:
    """Whether the token sees a Page."""
    pages = facts.pages
    if not facts.is_of_facebook or pages is None:
        return None
    if isinstance(pages, PressroomError):
        return unknown(
            "the Pages could not be read",
            cause=pages.message,
            consequence="Whether the way to the account is whole is not known.",
            remedy=pages.advice if pages.advice.text else sign_in_again(facts),
        )
    if pages:
        return ok(", ".join(page.name or str(page.id) for page in pages))
    # A system user of Unified Login may have none, and reach the account.
    if facts.login is LoginType.UNIFIED and facts.is_reached:
        return None
    return of_trap(Verdict.FAIL, "no-page", "the token sees no Page", "page-not-picked")


@ACCESS_CHECKS.check(Group.PAGE, Verdict.FAIL)
def page_link(facts: AccountFacts) -> Judgement | None:
    """Whether a Page leads to the account."""
    pages = _pages(facts)
    if not pages:
        return None
    linked = {name for page in pages if (name := _linked(page))}
    if not linked:
        return of_trap(
            Verdict.FAIL, "page-unlinked", "no Page leads to an Instagram account", "page-not-picked"
        )
    # `me` is clear only where a single account can be meant.
    if facts.user_id in linked or (facts.user_id == ME and len(linked) == 1):
        return ok(f"{_mine(facts)[0].name or 'a Page'} leads to the account")
    several = ", ".join(sorted(linked))
    return fail(
        f"the Pages lead to {several}" + ("" if facts.user_id == ME else f", and to {facts.user_id} none"),
        cause="The token sees several accounts, and none is named."
        if facts.user_id == ME
        else "The account's Page was not picked for the app, or is linked to another account now.",
        consequence="Calls for the account are refused.",
        remedy="Set INSTAGRAM_USER_ID to the one that is meant."
        if facts.user_id == ME
        else sign_in_again(facts),
    )


@ACCESS_CHECKS.check(Group.PAGE, Verdict.FAIL, Verdict.UNKNOWN)
def page_task(facts: AccountFacts) -> Judgement | None:
    """Whether the person may publish on the Page."""
    mine = _mine(facts)
    # Tasks are a person's: a Page's own token acts with those of whoever made it.
    if not mine or (isinstance(facts.info, TokenInfo) and facts.info.type == _OF_PAGE):
        return None
    tasks = mine[0].tasks
    if tasks is None:
        return unknown(
            "Facebook does not tell the person's tasks",
            cause="The answer left them out, as for a Page's own token.",
            consequence="Without MANAGE or CREATE_CONTENT nothing can be published for the account.",
            remedy="Look at the Page's access settings.",
        )
    # One of the two is enough.
    held = sorted(_TASKS & set(tasks))
    if held:
        return ok(" and ".join(held))
    seen = f"on {mine[0].name or 'the Page'} the person has {', '.join(tasks) or 'no task'}"
    return of_trap(Verdict.FAIL, "page-task", seen)


def _pages(facts: AccountFacts) -> tuple[FacebookPage, ...]:
    return facts.pages if facts.is_of_facebook and isinstance(facts.pages, tuple) else ()


def _mine(facts: AccountFacts) -> list[FacebookPage]:
    """Return the Pages that lead to the account, or to any where none is named."""
    return [page for page in _pages(facts) if (linked := _linked(page)) and (facts.user_id in (ME, linked))]


def _linked(page: FacebookPage) -> str | None:
    account = page.instagram_business_account
    return account.id if account else None


_USUAL = ("comments", "messages")


@ACCESS_CHECKS.check(Group.WEBHOOKS, Verdict.WARN, Verdict.UNKNOWN)
def subscription(facts: AccountFacts) -> Judgement | None:
    """Whether the account is subscribed to webhooks, and to which."""
    apps = facts.subscriptions
    if apps is None or (facts.is_data_over and lacks_permission(apps)):
        return None
    if isinstance(apps, PressroomError):
        return unknown(
            "the subscriptions could not be read",
            cause=apps.message,
            consequence="If webhooks are used, it is not known whether they come.",
            remedy="Nothing, where webhooks are not used; else try again in a few minutes.",
        )
    # Not to use webhooks is no fault, and whether somebody waits for them only the app's dashboard tells.
    if not apps:
        return ok("the account is not subscribed, so that no webhooks come")
    fields = sorted({field for app in apps for field in app.subscribed_fields})
    # Of a Page, which of Instagram's events come is decided by the fields of the app's callback.
    wanted = () if facts.is_of_facebook else _USUAL
    missing = [field for field in wanted if field not in fields]
    if fields and not missing:
        return ok(", ".join(fields))
    seen = f"subscribed to {', '.join(fields) or 'nothing'}; missing: {', '.join(missing) or 'all'}"
    return of_trap(Verdict.WARN, "webhooks-unsubscribed", seen)


# The dashboard alone tells, so that this never says more than UNKNOWN where webhooks are used.
@ACCESS_CHECKS.check(Group.WEBHOOKS, Verdict.UNKNOWN)
def app_is_live(facts: AccountFacts) -> Judgement | None:
    """Whether events of real people are delivered; the API does not tell."""
    if not isinstance(facts.subscriptions, tuple):
        return None
    if not facts.subscriptions:
        return ok("no webhooks come anyhow: the account is not subscribed")
    judgement = of_trap(
        Verdict.UNKNOWN,
        "webhooks-development",
        "whether the app is Live is told nowhere but in its dashboard",
        consequence="In development mode comments and messages come by polling alone, minutes late.",
    )
    return replace(
        judgement, cause="The API does not tell it. In development only test events are delivered."
    )
