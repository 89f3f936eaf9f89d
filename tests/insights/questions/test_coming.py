"""From when on an answer is there follows from when collecting began, and from the pace of posting."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from pressroom.core.readings import KeptMedia
from pressroom.insights.questions.coming import (
    Answer,
    Outlook,
    Watch,
    answers_to_come,
    enough_quiet_on,
    outlook_of,
)
from pressroom.insights.questions.periods import Period
from tests.insights.planted import media_of

OSLO, DAY_S = ZoneInfo("Europe/Oslo"), 24 * 3600
# Begun on a Sunday at noon, of which the first whole day is 30 November.
BEGUN = datetime(2026, 11, 29, 11, tzinfo=UTC)
FIRST_DAY = Watch(BEGUN, BEGUN, OSLO)
FOUR_WEEKS = Period(date(2026, 11, 1), date(2026, 11, 28))


def every(days: float, count: int, *, newest: float = 2.0) -> list[KeptMedia]:
    return [media_of(f"{at}", BEGUN - timedelta(days=newest + days * at)) for at in range(count)]


def ahead(posts: list[KeptMedia], *, needed: int = 30, age_s: int = DAY_S, later: float = 0) -> Outlook:
    watch = Watch(BEGUN, BEGUN + timedelta(days=later), OSLO)
    recent = [post for post in posts if post.published_at >= watch.now - timedelta(days=90)]
    return outlook_of(posts, (), recent, watch, age_s=age_s, needed=needed)


def test_posts_from_before_the_first_pull_never_have_the_number_and_the_pace_tells_the_date() -> None:
    outlook = ahead(every(1, 506))
    assert (outlook.posts, outlook.read, outlook.unwatched, outlook.recent) == (506, 0, 506, 89)
    # 30 posts at 89 in 90 days take 30.3 days, and the last of them a day.
    assert outlook.expected_on == date(2026, 12, 30)


def test_posts_that_are_still_too_young_count_before_those_to_come() -> None:
    assert ahead(every(0.1, 8, newest=0.1), needed=5).expected_on == date(2026, 11, 30)
    assert ahead(every(0.1, 8, newest=0.1), needed=5).unwatched == 0


def test_a_post_of_six_days_has_its_number_at_seven_tomorrow() -> None:
    assert ahead(every(1, 506), needed=1).expected_on == date(2026, 12, 1)
    assert ahead(every(1, 506), needed=1, age_s=7 * DAY_S).expected_on == date(2026, 11, 30)


def test_who_posts_nothing_is_told_no_date() -> None:
    assert ahead(every(1, 20, newest=100)).expected_on is None


def days_of(period: Period, watch: Watch = FIRST_DAY, known_from: date | None = None) -> dict[Answer, date]:
    coming = answers_to_come(period, watch, known_from, {})
    return {answer.answer: answer.on for answer in coming if answer.on}


def test_two_whole_periods_have_to_be_watched_and_90_days_before_one() -> None:
    days = days_of(FOUR_WEEKS)
    assert days[Answer.BEFORE] == date(2026, 11, 30) + timedelta(days=56)
    assert days[Answer.TRAILING] == date(2026, 11, 30) + timedelta(days=90 + 28)


def test_a_month_is_a_whole_one_of_the_calendar() -> None:
    days = days_of(Period(date(2026, 10, 1), date(2026, 10, 31)))
    # January, with December before it; and March, before which 90 days lie behind 30 November.
    assert days[Answer.BEFORE] == date(2027, 2, 1)
    assert days[Answer.TRAILING] == date(2027, 4, 1)


def test_days_that_instagram_filled_in_shorten_the_wait() -> None:
    backfilled = date(2026, 8, 31)
    assert days_of(FOUR_WEEKS, known_from=backfilled)[Answer.HISTORY] == backfilled + timedelta(days=118)
    assert days_of(FOUR_WEEKS)[Answer.HISTORY] == date(2026, 11, 30) + timedelta(days=118)


def test_what_is_there_already_is_not_to_come() -> None:
    after = Watch(BEGUN, BEGUN + timedelta(days=60), OSLO)
    assert Answer.BEFORE not in days_of(FOUR_WEEKS, after)
    assert days_of(FOUR_WEEKS, Watch(BEGUN, BEGUN + timedelta(days=400), OSLO)) == {}


def test_followers_after_a_post_take_quiet_days_which_a_dense_pace_never_has() -> None:
    assert enough_quiet_on(every(1, 90), FIRST_DAY) is None
    # Of five days from post to post three are quiet: 52 in 90 days, and ten in 18.
    assert enough_quiet_on(every(5, 18), FIRST_DAY) == date(2026, 11, 30) + timedelta(days=18)
