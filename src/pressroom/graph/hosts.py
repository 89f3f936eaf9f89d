"""Where calls go, and which token belongs where.

Source: https://developers.facebook.com/documentation/instagram-platform/overview
"""

from enum import StrEnum
from urllib.parse import urlsplit


class LoginType(StrEnum):
    """How the account's owner signed in. It decides the host and what may be asked."""

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
    """Read the login type off a token's first letters: `IG…` or `EAA…`; None for anything else."""
    if token.startswith("IG"):
        return LoginType.INSTAGRAM
    if token.startswith("EAA"):
        return LoginType.FACEBOOK
    return None


def login_type_of_base(base: str) -> LoginType | None:
    """Name the login type a base URL serves; None for a host that is not Meta's."""
    return GRAPH_HOSTS.get(urlsplit(base).hostname or "")


def is_meta(base: str) -> bool:
    """Tell whether `base` is one of Meta's own hosts."""
    return (urlsplit(base).hostname or "") in META_HOSTS
