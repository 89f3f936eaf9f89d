"""The media route on this machine's loopback address."""

import asyncio
import signal
import sys
from collections.abc import Generator
from dataclasses import replace
from pathlib import Path
from subprocess import PIPE, Popen

import aiohttp
import pytest

from pressroom.core.errors import SettingRefused
from pressroom.core.settings import Settings
from pressroom.hosting.server import serving_media
from pressroom.hosting.signing import SignedHost
from tests.client.wire_app import WireApp, served
from tests.fakes.clock import FakeClock
from tests.ports import free_port

CENTURY_S = 100 * 365 * 86400
SERVE_ELSEWHERE = """
import asyncio, sys
from pathlib import Path
from pressroom.core.settings import Settings
from pressroom.hosting.server import serving_media

async def main():
    async with serving_media(Settings(home=Path(sys.argv[1])), port=0) as base_url:
        print(base_url, flush=True)
        await asyncio.to_thread(sys.stdin.read)

asyncio.run(main())
"""


async def fetched(url: str) -> bytes:
    async with aiohttp.ClientSession() as session, session.get(url, allow_redirects=False) as reply:
        assert reply.status == 200
        return await reply.read()


def port_of(base_url: str) -> int:
    return int(base_url.rpartition(":")[2])


async def url_of(settings: Settings, base_url: str, picture: Path) -> str:
    """Sign an address for so long that neither a fake nor a real clock finds it expired."""
    return await SignedHost(settings, base_url).put(picture, content_type="image/jpeg", lifetime_s=CENTURY_S)


async def test_what_is_put_up_can_be_fetched_while_the_block_runs(
    settings: Settings, picture: Path, content: bytes
) -> None:
    async with serving_media(settings) as base_url:
        assert base_url.startswith("http://127.0.0.1:")
        url = await url_of(settings, base_url, picture)
        assert await fetched(url) == content

    with pytest.raises(aiohttp.ClientConnectionError):
        await fetched(url)


async def test_the_setting_names_the_port(settings: Settings) -> None:
    port = free_port()
    async with serving_media(replace(settings, media_port=port)) as base_url:
        assert port_of(base_url) == port


async def test_signals_stay_the_programs_own(settings: Settings, picture: Path) -> None:
    handler = signal.getsignal(signal.SIGINT)
    async with serving_media(settings) as base_url:
        await fetched(await url_of(settings, base_url, picture))
        assert signal.getsignal(signal.SIGINT) is handler


async def test_a_port_in_other_hands_is_refused_with_its_number(settings: Settings) -> None:
    """The other server even answers 200 to everything, but it cannot prove that it is ours."""
    with served(WireApp()) as base:
        with pytest.raises(SettingRefused, match=f"Port {port_of(base)} is already in use") as caught:
            async with serving_media(replace(settings, media_port=port_of(base))):
                pass
        assert "PRESSROOM_MEDIA_PORT" in caught.value.fix


async def test_a_port_of_ours_with_another_directory_is_refused(settings: Settings, tmp_path: Path) -> None:
    other = replace(settings, home=tmp_path / "other")
    async with serving_media(settings) as base_url:
        with pytest.raises(SettingRefused, match="in use"):
            async with serving_media(other, port=port_of(base_url)):
                pass


@pytest.fixture
def elsewhere(settings: Settings) -> Generator[tuple[Popen[str], str]]:
    """Another process that serves the same directory until its input ends."""
    command = [sys.executable, "-c", SERVE_ELSEWHERE, str(settings.home)]
    with Popen(command, stdin=PIPE, stdout=PIPE, text=True) as process:
        assert process.stdout is not None
        yield process, process.stdout.readline().strip()
        process.terminate()


async def test_a_port_that_another_process_of_ours_serves_is_shared_and_taken_over(
    settings: Settings, picture: Path, content: bytes, elsewhere: tuple[Popen[str], str]
) -> None:
    """Two commands at once behind one tunnel: the one that stays goes on serving."""
    process, base = elsewhere
    clock = FakeClock(jumps=False)
    async with serving_media(settings, clock=clock, port=port_of(base)) as base_url:
        assert base_url == base
        url = await url_of(settings, base_url, picture)
        assert await fetched(url) == content

        await asyncio.to_thread(process.communicate, "")
        with pytest.raises(aiohttp.ClientConnectionError):
            await fetched(url)
        clock.advance(1)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert await fetched(url) == content
