"""`pressroom db`: the store's file."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Generator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from pressroom.cli.shell.failures import ExitCode
from pressroom.core.post import PostId
from pressroom.store import upkeep
from pressroom.store.history import OURS
from pressroom.store.store import open_store
from tests.cli.conftest import Shell
from tests.cli.planning import leave_in_doubt, plan
from tests.store.obstacles import files_no_larger_than


def test_without_a_store_each_says_so(shell: Shell, tmp_path: Path) -> None:
    for args in (("upgrade",), ("check",), ("backup", tmp_path / "copy.db")):
        assert shell("db", *args).code == ExitCode.NOT_FOUND
    assert not shell.home.exists()


@pytest.mark.usefixtures("store")
def test_an_upgrade_that_is_not_needed_does_nothing(shell: Shell) -> None:
    answer = shell("db", "upgrade", "--json").json
    assert (answer["before"], answer["after"], answer["kept"]) == (OURS.newest, OURS.newest, None)


@pytest.mark.usefixtures("store")
def test_a_sound_store_has_no_findings(shell: Shell) -> None:
    leave_in_doubt(shell, plan(shell))
    assert shell("db", "check").out.endswith("is sound.\n")


@pytest.mark.usefixtures("store")
def test_what_is_wrong_is_listed_and_ends_with_1(shell: Shell) -> None:
    post_id = leave_in_doubt(shell, plan(shell))
    with sqlite3.connect(shell.home / "pressroom.db") as connection:
        connection.execute("UPDATE sends SET state = 'open'")
    connection.close()
    result = shell("db", "check", "--json")
    assert (result.code, result.json["findings"]) == (
        ExitCode.FAILED,
        [f"post {post_id} has 1 open send and wakes no worker"],
    )


@pytest.mark.usefixtures("store")
def test_a_backup_holds_the_posts_and_replaces_nothing(shell: Shell, tmp_path: Path) -> None:
    post_id = plan(shell)
    copy = tmp_path / "copy.db"
    assert shell("db", "backup", copy, "--json").json["size_bytes"] == copy.stat().st_size
    with open_store(copy) as store:
        assert store.posts.get(PostId(post_id)).id == post_id
    assert shell("db", "backup", copy).code == ExitCode.REFUSED


def backed_up(shell: Shell, copy: Path) -> str:
    """Back up a store with one post, and give its id."""
    post_id = plan(shell)
    assert shell("db", "backup", copy).code == ExitCode.DONE
    return post_id


@pytest.mark.usefixtures("store")
def test_a_backup_takes_the_place_of_the_store_which_is_kept(shell: Shell, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    first = backed_up(shell, copy)
    second = plan(shell, "--caption", "Later")
    answer = shell("db", "restore", copy, "--json").json
    assert [post["post_id"] for post in shell("schedule", "list", "--json").json] == [first]
    with open_store(Path(answer["kept"])) as before:
        assert before.posts.get(PostId(second)).id == second
    assert (answer["recalled"], answer["looked_for"]) == ([], [])


def truncated(copy: Path) -> None:
    copy.write_bytes(copy.read_bytes()[: copy.stat().st_size // 2])


def with_flipped_pages(copy: Path) -> None:
    content = bytearray(copy.read_bytes())
    for page in range(4096, len(content), 4096):
        content[page] ^= 0xFF
    copy.write_bytes(content)


def with_lost_rows(copy: Path) -> None:
    with closing(sqlite3.connect(copy)) as connection, connection:
        connection.execute("DELETE FROM posts")


def no_database(copy: Path) -> None:
    copy.write_bytes(b"SQLite? no, words. " * 100)


def empty(copy: Path) -> None:
    copy.write_bytes(b"")


def of_another_program(copy: Path) -> None:
    copy.unlink()
    with closing(sqlite3.connect(copy)) as connection, connection:
        connection.execute("CREATE TABLE recipes (name TEXT)")


def of_a_newer_release(copy: Path) -> None:
    with closing(sqlite3.connect(copy)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")


def a_directory(copy: Path) -> None:
    copy.unlink()
    copy.mkdir()


def a_fifo(copy: Path) -> None:
    copy.unlink()
    os.mkfifo(copy)


def gone(copy: Path) -> None:
    copy.unlink()


_ANOTHER, _UPGRADE = "Name another backup.", "Upgrade this program"


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize(
    ("damage", "said", "fix"),
    [
        (truncated, "The backup {} is damaged. (SQLITE_CORRUPT)", _ANOTHER),
        (with_flipped_pages, "The backup {} is damaged. (SQLITE_CORRUPT)", _ANOTHER),
        (with_lost_rows, "The backup {} is damaged: a row of assets points at a missing row of", _ANOTHER),
        (no_database, "The backup {} is not a database. (SQLITE_NOTADB)", _ANOTHER),
        (empty, "The backup {} is empty: nothing was ever stored.", _ANOTHER),
        (of_another_program, "{} holds another program's tables.", _ANOTHER),
        (of_a_newer_release, "{} was made by a newer Pressroom: its revision is 9999", _UPGRADE),
        (a_directory, "The backup {} is a directory.", _ANOTHER),
        (a_fifo, "The backup {} is not a regular file.", _ANOTHER),
        (gone, "There is no backup {}.", "Name a file that is a backup of a store."),
    ],
)
def test_a_backup_that_cannot_be_restored_is_named_as_it_was_given_and_changes_nothing(
    damage: Callable[[Path], None], said: str, fix: str, shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(shell.home.parent)
    given = Path("backups/of tuesday.db")
    given.parent.mkdir()
    backed_up(shell, given)
    damage(given)
    before = contents(shell.home)
    refused = shell("db", "restore", given, "--json")
    assert refused.error["message"].startswith(said.format(given))
    assert refused.error["message"].endswith(" The present store is unchanged.")
    assert refused.error["fix"].startswith(fix)
    assert refused.code == (ExitCode.NOT_FOUND if damage is gone else ExitCode.REFUSED)
    assert contents(shell.home) == before


def contents(home: Path) -> dict[str, bytes]:
    """Read what is in a data directory, without what SQLite and our lock keep there while it is open."""
    passing = (".lock", "-wal", "-shm")
    return {path.name: path.read_bytes() for path in home.iterdir() if not path.name.endswith(passing)}


@pytest.mark.usefixtures("store")
def test_a_disk_that_is_full_is_not_the_fault_of_the_backup(shell: Shell, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    backed_up(shell, copy)
    before = contents(shell.home)
    with files_no_larger_than(copy.stat().st_size // 2):
        refused = shell("db", "restore", copy, "--json")
    said = (
        "The store cannot be written: the disk failed. (SQLITE_IOERR_WRITE) The present store is unchanged."
    )
    assert refused.error["message"] == said
    assert (refused.code, refused.error["retryable"]) == (ExitCode.FAILED, True)
    assert contents(shell.home) == before
    assert shell("db", "restore", copy).code == ExitCode.DONE


@pytest.mark.usefixtures("store")
def test_a_store_that_somebody_has_open_is_not_replaced(shell: Shell, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    backed_up(shell, copy)
    with open_store(shell.home / "pressroom.db"):
        refused = shell("db", "restore", copy)
    assert refused.code == ExitCode.FAILED
    assert "another process has it open" in refused.err


@pytest.mark.usefixtures("store")
def test_an_adopted_copy_holds_its_posts_back_unless_the_original_is_gone(shell: Shell) -> None:
    post_id = plan(shell)
    assert shell("db", "adopt", "--keep-posts").out.endswith("is a store of its own now.\n")
    assert shell("schedule", "show", post_id, "--json").json["post"]["state"] == "scheduled"
    assert shell("db", "adopt").out.endswith("Held back as drafts: 1 post.\n")
    assert shell("schedule", "show", post_id, "--json").json["post"]["state"] == "draft"


@pytest.mark.usefixtures("store")
def test_a_damaged_store_is_kept_as_it_is_when_a_backup_takes_its_place(shell: Shell, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    post_id = backed_up(shell, copy)
    damaged = shell.home / "pressroom.db"
    damaged.write_bytes(b"Not a database any more. " * 100)
    # It cannot say who is a program.
    assert shell("db", "restore", copy).code == ExitCode.NEEDS_APPROVAL
    answer = replace(shell, is_attended=True)("db", "restore", copy, "--json").json
    assert Path(answer["kept"]).read_bytes().startswith(b"Not a database")
    assert [post["post_id"] for post in shell("schedule", "list", "--json").json] == [post_id]


@contextmanager
def locked_by_another_process(path: Path) -> Generator[None]:
    """Have another process lock a SQLite file in the way a write transaction does."""
    locks = (
        "import sqlite3, sys; connection = sqlite3.connect(sys.argv[1], isolation_level=None); "
        "connection.execute('PRAGMA journal_mode = delete'); connection.execute('BEGIN EXCLUSIVE'); "
        "print('locked', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", locks, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "locked\n"
        yield


@pytest.fixture
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    assert upkeep._WAIT_IS_REPORTED_AFTER_S < 5, "a user is told within five seconds"
    for name, seconds in (("_WAIT_IS_REPORTED_AFTER_S", 0.0), ("_RETRY_S", 0.01), ("_LOCK_WAIT_S", 0.1)):
        monkeypatch.setattr(upkeep, name, seconds)


@pytest.mark.usefixtures("store", "short_waits")
def test_a_backup_that_another_process_has_locked_is_waited_for_and_then_named(
    shell: Shell, tmp_path: Path
) -> None:
    copy = tmp_path / "copy.db"
    backed_up(shell, copy)
    before = contents(shell.home)
    with locked_by_another_process(copy):
        refused = shell("db", "restore", copy, "--json")
        in_words = shell("db", "restore", copy)
    locked = f"The backup {copy} is locked by another process"
    assert refused.error["message"] == f"{locked}, and still was after 0.1 s. The present store is unchanged."
    assert f"`fuser {copy}` lists it" in refused.error["fix"]
    assert refused.code == ExitCode.FAILED
    assert f"{locked}. Waiting, 0.1 s at most ..." in in_words.err
    assert in_words.err.endswith("then try again.\n")
    assert contents(shell.home) == before
    assert shell("db", "restore", copy).code == ExitCode.DONE


@pytest.mark.usefixtures("store", "short_waits")
def test_a_backup_does_not_replace_a_store_that_another_process_has_locked(
    shell: Shell, tmp_path: Path
) -> None:
    plan(shell)
    store, copy = shell.home / "pressroom.db", tmp_path / "copy.db"
    assert shell("db", "backup", copy).code == ExitCode.DONE
    with locked_by_another_process(store):
        failed = shell("db", "restore", copy)
    assert f"The store {store} is locked by another process. Waiting, " in failed.err
    assert f"The store {store} is locked by another process, and still was after 0.1 s." in failed.err
    assert failed.code == ExitCode.FAILED
    assert not list(shell.home.glob("*before-restore*")), "the store was not replaced"
    assert shell("db", "restore", copy).code == ExitCode.DONE


@pytest.mark.usefixtures("store", "short_waits")
@pytest.mark.parametrize("command", ["backup", "check"])
def test_a_store_that_another_process_has_locked_is_waited_for_and_then_named(
    shell: Shell, tmp_path: Path, command: str
) -> None:
    plan(shell)
    store, copy = shell.home / "pressroom.db", tmp_path / "copy.db"
    with locked_by_another_process(store):
        failed = shell("db", command, *([copy] if command == "backup" else []))
    assert f"The store {store} is locked by another process. Waiting, " in failed.err
    assert f"The store {store} is locked by another process, and still was after 0.1 s." in failed.err
    assert failed.code == ExitCode.FAILED
    assert not copy.exists()
