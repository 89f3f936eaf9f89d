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
from pressroom.serving.guard import hostname
from pressroom.serving.headers import NO_SNIFF

# Names that no one can register, so that no page can be served from them.
_RESERVED: Final = (".localhost", ".test", ".invalid", ".example")
_CONTROL: Final = "/_sandbox/"
_MOST_TOLD: Final = 100


class HostNames:
    """The names that lead here and nowhere else: IP addresses, reserved and bare names, allowed ones.

    allowed: further names, without a port. public_base: its host is one, too.
    """

    def __init__(self, allowed: Iterable[str], public_base: str | None) -> None:
        base = None if public_base is None else urlsplit(public_base).hostname
        self._allowed = frozenset(name.lower() for name in (*allowed, base) if name)
        self._is_served = lru_cache(maxsize=256)(self._judge)

    def are_served(self, host: bytes) -> bool:
        """Tell whether a `Host` header is answered at all: an own name, or Meta's, as the proxy brings it."""
        return self._is_served(host)

    def _judge(self, host: bytes) -> bool:
        name = hostname(host)
        return name in self or name in META_HOSTS

    def __contains__(self, name: object) -> bool:
        """Tell whether a host name, without its port, is an own one."""
        if not isinstance(name, str):
            return False
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
    return Answer(403, msgspec.json.encode(body), headers=[NO_SNIFF])
