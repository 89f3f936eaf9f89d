"""Tells addresses that Meta can fetch from those it never could, without asking anybody."""

import ipaddress
import socket
from urllib.parse import urlsplit

from pressroom.core.account import Account
from pressroom.core.errors import Refused

_PRIVATE_ENDINGS = (".localhost", ".local", ".internal", ".lan", ".home.arpa", ".test", ".invalid")


def require_public(url: str, account: Account) -> None:
    """Raise Refused for a URL that Meta could never fetch. A sandbox may fetch anything."""
    if not account.is_real:
        return
    reason = unreachable_reason(url)
    if reason is None:
        return
    raise Refused(
        f"Instagram cannot fetch {url.partition('?')[0]}: {reason}.",
        rule="public_url",
        value=url.partition("?")[0],
        limit="an http(s) address on the internet",
        fix="Give the file itself, or an address that opens from anywhere without signing in.",
    )


def unreachable_reason(url: str) -> str | None:
    """Say why nobody outside could fetch a URL; None when they may."""
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").rstrip(".")
    except ValueError:
        return "it is not an address"
    if parts.scheme not in ("http", "https") or not host:
        return "it is not an http(s) address"
    address = _ip(host)
    if address is not None:
        return None if address.is_global else f"{host} is an address of this machine or network"
    if "." not in host or host.endswith(_PRIVATE_ENDINGS):
        return f"{host} is a name of this machine or network"
    return None


def _ip(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """Read an IP address in any spelling that a resolver takes, such as `127.1` or `0x7f000001`."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        pass
    try:
        return ipaddress.IPv4Address(socket.inet_aton(host))
    except OSError:
        return None
