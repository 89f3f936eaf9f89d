"""Meta's hosts, and which login type's tokens each accepts.

Source: https://developers.facebook.com/documentation/instagram-platform/overview
"""

from enum import StrEnum
from urllib.parse import urlsplit


class LoginType(StrEnum):
    """How the account's owner signed in, which decides the host and the available calls."""

    INSTAGRAM = "instagram"
    FACEBOOK = "facebook"


GRAPH_HOSTS = {
    "graph.instagram.com": LoginType.INSTAGRAM,
    "graph.facebook.com": LoginType.FACEBOOK,
}
UPLOAD_HOST = "rupload.facebook.com"
TOKEN_HOSTS = ("api.instagram.com", "www.instagram.com", "www.facebook.com")
META_HOSTS = frozenset({*GRAPH_HOSTS, UPLOAD_HOST, *TOKEN_HOSTS})

DEFAULT_BASE = "https://graph.instagram.com"


def login_type_of_token(token: str) -> LoginType | None:
    """Return the login type that a token's prefix shows, `IG…` or `EAA…`; None for any other."""
    if token.startswith("IG"):
        return LoginType.INSTAGRAM
    if token.startswith("EAA"):
        return LoginType.FACEBOOK
    return None


def login_type_of_base(base: str) -> LoginType | None:
    """Return the login type a base URL serves; None for a host that is not Meta's."""
    return GRAPH_HOSTS.get(urlsplit(base).hostname or "")


def is_meta(base: str) -> bool:
    """Return whether `base` is one of Meta's hosts."""
    # By the parsed host, not by a substring: `graph.instagram.com.example` is not Meta's.
    return (urlsplit(base).hostname or "") in META_HOSTS
