"""Whom we act for, and in which app's name: a token goes with its user id, login type, base and version."""

from dataclasses import dataclass
from typing import NewType
from urllib.parse import urlsplit

from pressroom.core.address import LOCAL_HOSTS, LOOPBACK
from pressroom.core.remedies import Remedy, RemedyKind
from pressroom.core.secret import Secret
from pressroom.graph.hosts import CODE_HOST, DEFAULT_BASE, DEFAULT_VERSION, UPLOAD_HOST, LoginType, is_meta
from pressroom.graph.ids import ME, UserId

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
