"""Places in lists that are ordered by a moment and an id: what `next` says, and `after` takes."""

from datetime import UTC, datetime
from typing import Annotated, NamedTuple, TypeAlias

import msgspec
from msgspec import Meta

from pressroom.core.errors import Refused

After: TypeAlias = Annotated[str, Meta(max_length=120, description="`next` of the page before.")]
Limit: TypeAlias = Annotated[int, Meta(ge=1, le=500, description="The most of a page.")]


class Place(NamedTuple):
    """The last of a page."""

    at: datetime
    id: str

    def __str__(self) -> str:
        return f"{self.at.isoformat()}_{self.id}"


def place_of(after: str) -> Place:
    """Read a place. Raises Refused."""
    moment, _, last_id = after.partition("_")
    try:
        at = msgspec.convert(moment, Annotated[datetime, Meta(tz=True)])
        return Place(at.astimezone(UTC), last_id)
    except (msgspec.ValidationError, OverflowError):
        raise no_place(after) from None


def no_place(after: str) -> Refused:
    """Make the error of a place that no page ended at."""
    return Refused(
        "`after` is no place in this list.",
        rule="after",
        value=after,
        limit="`next` of the page before",
        fix="Leave it out to begin at the first page.",
    )
