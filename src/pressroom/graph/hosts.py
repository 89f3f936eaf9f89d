"""Meta's hosts, and which login type's tokens each accepts.

Source: https://developers.facebook.com/documentation/instagram-platform/overview, and for Unified Login
https://developers.facebook.com/documentation/instagram-platform/webhooks/setup
"""

from enum import StrEnum
from urllib.parse import urlsplit


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


def is_meta(base: str) -> bool:
    """Return whether `base` is one of Meta's hosts."""
    # By the parsed host, not by a substring: `graph.instagram.com.example` is not Meta's.
    return (urlsplit(base).hostname or "") in META_HOSTS
