"""Keeps pages of other sites away from the control API: a browser on this machine can reach loopback."""

import ipaddress
from collections.abc import Mapping
from urllib.parse import urlsplit

# Names that no one can register, so that no rebinding attack can use them.
_RESERVED = (".localhost", ".test", ".invalid", ".example")
_SAFE_SITES = frozenset({"same-origin", "none"})


class NotAllowed(Exception):
    """A request from elsewhere."""


def check(headers: Mapping[bytes, bytes], public_base: str | None) -> None:
    """Raise NotAllowed for a request that a page of another site may have caused."""
    host = headers.get(b"host", b"").decode("latin-1")
    if not is_own_name(host, public_base):
        raise NotAllowed("This host name is not the sandbox's.")
    site = headers.get(b"sec-fetch-site", b"none").decode("latin-1")
    if site not in _SAFE_SITES:
        raise NotAllowed("Pages of other sites cannot use the sandbox's controls.")
    origin = headers.get(b"origin")
    if origin is not None and urlsplit(origin.decode("latin-1")).netloc != host:
        raise NotAllowed("Pages of other origins cannot use the sandbox's controls.")


def check_page(headers: Mapping[bytes, bytes], public_base: str | None) -> None:
    """Raise NotAllowed as `check` does, but let a person follow a link here from another page.

    A page that is opened by itself can be neither read nor framed by the page that links to it.
    """
    followed = (headers.get(b"sec-fetch-mode"), headers.get(b"sec-fetch-dest")) == (b"navigate", b"document")
    check({b"host": headers.get(b"host", b"")} if followed else headers, public_base)


def is_own_name(host: str, public_base: str | None) -> bool:
    """Tell whether a `Host` can only mean this sandbox: an IP, a reserved or bare name, its public base."""
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return False
    if public_base is not None and name == urlsplit(public_base).hostname:
        return True
    if "." not in name and ":" not in name:
        return bool(name)
    if name.endswith(_RESERVED):
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
