"""Each picture fits a telephone, keeps the size of its text, and speaks the language of the page."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest

from pressroom.insights.report import charts
from pressroom.insights.report.charts import Bar, Day, Interval, Picture, Point, Span
from pressroom.insights.report.ticks import FONT_SIZE, day_labels, factor_steps, labels_apart, text_width
from tests.insights.report.test_look import contrast

FIRST = date(2026, 11, 3)
STYLE = "".join(
    (Path(charts.__file__).parent / "templates" / name).read_text() for name in ("style.css", "print.css")
)
TEXT = re.compile(
    r'<text text-anchor="(\w+)" transform="translate\((-?[\d.]+),(-?[\d.]+)\)[^>]*>([^<]*)</text>'
)


class Foreign:
    """Writes as nobody does: other digits, and words in capitals."""

    def number(self, amount: float, decimals: int = 0) -> str:
        return f"{amount:,.{decimals}f}".translate(str.maketrans("0123456789,.", "٠١٢٣٤٥٦٧٨٩'·"))

    def percent(self, amount: float, decimals: int = 0, *, is_signed: bool = False) -> str:
        return f"٪{'+' if is_signed and amount > 0 else ''}{self.number(amount, decimals)}"

    def short_day(self, day: date) -> str:
        return f"{self.number(day.day)}.{'ĀBĆDĒFĞHĪJĶŁ'[day.month - 1]}Ø"

    def month(self, day: date) -> str:
        return f"{'ĀBĆDĒFĞHĪJĶŁ'[day.month - 1]}ØÐ {day.year}".translate(
            str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
        )


FOREIGN = Foreign()


def posts(values: Sequence[float], days: int = 30, usual: tuple[float, float] | None = (400, 900)) -> Picture:
    start = datetime(FIRST.year, FIRST.month, FIRST.day)  # noqa: DTZ001  # as the account's clocks show it
    points = [
        Point(
            start + timedelta(days=days * n / len(values)),
            value,
            ("reel", "carousel", "photo", "video")[n % 4],
            is_outlier=n % 20 == 3,
        )
        for n, value in enumerate(values)
    ]
    return charts.posts(
        points,
        usual,
        "ØØ",
        period=(FIRST, FIRST + timedelta(days=days - 1)),
        kinds={"reel": "ŔÉĖŁ", "carousel": "ĶÁŔÚŠÉŁŁ", "photo": "FÓŤÓ", "video": "VÍĐÉÓ"},
        caption="ŁÓĞ",
        spelling=FOREIGN,
    )


def days(values: Sequence[float | None], before: Sequence[float | None] = ()) -> Picture:
    return charts.days(
        [Day(FIRST + timedelta(days=n), value) for n, value in enumerate(values)],
        [Day(FIRST - timedelta(days=len(before) - n), value) for n, value in enumerate(before)],
        "ØØ",
        names=("ŇÓŴ", "ÞÉŇ"),
        spelling=FOREIGN,
    )


def spans(median: float = 900, *, is_few: bool = False) -> Picture:
    rows = [
        Span(label, group, "Ň ١٢", median, median / 2, median * 2, is_few)
        for label in ("ŔÉĖŁ", "ĶÁŔÚŠÉŁŁ" * 6)
        for group in ("ĐÍÉŠÉŔ ŽÉÍŤŔÁÚM " * 2, "ĐÁVÓŔ")
    ]
    return charts.spans(rows, "ØØ", spelling=FOREIGN)


def intervals(*ends: tuple[float, float, float]) -> Picture:
    rows = [Interval(f"{'ŽÉÍĶÉŇ' * n} Ř", *end, is_found=not n) for n, end in enumerate(ends)]
    return charts.intervals(rows, "ØØ", spelling=FOREIGN)


def bars() -> Picture:
    rows = [Bar(label, "ŴÉŘ", 0.4) for label in ("القاهرة، محافظة القاهرة", "תל אביב", "ĶÁĦŔÁM" * 5)]
    return charts.bars(rows, "ØØ", spelling=FOREIGN)


PICTURES: Mapping[str, Callable[[], Picture]] = {
    "posts": lambda: posts([700, 90, 12_000, 400, 800] * 6),
    "five hundred posts": lambda: posts([50 + (n * 7919) % 30_000 for n in range(500)]),
    "a post": lambda: posts([700], usual=None),
    "equal posts": lambda: posts([1000] * 4, days=7, usual=None),
    "posts that reached nobody": lambda: posts([0, 120, 4000, 900], usual=(0, 500)),
    "nothing but zeros": lambda: posts([0, 0], usual=None),
    "a million": lambda: posts([1_200_000, 900, 40_000], days=366),
    "stories": lambda: charts.stories(
        [Point(datetime(2026, 11, 3), 80, "story", is_outlier=False)],  # noqa: DTZ001
        "ØØ",
        period=(FIRST, FIRST),
        spelling=FOREIGN,
    ),
    "a day": lambda: days([7], [9]),
    "a month": lambda: days([900, 1000, None, 1200] * 7, [800] * 28),
    "a year": lambda: days([1_200_000, 800_000] * 183),
    "losses": lambda: days([-30, 20, -5, 0]),
    "days without change": lambda: days([0, 0, 0]),
    "spans": spans,
    "few and large": lambda: spans(1_200_000, is_few=True),
    "intervals": lambda: intervals((5, -12, 31), (60, 20, 90), (-30, -70, 4)),
    "wide intervals": lambda: intervals((300, -99, 4000), (0, 0, 0)),
    "no change": lambda: intervals((0, 0, 0)),
    "bars": bars,
}


@cache
def drawn(name: str) -> Picture:
    return PICTURES[name]()


each_picture = pytest.mark.parametrize("name", PICTURES)


@each_picture
def test_a_picture_is_as_wide_as_each_column_and_its_text_is_never_small(name: str) -> None:
    picture = drawn(name)
    assert 'width="308"' in picture.svg
    assert 'viewBox="0 0 308 ' in picture.svg
    assert set(re.findall(r'font-size="([^"]*)"', picture.svg)) == {"13px"}
    assert FONT_SIZE >= 12


@each_picture
def test_all_that_is_written_comes_from_outside(name: str) -> None:
    picture = drawn(name)
    for _, _, _, text in TEXT.findall(picture.svg):
        assert not re.search(r"[0-9A-Za-z]{2}|[0-9a-z]", text), text
    assert picture.svg.count("<text") == len(TEXT.findall(picture.svg))
    assert "aria-" not in picture.svg


def drawn_texts(svg: str) -> list[tuple[float, float, float]]:
    """Return of each text of an axis its row and its ends, per axis, in pixels."""
    rows = list[tuple[float, float, float]]()
    for axis, group in enumerate(svg.split("role-axis-label")[1:]):
        for anchor, x, y, text in TEXT.findall(group.partition("</g>")[0]):
            width = text_width(text)
            left = float(x) - {"start": 0, "middle": width / 2, "end": width}[anchor]
            rows.append((1000 * axis + float(y), left, left + width))
    return rows


@each_picture
def test_no_label_of_an_axis_meets_another(name: str) -> None:
    picture = drawn(name)
    for (row, _, right), (below, left, _) in pairwise(sorted(drawn_texts(picture.svg))):
        assert abs(below - row) >= FONT_SIZE or left > right


def test_a_logarithmic_axis_says_so_and_has_three_labels_at_least() -> None:
    assert ">ŁÓĞ</text>" in drawn("posts").svg
    assert ">ŁÓĞ</text>" not in drawn("stories").svg
    for low, high in ((1, 1), (700, 700), (0, 0), (0, 3), (90, 110), (5, 1_200_000), (999, 10**9)):
        steps = factor_steps([low, high])
        assert len(steps) >= 3
        assert steps[0] <= low
        assert steps[-1] >= high


@pytest.mark.parametrize("count", [1, 2, 3, 7, 28, 31, 90, 366, 1100])
def test_days_of_each_period_have_3_to_5_labels_that_differ(count: int) -> None:
    for first in (FIRST, date(2027, 1, 31), date(2028, 2, 29)):
        labels = day_labels(first, count, 230, FOREIGN.short_day, FOREIGN.month)
        assert min(count, 3) <= len(labels) <= 5
        assert len(set(labels.values())) == len(labels)
        assert max(labels) < count


def test_numbers_beyond_any_count_are_refused() -> None:
    with pytest.raises(ValueError, match="at most"):
        labels_apart(0, 1e18, 200, FOREIGN.number)


def test_five_hundred_posts_take_less_than_60_kb_and_are_all_there() -> None:
    svg = drawn("five hundred posts").svg
    assert len(svg.encode()) < 60_000
    assert svg.count("<path transform=") >= 500
    assert not re.search(r"\.\d\d[^<>]*>", svg)


def test_digits_of_a_label_stay_whatever_is_rounded() -> None:
    picture = charts.bars([Bar("1.2345", "x", 50.0)], "ØØ", spelling=FOREIGN)
    assert ">1.2345</text>" in picture.svg


def test_long_labels_end_in_an_ellipsis_and_leave_room_for_the_plot() -> None:
    assert "…</text>" in bars().svg
    longest = max(right - left for _, left, right in drawn_texts(bars().svg))
    assert longest < charts.WIDTH / 2


def test_text_of_a_page_from_right_to_left_hangs_where_it_was_measured() -> None:
    assert bars().svg.startswith('<svg direction="ltr" ')


def test_each_colour_of_the_pictures_has_its_value() -> None:
    for name in (charts.INK, charts.GRID, charts.MAIN, charts.OTHER, charts.BAND, charts.FEW):
        assert f'[fill="{name}"]' in STYLE
        assert f'[stroke="{name}"]' in STYLE


def test_text_and_marks_stand_out_in_light_dark_and_print() -> None:
    grounds = re.findall(r"--raised: (#\w+); --ink: (#\w+);", STYLE)
    greys = re.findall(r"--other: (#\w+); --band: (#\w+);", STYLE)
    assert len(grounds) == len(greys) == 3
    for (ground, ink), (grey, band) in zip(grounds, greys, strict=True):
        assert contrast(ink, ground) >= 4.5
        assert contrast(grey, ground) >= 3
        assert contrast(grey, band) >= 3


def test_fewer_than_five_posts_are_hatched() -> None:
    assert charts.FEW in spans(is_few=True).svg
    assert charts.FEW not in spans().svg


def test_what_was_found_alone_has_the_accent() -> None:
    assert charts.MAIN in intervals((60, 20, 90)).svg
    row = Interval("x", 5, -1, 11, is_found=False)
    assert charts.MAIN not in charts.intervals([row], "ØØ", spelling=FOREIGN).svg


def test_a_day_that_nobody_knows_is_a_gap_and_no_0() -> None:
    def lines(values: Sequence[float | None]) -> int:
        return days(values).svg.partition("mark-line")[2].partition("/>")[0].count("M")

    assert lines([100, 101, 102, 103, 104]) == 1
    assert lines([100, 101, None, 103, 104]) == 2


def test_a_day_between_two_gaps_has_a_mark_in_a_long_period_too() -> None:
    values: list[float | None] = [100.0] * 90
    dots = [
        days(row).svg.count("<path transform=")
        for row in (values, [*values[:40], None, 9, None, *values[43:]])
    ]
    assert dots == [0, 1]


def test_a_picture_is_described_as_a_whole() -> None:
    markup = Picture(drawn("bars").svg, 'Reach "a" post').markup
    assert markup.startswith('<svg role="img" aria-label="Reach &quot;a&quot; post" ')
    assert markup.count("role=") == 1


def test_a_band_from_0_is_drawn() -> None:
    svg = posts([10, 100], usual=(0, 50)).svg
    assert re.search(rf'd="M0,[\d.]+h\d+v-?[1-9][^"]*" fill="{charts.BAND}"', svg)


def test_posts_are_drawn_though_one_reached_nobody() -> None:
    svg = drawn("posts that reached nobody").svg
    assert len(re.findall(r"<path transform=[^>]*fill=", svg.partition("role-legend")[0])) == 4
