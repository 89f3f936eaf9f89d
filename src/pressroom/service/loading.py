"""Imports the modules that publishing imports only on first use."""

from importlib import import_module
from typing import Final

_LATE: Final = (
    "pressroom.client.transport_aiohttp",
    "pressroom.hosting.network",
    "pressroom.hosting.server",
    "pressroom.hosting.ways",
    "pressroom.media.desk",
    "pressroom.service.insights.service",
    "pressroom.service.posts.media",
    "pressroom.service.posts.posts",
    "pressroom.store.insights.readings",
)


def load_ahead() -> None:
    """Import them now, for a program whose event loop must not stall at its first publish."""
    for name in _LATE:
        import_module(name)
