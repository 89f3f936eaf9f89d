"""What a machine is short of, told of the errors it makes; and how descriptors are shared out."""

import asyncio
import errno
import logging
import os
import resource
import tempfile
from collections.abc import Generator
from pathlib import Path

import pytest
from aiohttp import ClientConnectorError
from aiohttp.client_reqrep import ConnectionKey

from pressroom.core.errors import MediaRefused, NotSent, PressroomError, Refused, Shortage, StoreFailed
from pressroom.core.shortage import (
    MOST_DESCRIPTORS,
    descriptor_share,
    raise_descriptor_limit,
    require_temporary_folder,
    shortage_in,
    shortage_of,
    shortages_named,
    shortages_of_loop_named,
)
from pressroom.media.examine import Prober

FULL = OSError(errno.EMFILE, os.strerror(errno.EMFILE))
KEY = ConnectionKey(
    "127.0.0.1", 80, is_ssl=False, ssl=True, proxy=None, proxy_auth=None, proxy_headers_hash=1
)


def because_of(cause: BaseException, error: Exception) -> Exception:
    """Give an error as it is raised when another one is met, whose context is not to be shown."""
    try:
        try:
            raise cause
        except type(cause):
            raise error from None
    except type(error) as raised:
        return raised


@pytest.mark.parametrize(
    ("number", "code", "words"),
    [
        (errno.EMFILE, "too_many_files", "may hold"),
        (errno.ENFILE, "too_many_files", "All programs of this machine"),
        (errno.ENOMEM, "no_memory", "no memory"),
        (errno.EAGAIN, "too_many_processes", "No further process"),
        (errno.ENOSPC, "disk_full", "The disk is full: /data/a.jpg"),
        (errno.EDQUOT, "disk_full", "The disk quota is used up: /data/a.jpg"),
    ],
)
def test_each_shortage_has_its_name_and_passes(number: int, code: str, words: str) -> None:
    shortage = shortage_of(OSError(number, os.strerror(number), "/data/a.jpg"))
    assert shortage
    assert (shortage.code, shortage.retryable) == (code, True)
    assert words in shortage.message
    assert "by itself" in shortage.fix


@pytest.mark.parametrize(
    "error",
    [
        ClientConnectorError(KEY, FULL),
        because_of(FULL, MediaRefused("There is no file.", rule="missing_file", fix="Check the path.")),
        because_of(because_of(FULL, PressroomError("It cannot be started.")), ValueError("no")),
        RuntimeError("can't start new thread"),
        MemoryError(),
    ],
    ids=["aiohttp", "ours", "deeper", "thread", "memory"],
)
def test_it_is_found_in_whatever_it_has_caused(error: Exception) -> None:
    with pytest.raises(Shortage), shortages_named():
        raise error


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOENT, "No such file"),
        RuntimeError("no"),
        because_of(FULL, NotSent("It could not be sent.")),
        because_of(FULL, StoreFailed("The store cannot be opened.", fix="")),
    ],
    ids=["another number", "no number", "not sent", "store"],
)
def test_any_other_error_stays_and_so_do_those_that_say_what_may_follow(error: Exception) -> None:
    with pytest.raises(type(error)) as raised, shortages_named():
        raise error
    assert raised.value is error


def test_another_program_tells_of_one_in_the_systems_words() -> None:
    assert shortage_in("av: a.mp4: No space left on device") is not None
    # Decoders say so of files that are damaged.
    assert shortage_in("Error while decoding: Cannot allocate memory") is None
    assert shortage_in("Invalid data found") is None


async def test_a_loop_that_cannot_accept_says_so_once_a_minute(
    caplog: pytest.LogCaptureFixture,
) -> None:
    loop = asyncio.get_running_loop()
    others = list[str]()
    loop.set_exception_handler(lambda _loop, context: others.append(context["message"]))
    with caplog.at_level(logging.WARNING), shortages_of_loop_named(loop):
        for _ in range(100):
            loop.call_exception_handler({"message": "accept() failed", "exception": FULL})
        loop.call_exception_handler({"message": "a fault", "exception": ValueError("no")})
    assert [record.message.partition(":")[0] for record in caplog.records] == ["accept() failed"]
    assert [record.exc_info for record in caplog.records] == [None]
    assert others == ["a fault"]


@pytest.fixture
def soft_limit() -> Generator[int]:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, before[1]))
    yield before[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_the_soft_limit_is_raised_to_the_hard_one(soft_limit: int) -> None:
    hard = MOST_DESCRIPTORS if soft_limit == resource.RLIM_INFINITY else soft_limit
    assert raise_descriptor_limit() == min(hard, MOST_DESCRIPTORS)


def test_four_shares_leave_a_process_what_it_needs_itself(soft_limit: int) -> None:
    assert soft_limit
    assert descriptor_share(1000) == (256 - 32) // 4
    assert descriptor_share(1000, each=7) == (256 - 32) // 28
    assert descriptor_share(20) == 20
    assert descriptor_share(20, each=1000) == 1


@pytest.fixture
def nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setattr(tempfile, "_candidate_tempdir_list", lambda: ["/proc/none"])


def test_a_folder_that_is_there_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setattr(tempfile, "_candidate_tempdir_list", lambda: [str(tmp_path)])
    require_temporary_folder()


@pytest.mark.usefixtures("nowhere")
def test_none_is_refused_with_what_was_tried_and_what_to_set() -> None:
    with pytest.raises(Refused) as caught:
        require_temporary_folder()
    assert caught.value.rule == "temporary_folder"
    assert caught.value.retryable, "mostly the disk is full for a while"
    assert "/proc/none" in str(caught.value.value)
    assert "TMPDIR" in caught.value.fix


@pytest.mark.usefixtures("nowhere")
def test_the_process_that_looks_at_files_is_not_blamed_for_it() -> None:
    with pytest.raises(Refused, match="No folder for temporary files"):
        Prober()
