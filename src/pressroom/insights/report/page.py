"""The page of a report: what is on it, and its HTML, which is a single file that loads nothing."""

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pressroom.core.errors import Refused
from pressroom.core.spelling import visible_part
from pressroom.insights.report.charts import Picture
from pressroom.insights.report.look import Dress

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

    is_open: the table is shown without being asked for.
    """

    title: str
    says: str
    table: Table
    picture: Picture | None = None
    is_wide: bool = False
    is_open: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A part of the page. says: sentences above its figures."""

    title: str
    says: Sequence[str] = ()
    figures: Sequence[Figure] = ()


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
class Lead:
    """A number at the top of the page. says: against what, and how sure."""

    label: str
    value: str
    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerOnPage:
    """One of the five answers. name: `tried`, `happened`, `why`, `brought` or `next`."""

    name: str
    question: str
    facts: Sequence[str]
    comment: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """All that is on the page, in its order. read: `read at ..., n of m posts had readings`."""

    account: str
    period: str
    read: str
    leads: Sequence[Lead]
    answers: Sequence[AnswerOnPage]
    movements: Figure
    best: Sequence[Card]
    weakest: Sequence[Card]
    sections: Sequence[Section]
    definitions: Table
    foot: Sequence[str]


def html_of(page: Page, dress: Dress, templates: Path | None = None) -> str:
    """Write the page. templates: a folder whose files take the place of ours by name.

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

    try:
        return environment.get_template(_MAIN).render(page=page, dress=dress)
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
