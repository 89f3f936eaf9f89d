"""A shell's store with insights whose truth is known."""

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

from msgspec.structs import replace as changed

from pressroom.core.account import AccountId, StoredAccount
from pressroom.core.readings import Batch, Collecting, KeptMedia, MissedReading, Missing, Reading
from pressroom.graph.answers import UserId
from pressroom.graph.hosts import DEFAULT_BASE, DEFAULT_VERSION, LoginType
from pressroom.store.store import Store, open_store
from tests.cli.conftest import Result, Shell
from tests.cli.planning import sign_in
from tests.insights.planted import HOUR_S, batch_of, media_of, reading_of
from tests.insights.reported import Shop
from tests.insights.statistics.accounts import account, two_slots

OSLO = ZoneInfo("Europe/Oslo")
EXPERIMENT = ("insights", "experiment")
TAPS = {"tap_exit": 10, "tap_forward": 60, "tap_back": 5}


def keep(shell: Shell, *batches: Batch) -> None:
    """Keep what batches hold of the account that is signed in. The store is opened once for all of them."""
    with open_store(shell.home / "pressroom.db", clock=shell.clock) as store:
        for batch in batches:
            store.readings.keep(of(store), batch)


def of(store: Store) -> AccountId:
    """The only account of a store."""
    (one,) = store.accounts.list()
    return AccountId(one.account)


def begin(shell: Shell) -> None:
    """Sign in, in a zone, and begin to collect."""
    sign_in(shell, "--tz", "Europe/Oslo")
    keep(shell, Batch(collecting=Collecting(started_at=shell.clock.now())))


def plant(shell: Shell, *, times: float = 1.3) -> None:
    """Keep posts of half a year, of which those of one block in Oslo reach so many times as much."""
    posts = [replace(one, at=one.at.replace(tzinfo=OSLO)) for one in account(3, times=times)]
    keep(shell, batch_of(posts))


def tell_stories(shell: Shell) -> None:
    """Keep a story that was read, and one that was not."""
    read, unread = (
        media_of(number, shell.clock.now() - timedelta(days=2), "STORY") for number in ("901", "902")
    )
    whole = reading_of(read, 23 * HOUR_S, views=200, reach=150, replies=0, shares=2, navigation=75)
    missed = MissedReading(
        media_id=unread.id,
        planned_age_s=HOUR_S,
        why=Missing.NOT_RUNNING,
        text="No worker read it.",
        noted_at=shell.clock.now(),
    )
    readings = [changed(whole, parts={"navigation": TAPS})]
    keep(shell, Batch(media=[read, unread], readings=readings, missed=[missed]))


def take_turns(shell: Shell, *, times: float = 1.3) -> None:
    """Publish a post a day in turns at 9 and at 18 o'clock in Oslo, forty in all, and let the days pass."""
    midnight = shell.clock.now().replace(hour=23, minute=0)
    media, readings = list[KeptMedia](), list[Reading]()
    for number, reaches in enumerate(zip(*two_slots(1, times=times), strict=True)):
        for turn, reach in enumerate(reaches):
            day = midnight + timedelta(days=2 * number + turn, hours=18 if turn else 9)
            media.append(media_of(str(10 * number + turn), day))
            readings.append(reading_of(media[-1], 24 * HOUR_S, reach=round(reach)))
    keep(shell, Batch(media=media, readings=readings))
    shell.clock.advance(timedelta(days=44).total_seconds())


def report_on(shell: Shell) -> None:
    """Keep five months of a shop."""
    begin(shell)
    keep(shell, *Shop(shell.clock.now()).batches())


def report_on_two(shell: Shell) -> None:
    """Keep five months of two shops; that of `bergen`, in New York's zone, is signed in besides."""
    report_on(shell)
    login = StoredAccount(
        name="bergen",
        user_id=UserId("17841400000000077"),
        login_type=LoginType.INSTAGRAM,
        api_base=DEFAULT_BASE,
        version=DEFAULT_VERSION,
        timezone="America/New_York",
        sealed_token=b"-",
        token_obtained_at=shell.clock.now(),
    )
    with open_store(shell.home / "pressroom.db", clock=shell.clock) as store:
        store.accounts.put(login)
        for batch in Shop(shell.clock.now(), posts_a_day=0.5).batches():
            store.readings.keep(login.account, batch)


def asked_of(shell: Shell, question: str) -> Result:
    """Ask a question of an account with a planted truth."""
    begin(shell)
    plant(shell)
    tell_stories(shell)
    return shell("insights", question, "--json")


def noted(shell: Shell, *then: str) -> Result:
    """Add a note to a metric, and what a command then says of it."""
    begin(shell)
    added = shell("insights", "note", "add", "views", "Meta counts replays now.", "--json")
    return shell("insights", "note", *then, "--json") if then else added


def experimented(shell: Shell) -> Result:
    """Run an experiment half through."""
    begin(shell)
    shell(*EXPERIMENT, "start", "daily 09:00", "daily 18:00", "--posts", "60")
    take_turns(shell)
    return shell(*EXPERIMENT, "status", "--json")
