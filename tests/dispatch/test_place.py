"""Two copies of a store's file are not both driven on one machine."""

import inspect
import os
import shutil
import sys
from pathlib import Path

import pytest

from pressroom.core.errors import StoreRefused
from pressroom.dispatch.place import has_moved, identity_of, note_place, only_copy, renew_identity
from pressroom.store.store import open_store


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "pressroom.db"


def test_a_copy_has_the_identity_of_its_original_until_it_is_adopted(path: Path) -> None:
    with open_store(path) as store:
        identity = identity_of(store)
        assert identity_of(store) == identity
    copy = shutil.copy(path, path.with_name("copy.db"))
    with open_store(copy) as store:
        assert identity_of(store) == identity
        renew_identity(store)
        assert identity_of(store) != identity


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


def test_a_store_knows_that_it_is_driven_from_another_place_until_that_is_noted(path: Path) -> None:
    elsewhere = path.with_name("elsewhere.db")
    with open_store(path) as store:
        assert not has_moved(store, path)
        note_place(store, path)
        assert not has_moved(store, path)
        # A start that is broken off in between finds it again.
        assert [has_moved(store, elsewhere), has_moved(store, elsewhere)] == [True, True]
        note_place(store, elsewhere)
        assert not has_moved(store, elsewhere)


def test_services_with_a_temporary_directory_of_their_own_see_each_other() -> None:
    """systemd's PrivateTmp, as our own units say it."""
    shared = inspect.signature(only_copy).parameters["among"].default
    assert shared.name == "shm" or sys.platform != "linux"
