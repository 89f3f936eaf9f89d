"""How a report looks: a name, a colour and a logo of the user's own, checked before anything is read."""

import re
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Final, NamedTuple

from pressroom.core.errors import Refused

DEFAULT_NAME: Final = "Instagram report"
_DEFAULT_COLOUR: Final = "#3b4fd8"
_COLOUR: Final = re.compile(r"#?([0-9a-fA-F]{6}|[0-9a-fA-F]{3})")
# What figures and cards lie on, as `style.css` has it.
_LIGHT, _DARK = "#f6f7f9", "#1d2026"
# WCAG 2.2, 1.4.3: text against what is behind it.
_CONTRAST: Final = 4.5
_LINEAR_UNTIL: Final = 0.04045
_STEPS: Final = 20
_MOST_BYTES: Final = 5_000_000
_MOST_SVG_BYTES: Final = 200_000
_LOGO_PIXELS: Final = (480, 160)
_SUFFIXES: Final = (".png", ".jpg", ".jpeg", ".webp", ".gif", ".svg")


class _Colour(NamedTuple):
    red: float
    green: float
    blue: float

    @classmethod
    def of(cls, text: str) -> "_Colour":
        return cls(*(int(text[start : start + 2], 16) / 255 for start in (1, 3, 5)))

    def __str__(self) -> str:
        return "#" + "".join(f"{round(255 * part):02x}" for part in self)

    @property
    def luminance(self) -> float:
        """How light it is, 0 to 1. Source: WCAG 2.2, relative luminance."""
        red, green, blue = (
            part / 12.92 if part <= _LINEAR_UNTIL else ((part + 0.055) / 1.055) ** 2.4 for part in self
        )
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    def contrast(self, other: "_Colour") -> float:
        """How well it is told from another colour, 1 to 21. Source: WCAG 2.2, contrast ratio."""
        darker, lighter = sorted((self.luminance, other.luminance))
        return (lighter + 0.05) / (darker + 0.05)

    def towards(self, other: "_Colour") -> Iterator["_Colour"]:
        """Yield the colours from this one to another."""
        for step in range(_STEPS + 1):
            share = step / _STEPS
            mixed = (part + share * (target - part) for part, target in zip(self, other, strict=True))
            yield _Colour(*mixed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dress:
    """A look, ready to be put on a page. logo: as an address that holds it.

    colour, ink: of the head and of the text on it. light, dark: the colour as it can be read on each ground.
    """

    name: str
    colour: str
    ink: str
    light: str
    dark: str
    logo: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """A report's own look. name: shown as its head. colour: `#rrggbb`. logo: a PNG, JPEG, WebP, GIF or SVG.

    templates: a folder of templates for Jinja that take the place of ours.
    """

    name: str | None = None
    colour: str | None = None
    logo: Path | None = None
    templates: Path | None = None

    def dress(self) -> Dress:
        """Read what is needed. Raises Refused for a colour, a logo or a folder that is none."""
        if self.templates is not None and not self.templates.is_dir():
            raise _refused(
                "templates", self.templates, "a folder", "Name the folder that the templates are in."
            )
        text = self.colour or _DEFAULT_COLOUR
        match = _COLOUR.fullmatch(text.strip())
        if match is None:
            raise _refused("colour", text, "#rrggbb", "Give it as six digits, such as #3b4fd8.")
        digits = match[1].lower()
        # Three digits are a short spelling: each stands for two of its kind.
        colour = _Colour.of(f"#{digits if len(digits) == len('rrggbb') else ''.join(2 * d for d in digits)}")
        black, white = _Colour.of("#000000"), _Colour.of("#ffffff")
        return Dress(
            name=self.name or DEFAULT_NAME,
            colour=str(colour),
            ink=str(max(black, white, key=colour.contrast)),
            light=str(_readable(colour, on=_Colour.of(_LIGHT), towards=black)),
            dark=str(_readable(colour, on=_Colour.of(_DARK), towards=white)),
            logo=_logo_address(self.logo) if self.logo else None,
        )


def _readable(colour: _Colour, *, on: _Colour, towards: _Colour) -> _Colour:
    return next(mixed for mixed in colour.towards(towards) if mixed.contrast(on) >= _CONTRAST)


def _logo_address(path: Path) -> str:
    """Return a logo as an address that holds it."""
    if path.suffix.lower() not in _SUFFIXES:
        raise _refused("logo", path, ", ".join(_SUFFIXES), "Name a picture of one of these kinds.")
    try:
        size = path.stat().st_size
        content = path.read_bytes() if size <= _MOST_BYTES else b""
    except OSError as error:
        raise _refused("logo", path, "a file that can be read", f"It cannot: {error.strerror}.") from None
    is_svg = path.suffix.lower() == ".svg"
    most = _MOST_SVG_BYTES if is_svg else _MOST_BYTES
    if size > most:
        raise _refused(
            "logo", f"{size:,} bytes", f"at most {most:,} bytes", "Make it smaller: it is shown small."
        )
    if is_svg:
        # A page shows it as a picture, where an SVG runs no script and asks for nothing.
        return f"data:image/svg+xml;base64,{b64encode(content).decode()}"
    from PIL import Image, UnidentifiedImageError  # noqa: PLC0415  # loads only for a logo

    written = BytesIO()
    try:
        with Image.open(BytesIO(content)) as opened:
            opened.draft("RGB", _LOGO_PIXELS)
            picture = opened.convert("RGBA")
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError, SyntaxError):
        raise _refused("logo", path, "a picture", "It cannot be read as one.") from None
    picture.thumbnail(_LOGO_PIXELS)
    picture.save(written, "PNG", optimize=True)
    return f"data:image/png;base64,{b64encode(written.getvalue()).decode()}"


def _refused(rule: str, value: object, limit: str, fix: str) -> Refused:
    return Refused(f"{value} is no {rule} of a report.", rule=rule, value=str(value), limit=limit, fix=fix)
