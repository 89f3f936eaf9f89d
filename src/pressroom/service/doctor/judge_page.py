"""Checks of the way from a person over a Facebook Page to the account, under Facebook's logins."""

from pressroom.core.errors import PressroomError
from pressroom.graph.answers import FacebookPage, TokenInfo
from pressroom.graph.hosts import LoginType
from pressroom.graph.ids import ME
from pressroom.service.doctor.judge_asked import sign_in_again
from pressroom.service.doctor.judge_facts import AccountFacts
from pressroom.service.doctor.judge_findings import (
    Group,
    Judgement,
    Verdict,
    check,
    fail,
    of_trap,
    ok,
    unknown,
)

_TASKS = frozenset({"MANAGE", "CREATE_CONTENT"})
_OF_PAGE = "PAGE"


@check(Group.PAGE, Verdict.FAIL, Verdict.UNKNOWN)
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


@check(Group.PAGE, Verdict.FAIL)
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


@check(Group.PAGE, Verdict.FAIL, Verdict.UNKNOWN)
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


CHECKS = (page_seen, page_link, page_task)
