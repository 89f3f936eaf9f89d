"""`pressroom db`: the store's file."""

import sqlite3
from pathlib import Path

import pytest

from pressroom.cli.shell.exit_codes import ExitCode
from pressroom.core.post import PostId
from pressroom.store.schema import OURS
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
