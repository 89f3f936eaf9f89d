"""What a way to tell a person is asked to do: hand over notices, which repeat, and letters, which do not."""

import mimetypes
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final, Protocol
from uuid import uuid4

import msgspec

from pressroom.core.errors import PressroomError
from pressroom.core.spelling import visible
from pressroom.service.shapes.work import LetterFileShape, LetterShape

TIMEOUT_S: Final = 30.0
"""Seconds for which one notice or letter is waited for."""
_EVENT = "letter"


class NotTold(PressroomError):
    """A channel did not take a notice or a letter."""

    code: int | str | None = "not_told"
    retryable = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """Something told once, such as a report.

    text: for whoever shows no HTML; html says the same. file: goes along where the channel takes files, and
    is named where it does not. command: what to run to see more.
    """

    at: datetime
    title: str
    text: str
    html: str | None = None
    file: Path | None = None
    command: str = ""

    def __post_init__(self) -> None:
        for name in ("title", "text", "html"):
            words: str | None = getattr(self, name)
            object.__setattr__(self, name, words and visible(words))
        # Whoever is told its path works in another directory.
        if self.file:
            object.__setattr__(self, "file", self.file.absolute())

    @property
    def body(self) -> str:
        """Return the documented JSON object. Raises OSError for a file that is gone."""
        shape = LetterShape(
            event=_EVENT,
            at=self.at.isoformat(timespec="seconds"),
            account=None,
            text=self.text,
            command=self.command,
            title=self.title,
            html=self.html,
            file=_shape_of(self.file) if self.file else None,
        )
        return msgspec.json.encode(shape).decode()


def _shape_of(file: Path) -> LetterFileShape:
    return LetterFileShape(
        path=str(file),
        name=file.name,
        media_type=mimetypes.guess_type(file.name)[0] or "application/octet-stream",
        size_bytes=file.stat().st_size,
    )


def new_key() -> str:
    """Return a key for a letter, which no other notice or letter has."""
    return f"{_EVENT}/{uuid4().hex}"


class Channel(Protocol):
    """A way to tell a person."""

    @property
    def name(self) -> str:
        """The channel's name in the store and in logs; holds no secret."""
        ...

    async def tell(self, key: str, body: str) -> None:
        """Hand over one notice. Raises NotTold. key: the same when the notice is repeated."""
        ...

    async def deliver(self, letter: Letter) -> bool:
        """Hand over a letter, and tell whether its file itself went along. Raises NotTold."""
        ...
