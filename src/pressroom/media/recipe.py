"""The job of converting one picture, as it is passed to the child process."""

from dataclasses import dataclass

from pressroom.core.assets import Fit


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """One picture to convert. width, height: of the output; content: of the picture in it, upright."""

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
