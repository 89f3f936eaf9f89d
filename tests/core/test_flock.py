"""A lock on a file ends with whoever has the file open; tests stand in for processes by opening it twice."""

import os
from pathlib import Path

import pytest

from pressroom.core import flock


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "one.lock"


def test_one_at_a_time_has_the_lock(path: Path) -> None:
    ours, theirs = flock.open_lock_file(path), flock.open_lock_file(path)
    assert flock.try_lock(ours)
    assert not flock.try_lock(theirs)
    assert not flock.try_share(theirs)
    flock.unlock(ours)
    assert flock.try_lock(theirs)


def test_many_share_it_and_none_of_them_has_it_alone(path: Path) -> None:
    ours, theirs = flock.open_lock_file(path), flock.open_lock_file(path)
    assert flock.try_share(ours)
    assert flock.try_share(theirs)
    assert not flock.try_lock(theirs)


def test_closing_the_file_releases_it(path: Path) -> None:
    ours = flock.open_lock_file(path)
    assert flock.try_lock(ours)
    assert flock.is_locked(path)
    os.close(ours)
    assert not flock.is_locked(path)


def test_a_file_that_is_not_there_is_locked_by_nobody_and_is_not_made(path: Path) -> None:
    assert not flock.is_locked(path)
    assert not path.exists()


def test_a_lock_file_is_this_users_alone_and_no_childs(path: Path) -> None:
    descriptor = flock.open_lock_file(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert not os.get_inheritable(descriptor)


def test_who_only_asks_for_a_moment_is_no_owner(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asker = flock.open_lock_file(path)
    assert flock.try_share(asker)

    def end_asking(_seconds: float) -> None:
        flock.unlock(asker)

    monkeypatch.setattr("time.sleep", end_asking)
    descriptor = flock.lock_own_file(path)
    assert descriptor is not None
    os.close(descriptor)


def test_a_file_that_is_locked_meanwhile_is_not_cleared_away(path: Path) -> None:
    owner = flock.lock_own_file(path)
    assert owner is not None
    flock.remove_if_free(path)
    assert path.exists()
    os.close(owner)
    flock.remove_if_free(path)
    assert not path.exists()
