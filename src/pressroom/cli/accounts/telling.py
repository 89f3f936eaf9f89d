"""What the commands of `pressroom auth` say: before a sign-in opens anything, after it, and of each account.

`_lines_of` aligns a heading and its lines. What is told here is for people; `--json` names everything.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from urllib.parse import urlsplit

from pressroom.cli.posts.listing import in_words, named
from pressroom.cli.shell.console import Console
from pressroom.core.account import LoginDetails, StoredAccount, app_label
from pressroom.graph.capabilities import Capability, logins_with, needs_of, with_offer, words_of
from pressroom.graph.hosts import LoginType
from pressroom.graph.permissions import Permission, granted_among
from pressroom.graph.traps import trap
from pressroom.service.accounts.signing_in import SignedIn
from pressroom.service.accounts.standings import Standing, TokenSource, TokenState

_TYPES = {"BUSINESS": "a business account", "MEDIA_CREATOR": "a creator account"}
_WIDTH = 13
# The rest is for those who look for it: `--json` and docs name everything.
_WORTH_NAMING = (
    Capability.UPLOAD_VIDEO,
    Capability.DELETE_MEDIA,
    Capability.HASHTAG_SEARCH,
    Capability.BUSINESS_DISCOVERY,
    Capability.TOTAL_METRICS,
    Capability.TOKEN_RENEWAL,
)


def _lines_of(head: str, texts: Iterable[str]) -> list[str]:
    """Put a heading before the first of several lines, and align the others below it."""
    return [f"{head if number == 0 else '':<{_WIDTH}}{text}" for number, text in enumerate(texts)]


def before(login_type: LoginType, app_id: str, permissions: Sequence[Permission], place: str) -> list[str]:
    """Say which login, which app, which permissions and what for, and where the token will live."""
    purposes = [
        f"{name}: to {permission.purpose}"
        for permission in permissions
        if (name := permission.name_under(login_type)) is not None
    ]
    return [
        *_lines_of("Login", [f"{login_type.label}, in the browser"]),
        *_lines_of("App", [f"{app_label(login_type)} {app_id}"]),
        *_lines_of("Permissions", purposes),
        *_lines_of("Token", [f"sealed in {place}"]),
    ]


def after(signed_in: SignedIn) -> list[str]:
    """Say what was stored, what it may and can do, until when, and what to do next."""
    stored, login_type = signed_in.stored, signed_in.stored.login_type
    shown = f"@{signed_in.username}" if signed_in.username else stored.user_id

    usual = (Capability.PUBLISH_BY_URL, Capability.COMMENTS, Capability.MESSAGES, Capability.INSIGHTS)
    offered = with_offer(login_type, is_offered=True)
    can = [
        words_of(capability)
        for capability in (*usual, *_WORTH_NAMING)
        if capability in offered and _is_allowed(stored, capability)
    ]
    # Each with the logins that can, so that a person knows which to take instead.
    cannot = list[str]()
    refused = with_offer(login_type, is_offered=False)
    for capability in _WORTH_NAMING:
        if capability in refused:
            able = " or ".join(login.label for login in logins_with(capability, is_documented=True))
            cannot.append(f"{words_of(capability)} ({able} can)")

    option = "" if stored.is_default else f" --account {stored.name}"
    steps = [f"pressroom doctor{option}"]
    if _is_allowed(stored, Capability.PUBLISH_BY_URL):
        steps.append(f"pressroom publish photo cat.jpg --caption Hello{option}")
    return [
        f"Account {stored.name} is {shown}. {end_of(stored)}",
        *_lines_of("Login", [f"{login_type.label}{_type_of(stored.details)}"]),
        *_permission_lines(login_type, stored.details),
        *_lines_of("Can", can),
        *_lines_of("Cannot", cannot),
        *_lines_of("Next", steps),
    ]


def end_of(stored: StoredAccount) -> str:
    """Say when the token ends, and when Facebook Login stops giving data."""
    return _token_end(stored.token_expires_at, stored.details, stored.timezone)


def _token_end(expires_at: datetime | None, details: LoginDetails, timezone: str) -> str:
    words = "When its token ends is not known."
    if details.never_ends:
        words = "Its token has no end."
    elif expires_at is not None:
        words = f"Its token lasts until {in_words(expires_at, timezone)}."
    if details.data_access_expires_at is not None:
        words += f" Facebook gives it data until {in_words(details.data_access_expires_at, timezone)}."
    return words


def _type_of(details: LoginDetails) -> str:
    """Name the type of an account, after a comma; nothing where Instagram did not say."""
    kind = _TYPES.get(details.account_type or "")
    return f", {kind}" if kind else ""


def _permission_lines(login_type: LoginType, details: LoginDetails) -> list[str]:
    """Name the permissions that were granted, and those that are missing with what that breaks."""
    if details.permissions is None:
        return _lines_of("Permissions", ["not told for a pasted token: a call that needs one shows it"])
    granted = granted_among(login_type, details.permissions)
    names = [permission.name for permission in granted if permission.is_granted]
    missing = [
        f"{permission.name}: {permission.permission.without}"
        for permission in granted
        if permission.is_granted is False
    ]
    return [*_lines_of("Granted", names or ["none"]), *_lines_of("Missing", missing)]


def _is_allowed(stored: StoredAccount, capability: Capability) -> bool:
    """Tell whether nothing that a capability needs is known to be missing."""
    granted = stored.details.permissions
    names = [permission.name_under(stored.login_type) for permission in needs_of(capability)]
    # What is not known counts as allowed: the first call tells.
    return granted is None or all(name in granted for name in names if name)


_STATES = {
    TokenState.WORKS: "works",
    TokenState.ENDED: "has ended",
    TokenState.WRONG_ACCOUNT: "of another account",
    TokenState.LACKS_PERMISSION: "lacks a permission",
    TokenState.UNKNOWN: "not checked",
}


def show_standing(console: Console, standing: Standing, place: str) -> None:
    """Write how an account stands, and warn of what needs a person. place: where stored tokens are kept."""
    is_stored = standing.source is TokenSource.STORE
    shown = f"@{standing.details.username}" if standing.details.username else standing.user_id
    head = f"{standing.name}{' (default)' if standing.is_default else ''}: {shown}"
    # Nobody signed it in under a name.
    if standing.source is TokenSource.ENVIRONMENT:
        head = f"INSTAGRAM_ACCESS_TOKEN: {shown}"
    console.data("\n".join([head, *(f"  {line}" for line in _lines_of_standing(standing, place))]))
    for pause in (standing.pause_by_hand, standing.pause):
        if pause:
            by = f" by {pause.by}" if pause.by else ""
            console.warn(f"Account {standing.name} is paused{by}: {pause.reason}")
    if standing.warning:
        console.warn(standing.warning)
    for post in standing.would_miss:
        when = in_words(post.goes_out_at, post.timezone)
        console.warn(f"{named(post)} of {when} would miss.")
    if standing.hides and not is_stored:
        hidden = trap("environment-token")
        console.warn(f"INSTAGRAM_ACCESS_TOKEN goes before the stored {standing.hides}. {hidden.remedy}")


def _lines_of_standing(standing: Standing, place: str) -> list[str]:
    login, details, count = standing.login_type, standing.details, standing.slots_a_week
    ends = f" (until {standing.version_ends})" if standing.version_ends else ""
    slots = f"{count} weekly slot{'' if count == 1 else 's'}" if count else "no weekly slots"

    is_stored = standing.source is TokenSource.STORE
    token = [f"sealed in {place}" if is_stored else "in INSTAGRAM_ACCESS_TOKEN, which nothing renews"]
    words = _STATES[standing.state]
    if standing.state.needs_sign_in or standing.source is TokenSource.ENVIRONMENT:
        token += [words]
    else:
        left = "" if standing.days_left is None else f", {standing.days_left} days left"
        token += [
            f"{words}{left}",
            _token_end(standing.token_expires_at, details, standing.timezone or "UTC"),
        ]
    zone = f"in {standing.timezone}" if standing.timezone else "in no zone that is known, so --tz names one"
    return [
        *_lines_of("User id", [standing.user_id]),
        *_lines_of("Login", [f"{login.label}{_type_of(details)}"]),
        *_lines_of("API", [f"{urlsplit(standing.api_base).netloc} {standing.version}{ends}"]),
        *_lines_of("Token", token),
        *(_permission_lines(login, details) if is_stored else []),
        *_lines_of("Times", [f"{zone}, {slots}"]),
        *_lines_of("Reports", [f"in {standing.language or 'en'}"]),
    ]
