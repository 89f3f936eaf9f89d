"""How each account stands, with forms for its pauses, slots and zone; and the doctor, by a button.

To open a page asks nobody: only the doctor asks Instagram. What ends a pause lets posts go out, so it is on a
page without script.
"""

import asyncio
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from starlette.responses import RedirectResponse, Response

from pressroom.core.account import UNTIL_RESUMED, Pause
from pressroom.core.actor import actor_in_words
from pressroom.core.errors import PressroomError, Refused
from pressroom.core.post import WAITING_STATES
from pressroom.core.remedies import Remedy, RemedyKind, by_command, command_of
from pressroom.core.slots import Slot, parse_slots
from pressroom.core.stored_posts import PostQuery
from pressroom.graph.capabilities import with_offer, words_of
from pressroom.graph.permissions import granted_among
from pressroom.service.accounts.standings import Standing, TokenSource, TokenState
from pressroom.service.doctor.findings import Finding, Group, Verdict
from pressroom.web.done import answer_done
from pressroom.web.page import Page
from pressroom.web.reader import Reader
from pressroom.web.site import PageRequest, Site

_PATH: Final = "/accounts"
_DOCTOR_S: Final = 45.0
_STATES: Final = {
    TokenState.WORKS: "Works",
    TokenState.ENDED: "Sign in again",
    TokenState.WRONG_ACCOUNT: "Token of another account",
    TokenState.LACKS_PERMISSION: "Lacks a permission",
    TokenState.UNKNOWN: "Signed in",
}
_VERDICTS: Final = {
    Verdict.OK: "In order",
    Verdict.WARN: "Warning",
    Verdict.FAIL: "Wrong",
    Verdict.UNKNOWN: "Not known",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownPause:
    """A pause in words. by, at: empty for one by an error of Instagram's. until: empty without an end."""

    reason: str
    by: str
    at: str
    until: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownAccount:
    """An account. state, tone: of its token, in words and by its colour. token: how long that lasts.

    timezone: empty for none. lacks: permissions that were not granted. slots: of a week, each with the text
    that names it. next: the next free ones. no_slots: why it can have none; empty where it can. is_paused: by
    hand.
    """

    name: str
    username: str
    login: str
    state: str
    tone: str
    is_default: bool
    is_stored: bool
    timezone: str
    token: str
    data_access: str
    version: str
    warning: str
    pauses: tuple[ShownPause, ...]
    lacks: tuple[str, ...]
    is_paused: bool
    slots: tuple[tuple[str, str], ...]
    next: tuple[str, ...]
    no_slots: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownLogin:
    """A kind of login, and what it can do and what not, in words."""

    name: str
    can: tuple[str, ...]
    cannot: tuple[str, ...]


async def list_accounts(site: Site, request: PageRequest) -> Response:
    """Show how every account stands, as it is known here."""
    reader = await request.reader(site)
    standings = await site.pressroom.accounts.standings(asks=False)
    return request.page(
        "accounts/list.html",
        title="Accounts",
        accounts=[await _shown_account(site, standing, reader) for standing in standings],
        logins=[
            ShownLogin(
                name=login.label,
                can=tuple(map(words_of, with_offer(login, is_offered=True))),
                cannot=tuple(map(words_of, with_offer(login, is_offered=False))),
            )
            for login in dict.fromkeys(standing.login_type for standing in standings)
        ],
        to_sign_in=command_of(Remedy(RemedyKind.SIGN_IN, {"account": "shop", "timezone": reader.zone.key})),
        zone=reader.zone.key,
    )


async def _shown_account(site: Site, standing: Standing, reader: Reader) -> ShownAccount:
    now, details, mask = site.clock.now(), standing.details, site.pressroom.pages.mask
    is_stored, slots, free, no_slots = standing.source is TokenSource.STORE, list[Slot](), [], ""
    try:
        week = await site.session_of(standing.name).posts.slots.week(standing.name)
        slots, free = [*week.slots], [reader.spell_near(at, now) for at in week.next]
    except PressroomError as error:  # it has no zone, in which slots could be meant
        no_slots = mask(error.message)
    ends = standing.token_expires_at
    token = "does not end" if details.never_ends else "not known"
    if ends and standing.days_left is not None:
        left = f"{standing.days_left:,} days left" if standing.days_left >= 0 else "over"
        token = f"{reader.spell_day(ends)} ({left})"
    access, version_ends = details.data_access_expires_at, standing.version_ends
    granted = granted_among(standing.login_type, details.permissions) if is_stored else ()
    pauses = [pause for pause in (standing.pause_by_hand, standing.pause) if pause]
    is_bad = standing.state.needs_sign_in
    return ShownAccount(
        name=standing.name,
        username=details.username or "",
        login=standing.login_type.label,
        state="Paused" if pauses and not is_bad else _STATES[standing.state],
        tone="failed" if is_bad else "needs_attention" if pauses else "published",
        is_default=standing.is_default,
        is_stored=is_stored,
        timezone=standing.timezone or "",
        token=token,
        data_access=reader.spell_day(access) if access else "",
        version=f"{standing.version}, until {version_ends:%-d %b %Y}" if version_ends else standing.version,
        warning=mask(standing.warning or ""),
        pauses=tuple(_shown_pause(pause, reader, now) for pause in pauses),
        lacks=tuple(each.name for each in granted if each.is_granted is False),
        is_paused=standing.pause_by_hand is not None,
        slots=tuple((f"{slot.day.capitalize()} {slot.time:%H:%M}", str(slot)) for slot in slots),
        next=tuple(free),
        no_slots=no_slots,
    )


def _shown_pause(pause: Pause, reader: Reader, now: datetime) -> ShownPause:
    return ShownPause(
        reason=pause.reason,
        by=actor_in_words(pause.by) if pause.by else "",
        at=reader.spell_near(pause.at, now) if pause.at else "",
        until="" if pause.until == UNTIL_RESUMED else reader.spell_near(pause.until, now),
    )


async def pause(site: Site, request: PageRequest) -> Response:
    """Keep an account from publishing until a person resumes it."""
    account = _account_of(request)
    await site.pressroom.accounts.pause(account, request.form.get("reason", ""))
    return answer_done(request, f"Account {account} is paused.", back=_PATH)


async def ask_resume(site: Site, request: PageRequest) -> Response:
    """Show a pause and what waits behind it, before it is ended."""
    account, reader, now = request.asked("account"), await request.reader(site), site.clock.now()
    standings = await site.pressroom.accounts.standings([account], asks=False)
    pauses = [pause for each in standings for pause in (each.pause_by_hand, each.pause) if pause]
    late = PostQuery(states=WAITING_STATES, account=account, due_before=now)
    return request.page(
        "accounts/resume.html",
        title=f"Resume {account}",
        account=account,
        pauses=[_shown_pause(pause, reader, now) for pause in pauses],
        late=await site.pressroom.posts.count(late) if pauses else 0,
    )


async def resume(site: Site, request: PageRequest) -> Response:
    """End the pause of an account."""
    await site.pressroom.accounts.resume(_account_of(request))
    return RedirectResponse(_PATH, 303)


async def add_slots(site: Site, request: PageRequest) -> Response:
    """Give an account more weekly slots, in words such as `weekdays 18:00`."""
    account, slots = _account_of(request), parse_slots(request.form.get("slots", ""))
    await site.session_of(account).posts.slots.add(slots)
    return answer_done(request, f"Added to the slots of {account}: {', '.join(map(str, slots))}.", back=_PATH)


async def remove_slot(site: Site, request: PageRequest) -> Response:
    """Take a weekly slot from an account; posts that are due then stay."""
    account, slots = _account_of(request), parse_slots(request.form.get("slot", ""))
    await site.session_of(account).posts.slots.remove(slots)
    return answer_done(request, f"Removed {', '.join(map(str, slots))} of {account}.", back=_PATH)


async def set_zone(site: Site, request: PageRequest) -> Response:
    """Change the zone in which an account's times are meant; planned posts stay when they are."""
    account, zone = _account_of(request), request.form.get("timezone", "").strip()
    await site.pressroom.accounts.set_timezone(account, zone)
    return answer_done(request, f"The times of {account} are in {zone} now.", back=_PATH)


async def choose_default(site: Site, request: PageRequest) -> Response:
    """Use an account wherever none is named."""
    account = _account_of(request)
    await site.pressroom.accounts.choose_default(account)
    return answer_done(request, f"{account} is the default account.", back=_PATH)


def _account_of(request: PageRequest) -> str:
    account = request.form.get("account", "")
    if not account:
        raise Refused(
            "The form names no account.",
            rule="account",
            value=account,
            limit="the name of an account",
            fix="Open the page anew.",
        )
    return account


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownFinding:
    """What a check found. seen: one line. remedy: what to do; empty where all is in order."""

    name: str
    verdict: Verdict
    verdict_in_words: str
    seen: str
    cause: str
    consequence: str
    remedy: str
    account: str


async def examine(site: Site, request: PageRequest) -> Response:
    """Have the doctor look at everything, Instagram too, and show what it found by the time it may take."""
    findings, is_cut = list[Finding](), False
    try:
        async with asyncio.timeout(_DOCTOR_S):
            await site.pressroom.accounts.doctor(every=True, on_finding=findings.append)
    except TimeoutError:
        is_cut = True
    mask, bad = site.pressroom.pages.mask, list[ShownFinding]()
    groups = defaultdict[str, list[ShownFinding]](list)
    for finding in sorted(findings, key=lambda each: [*Group].index(each.group)):
        shown = ShownFinding(
            name=finding.name.replace("-", " ").capitalize(),
            verdict=finding.verdict,
            verdict_in_words=_VERDICTS[finding.verdict],
            seen=mask(finding.seen),
            cause=mask(finding.cause),
            consequence=finding.consequence,
            remedy=mask(finding.remedy.by(by_command)),
            account=finding.account or "",
        )
        place = bad if finding.verdict in (Verdict.FAIL, Verdict.WARN) else groups[finding.group.heading]
        place.append(shown)
    return request.page(
        "accounts/doctor.html",
        title="What the doctor found",
        groups=groups,
        # What is wrong before what may become so.
        bad=sorted(bad, key=lambda finding: finding.verdict is not Verdict.FAIL),
        count=len(findings),
        is_cut=is_cut,
        seconds=int(_DOCTOR_S),
    )


PAGES: Final = (
    Page(path=_PATH, answer=list_accounts, menu="Accounts"),
    Page(path=f"{_PATH}/pause", answer=pause, method="POST"),
    Page(path=f"{_PATH}/resume", answer=ask_resume, decides=True),
    Page(path=f"{_PATH}/resume", answer=resume, method="POST", decides=True),
    Page(path=f"{_PATH}/slots/add", answer=add_slots, method="POST"),
    Page(path=f"{_PATH}/slots/remove", answer=remove_slot, method="POST"),
    Page(path=f"{_PATH}/zone", answer=set_zone, method="POST"),
    Page(path=f"{_PATH}/default", answer=choose_default, method="POST"),
    Page(path=f"{_PATH}/doctor", answer=examine, method="POST"),
)
