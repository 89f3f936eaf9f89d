"""Who carries a post: one living process, told by the kernel."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pressroom.core.flock import open_lock_file
from pressroom.core.post import PostId
from pressroom.dispatch.carriage import carriage, carried, is_carried

POST = PostId("post")
HOLDER = """
import sys
from pathlib import Path
from pressroom.dispatch.carriage import carriage
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
