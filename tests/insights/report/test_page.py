"""The page is one file that asks nothing of anybody, in which strangers' text stays text."""

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from pressroom.core.errors import Refused
from pressroom.insights.report import charts
from pressroom.insights.report.language import Language, language_of
from pressroom.insights.report.page import (
    AnswerOnPage,
    Card,
    Figure,
    Look,
    Page,
    Part,
    Section,
    Table,
    Tile,
    html_of,
)

HOSTILE = "</script><img src=x onerror=alert(1)>\"'&"
STYLE = (Path(charts.__file__).parent / "templates" / "style.css").read_text()
TABLE = Table(columns=("Kind", "n"), rows=[("reel", "-")])


def page(text: str = "plain", figures: Sequence[Figure] = (), language: str = "en") -> Page:
    card = Card(
        title=text, caption=text, numbers=[text], picture=b"jpeg", link="https://www.instagram.com/p/C1/"
    )
    section = Section(
        title=text,
        says=[text],
        lists=[(text, [text])],
        cards=[replace(card, picture=None, link=None)],
        figures=figures,
    )
    part = Part(
        account=text,
        period=text,
        headline=text,
        tiles=[Tile(label=text, value="1", says=text)],
        answers=[AnswerOnPage(name="tried", question=text, sentences=[text], comment=text)],
        best=[card],
        notes=[section],
    )
    return Page(language=Language(language, None), title=text, comparison=None, parts=[part])


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
    picture = charts.bars([charts.Bar(HOSTILE, HOSTILE, 50.0)], HOSTILE, spelling=language_of("en"))
    html = written("plain", Figure(name="city", title="By city", says="", table=TABLE, picture=picture))
    assert "<img src=x" not in html
    assert "<script" not in html


def test_nothing_on_it_is_asked_of_anybody() -> None:
    html = written()
    assert "default-src &#39;none&#39;" in html
    for asks in ("<script", '<link rel="stylesheet', "@import", 'src="http', "url(http", "<iframe"):
        assert asks not in html


def test_a_post_without_a_kept_picture_has_no_empty_frame() -> None:
    html = written()
    assert html.count("<img") == html.count("data:image/jpeg;base64,") == 1


def test_a_place_has_one_name_however_many_accounts_there_are() -> None:
    figure = Figure(name="posts", title="Posts", says="", table=TABLE)
    one = page("north", [figure])
    several = replace(one, parts=[*one.parts, *one.parts], comparison=Section(title="Both", figures=[figure]))
    names = re.findall(r' id="([^"]+)"', html_of(several, Look().dress()))
    assert len(names) == len(set(names))
    assert "part2-posts" in names


def test_a_page_from_right_to_left_needs_no_style_of_its_own() -> None:
    assert 'dir="rtl"' in html_of(page(language="ar"), Look().dress())
    # Sides are named by where a line starts and ends.
    assert not re.findall(r"(?:margin|padding|border)-(?:left|right)|text-align: (?:left|right)", STYLE)


def test_a_template_of_ones_own_takes_the_place_of_a_part(tmp_path: Path) -> None:
    (tmp_path / "report.html").write_text(
        '{% extends "pressroom/report.html" %}{% block notes %}<p>Ours: {{ part.account }}</p>{% endblock %}'
    )
    html = written("north", look=Look(templates=tmp_path))
    assert "<p>Ours: north</p>" in html
    assert 'class="tiles"' in html
    assert 'class="notes"' not in html


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
