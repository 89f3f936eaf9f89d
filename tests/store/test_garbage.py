"""The garbage collector rests while rows are read, and goes on as it was."""

import gc
from collections.abc import Generator

import pytest

from pressroom.store.insights.garbage import no_garbage_collection


@pytest.fixture(autouse=True)
def enabled() -> Generator[None]:
    was_enabled = gc.isenabled()
    gc.enable()
    yield
    (gc.enable if was_enabled else gc.disable)()


def test_it_rests_and_goes_on() -> None:
    with no_garbage_collection():
        assert not gc.isenabled()
    assert gc.isenabled()


def test_it_goes_on_though_reading_fails() -> None:
    with pytest.raises(OSError, match="gone"), no_garbage_collection():
        raise OSError("gone")
    assert gc.isenabled()


def test_where_somebody_switched_it_off_it_stays_off() -> None:
    gc.disable()
    with no_garbage_collection():
        pass
    assert not gc.isenabled()
