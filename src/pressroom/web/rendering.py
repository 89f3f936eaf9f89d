"""Renders templates. All that is shown is escaped and visible: programs wrote it, perhaps for strangers."""

import re
from functools import lru_cache
from importlib.resources import files
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape
from starlette.responses import HTMLResponse, Response

from pressroom.core.visible import visible_part
from pressroom.serving.static import StaticFiles

STATIC: Final = "/static/"
_CODE: Final = re.compile("`([^`]+)`")
# Under `no-referrer` browsers send forms with `Origin: null`, as those of a stranger's page.
_OWN_REFERRER: Final = {"referrer-policy": "same-origin"}


@lru_cache(maxsize=1)
def parts() -> StaticFiles:
    """Give the app that serves the pages' styles, and knows their addresses."""
    return StaticFiles(files("pressroom.web") / "static", STATIC)


def page(template: str, *, status: int = 200, **shown: Any) -> Response:  # noqa: ANN401  # what a template shows
    """Render a page."""
    return HTMLResponse(_environment().get_template(template).render(**shown), status, _OWN_REFERRER)


def with_code(text: str) -> Markup:
    """Mark as code what a text of ours has in backticks; everything in it is escaped."""
    parts = _CODE.split(text)  # by turns plain and code
    marked = (
        Markup("<code>{}</code>").format(one) if number % 2 else escape(one)
        for number, one in enumerate(parts)
    )
    return Markup("").join(marked)


@lru_cache(maxsize=1)
def _environment() -> Environment:
    made = Environment(
        loader=PackageLoader("pressroom.web", "templates"),
        autoescape=True,
        finalize=visible_part,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    made.filters["with_code"] = with_code
    made.globals["part"] = parts().address  # pyright: ignore[reportArgumentType]  # inferred from its own
    return made
