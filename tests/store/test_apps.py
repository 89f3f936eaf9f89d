"""Apps in the store, and what was said of a login."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from pressroom.core.errors import NotFound
from pressroom.core.stored_accounts import LoginDetails, StoredApp
from pressroom.graph.hosts import LoginType
from pressroom.store.store import Store
from tests.store.test_others import a_bundle

APP = StoredApp(
    login_type=LoginType.INSTAGRAM,
    place="instagram",
    app_id="15",
    sealed_secret=b"sealed",
    redirect_uri="https://app.example/back/",
)


def test_an_app_is_replaced_by_the_next_one_of_its_login_and_place(store: Store) -> None:
    store.accounts.put_app(APP)
    store.accounts.put_app(replace(APP, app_id="16"))
    store.accounts.put_app(replace(APP, place="127.0.0.1:8080", app_id="17"))
    found = store.accounts.app(LoginType.INSTAGRAM, "instagram")
    assert found == replace(APP, app_id="16")
    assert store.accounts.app(LoginType.FACEBOOK, "instagram") is None


def test_what_instagram_said_of_a_login_is_kept(store: Store) -> None:
    details = LoginDetails(
        username="ana",
        account_type="BUSINESS",
        permissions=("instagram_business_basic",),
        never_ends=True,
        data_access_expires_at=datetime(2026, 12, 1, tzinfo=UTC),
    )
    store.accounts.put(a_bundle("ana", details=details))
    store.accounts.put(a_bundle("ben"))
    assert store.accounts.get("ana").details == details
    assert store.accounts.get("ben").details == LoginDetails()


def test_the_default_and_the_zone_of_a_login_are_changed_alone(store: Store) -> None:
    store.accounts.put(a_bundle("ana", is_default=True))
    store.accounts.put(a_bundle("ben"))
    store.accounts.choose_default("ben")
    store.accounts.set_timezone("ben", "Asia/Tokyo")
    found = {one.name: (one.is_default, one.timezone) for one in store.accounts.list()}
    assert found == {"ana": (False, "Europe/Vienna"), "ben": (True, "Asia/Tokyo")}


def test_an_unknown_name_changes_nothing(store: Store) -> None:
    store.accounts.put(a_bundle("ana", is_default=True))
    with pytest.raises(NotFound):
        store.accounts.choose_default("ben")
    assert store.accounts.get("ana").is_default
