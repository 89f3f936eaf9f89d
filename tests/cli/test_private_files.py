"""Files that hold what is private are this user's alone, whatever the umask says, and go through no link."""

import os
import stat
from collections.abc import Generator
from pathlib import Path

import pytest

from pressroom.cli.shell.failures import ExitCode
from pressroom.sandbox.samples import make_poster
from pressroom.service.ground.output import write_private
from tests.cli.conftest import PICTURE, Shell
from tests.cli.planning import plan, sign_in, store_of


@pytest.fixture
def careless() -> Generator[None]:
    """A umask that takes nothing away."""
    before = os.umask(0)
    yield
    os.umask(before)


def modes(directory: Path) -> dict[str, int]:
    """The permissions of a directory and of everything in it."""
    found = [directory, *directory.rglob("*")]
    return {str(path.relative_to(directory)): stat.S_IMODE(path.lstat().st_mode) for path in found}


@pytest.mark.usefixtures("careless")
def test_the_data_directory_opens_for_its_user_alone(account: Shell, tmp_path: Path) -> None:
    """Keys, the store with its log, copies of files, locks."""
    make_poster(tmp_path / "poster.png")
    sign_in(account)
    assert account("schedule", "add", "photo", tmp_path / "poster.png", "--at", "+2h").code == ExitCode.DONE
    with store_of(account) as store:
        assert store.posts.counts()
        found = modes(account.home)
    assert {"pressroom.db", "pressroom.db-wal", "pressroom.db-shm", "token.key", "assets"} <= found.keys()
    assert not {name: oct(mode) for name, mode in found.items() if mode & 0o077}


@pytest.mark.usefixtures("careless", "store")
def test_an_export_and_a_backup_are_their_users_alone(account: Shell, tmp_path: Path) -> None:
    plan(account)
    there = tmp_path / "there.csv"
    there.touch(0o666)
    for args in (
        ("schedule", "export", "--output", tmp_path / "posts.json"),
        ("schedule", "export", "--overwrite", "--output", there),
        ("db", "backup", tmp_path / "copy.db"),
    ):
        assert account(*args).code == ExitCode.DONE
        assert stat.S_IMODE(Path(args[-1]).stat().st_mode) == 0o600
    assert PICTURE in there.read_text()


@pytest.mark.usefixtures("store")
def test_an_export_goes_through_no_link(account: Shell, tmp_path: Path) -> None:
    precious, link = tmp_path / "precious", tmp_path / "posts.csv"
    precious.write_text("precious")
    link.symlink_to(precious)
    result = account("schedule", "export", "--output", link, "--json")
    assert (result.code, result.error["code"]) == (ExitCode.REFUSED, "output")
    assert precious.read_text() == "precious"


def test_a_pipe_takes_it_as_it_is(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    write_private(pipe, "posts")
    assert os.read(reader, 100) == b"posts"
    os.close(reader)
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_what_cannot_be_written_whole_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "posts.csv").write_text("before")
    with pytest.raises(UnicodeEncodeError):
        write_private(tmp_path / "posts.csv", "\udcff")
    assert modes(tmp_path).keys() == {".", "posts.csv"}
    assert (tmp_path / "posts.csv").read_text() == "before"
