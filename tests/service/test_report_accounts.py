"""A report of several accounts: each as it is by itself, in its own zone, compared at an equal age."""

import asyncio
import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio

from pressroom.core.account import StoredAccount
from pressroom.core.errors import NotFound, Refused
from pressroom.core.readings import AccountDay, Batch
from pressroom.graph.answers import UserId
from pressroom.graph.hosts import LoginType
from pressroom.insights.questions.periods import end_of, last_ended
from pressroom.service.acting.acting import Acting
from pressroom.service.insights.report_accounts import ReportOfAccounts
from pressroom.service.insights.report_facts import InsightsReport
from pressroom.service.insights.report_page import letter_of
from pressroom.service.insights.service import InsightService
from tests.insights.planted import BASE, USER, Planted, planted
from tests.insights.reported import LOST_A_DAY, PERIOD, WON_A_DAY, Shop

SPAN = f"{PERIOD}d"
ANNA, BEN, CARL = (f"1784140000000001{number}" for number in range(3))
pytestmark = pytest.mark.usefixtures("long_run")


@asynccontextmanager
async def signed_in() -> AsyncGenerator[Planted]:
    """Three accounts that are signed in, of which nothing is collected yet."""
    async with planted() as place:
        zones = {"anna": (ANNA, "Europe/Oslo"), "ben": (BEN, "Pacific/Auckland"), "carl": (CARL, "UTC")}
        for name, (user_id, zone) in zones.items():
            login = StoredAccount(
                name=name,
                user_id=UserId(user_id),
                login_type=LoginType.INSTAGRAM,
                api_base=BASE,
                version="v26.0",
                timezone=zone,
                sealed_token=b"-",
                token_obtained_at=place.clock.now(),
            )
            place.store.accounts.put(login)
        yield place


def a_day(place: Planted) -> AccountDay:
    ends_at = end_of(last_ended(place.clock.now()))
    return AccountDay(metric="reach", ends_at=ends_at, number=12, read_at=place.clock.now())


def fill(place: Planted, name: str, shop: Shop, *, days: int = 150) -> None:
    account = place.store.accounts.get(name).account
    for batch in shop.batches(days=days):
        place.store.readings.keep(account, batch)


@pytest.fixture(scope="module")
def both() -> ReportOfAccounts:
    """A small shop in Auckland, and a shop in Oslo whose reels did better of late."""

    async def reported() -> ReportOfAccounts:
        async with signed_in() as place:
            fill(place, "anna", Shop(place.clock.now(), moved=3.0))
            fill(place, "ben", Shop(place.clock.now(), posts_a_day=0.1, moved=1.0))
            return await place.insights.reports(SPAN, accounts=["ben", "anna"])

    return asyncio.run(reported())


@pytest.fixture
def anna(both: ReportOfAccounts) -> InsightsReport:
    return both.reports[1]


@pytest_asyncio.fixture
async def place() -> AsyncGenerator[Planted]:
    """Two accounts of which little is collected, and `carl`, of whom nothing is."""
    async with signed_in() as place:
        for name in ("anna", "ben"):
            fill(place, name, Shop(place.clock.now()), days=10)
        yield place


def test_each_account_is_reported_in_its_order_and_its_own_zone(both: ReportOfAccounts) -> None:
    zones = [(report.account, report.timezone) for report in both.reports]
    assert zones == [("ben", "Pacific/Auckland"), ("anna", "Europe/Oslo")]
    assert all(report.headline and len(report.answers) == 5 for report in both.reports)


def test_they_are_compared_at_24_hours_and_never_without_n(both: ReportOfAccounts) -> None:
    ben, anna = both.comparison
    # Of fewer than five posts no median is told.
    assert (ben.posts, ben.reach.n, ben.reach.median, ben.engagement_rate.median) == (3, 3, None, None)
    assert (anna.reach.n, anna.reach.without) == (anna.totals["views"].media, anna.posts - anna.reach.n)
    assert anna.reach.median
    assert anna.engagement_rate.median
    assert anna.followers == both.reports[1].growth.days[-1].followers
    assert (ben.has_moved, anna.has_moved) == (False, True)


def test_totals_are_of_the_posts_that_were_read_at_24_hours(anna: InsightsReport) -> None:
    read = [post.aged.numbers for post in anna.posted.posts if post.aged]
    assert len(read) < len(anna.posted.posts)
    assert anna.totals["views"] == (sum(numbers["views"] for numbers in read), len(read))
    # Reach counts people, whom two posts may share.
    assert set(anna.totals) == {"views", "likes", "comments", "saved", "shares"}


def test_what_was_posted_is_described(anna: InsightsReport) -> None:
    captions = [(post.media.caption or "").lower() for post in anna.posted.posts]
    lofoten, bread = anna.posted.hashtags
    assert (lofoten.name, bread.name.lower()) == ("Lofoten", "brød")
    assert lofoten.posts == sum("#lofoten" in caption for caption in captions)
    assert lofoten.n < lofoten.posts
    assert lofoten.median
    assert sum(anna.posted.weekdays) == len(captions)


def test_followers_won_and_lost_are_told(anna: InsightsReport) -> None:
    won, lost = anna.follower_flow
    assert (won.total, lost.total) == (PERIOD * WON_A_DAY, PERIOD * LOST_A_DAY)


@pytest.mark.parametrize(
    ("names", "error", "message"),
    [
        (["anna", "nobody"], NotFound, "No account 'nobody' is signed in"),
        (["anna", "carl"], NotFound, "Nothing is collected of carl yet"),
        (["anna", "ben", "anna"], Refused, f"The account {ANNA}@127.0.0.1:8001 is named twice"),
        (["anna", ANNA], Refused, "is named twice"),
    ],
)
async def test_accounts_are_refused_before_anything_is_read(
    place: Planted, names: list[str], error: type[Exception], message: str
) -> None:
    # A period that is none is found when the first account is read.
    with pytest.raises(error, match=re.escape(message)):
        await place.insights.reports("soon", accounts=names)


async def test_what_fails_for_one_account_names_it(place: Planted) -> None:
    with pytest.raises(Refused, match="ben: 'soon' is no period"):
        await place.insights.reports("soon", accounts=["ben", "anna"])


async def test_without_names_it_is_of_all_of_which_something_is_collected(place: Planted) -> None:
    # Nobody is signed in to this one, which has its id for a name.
    place.store.readings.keep(place.account, Batch(days=[a_day(place)]))
    report = await place.insights.in_zone("Asia/Tokyo").reports("7d")
    assert [of_account.account for of_account in report.reports] == [place.account, "anna", "ben"]
    assert {of_account.timezone for of_account in report.reports} == {"Asia/Tokyo"}
    (alone,) = (await place.insights.reports("7d", accounts=[USER])).reports
    assert (alone.account, alone.is_zone_assumed) == (place.account, True)


async def test_a_page_of_several_accounts_compares_them_and_has_a_part_for_each(
    place: Planted, tmp_path: Path
) -> None:
    report = await place.insights.reports("7d", accounts=["anna", "ben"], language="de")
    await place.insights.write_report(report, tmp_path / "report.html")
    html = (tmp_path / "report.html").read_text()
    assert '<html lang="de"' in html
    assert "<title>Instagram-Bericht: 2 Konten, " in html
    comparison, anna, ben = html.partition("<main>")[2].split('<article class="part"')
    assert all(part.headline in comparison for part in report.reports)
    assert comparison.count('<th scope="row"') == 2
    assert f">{report.reports[0].whose}</h2>" in anna
    assert f">{report.reports[1].whose}</h2>" in ben
    letter = letter_of(report, None)
    assert all(f"{part.whose}: {part.headline}" in letter.text for part in report.reports)


async def test_a_report_is_in_the_language_of_its_account_unless_another_is_asked_for(place: Planted) -> None:
    place.store.accounts.set_language("anna", "de")
    several = await place.insights.reports("7d", accounts=["anna", "ben"])
    assert {report.language for report in several.reports} == {"de"}
    resources = place.insights._acting.resources
    of_anna = InsightService(Acting(resources, name="anna"))
    assert (await of_anna.report("7d")).language == "de"
    assert (await of_anna.report("7d", language="fr")).language == "fr"
    assert (await InsightService(Acting(resources, name="ben")).report("7d")).language == "en"
