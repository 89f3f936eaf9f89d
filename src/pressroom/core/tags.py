"""User tags as people write them: `NAME`, or `NAME:X,Y` with a position from the top left, 0.0 to 1.0."""

from pressroom.graph.calls import UserTag


def parse_tag(text: str) -> UserTag:
    """Parse a tag. Raises ValueError, saying why, for an empty name or an incomplete position."""
    name, colon, place = text.partition(":")
    if not name.strip("@ "):
        raise ValueError(f"{text!r} names nobody.")
    if not colon:
        return UserTag(name)
    try:
        x, y = (float(number) for number in place.split(","))
    except ValueError:
        raise ValueError(f"{text!r}: after the name come X,Y such as 0.5,0.5.") from None
    return UserTag(name, x, y)


def spell_tag(tag: UserTag) -> str:
    """Write a tag as `parse_tag` reads it."""
    # repr, since it is the shortest text that reads back as the same number.
    return tag.username if tag.x is None or tag.y is None else f"{tag.username}:{tag.x!r},{tag.y!r}"
