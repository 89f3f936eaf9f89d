"""A report tells the net change of followers and the new ones apart, whenever it is printed."""

from collections.abc import Collection, Iterator
from datetime import UTC, date, datetime, timedelta

from pressroom.core.readings import AccountDay, AccountReading, Batch, Collecting
from pressroom.insights.questions.periods import end_of
from pressroom.insights.report.language import language_of
from pressroom.insights.report.languages import available_languages
from pressroom.service.insights.report_facts import InsightsReport
from pressroom.service.insights.report_followers import each_day, sentences, tile
from tests.insights.planted import Planted, planted

DAY = timedelta(days=1)
WON, LOST = 10, 15
BEGAN = date(2026, 9, 20)
NOVEMBER = "2026-11-01..2026-11-30"
ALL = {"counts", "new", "flow"}


def history(until: datetime, parts: Collection[str], *, without: Collection[date] = ()) -> Iterator[Batch]:
    """What is read until a moment of an account that wins ten followers and loses fifteen each day."""
    yield Batch(collecting=Collecting(started_at=end_of(BEGAN), complete_at=end_of(BEGAN)))
    for number in range((until.date() - BEGAN).days + 1):
        day = BEGAN + DAY * number
        ends_at, days = end_of(day), list[AccountDay]()
        # Instagram gives new followers the next morning, and who left only two days later.
        if "new" in parts and day not in without and ends_at + DAY / 4 <= until:
            read_at = ends_at + DAY / 4
            days.append(AccountDay(metric="follower_count", ends_at=ends_at, number=WON, read_at=read_at))
        if "flow" in parts and ends_at + 2.1 * DAY <= until:
            flow = {"follow_type": {"follower": WON, "non_follower": LOST}}
            days.append(
                AccountDay(
                    metric="follows_and_unfollows",
                    ends_at=ends_at,
                    number=None,
                    read_at=ends_at + 2.1 * DAY,
                    parts=flow,
                )
            )
        yield Batch(days=days)
        for hours in (1, 20):
            # Hours after midnight a second count is lower, and is none of the day before.
            at, count = ends_at + timedelta(hours=hours), 5000 - (LOST - WON) * number - hours // 10
            if "counts" in parts and day not in without and at <= until:
                yield Batch(account=AccountReading(read_at=at, followers_count=count))


async def printed_at(
    place: Planted, at: datetime, parts: Collection[str] = ALL, *, without: Collection[date] = ()
) -> InsightsReport:
    place.clock.advance((at - place.clock.now()).total_seconds())
    for batch in history(at, parts, without=without):
        place.store.readings.keep(place.account, batch)
    return await place.insights.report(NOVEMBER)


def said(report: InsightsReport) -> str:
    return " ".join(report.answers[3].sentences)


async def test_a_month_says_the_same_net_loss_whenever_it_is_printed() -> None:
    said_by_day = dict[int, str]()
    async with planted() as place:
        for day in (2, 3, 4, 20):
            report = await printed_at(place, datetime(2026, 12, day, 12, tzinfo=UTC))
            said_by_day[day] = said(report)
            assert (report.followers.net_change, report.followers.new) == (-150, (300, 30, 30))
            assert report.followers.at_end == 5000 - 5 * 71
    assert said_by_day[2] == "The account lost 150 followers net. 300 new followers came."
    assert said_by_day[3] == said_by_day[4] == said_by_day[20]
    assert said_by_day[20] == f"{said_by_day[2]} 450 people stopped following."


async def test_where_nobody_counted_all_followers_only_new_ones_are_said() -> None:
    async with planted() as place:
        report = await printed_at(place, datetime(2026, 12, 5, 12, tzinfo=UTC), {"new"})
    assert said(report) == "300 new followers came."
    assert report.followers.net_change is None
    english = language_of("en")
    assert tile(report, english) is None
    figure = each_day(report, english)
    assert figure
    assert (figure.title, {tuple(row[1:]) for row in figure.table.rows}) == (
        "New followers each day",
        {("-", "-", "10")},
    )


async def test_where_instagram_tells_no_new_followers_only_the_net_change_is_said() -> None:
    async with planted() as place:
        report = await printed_at(place, datetime(2026, 12, 5, 12, tzinfo=UTC), {"counts"})
    english = language_of("en")
    figure, number = each_day(report, english), tile(report, english)
    assert said(report) == "The account lost 150 followers net."
    assert figure
    assert number
    assert (number.label, number.value, number.says) == ("Followers, net", "-150", "4,645 in all")
    assert (figure.title, figure.table.rows[0][1:]) == (
        "Net change of followers each day",
        ["4,790", "-5", "-"],
    )


async def test_new_followers_of_some_days_are_said_with_how_many_days_these_are() -> None:
    unread = {date(2026, 11, 10), date(2026, 11, 11)}
    async with planted() as place:
        report = await printed_at(place, datetime(2026, 12, 2, 12, tzinfo=UTC), without=unread)
    assert said(report) == (
        "The account lost 150 followers net. 280 new followers came on the 28 of 30 days that are known."
    )
    notes = report.answers[3].notes
    assert "Followers: 4,795 before the first day, 4,645 after the last one." in notes
    assert "New followers: not known of 2 of 30 days." in notes


async def test_a_net_change_of_fewer_days_does_not_pass_for_that_of_the_period() -> None:
    async with planted() as place:
        report = await printed_at(
            place, datetime(2026, 12, 2, 12, tzinfo=UTC), {"counts"}, without={date(2026, 10, 31)}
        )
    assert said(report) == "How the number of followers changed is not known: nobody counted them."
    assert report.answers[3].notes[0].startswith("The net change of followers takes a count")


async def test_each_language_says_both_numbers() -> None:
    async with planted() as place:
        report = await printed_at(place, datetime(2026, 12, 5, 12, tzinfo=UTC))
    for language in available_languages():
        net, new, lost = sentences(report, language_of(language))
        assert ["150" in net, "300" in new, "450" in lost] == [True, True, True]
