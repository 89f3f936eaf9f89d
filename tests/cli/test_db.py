"""`pressroom db`: the store's file."""

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from pressroom.cli.shell.failures import ExitCode
from pressroom.core.post import PostId
from pressroom.store.history import OURS
from pressroom.store.store import open_store
from tests.cli.conftest import Shell
from tests.cli.planning import leave_in_doubt, plan


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


@pytest.mark.usefixtures("store")
def test_what_is_no_sound_store_is_not_put_back(shell: Shell, tmp_path: Path) -> None:
    plan(shell)
    was = (shell.home / "pressroom.db").read_bytes()
    empty, foreign = tmp_path / "empty.db", tmp_path / "foreign.db"
    empty.touch()
    foreign.write_bytes(b"SQLite? no, words. " * 100)
    assert shell("db", "restore", tmp_path / "none.db").code == ExitCode.NOT_FOUND
    for file in (empty, foreign):
        refused = shell("db", "restore", file)
        assert refused.code in (ExitCode.REFUSED, ExitCode.FAILED)
        assert "Traceback" not in refused.err
    assert (shell.home / "pressroom.db").read_bytes() == was
    assert sorted(path.name for path in shell.home.glob("*.before-*")) == []


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
