"""Loads what the use-cases of publishing load only when they are first used."""

from importlib import import_module
from typing import Final

_LATE: Final = (
    "pressroom.client.transport_aiohttp",
    "pressroom.hosting.server",
    "pressroom.hosting.ways",
    "pressroom.media.desk",
    "pressroom.service.posts",
)


def load_ahead() -> None:
    """Load it now, for a program whose event loop must not stall when it first publishes."""
    for name in _LATE:
        import_module(name)
