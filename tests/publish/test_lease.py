"""A lease is kept while a post is driven; a store that fails for a moment ends neither drive nor lease."""

import asyncio
from collections.abc import Callable
from typing import Any, cast

import pytest

from pressroom.core.errors import StoreFailed
from pressroom.core.post import PostId
from pressroom.publish.lease import leased
from pressroom.store.store import Store, open_store
from tests.fakes.clock import FakeClock
from tests.store.posts import stored

AWAY = StoreFailed("The store is in use by another process (SQLITE_BUSY)", fix="Try again.", retryable=True)


class Flaky:
    """A store whose operations fail as long as they are in `failing`; `soon` is set when one did."""

    def __init__(self, store: Store, *failing: str) -> None:
        self.posts = store.posts
        self.failing = set(failing)
        self.failed = asyncio.Event()

    async def run(self, operation: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        if operation.__name__ in self.failing:
            self.failed.set()
            raise AWAY
        return operation(*args, **kwargs)


class Passed(Flaky):
    """A store where the lease is another's when it is to be renewed. asked: how often."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self.asked = 0
        self.told = asyncio.Event()

    async def run(self, operation: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        if operation.__name__ != "renew_lease":
            return await super().run(operation, *args, **kwargs)
        self.asked += 1
        self.told.set()
        return False


@pytest.fixture
def post_id(store: Store) -> PostId:
    return stored(store).id


@pytest.fixture
def store() -> Any:
    with open_store(":memory:", clock=FakeClock()) as opened:
        yield opened


async def test_a_renewal_that_fails_is_tried_again(store: Store, post_id: PostId) -> None:
    flaky: Any = Flaky(store, "renew_lease")
    async with leased(flaky, post_id, "one", lease_s=0.03) as post:
        assert post is not None
        await flaky.failed.wait()
        flaky.failed.clear()
        await flaky.failed.wait()
    assert store.posts.take_lease(post_id, "two", lease_s=60) is not None, "and it was given back"


async def test_a_lease_that_cannot_be_given_back_does_not_make_the_drive_fail(
    store: Store, post_id: PostId
) -> None:
    flaky: Any = Flaky(store, "release_lease")
    async with leased(flaky, post_id, "one", lease_s=60):
        pass
    assert flaky.failed.is_set()


async def test_a_post_that_another_worker_drives_is_not_given(store: Store, post_id: PostId) -> None:
    async with leased(store, post_id, "one", lease_s=60):
        async with leased(store, post_id, "two", lease_s=60) as post:
            assert post is None
        assert store.posts.renew_lease(post_id, "one", lease_s=60), "and the first still has it"


async def test_a_lease_that_has_passed_to_another_worker_is_not_renewed_any_more(
    store: Store, post_id: PostId, caplog: pytest.LogCaptureFixture
) -> None:
    passed = Passed(store)
    async with leased(cast("Any", passed), post_id, "one", lease_s=0.03):
        await passed.told.wait()
    assert passed.asked == 1
    assert "has passed to another worker" in caplog.text
