"""What is kept of media and accounts, on both stores; the garbage collector rests while rows are read."""

import gc
from collections.abc import Generator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace as changed
from sqlalchemy import update

from pressroom.core.account import AccountId
from pressroom.core.errors import PressroomError
from pressroom.core.readings import (
    AccountDay,
    AccountReading,
    AudienceReading,
    Batch,
    Collecting,
    CollectingTrouble,
    EarlierCaption,
    KeptExperiment,
    KeptMedia,
    MediaQuery,
    MissedReading,
    Missing,
    Outcome,
    Planned,
    Reading,
    SlotDifference,
    SlotTally,
    Streamed,
    Thumbnail,
)
from pressroom.graph.answers import MediaId
from pressroom.store.insights import tables as t
from pressroom.store.insights.readings import no_garbage_collection
from pressroom.store.store import Store
from pressroom.store.upkeep import check
from tests.store.plans import plans

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ONE, OTHER = AccountId("17841400000000001@instagram"), AccountId("17841400000000002@instagram")
ALL = MediaQuery()
JPEG = b"\xff\xd8\xff\xe0" + bytes(range(256))
DIFFERENCE = SlotDifference(
    percent=31.5,
    low=12.0,
    high=54.25,
    confidence=0.98,
    is_found=True,
    smallest_visible_percent=28.5,
    posts_needed=44,
)


def media(number: int, *, hours_ago: float = 1, product: str = "FEED", **more: object) -> KeptMedia:
    at = NOW - timedelta(hours=hours_ago)
    kept = KeptMedia(
        id=MediaId(str(number)), product_type=product, media_type="IMAGE", published_at=at, found_at=NOW
    )
    return changed(kept, **more)  # type: ignore[arg-type]


def reading(number: int, age_s: int, **numbers: float) -> Reading:
    return Reading(
        media_id=MediaId(str(number)),
        age_s=age_s,
        read_at=NOW + timedelta(seconds=age_s),
        version="v25.0",
        numbers=numbers,
    )


def test_a_media_comes_back_as_it_was_kept(store: Store) -> None:
    kept = media(
        1,
        caption="Ünder",
        permalink="https://www.instagram.com/p/x/",
        shortcode="x",
        planned=Planned(planned_age_s=3600, opens_at=NOW, due_at=NOW + HOUR),
        vanished_at=NOW,
        predates_account=True,
        refused=("shares",),
        earlier_captions=(EarlierCaption(caption=None, until=NOW),),
        pending=changed(reading(1, 3000, views=3), parts={"navigation": {"tap_exit": 1}}),
        last_age_s=3000,
    )
    store.readings.keep(ONE, Batch(media=[kept]))
    assert store.readings.media(ONE, ALL) == [kept]
    store.readings.keep(ONE, Batch(media=[changed(kept, planned=None, caption="new")]))
    assert store.readings.media(ONE, ALL) == [changed(kept, planned=None, caption="new")]
    assert store.readings.media(OTHER, ALL) == []


def test_a_reading_is_kept_once_by_its_age(store: Store) -> None:
    first = reading(1, 3600, views=3, watch=1.5)
    store.readings.keep(ONE, Batch(media=[media(1)], readings=[first]))
    # What another process read at the same time stands beside it.
    later = reading(1, 3700, views=9)
    store.readings.keep(ONE, Batch(readings=[reading(1, 3600, views=9), later]))
    store.readings.keep(ONE, Batch(readings=[reading(1, 3900, views=5)]))
    found = [one.reading for one in store.readings.aged(ONE, ALL, 0, 3800)]
    assert found == [first, later]
    assert [one.reading.age_s for one in store.readings.latest(ONE, ALL)] == [3900]


def test_parts_come_back_with_their_reading(store: Store) -> None:
    whole = changed(reading(1, 5, navigation=7), parts={"navigation": {"tap_forward": 7}})
    store.readings.keep(ONE, Batch(media=[media(1)], readings=[whole]))
    assert [one.reading for one in store.readings.aged(ONE, ALL)] == [whole]


def test_a_batch_is_kept_whole_or_not_at_all(store: Store) -> None:
    broken = changed(reading(1, 5), version=None)  # type: ignore[arg-type]  # what the store must refuse
    with pytest.raises(PressroomError):
        store.readings.keep(ONE, Batch(media=[media(1)], readings=[broken]))
    assert store.readings.media(ONE, ALL) == []


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (MediaQuery(), ["3", "2", "1"]),
        (MediaQuery(limit=2), ["3", "2"]),
        (MediaQuery(ids=[MediaId("1"), MediaId("9")]), ["1"]),
        (MediaQuery(products=["REELS"]), ["2"]),
        (MediaQuery(types=["IMAGE"], products=["FEED"]), ["3", "1"]),
        (MediaQuery(since=NOW - 2 * HOUR), ["3", "2"]),
        (MediaQuery(before=NOW - 2 * HOUR), ["1"]),
        (MediaQuery(text="äpfel"), ["1"]),
        (MediaQuery(text="nothing"), []),
    ],
)
def test_media_are_found_by_what_they_are(store: Store, query: MediaQuery, expected: list[str]) -> None:
    several = [
        media(1, hours_ago=3, caption="ÄPFEL"),
        media(2, hours_ago=2, product="REELS"),
        media(3, hours_ago=1, caption=None),
    ]
    store.readings.keep(ONE, Batch(media=several, readings=[reading(n, 60, views=n) for n in (1, 2, 3)]))
    assert [one.id for one in store.readings.media(ONE, query)] == expected
    if query.limit is None:
        assert [one.media.id for one in store.readings.aged(ONE, query)] == expected
        assert [one.media.id for one in store.readings.latest(ONE, query)] == expected


def test_media_that_are_named_and_last_readings_are_looked_up_by_their_keys(store: Store) -> None:
    several = [media(number, hours_ago=number) for number in range(2000)]
    found = [reading(number, age_s, views=1) for number in range(2000) for age_s in (60, 90, 120)]
    store.readings.keep(ONE, Batch(media=several, readings=found))
    named = MediaQuery(ids=[MediaId("7")])
    for look in (
        lambda: store.readings.media(ONE, named),
        lambda: store.readings.latest(ONE, several[:3]),
        lambda: store.readings.aged(ONE, several[:3], 50, 100),
    ):
        (plan,) = plans(store, look)
        assert not [
            slow for slow in ("SCAN media", "SCAN readings", "published_at", "Seq Scan") if slow in plan
        ]
    assert [one.reading.age_s for one in store.readings.latest(ONE, named)] == [120]
    assert [one.reading.age_s for one in store.readings.aged(ONE, several[:2], 50, 100)] == [60, 90] * 2


def test_what_is_due_and_what_would_count_now(store: Store) -> None:
    soon = Planned(planned_age_s=3600, opens_at=NOW, due_at=NOW + HOUR)
    later = Planned(planned_age_s=3600, opens_at=NOW + HOUR, due_at=NOW + 2 * HOUR)
    several = [
        media(1, hours_ago=3, planned=later),
        media(2, hours_ago=2, planned=soon),
        media(3, planned=None),
        media(4, product="STORY", planned=replace(soon, due_at=NOW)),
    ]
    store.readings.keep(ONE, Batch(media=several))
    assert [one.id for one in store.readings.open(ONE, NOW)] == ["2"]
    assert [one.id for one in store.readings.open(ONE, NOW, product="STORY")] == ["4"]
    assert store.readings.next_due(ONE, stories=False) == NOW + HOUR
    assert store.readings.next_due(ONE, stories=True) == NOW
    assert store.readings.next_due(OTHER, stories=False) is None
    assert [one.id for one in store.readings.newest(ONE, 2)] == ["3", "2"]


def test_a_missed_reading_stands_by_its_first_reason(store: Store) -> None:
    first = MissedReading(
        media_id=MediaId("1"), planned_age_s=3600, why=Missing.NOT_RUNNING, text="no worker", noted_at=NOW
    )
    store.readings.keep(ONE, Batch(media=[media(1)], missed=[first]))
    store.readings.keep(ONE, Batch(missed=[replace(first, why=Missing.REFUSED)]))
    assert store.readings.missed(ONE, ALL) == [first]


def thumbnail(number: int, jpeg: bytes = JPEG, at: datetime = NOW) -> Thumbnail:
    return Thumbnail(media_id=MediaId(str(number)), read_at=at, jpeg=jpeg)


def test_a_thumbnail_comes_back_byte_by_byte_and_is_replaced_by_a_later_one(store: Store) -> None:
    one, two, three = (MediaId(str(number)) for number in (1, 2, 3))
    store.readings.keep(ONE, Batch(media=[media(1), media(2)], thumbnails=[thumbnail(1), thumbnail(2)]))
    assert store.readings.thumbnails(ONE, [one, two, three]) == {one: JPEG, two: JPEG}
    store.readings.keep(ONE, Batch(thumbnails=[thumbnail(2, JPEG[:9], NOW + HOUR)]))
    assert store.readings.thumbnails(ONE, [two]) == {two: JPEG[:9]}
    assert store.readings.without_thumbnail(ONE, [one, two, three]) == {three}
    assert store.readings.without_thumbnail(OTHER, [one]) == {one}
    assert store.readings.thumbnails(OTHER, [one]) == store.readings.thumbnails(ONE, []) == {}
    assert store.readings.without_thumbnail(ONE, []) == set()


def test_thumbnails_are_deleted_by_the_time_they_were_read_at(store: Store) -> None:
    kept = [thumbnail(1), thumbnail(2, at=NOW + DAY)]
    for account in (ONE, OTHER):
        store.readings.keep(account, Batch(media=[media(1), media(2)], thumbnails=kept))
    assert store.readings.delete_before(ONE, NOW + HOUR) == 1
    assert store.readings.thumbnails(ONE, [MediaId("1"), MediaId("2")]).keys() == {"2"}
    assert len(store.readings.thumbnails(OTHER, [MediaId("1"), MediaId("2")])) == 2
    assert store.readings.delete_before(None, NOW + 2 * DAY) == 3


def test_a_check_finds_thumbnails_that_are_no_jpeg_or_of_no_media(store: Store, address: str) -> None:
    store.readings.keep(ONE, Batch(media=[media(1)], thumbnails=[thumbnail(1, b"GIF89a"), thumbnail(2)]))
    assert check(address) == [
        f"thumbnails {ONE} 1 cannot be read: it is no JPEG",
        f"thumbnails of media 2 of {ONE} are kept, and the media is not",
    ]


def test_two_accounts_that_prove_to_be_one_keep_one_thumbnail_of_each_media(store: Store) -> None:
    theirs = [thumbnail(1, JPEG[:9]), thumbnail(2)]
    store.readings.keep(ONE, Batch(media=[media(1)], thumbnails=[thumbnail(1)]))
    store.readings.keep(OTHER, Batch(media=[media(1), media(2)], thumbnails=theirs))
    store.accounts.learn(ONE, [OTHER])
    found = store.readings.thumbnails(ONE, [MediaId("1"), MediaId("2")])
    assert (found.keys(), found[MediaId("2")]) == ({"1", "2"}, JPEG)


def test_the_days_of_an_account_are_replaced_by_later_readings(store: Store) -> None:
    day = AccountDay(metric="reach", ends_at=NOW, number=12, read_at=NOW)
    parts = AccountDay(
        metric="views",
        ends_at=NOW + DAY,
        number=None,
        parts={"follow_type": {"FOLLOWER": 3}},
        read_at=NOW,
    )
    store.readings.keep(ONE, Batch(days=[day, parts]))
    settled = changed(day, number=14, read_at=NOW + 2 * DAY)
    store.readings.keep(ONE, Batch(days=[settled]))
    assert store.readings.days(ONE, NOW - HOUR, NOW + DAY) == [settled, parts]
    assert store.readings.days(ONE, NOW, NOW + DAY) == [parts]
    assert store.readings.days(ONE, NOW - HOUR, NOW + DAY, ["reach"]) == [settled]


def test_audience_and_account_have_one_reading_a_day(store: Store) -> None:
    def people(at: datetime, count: float) -> AudienceReading:
        return AudienceReading(
            metric="follower_demographics", breakdown="country", read_at=at, parts={"DE": count}
        )

    def own(at: datetime, count: int) -> AccountReading:
        return AccountReading(read_at=at, followers_count=count, username="me", media_count=3)

    for at, count in ((NOW, 1), (NOW + HOUR, 2), (NOW + 7 * DAY, 3)):
        store.readings.keep(ONE, Batch(audience=[people(at, count)], account=own(at, count)))
    assert store.readings.audience(ONE, before=NOW + 8 * DAY) == [people(NOW + 7 * DAY, 3)]
    assert store.readings.audience(ONE, before=NOW + DAY) == [people(NOW + HOUR, 2)]
    found = store.readings.account_readings(ONE, NOW, NOW + 8 * DAY)
    assert found == [own(NOW + HOUR, 2), own(NOW + 7 * DAY, 3)]


def test_collecting_goes_on_where_it_was(store: Store) -> None:
    assert store.readings.collecting(ONE) is None
    under_way = Collecting(
        started_at=NOW,
        after="cursor",
        trouble=CollectingTrouble(why=Missing.RATE_LIMITED, text="80002", since=NOW, until=NOW),
        unshared={"shares": NOW},
        calls=7,
    )
    store.readings.keep(ONE, Batch(collecting=under_way))
    assert store.readings.collecting(ONE) == under_way
    assert store.readings.collected() == [ONE]
    store.readings.stop(ONE, NOW)
    assert store.readings.collected() == []
    assert store.readings.collecting(ONE) == replace(under_way, stopped_at=NOW)


def test_what_is_collected_while_somebody_stops_it_does_not_begin_it_again(store: Store) -> None:
    under_way = Collecting(started_at=NOW)
    store.readings.keep(ONE, Batch(collecting=under_way))
    store.readings.stop(ONE, NOW + HOUR)
    store.readings.keep(ONE, Batch(collecting=replace(under_way, calls=1)))
    assert store.readings.collected() == []
    assert store.readings.collecting(ONE) == replace(under_way, calls=1, stopped_at=NOW + HOUR)
    store.readings.stop(ONE, None)
    assert store.readings.collected() == [ONE]


def everything() -> Batch:
    day = AccountDay(metric="reach", ends_at=NOW, number=12, read_at=NOW)
    people = AudienceReading(metric="online_followers", breakdown="hour", read_at=NOW, parts={"9": 4})
    missed = MissedReading(
        media_id=MediaId("1"), planned_age_s=1, why=Missing.REFUSED, text="no", noted_at=NOW
    )
    later = NOW + DAY
    return Batch(
        media=[media(n) for n in (2, 10, 1)],
        readings=[reading(number, age) for number in (2, 10, 1) for age in (30, 20)],
        missed=[
            missed,
            replace(missed, planned_age_s=5, noted_at=later),
            replace(missed, media_id=MediaId("2")),
        ],
        days=[
            changed(day, metric=metric, ends_at=at, read_at=at)
            for metric in ("views", "a")
            for at in (later, NOW)
        ],
        audience=[people, replace(people, read_at=later), replace(people, breakdown="age", read_at=later)],
    )


@pytest.mark.parametrize("limit", [1, 2, 100])
def test_every_kind_can_be_streamed_page_by_page_in_the_order_of_its_keys(store: Store, limit: int) -> None:
    batch = everything()
    own = [AccountReading(read_at=NOW + n * DAY, followers_count=n, username="me") for n in range(3)]
    store.readings.keep(ONE, batch)
    for one in own:
        store.readings.keep(ONE, Batch(account=one))
    store.readings.keep(OTHER, batch)

    def streamed(kind: type[Streamed], since: datetime | None = None) -> list[Streamed]:
        found, after = list[Streamed](), None
        while page := store.readings.page(ONE, kind, after, limit, since=since):
            assert len(page) <= limit
            found += page
            after = page[-1]
        return found

    assert [one.id for one in streamed(KeptMedia)] == ["1", "10", "2"]
    assert [(one.media_id, one.age_s) for one in streamed(Reading)] == [
        (number, age) for number in ("1", "10", "2") for age in (20, 30)
    ]
    assert streamed(MissedReading) == list(batch.missed)
    assert [(one.metric, one.ends_at) for one in streamed(AccountDay)] == [
        (metric, at) for metric in ("a", "views") for at in (NOW, NOW + DAY)
    ]
    assert [one.breakdown for one in streamed(AudienceReading)] == ["age", "hour", "hour"]
    assert streamed(AccountReading) == own
    soon = NOW + timedelta(seconds=25)
    assert {one.age_s for one in streamed(Reading, soon)} == {30}
    assert [one.planned_age_s for one in streamed(MissedReading, soon)] == [5]
    assert len(streamed(AccountDay, soon)) == len(streamed(AudienceReading, soon)) == 2
    assert (len(streamed(AccountReading, soon)), len(streamed(KeptMedia, soon))) == (2, 3)


def test_the_accounts_of_which_something_is_kept_are_told_though_nobody_collects_them(store: Store) -> None:
    assert store.readings.accounts() == []
    store.readings.keep(OTHER, Batch(account=AccountReading(read_at=NOW, followers_count=None)))
    store.readings.keep(ONE, Batch(media=[media(1)]))
    assert store.readings.accounts() == [ONE, OTHER]


def test_what_is_older_than_wanted_is_deleted(store: Store) -> None:
    day = AccountDay(metric="reach", ends_at=NOW, number=12, read_at=NOW)
    for account in (ONE, OTHER):
        store.readings.keep(account, Batch(media=[media(1)], readings=[reading(1, 10)], days=[day]))
    assert store.readings.delete_before(ONE, NOW) == 0
    assert store.readings.delete_before(ONE, NOW + DAY) == 2
    assert store.readings.kept(ONE)[:4] == (1, 0, 0, 0)
    assert store.readings.kept(OTHER)[:4] == (1, 1, 0, 1)
    assert store.readings.delete_before(None, NOW + DAY) == 2


def test_a_check_finds_rows_that_cannot_be_read_and_readings_without_their_media(
    store: Store, address: str
) -> None:
    store.readings.keep(ONE, Batch(media=[media(1)], readings=[reading(1, 10, views=1), reading(2, 10)]))
    with store.database.writing() as connection:
        connection.execute(update(t.media).values(details="{"))
    first, second = check(address)
    assert first.startswith(f"media {ONE} 1 cannot be read: ")
    assert second == f"readings of media 2 of {ONE} are kept, and the media is not"


def test_two_accounts_that_prove_to_be_one_keep_every_reading_once(store: Store) -> None:
    store.readings.keep(ONE, Batch(media=[media(1)], readings=[reading(1, 3600, views=1)]))
    theirs = [reading(1, 3600, views=2), reading(2, 10, views=3)]
    store.readings.keep(
        OTHER,
        Batch(media=[media(1), media(2)], readings=theirs, collecting=Collecting(started_at=NOW)),
    )
    store.accounts.learn(ONE, [OTHER])
    assert store.readings.collected() == [ONE]
    found = store.readings.aged(ONE, ALL)
    assert sorted(one.reading.numbers["views"] for one in found) == [1, 3]


def experiment(hours: float, **more: object) -> KeptExperiment:
    slots = {"first": "daily 09:00", "second": "daily 18:00", "timezone": "Europe/Oslo", "posts": 40}
    return KeptExperiment(started_at=NOW + hours * HOUR, **{**slots, **more})  # type: ignore[arg-type]


def test_an_experiment_comes_back_with_its_outcome(store: Store) -> None:
    assert store.readings.experiment(ONE) is None
    assert store.readings.put_experiment(ONE, experiment(0, kind="reel"))
    assert store.readings.experiment(ONE) == experiment(0, kind="reel")
    tally = SlotTally(posts=20, reached=19, awaited=1)
    outcome = Outcome(told_at=NOW + DAY, first=tally, second=tally, beside=2, needed=5, difference=DIFFERENCE)
    stopped = experiment(0, kind="reel", stopped_at=NOW + DAY, outcome=outcome)
    assert store.readings.put_experiment(ONE, stopped)
    assert store.readings.experiment(ONE) == stopped
    assert store.readings.experiment(OTHER) is None


def test_the_verdict_of_an_experiment_is_kept_while_it_runs_and_does_not_start_it_again(store: Store) -> None:
    tally = SlotTally(posts=20, reached=20, awaited=0)
    outcome = Outcome(told_at=NOW + DAY, first=tally, second=tally, beside=0, needed=5, difference=DIFFERENCE)
    decided = experiment(0, outcome=outcome)
    assert not store.readings.put_experiment(ONE, decided)
    assert store.readings.put_experiment(ONE, experiment(0))
    assert store.readings.put_experiment(ONE, decided)
    assert store.readings.experiment(ONE) == decided
    assert not store.readings.put_experiment(ONE, experiment(1))
    stopped = experiment(0, outcome=outcome, stopped_at=NOW + DAY)
    assert store.readings.put_experiment(ONE, stopped)
    # Whoever asked before it was stopped, and answers only now, does not let it run again.
    assert not store.readings.put_experiment(ONE, decided)
    assert store.readings.experiment(ONE) == stopped


def test_an_account_has_one_experiment_at_a_time(store: Store) -> None:
    assert store.readings.put_experiment(ONE, experiment(0))
    for later in (0, 1):
        assert not store.readings.put_experiment(ONE, experiment(later, posts=20))
    assert store.readings.experiment(ONE) == experiment(0)
    assert store.readings.put_experiment(OTHER, experiment(1))
    assert store.readings.put_experiment(ONE, experiment(0, stopped_at=NOW + HOUR))
    assert store.readings.put_experiment(ONE, experiment(2))
    assert store.readings.experiment(ONE) == experiment(2)


def test_of_two_accounts_that_prove_to_be_one_the_experiments_that_run_can_be_stopped(store: Store) -> None:
    assert store.readings.put_experiment(ONE, experiment(0))
    assert store.readings.put_experiment(OTHER, experiment(1))
    store.accounts.learn(ONE, [OTHER])
    for running in (1, 0):
        assert store.readings.experiment(ONE) == experiment(running)
        assert store.readings.put_experiment(ONE, experiment(running, stopped_at=NOW + DAY))
    assert store.readings.experiment(ONE) == experiment(1, stopped_at=NOW + DAY)


@pytest.fixture
def collecting_garbage() -> Generator[None]:
    was_enabled = gc.isenabled()
    gc.enable()
    yield
    (gc.enable if was_enabled else gc.disable)()


@pytest.mark.usefixtures("collecting_garbage")
def test_the_garbage_collector_rests_and_goes_on() -> None:
    with no_garbage_collection():
        assert not gc.isenabled()
    assert gc.isenabled()


@pytest.mark.usefixtures("collecting_garbage")
def test_the_garbage_collector_goes_on_though_reading_fails() -> None:
    with pytest.raises(OSError, match="gone"), no_garbage_collection():
        raise OSError("gone")
    assert gc.isenabled()


@pytest.mark.usefixtures("collecting_garbage")
def test_where_somebody_switched_it_off_it_stays_off() -> None:
    gc.disable()
    with no_garbage_collection():
        pass
    assert not gc.isenabled()
