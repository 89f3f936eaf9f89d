"""The page of the standing consents: what programs may do without asking, and the forms for it."""

import re
from dataclasses import dataclass
from typing import Final

from starlette.responses import RedirectResponse, Response

from pressroom.core.actor import actor_of
from pressroom.core.errors import PressroomError
from pressroom.core.post import Post
from pressroom.service.consent.change import Verb
from pressroom.service.consent.rules import NEW, zone_of
from pressroom.web.deciding.items import moment
from pressroom.web.page import Page
from pressroom.web.site import PageRequest, Site, in_words

_PATH: Final = "/consents"
_CAPTION_LETTERS: Final = 80
_PER_DAY: Final = re.compile(r"[0-9]{1,6}")
# Those that programs ask for most come first; any other is written out.
_VERBS: Final = {
    NEW: "new posts",
    Verb.MOVE: "posts to another time",
    Verb.EDIT: "what a post shows and says",
    Verb.RETRY: "posts that failed",
    "call": "anything else of Instagram's API",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownGrant:
    """A standing consent. ends: in words. is_over: it allows nothing any more.

    unsent, held: the posts that went under it and are not sent yet, or wait for a person since it was
    withdrawn, a line each. sent: how many went out.
    """

    id: str
    program: str
    verbs: str
    accounts: str
    per_day: int
    ends: str
    is_over: bool
    unsent: tuple[str, ...]
    held: tuple[str, ...]
    sent: int


async def list_consents(
    site: Site, request: PageRequest, *, problem: tuple[str, str] | None = None, status: int = 200
) -> Response:
    """Show all standing consents, and the form for another one."""
    logins = await site.pressroom.accounts.logins()
    names = {str(login.account): login.name for login in logins}
    now, grants = site.clock.now(), list[ShownGrant]()
    for grant in await site.pressroom.approvals.allowed():
        released = await site.pressroom.approvals.released(grant.id)
        ends = "until a person withdraws it"
        if grant.revoked_at:
            ends = "withdrawn"
        elif grant.ends_at:
            ends = f"until {moment(grant.ends_at, zone_of(grant, logins)).words}"
        grants.append(
            ShownGrant(
                id=grant.id,
                program=actor_of(grant.actor).shown,
                verbs=", ".join(grant.verbs),
                accounts=", ".join(names.get(account, account) for account in grant.accounts),
                per_day=grant.per_day,
                ends=ends,
                is_over=bool(grant.revoked_at or (grant.ends_at and grant.ends_at <= now)),
                unsent=tuple(map(_line_of, released.unsent)),
                held=tuple(map(_line_of, released.held)),
                sent=len(released.sent),
            )
        )
    return request.page(
        "deciding/consents.html",
        status=status,
        title="Standing consent",
        # Those that still allow something come first.
        grants=sorted(grants, key=lambda grant: grant.is_over),
        verbs={str(verb): words for verb, words in _VERBS.items()},
        accounts=sorted(set(names.values())),
        form=request.form,
        problem=problem,
    )


async def give_consent(site: Site, request: PageRequest) -> Response:
    """Give a standing consent."""
    form = request.form
    verbs = [verb for verb in _VERBS if form.get(f"verb-{verb}")]
    try:
        # 0, which is refused with the rule, for what is no number, and for a million and more.
        per_day = _PER_DAY.fullmatch(form.get("per_day", "").strip())
        await site.pressroom.approvals.allow(
            f"program:{form.get('program', '').strip().removeprefix('program:')}",
            verbs=verbs,
            accounts=form.get("accounts", "").replace(",", " ").split(),
            per_day=int(per_day[0]) if per_day else 0,
            ends_at=form.get("until", "").strip() or None,
        )
    except PressroomError as error:
        return await list_consents(site, request, problem=in_words(site, error), status=422)
    return RedirectResponse(_PATH, 303)


async def withdraw_consent(site: Site, request: PageRequest) -> Response:
    """End a standing consent; one that has ended already stays so."""
    grant_id = request.path_part("id")
    withdrawn = {grant.id for grant in await site.pressroom.approvals.allowed() if grant.revoked_at}
    if grant_id not in withdrawn:
        await site.pressroom.approvals.withdraw(grant_id, leave=bool(request.form.get("leave")))
    return RedirectResponse(_PATH, 303)


def _line_of(post: Post) -> str:
    when = moment(post.goes_out_at, post.timezone).words if post.goes_out_at else "now"
    caption = " ".join((post.options.caption or "").split())
    return f"{post.kind} of {post.account_name}, {when}: {caption[:_CAPTION_LETTERS] or 'no caption'}"


PAGES: Final = (
    Page(path=_PATH, answer=list_consents, decides=True, menu="Standing consent"),
    Page(path=_PATH, answer=give_consent, method="POST", decides=True),
    Page(path=f"{_PATH}/{{id}}/withdraw", answer=withdraw_consent, method="POST", decides=True),
)
