"""The report as a PDF: pages that break between things, on both papers, by a real Chromium."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest
import pytest_asyncio
from pypdf import PdfReader

from pressroom.insights.report.language import language_of
from pressroom.insights.report.page import Paper
from pressroom.insights.report.pdf import pdf_of
from pressroom.service.insights.report_tables import posts
from tests.browser.conftest import SHOTS, find_chromium
from tests.insights.planted import planted
from tests.insights.reported import PERIOD, Shop
from tests.slow import slow

pytestmark = pytest.mark.asyncio(loop_scope="session")
POINTS: Mapping[Paper, tuple[int, int]] = {"a4": (595, 842), "letter": (612, 792)}
MOST_PAGES = 7
# Of a page that holds a thing besides its header and number.
FEWEST_WORDS = 60


@pytest_asyncio.fixture(scope="session", loop_scope="session")
@slow("drives a browser")
async def printed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """The folder of both PDF, and the numbers of each row of the table of posts."""
    folder = tmp_path_factory.mktemp("printed papers")
    async with planted() as place:
        resources = place.insights._acting.resources
        resources.settings = replace(resources.settings, chrome_path=Path(find_chromium()))
        for batch in Shop(place.clock.now(), posts_a_day=1.0).batches():
            place.store.readings.keep(place.account, batch)
        report = await place.insights.report(f"{PERIOD}d")
        for paper in POINTS:
            await place.insights.write_report(report, folder / f"{paper}.pdf", paper=paper)
        figure = posts(report, language_of("en"))
    assert figure
    return folder, [" ".join(row[figure.table.texts :]) for row in figure.table.rows]


@pytest.mark.parametrize("paper", POINTS)
async def test_a_month_takes_seven_pages_and_none_is_empty(
    printed: tuple[Path, list[str]], paper: Paper
) -> None:
    folder, rows = printed
    pdf = PdfReader(folder / f"{paper}.pdf")
    texts = [page.extract_text() for page in pdf.pages]
    SHOTS.mkdir(parents=True, exist_ok=True)
    pdf.stream.seek(0)
    (SHOTS / f"report-{paper}.pdf").write_bytes(pdf.stream.read())

    assert len(texts) <= MOST_PAGES
    for number, (page, text) in enumerate(zip(pdf.pages, texts, strict=True), 1):
        assert (round(page.mediabox.width), round(page.mediabox.height)) == POINTS[paper]
        assert len(text.split()) >= FEWEST_WORDS
        assert text.startswith("Instagram report: @lofoten.bakery, 27 Oct \N{EN DASH} 23 Nov 2026\n")
        assert f"\n{number} / {len(texts)}\n" in text
    assert len(rows) == 28
    assert [row for row in rows if f" {row}\n" not in "\n".join([*texts, ""])] == []


@pytest.mark.parametrize("paper", POINTS)
async def test_no_heading_is_the_last_of_its_page(printed: tuple[Path, list[str]], paper: Paper) -> None:
    pdf = PdfReader(printed[0] / f"{paper}.pdf")
    headings = set(titles(cast("list[Any]", pdf.outline)))
    last = {page.extract_text().splitlines()[-1] for page in pdf.pages}
    assert {"What happened?", "Posts", "Reach by kind"} <= headings
    assert not last & headings


async def test_a_template_of_ones_own_prints_no_file_and_runs_no_script(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("IGAAsecret")
    html = (
        f'<!doctype html><p>Ours</p><iframe src="{(tmp_path / "secret.txt").as_uri()}"></iframe>'
        "<script>document.body.append('a script ran')</script>"
    )
    (tmp_path / "printed.pdf").write_bytes(await pdf_of(html, Path(find_chromium())))
    (page,) = PdfReader(tmp_path / "printed.pdf").pages
    assert page.extract_text().split() == ["Ours"]


def titles(outline: Iterable[Any]) -> Iterator[str]:
    for entry in outline:
        if isinstance(entry, list):
            yield from titles(cast("list[Any]", entry))
        else:
            yield entry.title
