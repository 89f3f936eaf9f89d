"""What a picture is to become, as it is told to the process that makes it."""

from dataclasses import dataclass

from pressroom.core.assets import Fit


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """One picture to make. width, height: of the whole; content: of the picture in it, upright."""

    source: str
    output: str
    decoder: str
    orientation: int
    width: int
    height: int
    content_width: int
    content_height: int
    fit: Fit
    max_bytes: int
