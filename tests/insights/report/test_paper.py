"""What paper shows besides the page, such as its running header, is text of strangers in a style sheet."""

import re

import pytest

from pressroom.insights.report.page import Look, Paper, css_string, html_of
from tests.insights.report.test_page import HOSTILE, page


def letters_of(string: str) -> str:
    """What a browser makes of a string of CSS."""
    return re.sub(r"\\([0-9a-f]+) ", lambda escape: chr(int(escape[1], 16)), string[1:-1])


@pytest.mark.parametrize(
    "text", ["plain", "", 'a "quote"', "a\\b \\22 ", "two\nlines", "</style><script>", "Bodø 北 🔥", HOSTILE]
)
def test_a_text_is_one_string_of_css(text: str) -> None:
    string = css_string(text)
    assert re.fullmatch(r'"(?:\w|\\[0-9a-f]+ )*"', string)
    assert letters_of(string) == text


def test_a_name_in_the_running_header_ends_no_style_sheet() -> None:
    html = html_of(page(HOSTILE), Look(name=HOSTILE).dress())
    assert html.count("</style>") == 1
    assert '@top-left { content: "\\3c \\2f script' in html


@pytest.mark.parametrize("paper", ["a4", "letter"])
def test_a_pdf_is_of_a_size_and_a_page_of_whatever_the_printer_has(paper: Paper) -> None:
    size = f"size: {paper};"
    assert size in html_of(page(), Look().dress(), paper=paper)
    assert "size: a4" not in html_of(page(), Look().dress())
