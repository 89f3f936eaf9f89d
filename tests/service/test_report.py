"""A report says what is known of a period, how sure it is, and what is missing."""

import os
import re
from collections.abc import AsyncGenerator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from pressroom.core.account import AccountId
from pressroom.core.errors import Refused
from pressroom.core.readings import Batch, Collecting, KeptMedia, Thumbnail
from pressroom.insights.report.language import language_of
from pressroom.insights.report.movements import NotCompared
from pressroom.service.insights.report_facts import QUESTIONS, InsightsReport, NoReading
from pressroom.service.insights.report_findings import findings
from pressroom.service.insights.report_notes import notes_of
from pressroom.service.insights.report_tables import stories
from tests.insights.planted import USER, Planted, planted
from tests.insights.reported import PERIOD, Shop, thumbnail

pytestmark = pytest.mark.usefixtures("long_run")

SPAN = f"{PERIOD}d"
# The morning after which the 28 days begin, as the clock of the tests has it.
BEFORE = date(2026, 10, 27)


@pytest_asyncio.fixture
async def shop() -> AsyncGenerator[Planted]:
    """A shop whose reels did better of late."""
    async with planted() as place:
        fill(place, Shop(place.clock.now()))
        yield place


def fill(place: Planted, shop: Shop) -> None:
    for batch in shop.batches():
        place.store.readings.keep(place.account, batch)


def said(report: InsightsReport, name: str) -> str:
    return " ".join(next(answer for answer in report.answers if answer.name == name).sentences)


def noted(report: InsightsReport, name: str) -> str:
    return " ".join(next(answer for answer in report.answers if answer.name == name).notes)


async def test_five_questions_are_answered_in_order(shop: Planted) -> None:
    report = await shop.insights.report(SPAN)
    assert [one.question for one in report.answers] == list(QUESTIONS.values())
    assert all(one.sentences for one in report.answers)


async def test_what_was_tried_is_counted_beside_the_period_before(shop: Planted) -> None:
    report = await shop.insights.report(SPAN)
    posted = report.posted
    assert said(report, "tried").startswith(f"{len(posted.posts)} posts went out.")
    assert f"The period before had {posted.posts_before} posts." in said(report, "tried")
    assert sum(one.posts for one in report.kinds) == len(posted.posts)


async def test_each_story_has_its_last_reading_with_its_age(shop: Planted) -> None:
    report = await shop.insights.report(SPAN)
    table = stories(report, language_of("en")).table
    read = [story for story in report.stories.stories if story.reading]
    assert read
    assert table.columns[-1] == "Age"
    assert [row[-1] for row in table.rows].count("23 hrs") == len(read)


async def test_the_kind_that_did_better_is_named(shop: Planted) -> None:
    report = await shop.insights.report(SPAN)
    reels = next(one for one in report.kinds if one.name == "reel")
    assert reels.change
    assert reels.change.is_outside_noise
    assert re.match(
        r"Reels reached more people: about \d+% more than in the three months before\.", report.headline
    )
    assert said(report, "happened").startswith(report.headline)
    assert re.match(
        r"Reach of a reel: [\d,]+ \(n \d+\); the 90 days before: [\d,]+ \(n \d+\); \+[\d.]+% \(\+",
        noted(report, "happened"),
    )


async def test_a_viral_post_is_named_and_is_the_best(shop: Planted) -> None:
    report = await shop.insights.report(SPAN)
    viral = report.posted.outliers[0]
    assert report.best[0] is viral
    assert "stood out: it reached" in said(report, "happened")
    assert f"times the usual of its kind (n {viral.n})" in noted(report, "happened")


async def test_a_second_post_that_keeps_nothing_of_the_first_is_likely_to_reach_about_as_much_as_usual(
    shop: Planted,
) -> None:
    report = await shop.insights.report(SPAN)
    report = replace(report, posted=replace(report.posted, share_kept=0.0))
    notes = " ".join(notes_of(report, language_of("en"))["next"])
    assert "A second one is likely to reach about as much as usual." in notes
    assert "1.0 times" not in notes


async def test_a_quiet_account_is_told_that_nothing_moved() -> None:
    async with planted() as place:
        # Alike in both periods: what is drawn for posts has no trend, and days are drawn alike.
        fill(place, Shop(place.clock.now(), moved=1.0, day_times=1.0))
        report = await place.insights.report(SPAN)
    posts = [one for one in report.movements if one.metric in ("reach", "views") and one.before.change]
    assert posts
    assert not any(one.moved for one in posts)
    assert report.headline == "A steady period: what posts reached changed by no more than chance."
    assert re.match(
        r"A steady period: .* by no more than chance\. A change of \d+% or more would have shown\.",
        said(report, "happened"),
    )
    assert said(report, "why").startswith("No compared number of posts changed clearly")
    assert "No change that can be told from chance: Reach of a post; Views of a post; " in noted(
        report, "happened"
    )


async def test_each_number_that_moved_has_notes_why() -> None:
    async with planted() as place:
        fill(place, Shop(place.clock.now(), moved=4.0, day_times=4.0, weights=(80, 15, 5)))
        report = await place.insights.report(SPAN)
    why = next(answer for answer in report.answers if answer.name == "why").notes
    named = {finding.title for finding in findings(report)}
    assert named == {text.partition(":")[0] for text in why if not text.startswith("Posts went out")}
    of_reach = next(text for text in why if text.startswith("Reach of a post"))
    assert re.search(
        r"the highest of \d+ is [\d,]+ \(\w+, .*\); without it the median is [\d,.]+\.", of_reach
    )
    assert any(re.search(r"Posts went out on \d+ of Instagram's 28 days\.", text) for text in why)
    assert said(report, "why").startswith("Numbers alone do not tell why.")


async def test_of_a_period_after_none_nothing_is_said_in_shares() -> None:
    async with planted() as place:
        shop = Shop(place.clock.now(), posts_a_day=1.0, moved=4.0)
        for batch in shop.batches():
            media = [one for one in batch.media if not _lies_before(one, place)]
            place.store.readings.keep(place.account, replace(batch, media=media))
        report = await place.insights.report(SPAN)
    assert report.posted.posts_before == 0
    assert "period before" not in said(report, "tried")
    assert "than before" not in said(report, "why")


def _lies_before(media: KeptMedia, place: Planted) -> bool:
    age = place.clock.now() - media.published_at
    return timedelta(days=PERIOD) < age < timedelta(days=2 * PERIOD + 1)


async def test_posts_that_nobody_read_are_told_with_the_reason(shop: Planted) -> None:
    report = await shop.insights.report(SPAN)
    unread = [one for one in report.posted.posts if one.aged is None]
    assert report.posted.read == len(report.posted.posts) - len(unread)
    assert unread
    assert f"{len(unread)} posts have no reading at 24 h: nothing ran to read it ({len(unread)})." in noted(
        report, "next"
    )


async def test_posts_from_before_the_first_pull_say_so() -> None:
    async with planted() as place:
        now = place.clock.now()
        for batch in Shop(now).batches():
            place.store.readings.keep(place.account, Batch(media=batch.media))
        began = Batch(collecting=Collecting(started_at=now - timedelta(days=3), complete_at=now))
        place.store.readings.keep(place.account, began)
        report = await place.insights.report("7d")
    assert set(report.posted.unread) == {NoReading.NOT_WATCHED, NoReading.NOT_YET}
    assert "published before the first reading (" in noted(report, "next")
    assert "not read yet (" in noted(report, "next")


async def test_what_was_not_watched_is_compared_with_nothing(shop: Planted) -> None:
    began = shop.clock.now() - timedelta(days=10)
    shop.store.readings.keep(shop.account, Batch(collecting=Collecting(started_at=began, complete_at=began)))
    report = await shop.insights.report("7d")
    posts = [one for one in report.movements if one.of == "posts"]
    assert {one.before.not_compared for one in posts} == {NotCompared.NOT_WATCHED}
    assert not any(one.moved for one in posts)


async def test_the_first_days_say_since_when_they_are_watched() -> None:
    async with planted() as place:
        report = await place.insights.report("7d")
    assert report.headline == "No post went out in this period, so there is nothing to compare."
    assert noted(report, "tried").endswith(
        "Not all that is out has been read yet, so that there may be more."
    )
    assert said(report, "why") == "Nothing is compared yet, so there is nothing to explain."
    assert "is not known" in said(report, "brought")


async def test_followers_are_told_where_each_day_is_known(shop: Planted) -> None:
    report = await shop.insights.report(SPAN)
    lost, new = report.follower_flow.lost.total, report.followers.new
    assert lost is not None
    assert new.days_known == new.days == PERIOD
    # Fourteen more are counted each day, whatever Instagram gives as new followers and as those who left.
    assert said(report, "brought").startswith(
        f"The account gained {14 * PERIOD} followers net. {new.number} new followers came. "
        f"{lost} people stopped following."
    )


async def test_without_a_count_right_before_the_period_no_net_change_is_told() -> None:
    async with planted() as place:
        for batch in Shop(place.clock.now()).batches():
            days = [
                day for day in batch.days if day.metric not in ("follower_count", "follows_and_unfollows")
            ]
            account = None if batch.account and batch.account.read_at.date() == BEFORE else batch.account
            place.store.readings.keep(place.account, replace(batch, days=days, account=account))
        report = await place.insights.report(SPAN)
    assert said(report, "brought").startswith("How the number of followers changed is not known: ")
    assert noted(report, "brought").startswith("The net change of followers takes a count right before ")


async def test_what_came_after_the_period_is_not_of_it(shop: Planted) -> None:
    report = await shop.insights.report("2026-09-10..2026-09-20")
    posts = {one.media.id for one in report.posted.posts} | {one.media.id for one in report.stories.stories}
    assert {one.media.id for one in report.growth.posts.posts} == posts
    assert max(one.day for one in report.growth.days) == report.period.last


async def test_ninety_days_that_were_not_watched_are_shown_nowhere(shop: Planted) -> None:
    began = shop.clock.now() - timedelta(days=60)
    shop.store.readings.keep(shop.account, Batch(collecting=Collecting(started_at=began, complete_at=began)))
    report = await shop.insights.report("7d")
    assert report.usual is None
    assert {one.trailing for one in report.kinds} == {None}
    assert {one.change for one in report.kinds} == {None}
    assert any(one.before.change for one in report.movements)


async def test_an_experiment_is_of_the_period_that_it_ran_in(shop: Planted) -> None:
    await shop.insights.in_zone("UTC").start_experiment("daily 09:00", "daily 18:00", posts=16)
    assert (await shop.insights.report("7d")).experiment is None
    await shop.insights.stop_experiment()
    shop.clock.advance(timedelta(days=3).total_seconds())
    during = await shop.insights.report("2026-11-24..2026-11-25")
    assert during.experiment
    assert "Two times of posting took turns in an experiment." in said(during, "tried")
    assert "Slots of the experiment: 09:00; 18:00 (Etc/UTC)." in noted(during, "tried")
    shop.clock.advance(timedelta(days=30).total_seconds())
    assert (await shop.insights.report("7d")).experiment is None


async def test_viewers_take_the_place_of_reach() -> None:
    async with planted() as place:
        fill(place, Shop(place.clock.now(), metric="viewers"))
        report = await place.insights.report(SPAN)
    assert (report.reach, report.day_reach) == ("viewers", "viewers")
    assert report.best
    assert {one.metric for one in report.movements}.isdisjoint({"reach"})


async def test_a_past_period_is_headed_with_the_name_long_after_the_login_has_ended(shop: Planted) -> None:
    shop.clock.advance(timedelta(days=90).total_seconds())
    report = await shop.insights.report("2026-11-01..2026-11-20")
    assert (report.whose, report.username) == ("@lofoten.bakery", "lofoten.bakery")


async def test_a_name_that_was_learnt_from_another_answer_heads_the_report() -> None:
    async with planted() as place:
        place.store.accounts.learn(place.account, [], username="fjord.cafe")
        report = await place.insights.report("7d")
    assert report.whose == "@fjord.cafe"


async def test_an_account_without_any_name_is_never_headed_with_its_long_id() -> None:
    async with planted() as place:
        report = await place.insights.report("7d")
    assert report.username is None
    on_instagram = replace(report, account=USER, account_id=AccountId(f"{USER}@instagram"))
    assert {report.whose, on_instagram.whose} == {f"Instagram …{USER[-4:]}"}
    assert replace(report, account="shop").whose == "shop"


async def test_a_person_may_add_a_sentence_to_each_answer(shop: Planted) -> None:
    report = await shop.insights.report(SPAN, comments={"next": "More reels."})
    assert [one.comment for one in report.answers] == [None, None, None, None, "More reels."]
    with pytest.raises(Refused) as refused:
        await shop.insights.report(SPAN, comments={"nxt": "More reels."})
    assert refused.value.rule == "comment"


async def test_a_period_that_has_not_ended_is_refused(shop: Planted) -> None:
    with pytest.raises(Refused) as refused:
        await shop.insights.report("2026-11-20..2027-01-01")
    assert refused.value.rule == "period"


async def test_the_file_is_whole_or_not_there(
    shop: Planted, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    report, output = await shop.insights.report(SPAN), tmp_path / "report.html"
    written = await shop.insights.write_report(report, output)
    assert written.size_bytes == output.stat().st_size
    before = output.read_bytes()
    with pytest.raises(Refused) as refused:
        await shop.insights.write_report(report, output)
    assert refused.value.rule == "output_exists"

    def full(*_args: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pressroom.store.files.sync", full)
    with pytest.raises(OSError, match="No space left"):
        await shop.insights.write_report(report, output, overwrite=True)
    assert output.read_bytes() == before
    assert os.listdir(tmp_path) == ["report.html"]  # noqa: PTH208  # names are all that is asked


async def test_thumbnails_that_were_kept_are_shown(shop: Planted, tmp_path: Path) -> None:
    report, output = await shop.insights.report(SPAN), tmp_path / "report.html"
    media = report.best[0].media.id
    kept = Thumbnail(media_id=media, read_at=shop.clock.now(), jpeg=thumbnail(1))
    shop.store.readings.keep(shop.account, Batch(thumbnails=[kept]))
    await shop.insights.write_report(report, output)
    assert output.read_text().count("data:image/jpeg;base64,") == 1
