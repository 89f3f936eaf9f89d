"""What a sign-in says: before anything opens, and once an account is stored."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from pressroom.cli.posts.listing import in_words
from pressroom.core.account import app_label
from pressroom.core.stored_accounts import LoginDetails, StoredAccount
from pressroom.graph.capabilities import Capability, logins_with, needs_of, with_offer, words_of
from pressroom.graph.hosts import LoginType
from pressroom.graph.permissions import Granted, Permission, granted_among
from pressroom.service.accounts.signing_in import SignedIn

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


def lines_of(head: str, texts: Iterable[str]) -> list[str]:
    """Put a heading before the first of several lines, and align the others below it."""
    heads = (head, *[""] * 100)
    return [f"{one:<{_WIDTH}}{text}" for one, text in zip(heads, texts, strict=False)]


def before(login_type: LoginType, app_id: str, permissions: Sequence[Permission], place: str) -> list[str]:
    """Say which login, which app, which permissions and what for, and where the token will live."""
    asked = [
        f"{name}: to {one.purpose}" for one in permissions if (name := one.name_under(login_type)) is not None
    ]
    return [
        *lines_of("Login", [f"{login_type.label}, in the browser"]),
        *lines_of("App", [f"{app_label(login_type)} {app_id}"]),
        *lines_of("Permissions", asked),
        *lines_of("Token", [f"sealed in {place}"]),
    ]


def after(signed_in: SignedIn) -> list[str]:
    """Say what was stored, what it may and can do, until when, and what to do next."""
    stored = signed_in.stored
    return [
        _first_line(signed_in),
        *lines_of("Login", [f"{stored.login_type.label}{type_of(stored.details)}"]),
        *permission_lines(stored.login_type, stored.details),
        *lines_of("Can", _can(stored)),
        *lines_of("Cannot", _cannot(stored.login_type)),
        *lines_of("Next", _next(stored)),
    ]


def _first_line(signed_in: SignedIn) -> str:
    stored = signed_in.stored
    who = f"@{signed_in.username}" if signed_in.username else stored.user_id
    return f"Account {stored.name} is {who}. {end_of(stored)}"


def end_of(stored: StoredAccount) -> str:
    """Say when the token ends, and when Facebook Login stops giving data."""
    return token_end(stored.token_expires_at, stored.details, stored.timezone)


def token_end(expires_at: datetime | None, details: LoginDetails, timezone: str) -> str:
    """Say when a token ends, and when Facebook Login stops giving data."""
    told = ["When its token ends is not known."]
    if details.never_ends:
        told = ["Its token has no end."]
    elif expires_at is not None:
        told = [f"Its token lasts until {in_words(expires_at, timezone)}."]
    if details.data_access_expires_at is not None:
        told.append(f"Facebook gives it data until {in_words(details.data_access_expires_at, timezone)}.")
    return " ".join(told)


def type_of(details: LoginDetails) -> str:
    """Name the type of an account, after a comma; nothing where Instagram did not say."""
    kind = _TYPES.get(details.account_type or "")
    return f", {kind}" if kind else ""


def permission_lines(login_type: LoginType, details: LoginDetails) -> list[str]:
    """Name the permissions that were granted, and those that are missing with what that breaks."""
    granted = granted_among(login_type, details.permissions)
    if details.permissions is None:
        return lines_of("Permissions", ["not told for a pasted token: a call that needs one shows it"])
    has = [one.name for one in granted if one.is_granted]
    return [*lines_of("Granted", has or ["none"]), *_missing(granted)]


def _missing(granted: Iterable[Granted]) -> list[str]:
    """Name each missing permission, and what breaks without it."""
    lacking = [one for one in granted if one.is_granted is False]
    return lines_of("Missing", [f"{one.name}: {one.permission.without}" for one in lacking])


def _can(stored: StoredAccount) -> list[str]:
    usual = (Capability.PUBLISH_BY_URL, Capability.COMMENTS, Capability.MESSAGES, Capability.INSIGHTS)
    offered = with_offer(stored.login_type, is_offered=True)
    allowed = [one for one in (*usual, *_WORTH_NAMING) if one in offered and _is_allowed(stored, one)]
    return [words_of(one) for one in allowed]


def _is_allowed(stored: StoredAccount, capability: Capability) -> bool:
    """Tell whether nothing that a capability needs is known to be missing."""
    granted = stored.details.permissions
    names = [one.name_under(stored.login_type) for one in needs_of(capability)]
    return granted is None or all(name in granted for name in names if name)


def _cannot(login_type: LoginType) -> list[str]:
    refused = with_offer(login_type, is_offered=False)
    return [f"{words_of(one)} ({_able(one)} can)" for one in _WORTH_NAMING if one in refused]


def _able(capability: Capability) -> str:
    return " or ".join(login.label for login in logins_with(capability, is_documented=True))


def _next(stored: StoredAccount) -> list[str]:
    named = "" if stored.is_default else f" --account {stored.name}"
    publish = f"pressroom publish photo cat.jpg --caption Hello{named}"
    can_publish = _is_allowed(stored, Capability.PUBLISH_BY_URL)
    return [f"pressroom doctor{named}", *([publish] if can_publish else [])]
