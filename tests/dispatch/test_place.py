"""Two copies of a store's file are not both driven on one machine."""

import os
import shutil
import tempfile
from pathlib import Path

import pytest

from pressroom.core.errors import StoreRefused
from pressroom.dispatch.place import has_moved, identity_of, only_copy, renew_identity
from pressroom.store.store import open_store


@pytest.fixture(autouse=True)
def shared_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What all processes of this user share."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path / f"pressroom-{os.getuid()}"


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
    with only_copy("an identity", path):
        with only_copy("another identity", path.with_name("b.db")):
            pass
        copy = path.with_name("copy.db")
        with pytest.raises(StoreRefused) as refused, only_copy("an identity", copy):
            pass
        assert str(path) in refused.value.message
        assert "pressroom db adopt" in str(refused.value.advice)
    with only_copy("an identity", path.with_name("copy.db")):
        pass


def test_where_no_lock_can_be_kept_a_worker_works_all_the_same(
    path: Path, shared_directory: Path, caplog: pytest.LogCaptureFixture
) -> None:
    shared_directory.write_text("a file where a directory is wanted")
    with only_copy("an identity", path):
        assert "could be driven unseen" in caplog.text


def test_a_store_knows_that_it_is_driven_from_another_place(path: Path) -> None:
    with open_store(path) as store:
        assert [has_moved(store, path), has_moved(store, path)] == [False, False]
        assert has_moved(store, path.with_name("elsewhere.db"))
        assert not has_moved(store, path.with_name("elsewhere.db"))
