"""Web addresses: those in a text, what may be shown of them, and which ones the internet reaches.

Nothing here makes a request.
"""

import contextlib
import ipaddress
import re
import unicodedata
from typing import Final
from urllib.parse import urlsplit

LOOPBACK: Final = "127.0.0.1"
LOOPBACK_6: Final = "::1"
LOCAL_HOSTS: Final = frozenset({"localhost", LOOPBACK, LOOPBACK_6})
"""The hosts of addresses that only this machine reaches."""
# Addresses with a secret, as hints and pages show them.
CLOUDINARY_ADDRESS: Final = "cloudinary://KEY:SECRET@CLOUD"
S3_ADDRESS: Final = "s3://KEY:SECRET@BUCKET/PREFIX?region=REGION&endpoint=https://HOST"
# Only before the next scheme: a comma may stand inside an address.
_BETWEEN: Final = re.compile(r"[\s,]++(?=[A-Za-z][\w+.-]*+://)")


def shown_address(url: str) -> str:
    """Return a URL without its query, which may hold a key, and without user name and password."""
    scheme, colon, rest = url.partition("?")[0].partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}{colon}{host.rpartition('@')[2]}{slash}{path}"


def without_sign_in(address: str) -> str:
    """Return an address, well-formed or not, without user name and password."""
    # Up to the last @, not parsed: a password may hold / and @, and urlsplit would end the host there.
    scheme, colon, rest = address.partition("://")
    return f"{scheme}{colon}{rest.rpartition('@')[2]}" if colon else address.rpartition("@")[2]


def addresses_in(text: str) -> tuple[str, ...]:
    """Return the addresses of a list with blanks or commas between them."""
    parts = (part.strip(" ,\t\r\n") for part in _BETWEEN.split(text))
    return tuple(address for address in parts if address)


def link_to(address: str | None) -> str | None:
    """Return an address if a page may link to it, else None.

    Allowed are https, and http on a host of this machine, because permalinks of the sandbox use it.
    `javascript:` and other schemes could run something in the page.
    """
    try:
        parts = urlsplit(address or "")
    except ValueError:
        return None
    is_http = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOCAL_HOSTS)
    # Browsers drop tabs and newlines and read a backslash as a slash, so they would open another host than
    # the one that was checked.
    is_plain = "\\" not in (address or "") and not _BLANK.search(address or "") and "@" not in parts.netloc
    return address if is_http and is_plain and parts.hostname else None


_Address = ipaddress.IPv4Address | ipaddress.IPv6Address
# IANA assigns global unicast addresses from this block alone. Others that carry an IPv4 address, such as
# IPv4-translated, IPv4-compatible and site-local ones, lead there within a private network only.
_INTERNET = ipaddress.IPv6Network("2000::/3")
# The well-known prefix of NAT64: the IPv4 address is in the last 32 bits (RFC 6052).
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
# Protocol assignments, where clouds have services for their own machines; and 6to4 relays, now deprecated.
_NOT_HOSTS = (ipaddress.IPv4Network("192.0.0.0/24"), ipaddress.IPv4Network("192.88.99.0/24"))
_BLANK = re.compile(r"\s")
_PRIVATE_ENDINGS = (".localhost", ".local", ".internal", ".lan", ".home.arpa", ".test", ".invalid")


def unreachable_reason(url: str) -> str | None:
    """Say why a URL could not be fetched from the internet; None when it may be."""
    try:
        parts = urlsplit(url)
        _ = parts.port  # urlsplit raises for a wrong port only when it is read
        # As a resolver does. NFKC, as IDNA does it: full-width digits and dots spell 127.0.0.1 as well.
        host = unicodedata.normalize("NFKC", parts.hostname or "").rstrip(".")
        if ":" not in host:
            host.encode("idna")
    except ValueError:
        return "it is not an address"
    if _BLANK.search(host):
        return "it is not an address"
    if parts.scheme not in ("http", "https") or not host:
        return "it is not an http(s) address"
    address: _Address | None = None
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        import socket  # noqa: PLC0415  # 3 ms, which no help needs

        # Any other form that a resolver takes, such as `127.1` or `0x7f000001`.
        with contextlib.suppress(OSError):
            address = ipaddress.IPv4Address(socket.inet_aton(host))
    if address is not None:
        return None if _is_public(address) else f"{host} is an address of this machine or network"
    if "." not in host or host.endswith(_PRIVATE_ENDINGS):
        return f"{host} is a name of this machine or network"
    return None


def is_public(address: str) -> bool:
    """Tell whether an IP address, as a resolver gives it, is on the internet."""
    return _is_public(ipaddress.ip_address(address.partition("%")[0]))


def _is_public(address: _Address) -> bool:
    if isinstance(address, ipaddress.IPv4Address):
        is_host = not (address.is_multicast or any(address in network for network in _NOT_HOSTS))
        return address.is_global and is_host

    # The IPv4 address that an IPv6 address carries across the internet, if it does.
    if address in _NAT64:
        carried = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    else:
        carried = address.ipv4_mapped or address.sixtofour

    return _is_public(carried) if carried else address in _INTERNET and address.is_global
