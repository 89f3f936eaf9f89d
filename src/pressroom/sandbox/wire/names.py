"""The names a sandbox answers to: a web page can let one of its own lead to this machine (DNS rebinding)."""

import ipaddress
import secrets
from collections.abc import Iterable
from functools import lru_cache
from typing import Final
from urllib.parse import urlsplit

import msgspec

from pressroom.graph.hosts import META_HOSTS
from pressroom.sandbox.wire.answer import Answer, Scope
from pressroom.sandbox.wire.refusals import GraphRefusal

# Names that no one can register, so that no page can be served from them.
_RESERVED: Final = (".localhost", ".test", ".invalid", ".example")
_CONTROL: Final = "/_sandbox/"
_MOST_TOLD: Final = 100


class HostNames:
    """Tells by the `Host` header whether a request can only be meant for this sandbox.

    allowed: further names, without a port. public_base: its host is one, too.
    """

    def __init__(self, allowed: Iterable[str], public_base: str | None) -> None:
        base = None if public_base is None else urlsplit(public_base).hostname
        self._allowed = frozenset(name.lower() for name in (*allowed, base) if name)
        self._is_served = lru_cache(maxsize=256)(self._judge)

    def are_served(self, host: bytes) -> bool:
        """Tell whether a name is answered at all: an own one, or Meta's, as it comes through the proxy."""
        return self._is_served(host)

    def _judge(self, host: bytes) -> bool:
        return self.are_own(host) or _hostname(host) in META_HOSTS

    def are_own(self, host: bytes) -> bool:
        """Tell whether a name leads here and nowhere else: an IP, a reserved or bare name, an allowed one."""
        name = _hostname(host)
        if name in self._allowed or name.endswith(_RESERVED):
            return True
        if "." not in name and ":" not in name:
            return bool(name)
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return False
        return True


def host_of(scope: Scope) -> bytes:
    """Give the `Host` header; empty without one."""
    return next((value for name, value in scope["headers"] if name == b"host"), b"")


def _hostname(host: bytes) -> str:
    try:
        return urlsplit(f"//{host.decode('latin-1')}").hostname or ""
    except ValueError:
        return ""


def stranger(host: bytes, path: str) -> Answer:
    """Refuse a name, in the words of the control API or of the Graph API."""
    told = host.decode("latin-1")[:_MOST_TOLD] or "none"
    text = (
        f"The sandbox does not answer to this host name: {told}. It takes IP addresses, localhost, names "
        "without a dot and Meta's own. If the name is yours: pressroom sandbox serve --allow-host NAME."
    )
    refused = GraphRefusal(100, message=text, meta_type="GraphMethodException")
    envelope = refused.envelope(f"A{secrets.token_urlsafe(16)}")
    body = {"error": text} if path.startswith(_CONTROL) else envelope
    return Answer(403, msgspec.json.encode(body), headers=[(b"x-content-type-options", b"nosniff")])
