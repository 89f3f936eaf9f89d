"""What a report shows is what was computed: intervals, baselines, dates and definitions."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from pressroom.core.readings import Batch, KeptMedia
from pressroom.graph.answers import MediaId
from pressroom.graph.metrics import DEMOGRAPHICS
from pressroom.insights.questions.posts import RATE
from pressroom.insights.report.language import language_of
from pressroom.insights.report.page import Figure
from pressroom.insights.statistics.answers import Estimate
from pressroom.insights.statistics.changes import Change
from pressroom.service.insights import report_words as words
from pressroom.service.insights.report_facts import InsightsReport
from pressroom.service.insights.report_page import letter_of
from pressroom.service.insights.report_people import audience
from pressroom.service.insights.report_tables import movements
from pressroom.service.insights.report_words import is_as_usual
from tests.insights.planted import planted
from tests.insights.reported import PERIOD, Shop

pytestmark = pytest.mark.usefixtures("long_run")

SPAN = f"{PERIOD}d"
ENGLISH = language_of("en")


def change(value: float, low: float, high: float, *, has_percent: bool = True) -> Change:
    estimate = Estimate(value=value, low=low, high=high)
    return Change(
        n_earlier=9, n_later=9, difference=estimate, percent=estimate if has_percent else None, times_chance=1
    )


@pytest.mark.parametrize(
    ("found", "shown"),
    [
        (change(22.4, 5.4, 39.6), "+5% to +40%"),
        (change(0.3, 0.29, 0.31), "+0.3% to +0.3%"),
        (change(-0.8, -1.2, -0.46), "-1.2% to -0.5%"),
        (change(2.0, -0.2, 4.0), "0% to +4%"),
        (change(0.02, 0.011, 0.03, has_percent=False), "+0.01 to +0.03"),
    ],
)
def test_an_interval_that_leaves_out_0_never_shows_0(found: Change, shown: str) -> None:
    assert words.change("reach", found, ENGLISH)[1] == shown


def test_a_post_that_was_deleted_says_so_before_its_words() -> None:
    at = datetime(2026, 11, 24, tzinfo=UTC)
    media = KeptMedia(
        id=MediaId("1"),
        product_type="FEED",
        media_type="IMAGE",
        published_at=at,
        found_at=at,
        caption="Bread",
    )
    gone = msgspec.structs.replace(media, vanished_at=at, is_deleted=True)
    shown = [words.caption(item, 9, language_of(code)) for item in (media, gone) for code in ("en", "de")]
    assert shown == ["Bread", "Bread", "(deleted) Bread", "(gelöscht) Bread"]


def test_a_rate_changes_by_points() -> None:
    found = change(0.4, 0.1, 0.7)
    assert words.change(RATE, found, ENGLISH) == ("+0.40 points", "+0.10 to +0.70")


async def report(shop: Shop | None = None, *, without_period_before: bool = False) -> InsightsReport:
    async with planted() as place:
        for batch in (shop or Shop(place.clock.now())).batches():
            kept = batch
            if without_period_before:
                since = timedelta(days=PERIOD)
                ages = {one.id: place.clock.now() - one.published_at for one in batch.media}
                media = [
                    one for one in batch.media if not since < ages[one.id] < 2 * since + timedelta(days=1)
                ]
                kept = replace(batch, media=media, days=[])
            place.store.readings.keep(place.account, kept)
        return await place.insights.report(SPAN)


def moved(found: InsightsReport) -> Figure:
    figure = movements(found, ENGLISH)
    assert figure
    return figure


async def test_the_picture_of_what_moved_is_of_one_baseline_and_says_which() -> None:
    assert moved(await report()).title == "This period against the one before"
    alone = moved(await report(without_period_before=True))
    assert alone.title == "This period against the 90 days before"
    assert alone.picture
    assert "against the 90 days before" in alone.picture.text


async def test_each_number_has_the_n_of_both_its_sides() -> None:
    table = moved(await report()).table
    counts = [at for at, name in enumerate(table.columns) if name == "n"]
    assert len(counts) == 2
    assert all(re.fullmatch(r"\d+( of \d+)?", row[at]) for row in table.rows for at in counts)


async def test_what_was_not_watched_has_no_rows_of_dashes() -> None:
    async with planted() as place:
        assert movements(await place.insights.report(SPAN), ENGLISH) is None


async def test_every_metric_that_is_shown_is_defined() -> None:
    found = await report()
    defined = {one.name for one in found.definitions}
    shown = {one.metric for one in found.movements} - {RATE}
    shown |= {"likes", "comments", "follows", "replies", "navigation", *DEMOGRAPHICS}
    shown |= {one.metric for one in found.days.metrics if one.now.known}
    assert shown <= defined


async def test_followers_and_who_engaged_have_each_their_own_date() -> None:
    async with planted() as place:
        shop, then = Shop(place.clock.now()), place.clock.now() - timedelta(days=9)
        for batch in shop.batches():
            people = [
                replace(one, read_at=then if one.metric == DEMOGRAPHICS[1] else one.read_at)
                for one in batch.audience
                if one.read_at == place.clock.now()
            ]
            place.store.readings.keep(place.account, replace(batch, audience=people) if people else Batch())
        figures = audience(await place.insights.report("7d"), ENGLISH).figures
    assert figures
    for figure in figures:
        assert figure.says == "Followers: read on 24 Nov 2026. Engaged this month: read on 15 Nov 2026."


async def test_a_letter_says_all_answers_and_no_markup_of_strangers() -> None:
    found = await report()
    hostile = replace(found, answers=tuple(replace(one, comment="<b>&</b>") for one in found.answers))
    letter = letter_of(hostile, "<i>North</i>")
    assert all(one.question in letter.text and one.question in letter.html for one in found.answers)
    assert "<b>" not in letter.html
    assert "<i>" not in letter.html
    assert letter.html.count("&lt;b&gt;&amp;&lt;/b&gt;") == len(found.answers)


@pytest.mark.parametrize(("code", "text"), [("en", "about as usual"), ("es", "más o menos lo habitual")])
def test_what_rounds_to_once_the_usual_is_said_in_words(code: str, text: str) -> None:
    assert [is_as_usual(times) for times in (0.94, 0.96, 1.04, 1.06, None)] == [
        False,
        True,
        True,
        False,
        False,
    ]
    assert language_of(code).gettext("about as usual") == text
