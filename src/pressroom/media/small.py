"""Makes small JPEGs of a picture or clip, for what shows many posts: decoding happens in other processes."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from pressroom.media.convert import take_frame
from pressroom.media.examine import examine, make_small
from pressroom.media.files import open_directory, part_of
from pressroom.media.looks import Looks

# Many clips begin with black.
_EARLY_S: Final = (0.0, 1.0, 3.0)


async def small_pictures(
    path: Path,
    most_px: Sequence[int],
    *,
    looks: Looks,
    directory: Path,
    at_s: float | None = None,
    ffmpeg_path: Path | None = None,
    salvage: bool = False,
) -> tuple[bytes, ...]:
    """Make a JPEG for each length of the longer side: upright, in sRGB, without metadata, never enlarged.

    directory: where a clip's frame is meanwhile. at_s: of a clip the frame at that second; None for an early
    one that is not black. ffmpeg_path: None for the bundled one. salvage: as of `examine`.
    Raises MediaRefused for what cannot be decoded, is too expensive or has no such frame, and PressroomError.
    """
    facts = await looks.at(path, salvage=salvage)
    if facts.still:
        return (await make_small(path, facts.still, most_px)).jpegs
    moments = _EARLY_S if at_s is None else (at_s,)
    open_directory(directory)
    jpegs: tuple[bytes, ...] = ()
    for moment in moments:
        if jpegs and moment >= facts.picture_s:
            break
        with part_of(directory / "frame.png") as frame:
            await take_frame(facts, moment, frame, ffmpeg_path, most_px=max(most_px))
            still = (await examine(frame)).still
            assert still
            small = await make_small(frame, still, most_px)
        jpegs = jpegs or small.jpegs
        if not small.is_dark:
            return small.jpegs
    return jpegs
