"""A table to start from, with two rows of example."""

from datetime import datetime, timedelta
from typing import Final

from pressroom.core.post import PostState
from pressroom.service.tables.columns import COLUMNS, TOLD, Row
from pressroom.service.tables.reading import Format
from pressroom.service.tables.writing import Writer

_COLUMNS: Final = tuple(name for name in COLUMNS if name not in ("post_id", "copies", "etag", *TOLD))
_EVENING: Final = 18


def template(format: Format, *, now: datetime, zone: str, bom: bool = False) -> bytes:  # noqa: A002  # its word
    """Return the bytes of a table with two posts, due in a week, whose import in a dry run is green.

    They are drafts, so that a template that is imported by mistake sends nothing.
    """
    day = now + timedelta(days=7)
    evening = f"{day:%Y-%m-%d} {_EVENING}:00"
    later = f"{day + timedelta(days=2):%Y-%m-%d} {_EVENING}:00"
    photo = Row(
        kind="photo",
        sources=("https://example.com/cat.jpg",),
        at=evening,
        timezone=zone,
        state=PostState.DRAFT,
        caption="A cat.\nAnd a second line.",
        alt_texts=("A cat on a chair",),
    )
    carousel = Row(
        kind="carousel",
        sources=("https://example.com/one.jpg", "https://example.com/two.jpg"),
        at=later,
        timezone=zone,
        state=PostState.DRAFT,
        caption="Two of a kind",
        alt_texts=("The first", "The second"),
        user_tags=("ben:0.5,0.5",),
        collaborators=("carla",),
    )
    return Writer(format=format, bom=bom, columns=_COLUMNS).bytes_of([photo, carousel])
