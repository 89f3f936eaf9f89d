"""Whom we act for, and in which app's name, with what the store keeps of both.

A token goes with its user id, login type, base and version. `StoredAccount` is a login as the store keeps it,
`Pause` says why nothing is published for an account, `QuotaReading` how much of its day is used.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import NamedTuple, NewType
from urllib.parse import urlsplit

from pressroom.core.actor import ActorId
from pressroom.core.address import LOCAL_HOSTS, LOOPBACK
from pressroom.core.errors import GraphError, Refused, SettingRefused
from pressroom.core.remedies import Remedy, RemedyKind
from pressroom.core.secret import Secret
from pressroom.graph.answers import ME, UserId
from pressroom.graph.capabilities import Capability, logins_with, may_try, words_of
from pressroom.graph.error_table import Retry, find
from pressroom.graph.hosts import (
    CODE_HOST,
    DEFAULT_BASE,
    DEFAULT_VERSION,
    UPLOAD_HOST,
    LoginType,
    is_meta,
    logins_of_base,
    logins_of_token,
)

AccountId = NewType("AccountId", str)
"""The identity of an account: `<user id>@instagram`, or `<user id>@<host>` on a base that is not Meta's.

A name without a login yet is an id too: names have no `@`, so the two never collide.
"""

LONGEST_NAME = 64
_INSTAGRAM = "instagram"
# localhost and 127.0.0.1 are the same sandbox, and one account there must not become two.
# `http://host` and `http://host:80` are one place.
_USUAL_PORTS = {"http": 80, "https": 443}


def account_id(user_id: str, api_base: str) -> AccountId:
    """Build a user's id. All of Meta's hosts are one Instagram, whichever login is used."""
    return AccountId(f"{user_id}@{place_of(api_base)}")


def is_account_id(text: str) -> bool:
    """Return whether a text is an id rather than a name."""
    user, at, _ = text.partition("@")
    return bool(user and at)


def is_account_name(text: str) -> bool:
    """Return whether a login may have this name: printable, typeable, and never taken for an id."""
    # Printable and typeable: a post under a name that nobody can sign in as would wait forever.
    is_line = text.isprintable() and text == text.strip()
    return is_line and 0 < len(text) <= LONGEST_NAME and "@" not in text


def is_of_sandbox(account: str) -> bool:
    """Return whether an id is of an account on this machine, where no Instagram is; a name is not."""
    place = account.rpartition("@")[2] if is_account_id(account) else ""
    return place.partition("/")[0].partition(":")[0] == LOOPBACK


def shown_account(account: str) -> str:
    """Return an account's id as people know it: on Instagram the user id alone."""
    return account.removesuffix(f"@{_INSTAGRAM}")


def sign_in(account: str) -> Remedy:
    """Make the remedy of signing in to an account, under its name if it has one."""
    return Remedy(RemedyKind.SIGN_IN, {} if is_account_id(account) else {"account": account})


def place_of(api_base: str) -> str:
    """Return what tells one Instagram from another: `instagram` for all of Meta's hosts, else the host."""
    if is_meta(api_base):
        return _INSTAGRAM
    parts = urlsplit(api_base)
    host = parts.hostname or ""
    port = "" if parts.port in (None, _USUAL_PORTS.get(parts.scheme)) else f":{parts.port}"
    return f"{LOOPBACK if host in LOCAL_HOSTS else host}{port}{parts.path.rstrip('/')}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One Instagram professional account we may act for.

    api_base: scheme, host and port, without a version or a trailing slash.
    version: spelled `v21.0`.
    """

    token: Secret
    user_id: str = ME
    login_type: LoginType = LoginType.INSTAGRAM
    api_base: str = DEFAULT_BASE
    version: str = DEFAULT_VERSION

    @property
    def user(self) -> UserId:
        """The user id, as the calls of `graph` take it."""
        return UserId(self.user_id)

    @property
    def is_real(self) -> bool:
        """Whether calls go to Meta rather than to a sandbox."""
        return is_meta(self.api_base)

    @property
    def upload_base(self) -> str:
        """Where resumable uploads go: Meta's upload host, or the sandbox itself."""
        return f"https://{UPLOAD_HOST}" if self.is_real else self.api_base

    @property
    def code_base(self) -> str:
        """Where the code of Instagram Login is exchanged: a host of Meta's own for it, or the sandbox."""
        return f"https://{CODE_HOST}" if self.is_real else self.api_base

    @property
    def key(self) -> AccountId:
        """The key of pacing and of in-process caches, which needs no call to Instagram.

        For an account known only as `me` it is derived from the token.
        """
        if self.user_id != ME:
            return account_id(self.user_id, self.api_base)
        import hashlib  # noqa: PLC0415  # loads OpenSSL, 3 ms that no help needs

        # 12 hex digits of a hash tell tokens apart without holding one: keys may be logged and stored.
        digest = hashlib.sha256(self.token.reveal().encode()).hexdigest()[:12]
        return account_id(f"me-{digest}", self.api_base)


def login_types_for(token: str, base: str | None) -> tuple[LoginType, ...]:
    """Return the login types that a token may be of at a base, the likeliest first; base: None for Meta's.

    Raises SettingRefused for a token of another login than those of the base.
    """
    by_token, by_host = logins_of_token(token), logins_of_base(base or "")
    # A sandbox's host says nothing, and the token does.
    allowed = by_host or tuple(LoginType)
    common = tuple(login for login in allowed if login in (by_token or allowed))
    if common:
        return common
    # Each of Meta's hosts accepts only tokens of its own login types (Instagram Platform, Overview).
    right, host = by_token[0], by_host[0].host
    raise SettingRefused(
        f"The token belongs to {_either(by_token)}, and {host} takes only tokens of {_either(by_host)}.",
        rule="token_host",
        value=f"{right.value} token on {host}",
        limit=f"{right.value} token on {right.host}",
        fix=f"Set INSTAGRAM_API_BASE=https://{right.host}, or use a token made with {_either(by_host)}.",
    )


def _either(logins: tuple[LoginType, ...]) -> str:
    return " or ".join(login.label for login in logins)


def require_capability(login: LoginType, capability: Capability, *, rule: str) -> None:
    """Raise Refused for a login that is known not to offer something. rule: the option that needs it."""
    if may_try(login, capability):
        return
    able = " or ".join(each.label for each in logins_with(capability))
    raise Refused(
        f"{login.label} cannot {words_of(capability)}; {able} can.",
        rule=rule,
        value=login.label,
        limit=able,
        fix=f"Leave it out, or sign in by {able}.",
    )


def kind_of_app(login_type: LoginType) -> LoginType:
    """Return whose app a login needs: Instagram Login has its own, the Meta app serves the other two."""
    return LoginType.INSTAGRAM if login_type is LoginType.INSTAGRAM else LoginType.FACEBOOK


def app_label(login_type: LoginType) -> str:
    """Return the app as Meta's dashboard labels its id and secret: "Instagram app" or "App"."""
    return "Instagram app" if login_type is LoginType.INSTAGRAM else "App"


@dataclass(frozen=True, slots=True)
class App:
    """An app of the person's own. redirect_uri: the one registered for it that was used last."""

    app_id: str
    secret: Secret
    redirect_uri: str | None = None

    @property
    def token(self) -> Secret:
        """The app's own token, which may ask what another token is."""
        return Secret(f"{self.app_id}|{self.secret.reveal()}")


# A real time, so that comparisons need no special case; the largest year that datetime has.
UNTIL_RESUMED = datetime(9999, 12, 31, tzinfo=UTC)
"""The end of a pause that only a person can end."""


@dataclass(frozen=True, slots=True)
class Pause:
    """Why an account starts nothing new, and until when.

    by, at: who paused it, and when. Without them Pressroom did so itself, after an error of Instagram's with
    that code and subcode; both kinds may hold at once.
    """

    until: datetime
    reason: str
    by: ActorId | None = None
    at: datetime | None = None
    code: int | None = None
    subcode: int | None = None

    @classmethod
    def after(cls, error: GraphError, until: datetime) -> "Pause":
        """Build the pause that an error of Instagram's causes."""
        return cls(until, str(error), code=error.body.code, subcode=error.body.error_subcode)


def is_of_token(pause: Pause) -> bool:
    """Return whether an account is paused because Instagram refused its token."""
    if pause.code is None or pause.until != UNTIL_RESUMED:
        return False
    row = find(pause.code, pause.subcode)
    return row is not None and row.retry is Retry.AFTER_SIGN_IN


class PausedAccount(NamedTuple):
    """A pause in force. account: the name people use for it."""

    account: str
    pause: Pause


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginDetails:
    """What Instagram said of a login when it was made.

    permissions: the names of those granted; None when that was not told, as of a pasted token of Instagram
    Login. never_ends: the token has no end. data_access_expires_at: when Facebook Login stops giving data,
    though the token lives on.
    """

    username: str | None = None
    account_type: str | None = None
    permissions: tuple[str, ...] | None = None
    # Facebook Login keeps the Page's own token, so that no person has to come back every 60 days.
    never_ends: bool = False
    data_access_expires_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredApp:
    """An app of the person's own, which asks for consent. Its secret is sealed by the vault.

    login_type: Instagram Login has an id and a secret of its own; those of the Meta app serve the others.
    place: `instagram`, or the host of a base that is not Meta's. redirect_uri: the one used last.
    """

    login_type: LoginType
    place: str
    app_id: str
    # Sealed for this purpose alone, so that it opens as no token: docs/decisions/0021.
    sealed_secret: bytes = field(repr=False)
    redirect_uri: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredAccount:
    """A login as stored, its token sealed by the vault.

    name: a line of at most 64 characters without `@`. pause: by an error of Instagram's, even an expired one.
    timezone: the IANA zone times are shown in. language: of reports, such as `de`; None where nobody chose
    one, which is English. token_expires_at: None when Meta did not say.
    """

    name: str
    user_id: UserId
    login_type: LoginType
    api_base: str
    version: str
    timezone: str = "UTC"
    language: str | None = None
    sealed_token: bytes = field(repr=False)
    token_obtained_at: datetime
    token_expires_at: datetime | None = None
    token_refreshed_at: datetime | None = None
    pause: Pause | None = None
    pause_by_hand: Pause | None = None
    is_default: bool = False
    details: LoginDetails = LoginDetails()

    @property
    def account(self) -> AccountId:
        """The account it signs in to."""
        return account_id(self.user_id, self.api_base)

    @property
    def access_ends_at(self) -> datetime | None:
        """When it stops working: the token ends, or Facebook Login stops giving data; None if unknown."""
        ends = (self.token_expires_at, self.details.data_access_expires_at)
        return min((end for end in ends if end is not None), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class RenewedToken:
    """The result of a token refresh, sealed by the vault. details: None leaves the login's as they are."""

    sealed_token: bytes = field(repr=False)
    refreshed_at: datetime
    expires_at: datetime | None
    details: LoginDetails | None = None


class Spending(StrEnum):
    """What Instagram counts over the last 24 hours."""

    CONTAINER = "container"  # 400 a day, as documented (Content Publishing, Limitations)
    PUBLISH = "publish"


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotaReading:
    """Instagram's reading of an account's publishing quota, in posts."""

    total: int | None  # read, never assumed: Meta's own pages say 50 and 100
    usage: int | None
    read_at: datetime
