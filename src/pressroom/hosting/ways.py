"""Chooses how files of this machine become reachable for the host that is going to fetch them."""

from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from urllib.parse import urlsplit

from pressroom.core.account import Account
from pressroom.core.clock import SYSTEM_CLOCK, Clock
from pressroom.core.errors import Refused, SettingRefused
from pressroom.core.protocols import Host
from pressroom.core.settings import Settings
from pressroom.hosting.cloudinary import CloudinaryHost
from pressroom.hosting.public import require_public, unreachable_reason
from pressroom.hosting.signed import SignedHost

__all__ = ["host_for", "require_public"]

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_SUGGESTED_PORT = 8077


@asynccontextmanager
async def host_for(
    account: Account, settings: Settings, *, clock: Clock = SYSTEM_CLOCK
) -> AsyncGenerator[Host]:
    """Give a way for the account's API to fetch our files, for as long as the block runs.

    A sandbox on this machine fetches from this machine. Everything else needs PRESSROOM_PUBLIC_URL or
    CLOUDINARY_URL. Raises Refused, listing the ways, when there is none, and SettingRefused for one that
    cannot work.
    """
    if urlsplit(account.api_base).hostname in _LOOPBACK:
        async with _serving(settings, clock) as base_url:
            yield SignedHost(settings, base_url, clock)
    elif settings.public_url is not None:
        _check_public(settings.public_url, account)
        async with _behind_public_url(settings, clock):
            yield SignedHost(settings, settings.public_url, clock)
    elif settings.cloudinary_url is not None:
        yield CloudinaryHost(settings.cloudinary_url)
    else:
        raise _no_way(settings.media_port or _SUGGESTED_PORT)


@asynccontextmanager
async def _behind_public_url(settings: Settings, clock: Clock) -> AsyncGenerator[None]:
    """Run the route where a port is set for it; without one it is mounted in the user's own app."""
    if settings.media_port is None:
        yield
        return
    async with _serving(settings, clock):
        yield


def _serving(settings: Settings, clock: Clock) -> AbstractAsyncContextManager[str]:
    from pressroom.hosting.server import serving_media  # noqa: PLC0415  # loads a server

    return serving_media(settings, clock=clock)


def _check_public(url: str, account: Account) -> None:
    reason = unreachable_reason(url) if account.is_real else None
    if reason is not None:
        raise SettingRefused(
            f"PRESSROOM_PUBLIC_URL is {url}, which Instagram cannot fetch: {reason}.",
            rule="public_url",
            value=url,
            limit="an http(s) address on the internet",
            fix="Set it to the address that the tunnel or your own server has on the internet.",
        )


def _no_way(port: int) -> Refused:
    return Refused(
        "Instagram fetches media itself, and nothing makes the files of this machine reachable for it.",
        rule="no_host",
        fix=f"""Choose one way:
- Cloudinary (the free plan will do):
    export CLOUDINARY_URL=cloudinary://KEY:SECRET@CLOUD
- a tunnel; leave this running in another terminal:
    cloudflared tunnel --url http://127.0.0.1:{port}
  then set the address it prints:
    export PRESSROOM_PUBLIC_URL=https://...
    export PRESSROOM_MEDIA_PORT={port}
- your own ASGI app: mount pressroom.hosting.route.media_app at /media, then
    export PRESSROOM_PUBLIC_URL=https://your.app
- or give an https address instead of a file.""",
    )
