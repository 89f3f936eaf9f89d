"""Dated notes of metrics, on both stores: one of a metric and day, and none is overwritten."""

from dataclasses import replace
from datetime import UTC, date, datetime

from sqlalchemy import update

from pressroom.core.account import AccountId
from pressroom.core.readings import MetricNote
from pressroom.store.insights import tables as t
from pressroom.store.store import Store
from pressroom.store.upkeep import check

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
ONE, OTHER = AccountId("17841400000000001@instagram"), AccountId("17841400000000002@instagram")
NOTE = MetricNote(metric="views", day=date(2026, 11, 3), text="Meta zählt Wiederholungen.", added_at=NOW)


def test_notes_come_back_in_the_order_of_their_days_and_to_their_account_alone(store: Store) -> None:
    earlier = replace(NOTE, day=date(2026, 4, 21))
    of_reach = replace(NOTE, metric="reach")
    for note in (NOTE, of_reach, earlier):
        assert store.readings.add_metric_note(ONE, note)
    assert store.readings.metric_notes(ONE) == [earlier, of_reach, NOTE]
    assert store.readings.metric_notes(OTHER) == []


def test_a_second_note_of_the_day_is_not_stored(store: Store) -> None:
    assert store.readings.add_metric_note(ONE, NOTE)
    assert not store.readings.add_metric_note(ONE, replace(NOTE, text="Something else."))
    assert store.readings.metric_notes(ONE) == [NOTE]
    assert store.readings.add_metric_note(OTHER, NOTE)


def test_a_note_is_deleted_by_its_metric_and_day(store: Store) -> None:
    assert store.readings.add_metric_note(ONE, NOTE)
    assert store.readings.delete_metric_note(ONE, "reach", NOTE.day) is None
    assert store.readings.delete_metric_note(OTHER, "views", NOTE.day) is None
    assert store.readings.delete_metric_note(ONE, "views", NOTE.day) == NOTE
    assert store.readings.delete_metric_note(ONE, "views", NOTE.day) is None
    assert store.readings.metric_notes(ONE) == []


def test_two_accounts_that_prove_to_be_one_keep_the_notes_of_both(store: Store) -> None:
    theirs = replace(NOTE, metric="reach")
    assert store.readings.add_metric_note(ONE, NOTE)
    assert store.readings.add_metric_note(OTHER, theirs)
    store.accounts.learn(ONE, [OTHER])
    assert store.readings.metric_notes(ONE) == [theirs, NOTE]


def test_a_damaged_note_is_found_by_the_check_of_the_store(store: Store, address: str) -> None:
    assert store.readings.add_metric_note(ONE, NOTE)
    with store.database.writing() as connection:
        connection.execute(update(t.metric_notes).values(day="no day"))
    (finding,) = check(address)
    assert finding.startswith(f"metric_notes {ONE} views no day cannot be read: ")
