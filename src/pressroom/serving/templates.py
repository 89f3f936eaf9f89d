"""Makes the environment of a face's templates: whatever they show is escaped, and made visible."""

import re
from collections.abc import Container
from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from pressroom.core.spelling import visible_part
from pressroom.serving.static import StaticFiles

_CODE: Final = re.compile("`([^`]+)`")


def templates_of(package: str, static: StaticFiles) -> Environment:
    """Make the environment of the templates beside a package, which know the addresses of `static`."""
    environment = Environment(
        loader=PackageLoader(package, "templates"),
        autoescape=True,
        finalize=visible_part,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    environment.filters["with_code"] = with_code
    environment.globals["part"] = static.address  # pyright: ignore[reportArgumentType]  # inferred from its own
    return environment


def with_code(text: str, parts_of_page: Container[str] = ()) -> Markup:
    """Mark as code what a text of ours has in backticks; everything in it is escaped.

    parts_of_page: ids on the page; code that is one of them links to it.
    """
    marked = Markup("")
    for number, part in enumerate(_CODE.split(text)):  # by turns plain and code
        if number % 2 == 0:
            marked += escape(part)
        elif part in parts_of_page:
            marked += Markup('<a href="#{0}"><code>{0}</code></a>').format(part)
        else:
            marked += Markup("<code>{}</code>").format(part)
    return marked
