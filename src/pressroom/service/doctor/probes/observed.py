"""What a question of a probe sees, makes on the account, and gives back.

`nameless` takes ids, names and secrets out of what Instagram says, so that a report can be handed on.
"""

import re
from dataclasses import dataclass, field
from enum import StrEnum

from pressroom.core.facts import Facts, Value
from pressroom.core.secret import redact_text

_ADDRESS = re.compile(r"https?://\S+")


_NAMED = re.compile(r"@[\w.]+")


_ID = re.compile(r"\d{8,}")


class Untold(Exception):
    """The probe was asked, and what came back answers nothing; the message says why."""


class Unasked(Exception):
    """The probe cannot be asked here; the message says why."""


@dataclass(frozen=True, slots=True)
class Told:
    """What a probe found out. facts: none where no setting of the sandbox says it."""

    answer: str
    facts: Facts = field(default_factory=dict[str, Value])


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One call of a probe and what came back, without ids, names or secrets.

    status: of HTTP; None when no answer came. after_s: seconds since the probe began.
    """

    call: str
    status: int | None
    after_s: float
    code: int | str | None = None
    subcode: int | None = None
    message: str | None = None


class MadeKind(StrEnum):
    """What a probe makes on the account."""

    CONTAINER = "container"
    STORY = "story"
    POST = "post"
    COMMENT = "comment"


@dataclass(slots=True)
class Made:
    """Something that a probe made. id: None where it may exist, and the answer that names it was lost."""

    kind: MadeKind
    id: str | None
    is_deleted: bool = False


def nameless(text: str, *names: str) -> str:
    """Return a text without secrets, addresses, ids and user names. names: further words to take out."""
    plain = _ADDRESS.sub("{address}", redact_text(text))
    for name in sorted(filter(None, names), key=len, reverse=True):
        plain = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", "{name}", plain, flags=re.IGNORECASE)
    return _NAMED.sub("{name}", _ID.sub("{id}", plain))
