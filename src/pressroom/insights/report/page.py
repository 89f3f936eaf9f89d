"""The page of a report: what is on it, how it looks, and its HTML, which is a single file that loads nothing.

`Look` is the user's own name, colour and logo, checked before anything is read. `html_of` writes the page.
"""

import re
from base64 import b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias

from pressroom.core.errors import MediaRefused, Refused
from pressroom.core.spelling import visible, visible_part
from pressroom.insights.report.languages import gettext_noop as _

if TYPE_CHECKING:
    from markupsafe import Markup

    from pressroom.insights.report.charts import Picture
    from pressroom.insights.report.language import Language

DEFAULT_NAME: Final = _("Instagram report")
PDF: Final = ".pdf"
POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
)
"""The content security policy of a page: it asks nothing of anybody."""
Paper: TypeAlias = Literal["a4", "letter"]
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

    name: str | None
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
            raise _look_refused(
                "templates", self.templates, "a folder", "Name the folder that the templates are in."
            )
        text = self.colour or _DEFAULT_COLOUR
        match = _COLOUR.fullmatch(text.strip())
        if match is None:
            raise _look_refused("colour", text, "#rrggbb", "Give it as six digits, such as #3b4fd8.")
        digits = match[1].lower()
        # Three digits are a short spelling: each stands for two of its kind.
        colour = _Colour.of(f"#{digits if len(digits) == len('rrggbb') else ''.join(2 * d for d in digits)}")
        black, white = _Colour.of("#000000"), _Colour.of("#ffffff")
        return Dress(
            name=self.name,
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
        raise _look_refused("logo", path, ", ".join(_SUFFIXES), "Name a picture of one of these kinds.")
    try:
        size = path.stat().st_size
        content = path.read_bytes() if size <= _MOST_BYTES else b""
    except OSError as error:
        raise _look_refused(
            "logo", path, "a file that can be read", f"It cannot: {error.strerror}."
        ) from None
    is_svg = path.suffix.lower() == ".svg"
    most = _MOST_SVG_BYTES if is_svg else _MOST_BYTES
    if size > most:
        raise _look_refused(
            "logo", f"{size:,} bytes", f"at most {most:,} bytes", "Make it smaller: it is shown small."
        )
    if is_svg:
        # A page shows it as a picture, where an SVG runs no script and asks for nothing.
        return f"data:image/svg+xml;base64,{b64encode(content).decode()}"
    from pressroom.media.examine import make_logo  # noqa: PLC0415  # loads only for a logo

    try:
        picture = make_logo(path, _LOGO_PIXELS)
    except MediaRefused:
        raise _look_refused("logo", path, "a picture", "It cannot be read as one.") from None
    return f"data:image/png;base64,{b64encode(picture).decode()}"


def _look_refused(rule: str, value: object, limit: str, fix: str) -> Refused:
    return Refused(f"{value} is no {rule} of a report.", rule=rule, value=str(value), limit=limit, fix=fix)


_MAIN: Final = "report.html"
_LONG: Final = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table. columns: their heads. texts: how many columns at the left hold words rather than numbers."""

    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    texts: int = 1

    @property
    def is_long(self) -> bool:
        """Whether it is left out in print."""
        return len(self.rows) > _LONG


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A picture with the table of what it shows. picture: None where there is too little to draw.

    name: of its place on the page. front: its turn among the pictures that stand before the notes, where its
    table is; 0 for none.
    """

    name: str
    title: str
    says: str
    table: Table
    picture: "Picture | None" = None
    front: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A post. picture: its thumbnail as JPEG; None where none was kept. link: to it on Instagram."""

    title: str
    caption: str
    numbers: Sequence[str]
    picture: bytes | None
    link: str | None

    @property
    def source(self) -> str | None:
        """The thumbnail as an address that holds it."""
        return f"data:image/jpeg;base64,{b64encode(self.picture).decode()}" if self.picture else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A part of the notes. says: sentences above its figures; lists: sentences below a head of their own."""

    title: str
    says: Sequence[str] = ()
    lists: Sequence[tuple[str, Sequence[str]]] = ()
    cards: Sequence[Card] = ()
    figures: Sequence[Figure] = ()

    @property
    def is_empty(self) -> bool:
        """Whether it would be a head with nothing below it."""
        return not (self.says or self.lists or self.cards or self.figures)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """A number at the top of the page. says: what it is held against, in words."""

    label: str
    value: str
    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerOnPage:
    """One of the five answers. name: `tried`, `happened`, `why`, `brought` or `next`."""

    name: str
    question: str
    sentences: Sequence[str]
    comment: str | None


_IN_A_ROW: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What the page has of an account: what a client reads, and the notes behind it."""

    account: str
    period: str
    headline: str
    tiles: Sequence[Tile]
    answers: Sequence[AnswerOnPage]
    best: Sequence[Card]
    notes: Sequence[Section]

    @property
    def front(self) -> list[Figure]:
        """The figures whose pictures stand before the notes: whole rows of them, on a wide screen."""
        figures = [figure for section in self.notes for figure in section.figures]
        shown = sorted((each for each in figures if each.front and each.picture), key=lambda each: each.front)
        rows = len(shown) // _IN_A_ROW
        return shown[: rows * _IN_A_ROW] if rows else shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """All that is on the page. comparison: of several accounts, before their parts."""

    language: "Language"
    title: str
    comparison: Section | None
    parts: Sequence[Part]


def css_string(text: str) -> "Markup":
    """Write a text as a string of CSS within `<style>`, whose text no HTML escapes."""
    from markupsafe import Markup  # noqa: PLC0415  # comes with Jinja

    # An escape by number ends at its blank. `<` too, since `</style>` would end the sheet.
    letters = (letter if letter.isalnum() else f"\\{ord(letter):x} " for letter in visible(text))
    return Markup(f'"{"".join(letters)}"')  # noqa: S704  # holds letters, digits and escapes


def is_words(value: str) -> bool:
    """Tell whether a cell among numbers holds words, which may be broken as numbers never are."""
    return len(value) > 1 and not any(letter.isdigit() for letter in value)


def html_of(page: Page, dress: Dress, templates: Path | None = None, paper: Paper | None = None) -> str:
    """Write the page. templates: a folder whose files take the place of ours by name.

    paper: the size of the sheets that it is printed on, of a PDF; None leaves it to the printer.

    One there may also begin with `{% extends "pressroom/report.html" %}` and change single blocks.
    Raises Refused for a template that cannot be used.
    """
    from jinja2 import ChoiceLoader, FileSystemLoader, PackageLoader, PrefixLoader, StrictUndefined  # noqa: PLC0415
    from jinja2.sandbox import SandboxedEnvironment  # noqa: PLC0415

    ours = PackageLoader("pressroom.insights.report")
    users = [] if templates is None else [FileSystemLoader(templates)]
    loader = ChoiceLoader([*users, ours, PrefixLoader({"pressroom": ours})])
    # Sandboxed, because whoever gives a folder of templates gives texts, and no program.
    environment = SandboxedEnvironment(
        loader=loader,
        autoescape=True,
        finalize=visible_part,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["css_string"] = css_string
    environment.tests["words"] = is_words
    name = dress.name or page.language.gettext(DEFAULT_NAME)
    heading = page.language.gettext("{label}: {value}", label=name, value=page.title)

    try:
        return environment.get_template(_MAIN).render(
            page=page,
            dress=dress,
            name=name,
            heading=heading,
            policy=POLICY,
            paper=paper,
            gettext=page.language.gettext,
        )
    except Exception as error:
        # A template of the user may raise anything. Ours have tests, so what they raise is a fault of ours.
        if templates is None:
            raise
        place, line = getattr(error, "filename", None) or templates, getattr(error, "lineno", None)
        where = f"{place}{f', line {line}' if line else ''}"
        raise Refused(
            f"The template cannot be used: {error}",
            rule="template",
            value=where,
            limit="a template of Jinja that shows what `page` and `dress` hold",
            fix="Mend it, or leave the folder of templates out.",
        ) from None
