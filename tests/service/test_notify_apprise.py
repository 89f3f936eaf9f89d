"""Notices by Apprise: what an address is told, which are refused, and that none is shown."""

import asyncio
import json
import logging
import re
import sys
import traceback
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from pressroom.core.errors import SettingRefused
from pressroom.core.installation import install_extra
from pressroom.core.post import PostState
from pressroom.core.remedies import command_of
from pressroom.core.secret import Secret
from pressroom.core.settings import settings_from_environment
from pressroom.service.work.watch import Watch
from pressroom.service.work.ways import (
    REFUSED,
    AppriseAddress,
    Channel,
    NotTold,
    apprise_channels,
    channels_of,
)
from tests.patience import patience
from tests.service.office import an_office
from tests.service.posted import an_address

# Of a module of Python's that Apprise loads for PGP.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")

SECRET = "s3cretOfTheAddress"
NOTICE = json.dumps(
    {
        "event": "post_failed",
        "account": "ana",
        "text": "Photo 3f8a1c0d: it <failed>.",
        "command": "pressroom schedule show 3f8a1c0d",
        "post": None,
    }
)


def at(url: str, *, scheme: str = "json") -> str:
    """Spell a server's address as Apprise does, with a secret in each place."""
    host = url.removeprefix("http://").partition("/")[0]
    return f"{scheme}://ana:{SECRET}@{host}/{SECRET}"


def only(addresses: str) -> Channel:
    (channel,) = apprise_channels(Secret(addresses))
    return channel


async def test_an_address_is_told_a_title_and_the_text_with_what_to_run() -> None:
    async with an_address(200) as (url, posted):
        channel = only(at(url))
        await channel.tell("k", NOTICE)
    assert channel.name == "apprise:json"
    told = json.loads(posted[0][1])
    assert (told["title"], told["type"]) == ("Pressroom: post failed", "warning")
    assert told["message"] == "Photo 3f8a1c0d: it <failed>.\n\npressroom schedule show 3f8a1c0d"


@pytest.mark.parametrize("status", [302, 401, 500])
async def test_what_is_not_taken_names_the_code_and_nothing_of_the_address_anywhere(
    status: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(1)
    async with an_address(status) as (url, posted):
        with pytest.raises(NotTold, match=rf"It answered {status}\.") as refusal:
            await only(at(url)).tell("k", NOTICE)
    assert len(posted) == 1
    assert "127.0.0.1" not in str(refusal.value)
    assert not [one for one in caplog.records if one.name.startswith(("apprise", "urllib3"))]


async def test_an_address_that_does_not_answer_is_not_named_either(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(1)
    async with an_address() as (url, _):
        pass
    with pytest.raises(NotTold, match="It did not take it") as refusal:
        await only(at(url)).tell("k", NOTICE)
    assert refusal.value.__cause__ is None
    assert SECRET not in f"{refusal.value!r} {caplog.text}"


async def test_a_fault_of_a_service_is_told_without_its_text() -> None:
    class Faulty:
        @property
        def asset(self) -> None:
            raise ZeroDivisionError(SECRET)

    with pytest.raises(NotTold, match=r"It failed \(ZeroDivisionError\)\.") as refusal:
        await AppriseAddress("apprise:json", Faulty()).tell("k", NOTICE)
    assert SECRET not in "".join(traceback.format_exception(refusal.value))


@asynccontextmanager
async def a_silent_address() -> AsyncGenerator[str]:
    over = asyncio.Event()

    async def hold(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await over.wait()
        writer.close()

    async with await asyncio.start_server(hold, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        over.set()


async def test_one_that_hangs_is_waited_for_no_longer_than_the_limit_and_gets_one_at_a_time() -> None:
    async with a_silent_address() as url:
        channel = only(f"{at(url)}?rto=60")
        assert isinstance(channel, AppriseAddress)
        channel._timeout_s = 0.05
        with pytest.raises(NotTold, match="took longer"):
            await channel.tell("k", NOTICE)
        with pytest.raises(NotTold, match="has not ended"):
            await channel.tell("k", NOTICE)
    assert channel._last
    async with asyncio.timeout(patience(10)):
        await asyncio.wrap_future(channel._last)


def test_each_of_several_addresses_is_a_channel_of_its_own() -> None:
    addresses = f"json://a.example/{SECRET}, mailtos://ana:{SECRET}@b.example\njson://c.example/?to=a,b"
    names = [one.name for one in apprise_channels(Secret(addresses))]
    assert names == ["apprise:json", "apprise:mailtos", "apprise:json:2"]


def test_the_address_that_a_service_shows_is_taken_too() -> None:
    url = "https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ"
    assert only(url).name == "apprise:slack"


@pytest.mark.parametrize(
    ("address", "why"),
    [
        (f"nowhere://{SECRET}", "is of no service that Apprise knows"),
        (f"https://example.com/{SECRET}", "is of no service that Apprise knows"),
        (f"file:///{SECRET}", "is of no service that Apprise knows"),
        (f"slack://{SECRET}", r"\(slack\) is not spelled as Apprise wants it"),
        (f"mqtts://ana:{SECRET}@b.example/t", r"\(mqtts\) needs a package that is not installed"),
        (f"syslog://{SECRET}", "is one of syslog, which Pressroom does not use"),
        (f"macosx://{SECRET}", "is one of macosx, which Pressroom does not use"),
        (f"instagram://{SECRET}/123", "is one of instagram, which Pressroom does not use"),
    ],
)
def test_an_address_that_cannot_be_used_is_refused_and_not_shown(
    address: str, why: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(1)
    with pytest.raises(SettingRefused, match=f"PRESSROOM_NOTIFY_APPRISE: address 2 {why}") as refusal:
        apprise_channels(Secret(f"json://a.example {address}"))
    assert (refusal.value.rule, refusal.value.value) == ("notify_apprise", None)
    assert SECRET not in f"{refusal.value.as_json()} {caplog.text}"


def test_every_service_that_runs_programs_or_draws_on_this_machine_is_refused() -> None:
    here = re.compile(
        r"^\s*(?:import|from) (?:subprocess|ctypes|gi|dbus|syslog|hid|win32\w+)\b", re.MULTILINE
    )
    spec = find_spec("apprise.plugins")
    assert spec
    assert spec.origin
    files = [one for one in Path(spec.origin).parent.rglob("*.py") if here.search(one.read_text())]
    assert len(files) >= 6
    names = {f"apprise.plugins.{one.stem}" for one in files}
    manager: Any = import_module("apprise.manager_plugins").NotificationManager()
    found: set[str] = {one for one in manager.schemas() if manager[one].__module__ in names}
    assert found <= REFUSED
    assert found | {"instagram"} >= REFUSED


def test_without_the_extra_the_refusal_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "apprise", None)
    environ = {"PRESSROOM_NOTIFY_APPRISE": f"json://a.example/{SECRET}"}
    settings = settings_from_environment(environ, default_home=tmp_path)
    with pytest.raises(SettingRefused, match=re.escape(command_of(install_extra("notify")))) as refusal:
        channels_of(settings, {})
    assert refusal.value.rule == "notify_extra"


async def test_a_worker_does_not_start_with_an_address_that_cannot_be_used(tmp_path: Path) -> None:
    environ = {"PRESSROOM_NOTIFY_APPRISE": f"nowhere://{SECRET}"}
    settings = settings_from_environment(environ, default_home=tmp_path)
    with pytest.raises(SettingRefused, match="PRESSROOM_NOTIFY_APPRISE"):
        async with Watch(settings=settings, environ={}, mask=str).beside():
            pass


async def test_one_that_is_not_taken_is_logged_and_tried_again_beside_those_that_are(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with an_office() as office, an_address(200) as (up, posted), an_address(503) as (down, refused):
        telling = replace(office.teller, channels=apprise_channels(Secret(f"{at(up)} {at(down)}")))
        office.change(office.world.schedule(), state=PostState.FAILED)
        with caplog.at_level(logging.WARNING):
            await telling.look()
            office.world.clock.advance(61)
            await telling.look()
    assert (len(posted), len(refused)) == (1, 2)
    assert caplog.text.count("not taken by way of apprise:json:2: It answered 503.") == 2
    assert SECRET not in caplog.text
