"""The page is one file that asks nothing of anybody, in which strangers' text stays text."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from pressroom.core.errors import Refused
from pressroom.insights.report import charts
from pressroom.insights.report.page import (
    AnswerOnPage,
    Card,
    Figure,
    Lead,
    Look,
    Page,
    Section,
    Table,
    html_of,
)
from tests.fakes.clock import START

HOSTILE = "</script><img src=x onerror=alert(1)>\"'&"
TABLE = Table(columns=("Kind", "n"), rows=[("reel", "-")])
STYLE = (Path(charts.__file__).parent / "templates" / "style.css").read_text()


def page(text: str = "plain", figures: Sequence[Figure] = ()) -> Page:
    card = Card(
        title=text, caption=text, numbers=[text], picture=b"jpeg", link="https://www.instagram.com/p/C1/"
    )
    return Page(
        account=text,
        period=text,
        headline=text,
        read=text,
        leads=[Lead(label=text, value="1", says=text)],
        answers=[AnswerOnPage(name="tried", question=text, facts=[text], comment=text)],
        movements=Figure(title=text, says=text, table=TABLE),
        best=[card],
        weakest=[replace(card, picture=None, link=None)],
        sections=[Section(title=text, says=[text], figures=figures)],
        definitions=Table(columns=("Metric",), rows=[(text,)]),
        foot=[text],
    )


def written(text: str = "plain", *figures: Figure, look: Look | None = None) -> str:
    look = look or Look()
    return html_of(page(text, figures), look.dress(), look.templates)


def test_what_strangers_wrote_stays_text() -> None:
    html = written(HOSTILE, look=Look(name=HOSTILE))
    assert "<img src=x" not in html
    assert "<script" not in html


def test_letters_that_work_unseen_are_shown() -> None:
    html = written("\u202eEvery caption\x1b \u2028")
    assert r"\u202eEvery caption\u001b \u2028" in html
    assert not set(html) & set("\u202e\x1b\u2028")


def test_a_place_with_markup_for_a_name_stays_text_in_a_picture() -> None:
    picture = charts.bars([charts.Bar(HOSTILE, "followers", 50.0)], HOSTILE)
    html = written("plain", Figure(title="By city", says="", table=TABLE, picture=picture))
    assert "<img src=x" not in html
    assert "<script" not in html


def test_nothing_on_it_is_asked_of_anybody() -> None:
    html = written()
    assert "default-src 'none'" in html
    for asks in ("<script", '<link rel="stylesheet', "@import", 'src="http', "url(http", "<iframe"):
        assert asks not in html


def test_a_post_without_a_kept_picture_says_so() -> None:
    html = written()
    assert html.count("data:image/jpeg;base64,") == 1
    assert "no picture was kept" in html


def test_each_colour_of_the_pictures_has_its_value() -> None:
    names = (
        charts.INK,
        charts.GRID,
        charts.MAIN,
        charts.OTHER,
        charts.THIRD,
        charts.FOURTH,
        charts.BAND,
        charts.FEW,
    )
    for name in names:
        assert f'[fill="{name}"]' in STYLE
        assert f'[stroke="{name}"]' in STYLE


def test_fewer_than_five_posts_are_hatched() -> None:
    row = charts.Span("reel", "this period", 4, 10, 5, 15, is_few=True)
    assert charts.FEW in charts.spans([row], "Reels.").svg
    assert charts.FEW not in charts.spans([row._replace(n=5, is_few=False)], "Reels.").svg


def test_a_day_that_nobody_knows_is_a_gap_and_no_0() -> None:
    known = [charts.Day(START.date() + timedelta(days=n), 100 + n) for n in range(9)]
    holed = [one._replace(value=None) if n == 4 else one for n, one in enumerate(known)]

    def lines(found: Sequence[charts.Day]) -> int:
        path = charts.days(found, (), "Days.").svg.partition("mark-line")[2].partition("/>")[0]
        return path.count("M")

    assert lines(known) == 1
    assert lines(holed) == 2


def test_a_picture_is_described_as_a_whole() -> None:
    picture = charts.intervals([charts.Interval("reach", 5, -1, 11, is_found=False)], 'Reach "a" post')
    assert picture.markup.startswith('<svg role="img" aria-label="Reach &quot;a&quot; post" ')
    assert picture.markup.count("role=") == 1


def test_a_band_from_0_is_drawn() -> None:
    points = [charts.Point(START, value, "reel", is_outlier=False) for value in (10, 100)]
    svg = charts.posts(points, (0, 50), "Posts.").svg
    assert re.search(r"mark-rect.*?d=\"M0,\d+(\.\d+)?h\d+v-?[1-9]", svg)


def test_posts_are_drawn_though_one_reached_nobody() -> None:
    points = [charts.Point(START, value, "reel", is_outlier=False) for value in (0, 100, 1000)]
    assert charts.posts(points, None, "Posts.").svg.count(charts.MAIN) >= 3


def test_a_template_of_ones_own_takes_the_place_of_a_part(tmp_path: Path) -> None:
    (tmp_path / "report.html").write_text(
        '{% extends "pressroom/report.html" %}{% block foot %}<p>Ours: {{ page.account }}</p>{% endblock %}'
    )
    html = written("north", look=Look(templates=tmp_path))
    assert "<p>Ours: north</p>" in html
    assert "What moved" in html
    assert "What the numbers mean" not in html


def test_a_style_of_ones_own_is_put_in(tmp_path: Path) -> None:
    (tmp_path / "style.css").write_text("body { color: teal; }")
    assert "body { color: teal; }" in written(look=Look(templates=tmp_path))


@pytest.mark.parametrize(
    ("template", "says"),
    [
        ("{% nothing %}", "unknown tag 'nothing'"),
        ("{{ page.nothing }}", "has no attribute 'nothing'"),
        ("{{ ''.__class__.__mro__ }}", "__class__"),
        ('{% include "none.html" %}', "none.html"),
        ('{% extends "report.html" %}', "recursion"),
        ("{{ 1 / 0 }}", "division by zero"),
        ("{{ [].pop() }}", "pop from empty list"),
    ],
)
def test_a_template_that_cannot_be_used_is_refused(tmp_path: Path, template: str, says: str) -> None:
    (tmp_path / "report.html").write_text(template)
    with pytest.raises(Refused) as refused:
        written(look=Look(templates=tmp_path))
    assert refused.value.rule == "template"
    assert says in refused.value.message
    assert str(tmp_path) in str(refused.value.value)
