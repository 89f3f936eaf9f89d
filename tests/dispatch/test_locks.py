"""Who may publish: one living process has a post, and of two copies of a store's file one is driven."""

import inspect
import os
import subprocess
import sys
from pathlib import Path

import pytest

from pressroom.core.errors import StoreRefused
from pressroom.core.flock import open_lock_file
from pressroom.core.post import PostId
from pressroom.dispatch.locks import (
    carriage,
    carried,
    is_carried,
    only_copy,
    pid_running_here,
    running_here,
)

POST = PostId("post")
HOLDER = """
import sys
from pathlib import Path
from pressroom.dispatch.locks import carriage
with carriage(Path(sys.argv[1]), "post") as right:
    right.sign("worker-1")
    print("held", flush=True)
    sys.stdin.read()
"""


def test_one_at_a_time_has_the_right_and_the_next_gets_it_at_once(tmp_path: Path) -> None:
    with carriage(tmp_path, POST) as one, carriage(tmp_path, POST) as two:
        assert (one is None, two is None) == (False, True)
        assert carried(tmp_path) == {POST}
    with carriage(tmp_path, POST) as again:
        assert again is not None
        assert again.predecessor == ""
    assert carried(tmp_path) == frozenset()


def test_a_killed_process_leaves_its_name_and_no_right(tmp_path: Path) -> None:
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=env
    ) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        with carriage(tmp_path, POST) as right:
            assert right is None
        holder.kill()
        holder.wait()
    with carriage(tmp_path, POST) as right:
        assert right is not None
        assert right.predecessor == "worker-1"


def test_files_of_dead_processes_are_cleared_away(tmp_path: Path) -> None:
    (tmp_path / "carried").mkdir()
    (tmp_path / "carried" / "old").write_text("worker-1")
    with carriage(tmp_path, POST):
        assert carried(tmp_path) == {POST}
        assert not (tmp_path / "carried" / "old").exists()


def test_a_clusters_workers_of_this_machine_are_told_by_process_while_they_live(tmp_path: Path) -> None:
    assert pid_running_here(tmp_path) is None
    (tmp_path / "workers").mkdir()
    (tmp_path / "workers" / "dead").write_text("4242")
    with running_here(tmp_path, "first"), running_here(tmp_path, "second"):
        assert pid_running_here(tmp_path) == os.getpid()
        assert {path.name for path in (tmp_path / "workers").iterdir()} == {"first", "second"}
    assert pid_running_here(tmp_path) is None


def test_a_file_that_its_last_owner_removed_before_it_was_locked_is_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A lock on a file without a name would keep out nobody."""
    removed = list[Path]()

    def open_and_remove_once(path: Path) -> int:
        descriptor = open_lock_file(path)
        if not removed:
            path.unlink()
            removed.append(path)
        return descriptor

    monkeypatch.setattr("pressroom.core.flock.open_lock_file", open_and_remove_once)
    with carriage(tmp_path, POST) as ours:
        assert ours is not None
        assert is_carried(tmp_path, POST)
    assert removed


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "pressroom.db"


def test_while_one_copy_is_driven_the_other_is_refused_with_the_way_out(path: Path) -> None:
    with only_copy("an identity", path, among=path.parent):
        with only_copy("another identity", path.with_name("b.db"), among=path.parent):
            pass
        copy = path.with_name("copy.db")
        with pytest.raises(StoreRefused) as refused, only_copy("an identity", copy, among=path.parent):
            pass
        assert str(path) in refused.value.message
        assert "pressroom db adopt" in str(refused.value.advice)
    with only_copy("an identity", path.with_name("copy.db"), among=path.parent):
        pass


def test_where_no_lock_can_be_kept_a_worker_works_all_the_same(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (path.parent / f"pressroom-{os.getuid()}").write_text("a file where a directory is wanted")
    with only_copy("an identity", path, among=path.parent):
        assert "could be driven unseen" in caplog.text


def test_services_with_a_temporary_directory_of_their_own_see_each_other() -> None:
    """systemd's PrivateTmp, as our own units say it."""
    shared = inspect.signature(only_copy).parameters["among"].default
    assert shared.name == "shm" or sys.platform != "linux"
