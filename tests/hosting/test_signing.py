"""Addresses that nobody can guess, their key, and the files that any process with both can serve."""

import hashlib
import os
import re
import resource
import stat
import time
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Barrier

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pressroom.client.transport_asgi import AsgiTransport
from pressroom.core.errors import HostFailed, MediaRefused, SettingRefused, Shortage
from pressroom.core.protocols import Request
from pressroom.core.secret import Secret
from pressroom.core.settings import Settings, settings_from_environment
from pressroom.core.shortage import shortages_named
from pressroom.hosting.route import media_app
from pressroom.hosting.signing import SignedHost, is_signed, media_key, sign, signed_path, sweep
from tests.fakes.clock import START, FakeClock
from tests.fakes.no_files import no_further_files
from tests.patience import patience

KEY = Secret("one key")


@given(st.text(), st.integers(0, 10**11))
def test_a_signature_is_good_for_its_name_second_and_key_alone(name: str, expires: int) -> None:
    signature = sign(KEY, name, expires)

    assert is_signed(KEY, name, expires, signature)
    assert not is_signed(KEY, f"{name}x", expires, signature)
    assert not is_signed(KEY, name, expires + 1, signature)
    assert not is_signed(Secret("another"), name, expires, signature)
    assert not is_signed(KEY, name, expires, "")
    assert not is_signed(KEY, name, expires, "ü")


def test_an_address_is_relative_and_says_when_it_expires() -> None:
    path = signed_path(KEY, "a.jpg", 1795521600)

    assert re.fullmatch(r"/media/a\.jpg\?exp=1795521600&sig=[0-9a-f]{64}", path)


def test_the_key_is_made_once_and_is_the_owners_alone(settings: Settings) -> None:
    key = media_key(settings)

    assert media_key(settings) == key
    assert len(key.reveal()) == 64
    assert stat.S_IMODE((settings.home / "media.key").stat().st_mode) == 0o600
    assert stat.S_IMODE(settings.home.stat().st_mode) == 0o700


def test_all_who_come_at_once_get_the_same_key(tmp_path: Path) -> None:
    """Eight at a time, fifty times over."""
    start = Barrier(8)

    def come(settings: Settings) -> str:
        start.wait(patience(10))
        return media_key(settings).reveal()

    with ThreadPoolExecutor(8) as threads:
        for number in range(50):
            settings = Settings(home=tmp_path / str(number))
            assert len(set(threads.map(come, [settings] * 8))) == 1


def test_a_process_killed_while_it_made_the_key_leaves_no_empty_one(settings: Settings) -> None:
    settings.home.mkdir()
    (settings.home / "media.key").touch()

    assert len(media_key(settings).reveal()) == 64


def test_a_key_from_the_environment_is_shared_by_machines(tmp_path: Path) -> None:
    environ = {"PRESSROOM_KEY": "shared", "PRESSROOM_HOME": str(tmp_path / "home")}
    settings = settings_from_environment(environ, default_home=tmp_path)

    assert media_key(settings) == Secret("shared")
    assert not (tmp_path / "home").exists()
    assert "shared" not in repr(settings)


def test_a_data_directory_that_cannot_be_used_is_refused_by_name(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SettingRefused, match="cannot be used") as caught:
        media_key(replace(settings, home=tmp_path / "file" / "home"))
    assert "PRESSROOM_HOME" in caught.value.fix


BASE = "https://example.com"
DAY_S = 24 * 3600


@pytest.fixture
def host(settings: Settings, clock: FakeClock) -> SignedHost:
    return SignedHost(settings, BASE + "/", clock)


async def put(host: SignedHost, path: Path, content_type: str = "image/jpeg") -> str:
    return await host.put(path, content_type=content_type, lifetime_s=DAY_S)


def edit(path: Path) -> None:
    with path.open("r+b") as file:
        file.write(b"edited")


def served(settings: Settings) -> list[str]:
    return sorted(path.name for path in settings.renditions.iterdir())


async def test_a_file_is_named_by_its_content_and_its_address_lasts_its_lifetime(
    host: SignedHost, settings: Settings, picture: Path, content: bytes
) -> None:
    url = await put(host, picture)
    digest = hashlib.sha256(content).hexdigest()

    assert re.fullmatch(rf"https://example\.com/media/{digest}\.jpg\?exp=\d+&sig=[0-9a-f]+", url)
    assert f"exp={int(START.timestamp()) + DAY_S + 1}" in url
    assert served(settings) == [f"{digest}.jpg"]


async def test_a_shortage_is_not_taken_for_a_folder_without_room(host: SignedHost, picture: Path) -> None:
    with no_further_files(), pytest.raises(Shortage, match="at once"), shortages_named():
        await put(host, picture)
    assert await put(host, picture)


async def test_another_process_with_the_same_directory_and_key_serves_it(
    host: SignedHost, settings: Settings, picture: Path, clock: FakeClock, content: bytes
) -> None:
    url = await put(host, picture)
    other = media_app(settings.renditions, media_key(settings), clock=clock)

    transport = AsgiTransport(other, clock=clock)
    reply = await transport.send(Request(method="GET", url=url))
    await transport.aclose()
    assert reply.body == content


async def test_the_same_content_is_kept_once(host: SignedHost, settings: Settings, picture: Path) -> None:
    await put(host, picture)
    await put(host, picture)

    assert len(served(settings)) == 1


async def test_a_users_file_is_copied_since_it_may_be_edited_meanwhile(
    host: SignedHost, settings: Settings, picture: Path, content: bytes
) -> None:
    await put(host, picture)
    edit(picture)

    assert (settings.renditions / served(settings)[0]).read_bytes() == content


async def test_our_own_rendition_takes_no_more_room(host: SignedHost, settings: Settings) -> None:
    settings.renditions.mkdir(parents=True)
    rendition = settings.renditions / "made.mp4"
    rendition.write_bytes(b"clip")
    await put(host, rendition, "video/mp4")

    assert rendition.stat().st_nlink == 2


async def test_a_file_is_swept_when_no_address_of_it_can_be_good_any_more(
    host: SignedHost, settings: Settings, picture: Path, tmp_path: Path, clock: FakeClock
) -> None:
    await put(host, picture)
    other = tmp_path / "other.jpg"
    other.write_bytes(b"other")
    (settings.renditions / "made.mp4").touch()
    os.utime(settings.renditions / "made.mp4", (0, 0))

    clock.advance(DAY_S)
    await put(host, other)
    assert len(served(settings)) == 3
    clock.advance(DAY_S + 1)
    await put(host, other)
    assert served(settings) == [f"{hashlib.sha256(b'other').hexdigest()}.jpg", "made.mp4"]


async def test_putting_a_file_up_again_keeps_it(
    host: SignedHost, settings: Settings, picture: Path, clock: FakeClock
) -> None:
    for _ in range(4):
        await put(host, picture)
        clock.advance(DAY_S)

    assert len(served(settings)) == 1


@pytest.mark.parametrize("linked", [True, False])
async def test_a_sweep_of_another_process_takes_no_file_that_is_being_put_up(
    host: SignedHost,
    settings: Settings,
    tmp_path: Path,
    clock: FakeClock,
    monkeypatch: pytest.MonkeyPatch,
    *,
    linked: bool,
) -> None:
    source = (settings.renditions if linked else tmp_path) / "made.jpg"
    source.parent.mkdir(parents=True, exist_ok=True)
    source.write_bytes(b"picture")
    os.utime(source, (0, 0))

    def swept_after(change: Callable[[Path, Path], object]) -> Callable[[Path, Path], None]:
        def both(path: Path, other: Path) -> None:
            change(path, other)
            sweep(settings.renditions, clock)

        return both

    monkeypatch.setattr(Path, "hardlink_to", swept_after(Path.hardlink_to))
    monkeypatch.setattr(Path, "replace", swept_after(Path.replace))
    clock.advance(time.time() - clock.now().timestamp() + 7 * DAY_S)
    await put(host, source)

    assert hashlib.sha256(b"picture").hexdigest() + ".jpg" in served(settings)


async def test_a_type_that_is_not_served_is_named(host: SignedHost, picture: Path) -> None:
    with pytest.raises(HostFailed, match="image/webp"):
        await put(host, picture, "image/webp")


async def test_a_file_that_is_gone_is_refused(host: SignedHost, tmp_path: Path) -> None:
    with pytest.raises(MediaRefused, match="gone") as caught:
        await put(host, tmp_path / "gone.jpg")
    assert caught.value.helper_prefix is None


async def test_a_directory_that_cannot_be_written_is_named(settings: Settings, picture: Path) -> None:
    host = SignedHost(replace(settings), BASE, FakeClock(jumps=False))
    settings.renditions.write_text("in the way")

    with pytest.raises(HostFailed, match="renditions") as caught:
        await put(host, picture)
    assert "PRESSROOM_HOME" in caught.value.fix


@pytest.fixture
def small_disk(picture: Path) -> Generator[None]:
    """No file may grow beyond a tenth of the picture, as on a disk that is full."""
    assert picture.exists()
    usual = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, usual[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, usual)


@pytest.mark.usefixtures("small_disk")
async def test_a_copy_that_breaks_off_leaves_nothing(
    host: SignedHost, settings: Settings, picture: Path
) -> None:
    with pytest.raises(HostFailed, match="File too large"):
        await put(host, picture)
    assert served(settings) == []
