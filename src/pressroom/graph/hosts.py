"""Meta's hosts, which login type's tokens each accepts, and the versions of the API that they serve.

Source: https://developers.facebook.com/documentation/instagram-platform/overview, for Unified Login
https://developers.facebook.com/documentation/instagram-platform/webhooks/setup, and for the versions
https://developers.facebook.com/docs/graph-api/guides/versioning
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from urllib.parse import urlencode, urlsplit


class LoginType(StrEnum):
    """How the account's owner signed in, which decides the host and the available calls.

    UNIFIED: a token of a Business Integration System User. Meta documents little of it: what is not known is
    marked in `graph.capabilities`.
    """

    INSTAGRAM = "instagram"
    FACEBOOK = "facebook"
    UNIFIED = "unified"

    @property
    def label(self) -> str:
        """As Meta writes it."""
        return f"{self.value.title()} Login"

    @property
    def host(self) -> str:
        """The host that takes its tokens."""
        return GRAPH_INSTAGRAM if self is LoginType.INSTAGRAM else GRAPH_FACEBOOK


GRAPH_INSTAGRAM = "graph.instagram.com"
GRAPH_FACEBOOK = "graph.facebook.com"
UPLOAD_HOST = "rupload.facebook.com"
CODE_HOST = "api.instagram.com"
# `api.instagram.com` answers the same path with a page that leads nowhere (reported by live clients).
AUTHORIZE_HOST = "www.instagram.com"
DIALOG_HOST = "www.facebook.com"
META_HOSTS = frozenset({GRAPH_INSTAGRAM, GRAPH_FACEBOOK, UPLOAD_HOST, CODE_HOST, AUTHORIZE_HOST, DIALOG_HOST})

DEFAULT_BASE = f"https://{GRAPH_INSTAGRAM}"

_OF_FACEBOOK = (LoginType.FACEBOOK, LoginType.UNIFIED)
_BY_HOST = {GRAPH_INSTAGRAM: (LoginType.INSTAGRAM,), GRAPH_FACEBOOK: _OF_FACEBOOK}
_BY_PREFIX = {"IG": (LoginType.INSTAGRAM,), "EAA": _OF_FACEBOOK}


def logins_of_token(token: str) -> tuple[LoginType, ...]:
    """Return the login types that a token's first letters allow; none for letters that tell nothing."""
    return next((logins for prefix, logins in _BY_PREFIX.items() if token.startswith(prefix)), ())


def logins_of_base(base: str) -> tuple[LoginType, ...]:
    """Return the login types that a base serves; none for a host that is not Meta's."""
    return logins_of_host(urlsplit(base).hostname or "")


def logins_of_host(host: str) -> tuple[LoginType, ...]:
    """Return the login types whose tokens a host takes; none for one that is not Meta's API."""
    return _BY_HOST.get(host, ())


def may_be_taken(letters: Iterable[LoginType], base: str) -> bool:
    """Return whether a base may take a token of these logins; where either tells none, it may."""
    allowed, served = set(letters), set(logins_of_base(base))
    return not (allowed and served) or bool(allowed & served)


def is_meta(base: str) -> bool:
    """Return whether `base` is one of Meta's hosts."""
    # By the parsed host, not by a substring: `graph.instagram.com.example` is not Meta's.
    return (urlsplit(base).hostname or "") in META_HOSTS


@dataclass(frozen=True, slots=True)
class Version:
    """One version of the Graph API. `ends`: None while Meta has not set a date."""

    name: str
    released: date
    ends: date | None = None

    @property
    def number(self) -> tuple[int, int]:
        """The version as comparable numbers: `v21.0` is (21, 0)."""
        major, minor = self.name.removeprefix("v").split(".")
        return int(major), int(minor)


VERSIONS = (
    Version("v21.0", date(2024, 10, 2), date(2027, 1, 21)),
    Version("v22.0", date(2025, 1, 21), date(2027, 5, 20)),
    Version("v23.0", date(2025, 5, 29), date(2027, 10, 8)),
    Version("v24.0", date(2025, 10, 8), date(2028, 2, 18)),
    Version("v25.0", date(2026, 2, 18), date(2028, 7, 29)),
    Version("v26.0", date(2026, 7, 29)),
    Version("v27.0", date(2026, 11, 4)),
)
OLDEST, NEWEST = VERSIONS[0], VERSIONS[-1]
DEFAULT_VERSION = "v21.0"

_WELL_FORMED = re.compile(r"v\d{1,3}\.\d{1,2}")
_BY_NAME = {version.name: version for version in VERSIONS}
_NEAR_DAYS = 90
_SERVED_INSTEAD = (
    f"Meta now serves the oldest usable version instead. Set INSTAGRAM_API_VERSION={NEWEST.name}."
)


def is_well_formed(text: str) -> bool:
    """Return whether `text` has the form of a version (`v26.0`), known or not."""
    return _WELL_FORMED.fullmatch(text) is not None


def version_named(name: str) -> Version | None:
    """Find a version in the table; None for one this release does not know."""
    return _BY_NAME.get(name)


def warning_for(name: str, today: date) -> str | None:
    """Return a warning about a well-formed version on a day; None when it is fine.

    Meta does not refuse an expired version: it serves the oldest one still usable (Versioning).
    """
    if Version(name, OLDEST.released).number < OLDEST.number:
        return f"{name} has ended: {_SERVED_INSTEAD}"
    version = version_named(name)
    if version is None:
        return f"{name} is unknown to this release ({OLDEST.name} to {NEWEST.name}); it is used as given."
    if version.ends is None or (version.ends - today).days > _NEAR_DAYS:
        return None
    if version.ends <= today:
        return f"{name} ended on {version.ends}: {_SERVED_INSTEAD}"
    return (
        f"{name} ends on {version.ends} and Meta will silently serve a later one. "
        f"Set INSTAGRAM_API_VERSION={NEWEST.name}."
    )


def authorize_address(
    login: LoginType,
    api_base: str,
    version: str,
    *,
    client_id: str,
    redirect_uri: str,
    scopes: Iterable[str],
    state: str,
) -> str:
    """Return the address at which a person lets an app act for the account.

    On Meta's hosts always `www.instagram.com`, or `www.facebook.com` for Facebook Login; a sandbox serves its
    own. Source: Business Login, Step 1; Facebook Login, Build a Login Flow.
    """
    of_instagram = login is LoginType.INSTAGRAM
    host = f"https://{AUTHORIZE_HOST if of_instagram else DIALOG_HOST}" if is_meta(api_base) else api_base
    path = "oauth/authorize" if of_instagram else f"{version}/dialog/oauth"
    query = {
        "client_id": client_id,
        "redirect_uri": redirect_uri,
        "response_type": "code",
        "scope": ",".join(scopes),
        "state": state,
    }
    return f"{host}/{path}?{urlencode(query, safe=',')}"
