"""A look is read as it is given, and what cannot be used is refused before anything is drawn."""

from base64 import b64decode
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from pressroom.core.errors import Refused
from pressroom.insights.report.page import Look

GROUNDS = {"light": "#f6f7f9", "dark": "#1d2026"}


def luminance(colour: str) -> float:
    """By the formula of WCAG, written once more for the judge."""
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@given(st.from_regex(r"#[0-9a-f]{6}", fullmatch=True))
def test_any_colour_can_be_read_on_any_ground(colour: str) -> None:
    dress = Look(colour=colour).dress()
    assert dress.colour == colour
    assert contrast(dress.ink, dress.colour) >= 4.5
    assert contrast(dress.light, GROUNDS["light"]) >= 4.45
    assert contrast(dress.dark, GROUNDS["dark"]) >= 4.45


def test_a_colour_may_be_short_and_without_its_sign() -> None:
    assert Look(colour="07C").dress().colour == "#0077cc"


@pytest.mark.parametrize("colour", ["blue", "#12345", "url(x)", "#3b4fd8;}"])
def test_what_is_no_colour_is_refused(colour: str) -> None:
    with pytest.raises(Refused) as refused:
        Look(colour=colour).dress()
    assert refused.value.rule == "colour"
    assert refused.value.value == colour


def test_a_logo_becomes_a_small_picture_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "logo.jpg"
    Image.new("RGB", (2000, 900), "red").save(path, exif=Image.Exif())
    kind, _, data = (Look(logo=path).dress().logo or "").partition(";base64,")
    assert kind == "data:image/png"
    with Image.open(BytesIO(b64decode(data))) as picture:
        assert picture.size == (356, 160)


def test_an_svg_is_taken_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "logo.svg"
    path.write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    assert (Look(logo=path).dress().logo or "").startswith("data:image/svg+xml;base64,")


@pytest.mark.parametrize(("name", "content"), [("a.png", b"no picture"), ("a.txt", b"x"), ("none.png", None)])
def test_a_logo_that_is_none_is_refused(tmp_path: Path, name: str, content: bytes | None) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(Refused) as refused:
        Look(logo=path).dress()
    assert refused.value.rule == "logo"


def test_a_logo_beyond_every_size_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "logo.svg"
    path.write_bytes(b" " * 200_001)
    with pytest.raises(Refused, match="200,001 bytes"):
        Look(logo=path).dress()


def test_a_folder_of_templates_has_to_be_there(tmp_path: Path) -> None:
    with pytest.raises(Refused) as refused:
        Look(templates=tmp_path / "none").dress()
    assert refused.value.rule == "templates"
