"""What a killed process put up is taken back by a later one."""

import asyncio
import os
import re
import subprocess
import sys
import time
import urllib.request
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pressroom.core.account import Account
from pressroom.core.reading_settings import Way
from pressroom.core.secret import Secret
from pressroom.core.settings import Settings
from pressroom.graph.answers import UserId
from pressroom.hosting.cloudinary import CloudinaryHost
from pressroom.hosting.remote import Ledger, RemoteFile
from pressroom.hosting.signing import SignedHost
from pressroom.hosting.ways import Hosts, clear_leftovers
from tests.client.wire_app import served
from tests.fakes.clock import FakeClock
from tests.fakes.cloudinary import SPELLED, CloudinaryDouble
from tests.patience import patience

KILLED = """
import asyncio, os, signal, sys
from pathlib import Path
from pressroom.core.secret import Secret
from pressroom.hosting.remote import Ledger
from pressroom.hosting.s3 import S3Host

host = S3Host(Secret(sys.argv[1]), ledger=Ledger(Path(sys.argv[2])))
asyncio.run(host.put(Path(sys.argv[3]), content_type="image/jpeg", lifetime_s=60))
os.kill(os.getpid(), signal.SIGKILL)
"""
REAL = Account(token=Secret("IGx"), user_id=UserId("1"))


@pytest.fixture
def with_store(settings: Settings, endpoint: str) -> Settings:
    url = f"s3://KEY:secret@shelf/{settings.home.parent.name}?endpoint={endpoint}"
    return replace(settings, remote_hosts={Way.S3: Secret(url)}, hosts=(Way.S3,))


def names_in(endpoint: str, prefix: str) -> list[str]:
    with urllib.request.urlopen(f"{endpoint}/shelf?list-type=2&prefix={prefix}/") as reply:  # noqa: S310  # loopback
        return re.findall(r"<Key>([^<]+)</Key>", reply.read().decode())


def ledgers(settings: Settings) -> list[Path]:
    return list((settings.home / "put_up").glob("*"))


def age(settings: Settings, hours: float = 2) -> None:
    then = time.time() - hours * 3600
    for path in ledgers(settings):
        os.utime(path, (then, then))


def put_up_and_die(settings: Settings, picture: Path) -> None:
    words = [settings.remote_hosts[Way.S3].reveal(), str(settings.home), str(picture)]
    subprocess.run([sys.executable, "-c", KILLED, *words], check=False, capture_output=True)


async def test_a_killed_processs_file_is_deleted_an_hour_later(
    with_store: Settings, endpoint: str, picture: Path
) -> None:
    put_up_and_die(with_store, picture)
    assert len(names_in(endpoint, with_store.home.parent.name)) == 1
    assert await clear_leftovers(with_store) == 0, "its container may still fetch it"
    age(with_store)
    assert await clear_leftovers(with_store) == 1
    assert names_in(endpoint, with_store.home.parent.name) == []
    assert ledgers(with_store) == []


async def test_what_a_living_process_put_up_is_left_alone(
    with_store: Settings, endpoint: str, picture: Path, clock: FakeClock
) -> None:
    hosts = Hosts(replace(REAL, api_base="http://sandbox.test"), with_store, clock=clock)
    await hosts.ways("image/jpeg")
    await hosts.put(picture, content_type="image/jpeg", lifetime_s=60, way=Way.S3, owner="post")
    age(with_store)
    assert await clear_leftovers(with_store) == 0
    assert len(names_in(endpoint, with_store.home.parent.name)) == 1
    await hosts.release("post")
    await hosts.aclose()
    assert ledgers(with_store) == []


async def test_whoever_puts_up_next_deletes_what_a_killed_process_left(
    with_store: Settings, endpoint: str, picture: Path
) -> None:
    """On a machine where no worker ever runs."""
    put_up_and_die(with_store, picture)
    age(with_store)
    hosts = Hosts(replace(REAL, api_base="http://sandbox.test"), with_store)
    await hosts.ways("image/jpeg")
    await asyncio.wait(asyncio.all_tasks() - {asyncio.current_task()}, timeout=patience(10))  # pyright: ignore[reportArgumentType]  # there is one
    assert names_in(endpoint, with_store.home.parent.name) == []
    await hosts.aclose()


async def test_what_is_in_another_bucket_waits_for_its_setting(
    with_store: Settings, endpoint: str, picture: Path
) -> None:
    put_up_and_die(with_store, picture)
    age(with_store)
    other = replace(
        with_store, remote_hosts={Way.S3: Secret(f"s3://KEY:secret@shelf/other?endpoint={endpoint}")}
    )
    assert await clear_leftovers(other) == 0
    assert await clear_leftovers(replace(with_store, remote_hosts={})) == 0
    assert await clear_leftovers(with_store) == 1


async def test_a_store_that_does_not_answer_is_asked_again_later(settings: Settings) -> None:
    ledger = Ledger(settings.home)
    ledger.add(RemoteFile(Way.S3, "http://127.0.0.1:9/shelf/", "a.jpg"))
    ledger.close()
    age(settings)
    down = replace(
        settings, remote_hosts={Way.S3: Secret("s3://KEY:secret@shelf?endpoint=http://127.0.0.1:9")}
    )
    assert await clear_leftovers(down) == 0
    assert len(ledgers(settings)) == 1


async def test_an_upload_at_cloudinary_is_deleted_too(settings: Settings, picture: Path) -> None:
    double = CloudinaryDouble()
    with served(double) as base:
        double.serves_at = base
        url = Secret(f"cloudinary://key:{SPELLED}@cloud?upload_prefix={base}")
        ledger = Ledger(settings.home)
        await CloudinaryHost(url, ledger=ledger).put(picture, content_type="image/jpeg", lifetime_s=60)
        ledger.close()
        age(settings)
        assert len(double.kept) == 1
        assert await clear_leftovers(replace(settings, remote_hosts={Way.CLOUDINARY: url})) == 1
        assert double.kept == {}


async def test_served_files_and_downloads_of_days_ago_are_deleted(
    settings: Settings, clock: FakeClock
) -> None:
    served_file, download = settings.renditions / f"{'a' * 64}.jpg", settings.home / "downloads" / "tmp"
    for path in (served_file, download):
        path.parent.mkdir(parents=True)
        path.write_text("old")
        os.utime(path, (1_000_000, 1_000_000))
    await clear_leftovers(settings, clock)
    assert not served_file.exists()
    assert not download.exists()


async def test_a_download_stays_while_it_is_served_and_then_goes(settings: Settings) -> None:
    download, clock = settings.home / "downloads" / "copy.jpg", FakeClock(datetime(2020, 1, 1, tzinfo=UTC))
    download.parent.mkdir(parents=True)
    download.write_bytes(b"picture")
    host = SignedHost(settings, "https://example.com", clock)
    await host.put(download, content_type="image/jpeg", lifetime_s=60)
    await clear_leftovers(settings, clock)
    assert await host.put(download, content_type="image/jpeg", lifetime_s=60)
    clock.advance(3 * 24 * 3600)
    for _ in range(2):  # first the file that was served, then the download
        await clear_leftovers(settings, clock)
    assert not download.exists()


async def test_half_a_line_of_a_killed_process_spoils_nothing(settings: Settings) -> None:
    (settings.home / "put_up").mkdir(parents=True)
    path = settings.home / "put_up" / "a.jsonl"
    path.write_text('{"way": "s3", "pla')
    age(settings)
    assert await clear_leftovers(settings) == 0
    assert not path.exists()
