"""Keeps pages of other sites away from the control API: a browser on this machine can reach loopback."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from pressroom.sandbox.wire.names import HostNames

_SAFE_SITES = frozenset({"same-origin", "none"})


class NotAllowed(Exception):
    """A request from elsewhere."""


def check(headers: Mapping[bytes, bytes], names: HostNames) -> None:
    """Raise NotAllowed for a request that a page of another site may have caused."""
    host = headers.get(b"host", b"")
    if not names.are_own(host):
        raise NotAllowed("This host name is not the sandbox's.")
    site = headers.get(b"sec-fetch-site", b"none").decode("latin-1")
    if site not in _SAFE_SITES:
        raise NotAllowed("Pages of other sites cannot use the sandbox's controls.")
    origin = headers.get(b"origin")
    if origin is not None and urlsplit(origin.decode("latin-1")).netloc != host.decode("latin-1"):
        raise NotAllowed("Pages of other origins cannot use the sandbox's controls.")


def check_page(headers: Mapping[bytes, bytes], names: HostNames) -> None:
    """Raise NotAllowed as `check` does, but let a person follow a link here from another page.

    A page that is opened by itself can be neither read nor framed by the page that links to it.
    """
    followed = (headers.get(b"sec-fetch-mode"), headers.get(b"sec-fetch-dest")) == (b"navigate", b"document")
    check({b"host": headers.get(b"host", b"")} if followed else headers, names)
