"""Tells addresses on the internet from those of this machine or network, without any request."""

import ipaddress
import re
import socket
import unicodedata
from urllib.parse import urlsplit

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
        host = _plain(parts.hostname or "")
    except ValueError:
        return "it is not an address"
    if parts.scheme not in ("http", "https") or not host:
        return "it is not an http(s) address"
    address = _ip(host)
    if address is not None:
        return None if _is_public(address) else f"{host} is an address of this machine or network"
    if "." not in host or host.endswith(_PRIVATE_ENDINGS):
        return f"{host} is a name of this machine or network"
    return None


def is_public(address: str) -> bool:
    """Tell whether an IP address, as a resolver gives it, is on the internet."""
    return _is_public(ipaddress.ip_address(address.partition("%")[0]))


def _plain(host: str) -> str:
    """Normalise a host as a resolver does. Raises ValueError for what cannot be one."""
    # NFKC, as IDNA does it: full-width digits and dots spell 127.0.0.1 as well.
    host = unicodedata.normalize("NFKC", host).rstrip(".")
    if _BLANK.search(host):
        raise ValueError(host)
    if ":" not in host:
        host.encode("idna")
    return host


def _is_public(address: _Address) -> bool:
    if isinstance(address, ipaddress.IPv4Address):
        is_host = not (address.is_multicast or any(address in network for network in _NOT_HOSTS))
        return address.is_global and is_host
    carried = _carried(address)
    return _is_public(carried) if carried else address in _INTERNET and address.is_global


def _carried(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """Give the IPv4 address that an IPv6 address carries across the internet, if it does."""
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour


def _ip(host: str) -> _Address | None:
    """Read an IP address in any form that a resolver takes, such as `127.1` or `0x7f000001`."""
    try:
        return ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        pass
    try:
        return ipaddress.IPv4Address(socket.inet_aton(host))
    except OSError:
        return None
