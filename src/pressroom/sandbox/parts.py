"""Serves the scripts and styles that all pages of the sandbox share."""

from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pressroom.serving.static import StaticFiles

_PREFIX: Final = "/_sandbox/static/"


@lru_cache(maxsize=1)
def parts() -> "StaticFiles":
    """Give the app that serves them and knows their URLs.

    Each URL holds a hash of the file: with fixed URLs browsers kept the files of an older version for a day.
    """
    from pressroom.serving.static import StaticFiles  # noqa: PLC0415  # loads only when a page is looked at

    return StaticFiles(files("pressroom.sandbox") / "page" / "static", _PREFIX)
