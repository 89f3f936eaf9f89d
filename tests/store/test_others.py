"""Accounts, quota ledger and periodic jobs, on both databases."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from pressroom.core.account import UNTIL_RESUMED, Pause, QuotaReading, RenewedToken, Spending, StoredAccount
from pressroom.core.errors import NotFound
from pressroom.core.protocols import PeriodicJob
from pressroom.core.readings import Batch, Collecting
from pressroom.core.stored_posts import PostQuery
from pressroom.graph.answers import UserId
from pressroom.graph.hosts import LoginType
from pressroom.store.store import Store
from tests.store.posts import after, spend, stored


def a_bundle(name: str = "shop", **fields: Any) -> StoredAccount:
    given: dict[str, Any] = {
        "name": name,
        "user_id": UserId("17841"),
        "login_type": LoginType.INSTAGRAM,
        "api_base": "https://graph.instagram.com",
        "version": "v21.0",
        "timezone": "Europe/Vienna",
        "sealed_token": b"\x00sealed",
        "token_obtained_at": after(0),
        "token_expires_at": after(60 * 86_400),
    }
    return StoredAccount(**{**given, **fields})


def test_a_bundle_comes_back_as_it_was_and_shows_no_token(store: Store) -> None:
    store.accounts.put(a_bundle())
    assert store.accounts.get("shop") == a_bundle()
    assert "sealed" not in repr(store.accounts.get("shop")).replace("sealed_token", "")


def test_a_new_sign_in_replaces_the_bundle_and_keeps_the_pause(store: Store) -> None:
    store.accounts.put(a_bundle())
    store.accounts.pause("shop", Pause(until=UNTIL_RESUMED, reason="token"))
    store.accounts.put(a_bundle(sealed_token=b"new", version="v22.0"))
    kept = store.accounts.get("shop")
    assert (kept.sealed_token, kept.version) == (b"new", "v22.0")
    assert kept.pause == Pause(until=UNTIL_RESUMED, reason="token")


def test_posts_are_listed_by_the_login_that_publishes_them(store: Store) -> None:
    """The one they were planned under; where that is gone, the account's default or first one."""
    store.accounts.put(a_bundle("agency"))
    store.accounts.put(a_bundle("shop"))
    of_shop, of_agency = (stored(store, account="shop", login=one) for one in ("shop", "agency"))
    by_login = {one: store.posts.list(PostQuery(login=one)).posts for one in ("shop", "agency", "nobody")}
    assert by_login == {"shop": (of_shop,), "agency": (of_agency,), "nobody": ()}
    store.accounts.remove("shop")
    assert {post.id for post in store.posts.list(PostQuery(login="agency")).posts} == {
        of_shop.id,
        of_agency.id,
    }


def test_one_account_is_the_default(store: Store) -> None:
    store.accounts.put(a_bundle("b", is_default=True))
    store.accounts.put(a_bundle("a", is_default=True))
    assert [(account.name, account.is_default) for account in store.accounts.list()] == [
        ("a", True),
        ("b", False),
    ]


def test_an_account_that_only_posts_name_is_not_signed_in(store: Store) -> None:
    stored(store, account="later")
    assert store.accounts.list() == ()
    with pytest.raises(NotFound, match="later"):
        store.accounts.get("later")


def test_a_removed_account_is_forgotten_and_its_posts_stay(store: Store) -> None:
    post = stored(store, account="shop")
    store.accounts.put(a_bundle())
    store.accounts.put(a_bundle("empty"))
    spend(store, "empty", Spending.CONTAINER, "c1", after(0))
    assert store.accounts.remove("shop")
    assert store.accounts.remove("empty")
    assert not store.accounts.remove("shop")
    assert store.accounts.list() == ()
    assert store.posts.get(post.id) == replace(post, account="17841@instagram", revision=1)


def test_a_removed_account_keeps_its_insights(store: Store) -> None:
    account = a_bundle()
    store.accounts.put(account)
    now = after(0)
    store.readings.keep(account.account, Batch(collecting=Collecting(started_at=now, complete_at=now)))
    assert store.accounts.remove(account.name)
    assert store.readings.collecting(account.account)


def test_pauses_begin_and_end(store: Store) -> None:
    assert store.accounts.pause_of("shop") is None
    assert not store.accounts.resume("shop")
    store.accounts.pause("shop", Pause(until=after(60), reason="quota"))
    assert store.accounts.pause_of("shop") == Pause(until=after(60), reason="quota")
    assert store.accounts.resume("shop")
    assert store.accounts.pause_of("shop") is None


def test_slots_of_an_account_keep_their_gap_and_no_others_wait(store: Store) -> None:
    def slot(name: str, seconds: float) -> datetime:
        return store.accounts.reserve_slot(name, not_before=after(seconds), gap_s=30)

    assert [slot("a", 0), slot("a", 0), slot("b", 0), slot("a", 10)] == [
        after(0),
        after(30),
        after(0),
        after(60),
    ]
    assert slot("a", 500) == after(500)


def test_slots_taken_at_the_same_moment_are_all_different(store: Store) -> None:
    start = threading.Barrier(6)

    def slot(_: int) -> datetime:
        start.wait()
        return store.accounts.reserve_slot("a", not_before=after(0), gap_s=30)

    with ThreadPoolExecutor(6) as threads:
        assert set(threads.map(slot, range(6))) == {after(30 * number) for number in range(6)}


def test_one_worker_alone_refreshes_a_token(store: Store) -> None:
    store.accounts.put(a_bundle())
    assert store.accounts.begin_refresh("shop", "one", lease_s=60) == a_bundle()
    assert store.accounts.begin_refresh("shop", "two", lease_s=60) is None
    renewed = RenewedToken(sealed_token=b"new", refreshed_at=after(5), expires_at=after(99))
    store.accounts.end_refresh("shop", "one", renewed)
    kept = store.accounts.begin_refresh("shop", "two", lease_s=60)
    new = a_bundle(sealed_token=b"new", token_refreshed_at=after(5), token_expires_at=after(99))
    assert kept == new
    details = replace(new.details, permissions=("instagram_business_basic",))
    store.accounts.end_refresh("shop", "two", replace(renewed, details=details))
    assert store.accounts.get("shop") == replace(new, details=details)


def test_a_refresh_whose_worker_died_is_open_to_the_next(store: Store) -> None:
    store.accounts.put(a_bundle())
    store.accounts.begin_refresh("shop", "dead", lease_s=0)
    assert store.accounts.begin_refresh("shop", "next", lease_s=60)
    store.accounts.end_refresh("shop", "dead")
    assert store.accounts.begin_refresh("shop", "third", lease_s=60) is None


def test_what_came_back_after_another_took_over_is_not_stored(store: Store) -> None:
    """A worker that slept through its lease brings a token that the next one has renewed since."""
    store.accounts.put(a_bundle())
    store.accounts.begin_refresh("shop", "slow", lease_s=0)
    store.accounts.begin_refresh("shop", "next", lease_s=60)
    renewed = RenewedToken(sealed_token=b"next's", refreshed_at=after(5), expires_at=None)
    store.accounts.end_refresh("shop", "next", renewed)
    store.accounts.end_refresh("shop", "slow", replace(renewed, sealed_token=b"slow", refreshed_at=after(9)))
    assert store.accounts.get("shop").sealed_token == b"next's"


def test_a_refresh_never_replaces_the_token_of_a_new_sign_in(store: Store) -> None:
    """It may be another user's."""
    store.accounts.put(a_bundle())
    store.accounts.begin_refresh("shop", "w", lease_s=60)
    store.accounts.put(a_bundle(sealed_token=b"another's"))
    renewed = RenewedToken(sealed_token=b"renewed", refreshed_at=after(9), expires_at=None)
    store.accounts.end_refresh("shop", "w", renewed)
    assert store.accounts.get("shop") == a_bundle(sealed_token=b"another's")


def test_nobody_refreshes_an_account_that_is_not_signed_in(store: Store) -> None:
    stored(store, account="later")
    assert store.accounts.begin_refresh("later", "w", lease_s=60) is None
    renewed = RenewedToken(sealed_token=b"x", refreshed_at=after(0), expires_at=None)
    store.accounts.end_refresh("later", "w", renewed)
    assert store.accounts.list() == ()


def test_the_ledger_tells_when_each_was_spent(store: Store) -> None:
    for number in (3, 1, 2):
        spend(store, "a", Spending.PUBLISH, f"m{number}", after(number))
    spend(store, "a", Spending.PUBLISH, "m1", after(1))
    spend(store, "a", Spending.CONTAINER, "c1", after(2))
    spend(store, "b", Spending.PUBLISH, "m9", after(2))
    assert store.quota.spent("a", Spending.PUBLISH, after(2)) == (after(2), after(3))
    assert store.quota.delete_before(after(3)) == 4
    assert store.quota.spent("a", Spending.PUBLISH, after(0)) == (after(3),)


def test_what_instagram_said_last_of_the_quota_counts(store: Store) -> None:
    assert store.quota.reading("a") is None
    newest = QuotaReading(total=100, usage=3, read_at=after(9))
    store.quota.note_reading("a", newest)
    store.quota.note_reading("a", QuotaReading(total=50, usage=None, read_at=after(8)))
    assert store.quota.reading("a") == newest


def test_a_periodic_job_is_run_by_one_worker_when_it_is_due(store: Store) -> None:
    store.jobs.ensure("sweep", after(10))
    store.jobs.ensure("refresh", after(5))
    store.jobs.ensure("sweep", after(99))
    assert store.jobs.list() == (PeriodicJob("refresh", after(5)), PeriodicJob("sweep", after(10)))
    assert not store.jobs.claim("refresh", after(4), "one", lease_s=60)
    assert store.jobs.claim("refresh", after(10), "one", lease_s=60)
    assert not store.jobs.claim("refresh", after(10), "two", lease_s=60)
    assert store.jobs.claim("sweep", after(10), "two", lease_s=60)
    assert store.jobs.done("refresh", "one", after(70))
    assert not store.jobs.claim("refresh", after(69), "two", lease_s=60)
    assert store.jobs.claim("refresh", after(70), "two", lease_s=60)


def test_a_job_that_nobody_made_known_is_nobodys(store: Store) -> None:
    assert not store.jobs.claim("unknown", after(0), "one", lease_s=60)
    assert not store.jobs.renew("unknown", "one", lease_s=60)


def test_a_periodic_job_whose_worker_died_is_run_by_the_next(store: Store) -> None:
    store.jobs.ensure("sweep", after(0))
    store.jobs.claim("sweep", after(0), "dead", lease_s=0)
    assert store.jobs.claim("sweep", after(0), "next", lease_s=60)
    assert not store.jobs.renew("sweep", "dead", lease_s=60)
    assert not store.jobs.done("sweep", "dead", after(9))
    assert store.jobs.done("sweep", "next", after(9))


def test_a_renewed_job_stays_its_workers_and_a_lapsed_one_does_too_until_another_takes_it(
    store: Store,
) -> None:
    store.jobs.ensure("sweep", after(0))
    store.jobs.claim("sweep", after(0), "one", lease_s=0)
    assert store.jobs.renew("sweep", "one", lease_s=60)
    assert not store.jobs.claim("sweep", after(0), "two", lease_s=60)
    assert not store.jobs.renew("sweep", "two", lease_s=60)


def test_of_workers_that_ask_for_a_job_at_the_same_moment_one_gets_it(store: Store) -> None:
    store.jobs.ensure("sweep", after(0))
    start = threading.Barrier(4)

    def claim(number: int) -> bool:
        start.wait()
        return store.jobs.claim("sweep", after(0), f"w{number}", lease_s=60)

    with ThreadPoolExecutor(4) as threads:
        assert sum(threads.map(claim, range(4))) == 1
