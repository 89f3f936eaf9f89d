"""Writes files to places that a person names.

`require_report_extra` refuses what needs the extra `report`, whose packages the base install lacks.
"""

from collections.abc import Generator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import BinaryIO, Final

from pressroom.core.errors import Refused
from pressroom.core.remedies import Fix, Remedy, RemedyKind
from pressroom.store.files import written_aside

REPORT_EXTRA: Final = ("babel", "numpy", "scipy", "vl_convert")
"""What the report of insights needs of the extra `report`."""


def require_unused(path: Path, *, overwrite: bool) -> None:
    """Raise Refused for a file that is there, unless it is to be overwritten.

    A pipe or a terminal is no such file; what a link leads to, `write_private` refuses in any case.
    """
    if overwrite or path.is_symlink() or not path.is_file():
        return
    raise is_there(path)


def is_there(path: Path) -> Refused:
    """Build the error of an output that is there already."""
    return Refused(
        f"{path} is there already.",
        rule="output_exists",
        value=str(path),
        limit="a new file",
        fix=Fix.of("Choose another output, or replace it with {}.", Remedy(RemedyKind.OVERWRITE_FILE)),
    )


def require_no_link(path: Path) -> None:
    """Raise Refused for a link: whoever made it would choose what is overwritten."""
    if path.is_symlink():
        raise Refused(
            f"{path} is a link.", rule="output", value=str(path), limit="a file", fix="Name the file itself."
        )


def write_private(path: Path, content: str | bytes) -> None:
    """Write a text in UTF-8, or bytes, that this user alone may read: whole or not at all.

    A pipe or a terminal is written to directly.

    Raises OSError, and Refused for a link: whoever made it would choose which file is overwritten.
    """
    data = content.encode() if isinstance(content, str) else content
    with private_file(path) as file:
        file.write(data)


@contextmanager
def private_file(path: Path) -> Generator[BinaryIO]:
    """Yield a file to write to that takes the place of `path` when the block succeeds, as `write_private`."""
    if path.exists() and not path.is_file():
        with path.open("wb") as file:
            yield file
        return
    require_no_link(path)
    with written_aside(path) as aside, aside.open("wb") as file:
        yield file


def require_report_extra(what: str, *packages: str) -> None:
    """Raise Refused where one of the packages is not installed."""
    missing = [name for name in packages if find_spec(name) is None]
    if missing:
        from pressroom.core.installation import how_to_install  # noqa: PLC0415  # only where it is refused

        raise Refused(
            f"{what} needs {' and '.join(missing)}, not installed here.",
            rule="report_extra",
            value=", ".join(missing),
            limit="pressroom[report]",
            fix=how_to_install("report"),
        )
