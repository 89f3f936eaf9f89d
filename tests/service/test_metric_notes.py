"""Dated notes of metrics: what is refused, and where reports show them."""

from datetime import UTC, date, datetime

import pytest

from pressroom.core.errors import NotFound, Refused
from pressroom.service.shapes.report import InsightsReportShape
from tests.insights.planted import planted
from tests.insights.redefined import batch_of, drawn

SAYS = "Meta counts replays since this week."


async def test_a_note_is_added_listed_and_removed() -> None:
    async with planted() as place:
        insights = place.insights.in_zone("Europe/Oslo")
        added = await insights.add_metric_note("views", f"  {SAYS}\n", "2026-11-03")
        assert (added.metric, added.day, added.text) == ("views", date(2026, 11, 3), SAYS)
        assert (await insights.metric_notes()).notes == (added,)
        assert await insights.remove_metric_note("views", date(2026, 11, 3)) == added
        assert (await insights.metric_notes()).notes == ()


async def test_a_day_is_one_of_the_zone_and_today_by_default() -> None:
    async with planted() as place:
        place.clock.start = datetime(2026, 11, 3, 12, tzinfo=UTC)
        far_east, far_west = (place.insights.in_zone(zone) for zone in ("Etc/GMT-14", "Etc/GMT+12"))
        of_east = await far_east.add_metric_note("views", SAYS)
        of_west = await far_west.add_metric_note("reach", SAYS, "yesterday")
    assert (of_east.day, of_west.day) == (date(2026, 11, 4), date(2026, 11, 2))


@pytest.mark.parametrize(
    ("metric", "text", "day", "rule"),
    [
        ("viewz", SAYS, "today", "metric"),
        ("views", " \n", "today", "metric_note"),
        ("views", "x" * 281, "today", "metric_note"),
        ("views", "bold \x1b[1m", "today", "metric_note"),
        ("views", SAYS, "soon", "day"),
    ],
)
async def test_what_is_no_note_is_refused_and_nothing_is_stored(
    metric: str, text: str, day: str, rule: str
) -> None:
    async with planted() as place:
        with pytest.raises(Refused) as refused:
            await place.insights.add_metric_note(metric, text, day)
        assert refused.value.rule == rule
        assert (await place.insights.metric_notes()).notes == ()


async def test_a_note_never_replaces_another_and_a_missing_one_is_named() -> None:
    async with planted() as place:
        first = await place.insights.add_metric_note("views", SAYS, "2026-11-03")
        with pytest.raises(Refused, match="views has a note of 2026-11-03 already") as refused:
            await place.insights.add_metric_note("views", "Another.", "2026-11-03")
        assert "note remove views 2026-11-03 --account " in refused.value.fix
        assert (await place.insights.metric_notes()).notes == (first,)
        with pytest.raises(NotFound, match="reach has no note of 2026-11-03"):
            await place.insights.remove_metric_note("reach", "2026-11-03")


async def test_a_report_shows_the_notes_of_the_days_that_it_compares() -> None:
    async with planted() as place:
        place.store.readings.keep(place.account, batch_of(drawn()))
        insights = place.insights.in_zone("Etc/UTC")
        for metric, day in (("views", "2026-11-01"), ("reach", "2026-09-20"), ("likes", "2025-11-01")):
            await insights.add_metric_note(metric, SAYS, day)
        report = await insights.report("28d")
    happened = next(answer for answer in report.answers if answer.name == "happened")
    assert happened.notes[:2] == (
        f"Reach, note for 20 Sept 2026: {SAYS}",
        f"Views, note for 1 Nov 2026: {SAYS}",
    )
    assert not any(SAYS in sentence for sentence in happened.sentences)
    assert [note.metric for note in InsightsReportShape.of(report).metric_notes] == ["reach", "views"]


async def test_beside_a_suspicion_stands_what_a_user_noted_of_the_metric() -> None:
    async with planted() as place:
        place.store.readings.keep(place.account, batch_of(drawn(redefined="views", times=4.0)))
        insights = place.insights.in_zone("Etc/UTC")
        await insights.add_metric_note("views", SAYS, "2026-10-27")
        report = await insights.report("28d")
    happened = next(answer for answer in report.answers if answer.name == "happened")
    assert happened.sentences[0].startswith("Views may be counted differently since ")
    assert happened.sentences[1] == f"Views, note for 27 Oct 2026: {SAYS}"
