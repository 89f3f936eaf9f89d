"""Writes files to places that a person names."""

from pathlib import Path

from pressroom.core.errors import Refused
from pressroom.store.files import written_aside


def write_private(path: Path, text: str) -> None:
    """Write a text that this user alone may read, whole or not at all; to a pipe or terminal directly.

    Raises OSError, and Refused for a link: whoever made it would choose which file is overwritten.
    """
    if path.exists() and not path.is_file():
        path.write_text(text, encoding="utf-8")
        return
    if path.is_symlink():
        raise Refused(
            f"{path} is a link.", rule="output", value=str(path), limit="a file", fix="Name the file itself."
        )
    with written_aside(path) as aside:
        aside.write_text(text, encoding="utf-8")
