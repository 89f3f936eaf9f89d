"""The job of converting one picture, as it is passed to the child process."""

from dataclasses import dataclass

from pressroom.core.assets import Fit


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """One picture to convert. width, height: of the output; content: of the picture in it, upright.

    aperture: of StillFacts.
    """

    source: str
    output: str
    decoder: str
    orientation: int
    aperture: tuple[int, int, int, int] | None = None
    width: int
    height: int
    content_width: int
    content_height: int
    fit: Fit
    max_bytes: int
