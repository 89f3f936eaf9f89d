"""A network on which every name is public and leads to this machine, but for those of `inside`."""

import asyncio
import socket
import ssl
from collections.abc import Sequence
from typing import Any

import aiohttp
import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

from pressroom.hosting.network import Network


def resolve_to(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    """Let the running loop resolve every name: to the first address, then to the next; the last one stays."""
    left = list(addresses)

    async def getaddrinfo(_host: str, port: int, **_: object) -> list[tuple[Any, ...]]:
        address = left.pop(0) if len(left) > 1 else left[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", getaddrinfo)


class Names(Network):
    """trusted: by what the hosts' certificates are judged; None for the machine's own store."""

    def __init__(self, trusted: ssl.SSLContext | None = None) -> None:
        super().__init__()
        self._trusted = trusted

    async def addresses(self, host: str, port: int) -> Sequence[str]:
        assert port > 0
        try:
            return [socket.inet_ntoa(socket.inet_aton(host))]
        except OSError:
            return ["192.168.0.4"] if host.startswith("inside") else ["1.1.1.1", "2606:4700::1111"]

    def connector(self) -> aiohttp.BaseConnector:
        return aiohttp.TCPConnector(resolver=_ToLoopback(), ssl=self._trusted or True)


class _ToLoopback(AbstractResolver):
    async def resolve(self, host: str, port: int = 0, family: Any = socket.AF_INET) -> list[ResolveResult]:
        return [ResolveResult(hostname=host, host="127.0.0.1", port=port, family=family, proto=0, flags=0)]

    async def close(self) -> None:
        """Nothing is open."""
