"""What a sign-in says: before anything opens, and once an account is stored."""

from collections.abc import Iterable, Sequence

from pressroom.cli.posts.listing import in_words
from pressroom.core.app import app_label
from pressroom.core.stored_accounts import StoredAccount
from pressroom.graph.capabilities import Capability, logins_with, with_offer, words_of
from pressroom.graph.hosts import LoginType
from pressroom.graph.permissions import Granted, Permission, granted_among
from pressroom.service.signing_in import SignedIn

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


def _lines(head: str, texts: Iterable[str]) -> list[str]:
    """Put a heading before the first of several lines, and align the others below it."""
    heads = (head, *[""] * 100)
    return [f"{one:<{_WIDTH}}{text}" for one, text in zip(heads, texts, strict=False)]


def before(login_type: LoginType, app_id: str, permissions: Sequence[Permission], place: str) -> list[str]:
    """Say which login, which app, which permissions and what for, and where the token will live."""
    asked = [
        f"{name}: to {one.purpose}" for one in permissions if (name := one.name_under(login_type)) is not None
    ]
    return [
        *_lines("Login", [f"{login_type.label}, in the browser"]),
        *_lines("App", [f"{app_label(login_type)} {app_id}"]),
        *_lines("Permissions", asked),
        *_lines("Token", [f"sealed in {place}"]),
    ]


def after(signed_in: SignedIn) -> list[str]:
    """Say what was stored, what it may and can do, until when, and what to do next."""
    stored = signed_in.stored
    return [
        _first_line(signed_in),
        *_lines("Login", [f"{stored.login_type.label}{_type(stored)}"]),
        *_permissions(stored),
        *_lines("Can", [*_can(stored.login_type)]),
        *_lines("Cannot", [*_cannot(stored.login_type)]),
        *_lines("Next", [_next(stored)]),
    ]


def _first_line(signed_in: SignedIn) -> str:
    stored = signed_in.stored
    who = f"@{signed_in.username}" if signed_in.username else stored.user_id
    return f"Account {stored.name} is {who}. {end_of(stored)}"


def end_of(stored: StoredAccount) -> str:
    """Say when the token ends, and when Facebook Login stops giving data."""
    data_ends = stored.details.data_access_expires_at
    told = [_token_end(stored)]
    if data_ends is not None:
        told.append(f"Facebook gives it data until {in_words(data_ends, stored.timezone)}.")
    return " ".join(told)


def _token_end(stored: StoredAccount) -> str:
    if stored.details.never_ends:
        return "Its token has no end."
    if stored.token_expires_at is None:
        return "When its token ends is not known."
    return f"Its token lasts until {in_words(stored.token_expires_at, stored.timezone)}."


def _type(stored: StoredAccount) -> str:
    kind = _TYPES.get(stored.details.account_type or "")
    return f", {kind}" if kind else ""


def _permissions(stored: StoredAccount) -> list[str]:
    granted = granted_among(stored.login_type, stored.details.permissions)
    if stored.details.permissions is None:
        return _lines("Permissions", ["not told for a pasted token: a call that needs one shows it"])
    has = [one.name for one in granted if one.is_granted]
    return [*_lines("Granted", [", ".join(has) or "none"]), *_missing(granted)]


def _missing(granted: Iterable[Granted]) -> list[str]:
    """Name each missing permission, and what breaks without it."""
    lacking = [one for one in granted if one.is_granted is False]
    return _lines("Missing", [f"{one.name}: {one.permission.without}" for one in lacking])


def _can(login_type: LoginType) -> list[str]:
    usual = [Capability.PUBLISH_BY_URL, Capability.COMMENTS, Capability.MESSAGES, Capability.INSIGHTS]
    offered = with_offer(login_type, is_offered=True)
    return [words_of(one) for one in (*usual, *_WORTH_NAMING) if one in offered]


def _cannot(login_type: LoginType) -> list[str]:
    refused = with_offer(login_type, is_offered=False)
    return [f"{words_of(one)} ({_able(one)} can)" for one in _WORTH_NAMING if one in refused]


def _able(capability: Capability) -> str:
    return " or ".join(login.label for login in logins_with(capability))


def _next(stored: StoredAccount) -> str:
    named = "" if stored.is_default else f" --account {stored.name}"
    return f"pressroom publish photo cat.jpg --caption Hello{named}"
