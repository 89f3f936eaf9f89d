"""What others wrote is served as they published it, and the pages run nothing that a policy would not let."""

import hashlib
import re
from pathlib import Path

import pytest

import pressroom.web

STATIC = Path(pressroom.web.__file__).parent / "static"
VENDORED = STATIC / "vendored"
TEMPLATES = STATIC.parent / "templates"
OURS = sorted(STATIC.glob("*.js"))


def test_each_file_is_what_its_line_says_and_has_a_licence() -> None:
    lines = (VENDORED / "README.txt").read_text().splitlines()
    listed = {
        line.split()[0]: line.split()[-1] for line in lines if line.split()[:1] and ".js" in line.split()[0]
    }
    sums = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in VENDORED.glob("*.js")}
    assert listed == sums
    for name in listed:
        assert (VENDORED / f"{name.partition('.')[0]}.LICENSE.txt").stat().st_size > 100, name


@pytest.mark.parametrize("path", sorted(TEMPLATES.rglob("*.html")), ids=lambda path: path.name)
def test_a_template_has_no_script_or_style_within_and_nothing_that_needs_eval(path: Path) -> None:
    text = path.read_text()
    assert (
        re.findall(r"<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=|hx-on|hx-live|js:|javascript:", text)
        == []
    )
    # Filters of triggers, such as `click[ctrlKey]`, are compiled.
    assert re.findall(r'hx-trigger="[^"]*\[', text) == []


@pytest.mark.parametrize("path", OURS, ids=lambda path: path.name)
def test_no_script_of_ours_makes_code_or_markup_of_text(path: Path) -> None:
    text = path.read_text()
    assert (
        re.findall(
            r"\beval\b|new Function|innerHTML|insertAdjacentHTML|document\.write|setTimeout\(['\"]", text
        )
        == []
    )


def test_the_stylesheet_closes_what_it_opens() -> None:
    # One that does not hides all rules behind it, and no browser says so.
    style = (STATIC / "page.css").read_text()
    assert style.count("{") == style.count("}")
