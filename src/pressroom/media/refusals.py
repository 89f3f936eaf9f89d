"""The refusals of files that more than one module raises: one function for each, with its texts.

`helper_prefix` is None where a file of another format would not help.
"""

from pathlib import Path
from typing import Final

from pressroom.core.assets import MediaType
from pressroom.core.errors import MediaRefused
from pressroom.core.remedies import Fix, Remedy, RemedyKind

# Checked before anything is decoded: a PNG of 437 kB can claim 60000 x 60000 pixels, 11 GB of memory.
MAX_PIXELS = 200_000_000
MAX_FRAME_PIXELS = 40_000_000
_CONVERTIBLE: Final = (
    "MP4, MOV, MKV, WebM, AVI, MPEG, MXF, WMV, FLV, Ogg, GIF; JPEG, PNG, HEIC, AVIF, WebP, TIFF, BMP"
)
_AGAIN: Final = "Copy, download or export it again."
_OR_SALVAGE: Final = Fix.of(
    "Copy, download or export it again, or use what is left of it: {}.", Remedy(RemedyKind.SALVAGE_CLIP)
)


def missing_file(path: Path) -> MediaRefused:
    """Say that there is no file."""
    # A table that was written on Windows; here a backslash is a letter of a name.
    with_slashes = str(path).replace("\\", "/")
    fix = "Check the path." if with_slashes == str(path) else f"Write / for each \\: {with_slashes}."
    return MediaRefused(
        f"{path} does not exist or is not a file.",
        rule="missing_file",
        value=str(path),
        limit="an existing file",
        fix=fix,
        helper_prefix=None,
    )


def unreadable(path: Path) -> MediaRefused:
    """Say that the file may not be read."""
    return MediaRefused(
        f"{path} cannot be read: permission denied.",
        rule="permission",
        value=str(path),
        limit="a readable file",
        fix=f"Allow reading it: chmod u+r {path.name!r}.",
        helper_prefix=None,
    )


def empty(path: Path) -> MediaRefused:
    """Say that the file holds nothing."""
    return MediaRefused(
        f"{path.name} is empty.",
        rule="empty",
        value="0 bytes",
        limit="more than 0 bytes",
        fix="Export or copy the file again.",
        helper_prefix=None,
    )


def not_kept(name: str, directory: Path, error: OSError) -> MediaRefused:
    """Say that no copy of the file could be made. directory: where it was to be."""
    return MediaRefused(
        f"{name} could not be kept: {error.strerror}.",
        rule="keep_file",
        value=error.strerror,
        limit="a readable file, and room for its copy",
        fix=f"Check the file and the space in {directory}.",
        helper_prefix=None,
    )


def not_media(
    path: Path,
    value: str = "neither a picture nor a clip that can be read",
    *,
    fix: str = "Export it as JPEG or MP4, for example.",
) -> MediaRefused:
    """Say that the file is no picture and no clip, whatever its name."""
    return MediaRefused(
        f"{path.name} is {value}.",
        rule="not_media",
        value=value,
        limit=_CONVERTIBLE,
        fix=fix,
    )


def foreign_picture(path: Path, value: str) -> MediaRefused:
    """Say that the file is a picture of another format. value: "a TGA picture"."""
    fix = "Instagram does not read it, and Pressroom does not either: export it as JPEG or PNG."
    return not_media(path, value, fix=fix)


def forbidden_container(path: Path) -> MediaRefused:
    """Say that the file only names other files to open."""
    return MediaRefused(
        f"{path.name} is a playlist or script that points at other files.",
        rule="forbidden_container",
        value="a playlist or script",
        limit=_CONVERTIBLE,
        fix="Give the clip itself.",
    )


def no_video(path: Path) -> MediaRefused:
    """Say that there is only sound."""
    return MediaRefused(
        f"{path.name} holds no picture, only sound or data.",
        rule="no_video",
        value="no picture",
        limit="a video track",
        fix="Add a picture to the sound in an editor, then export it as MP4.",
    )


def truncated(path: Path) -> MediaRefused:
    """Say that the end of a file is missing."""
    return MediaRefused(
        f"{path.name} is cut off: its end is missing.",
        rule="truncated",
        value="cut off",
        limit="a whole file",
        fix=_AGAIN,
    )


def corrupt(path: Path) -> MediaRefused:
    """Say that a file is damaged."""
    return MediaRefused(
        f"{path.name} is damaged: its data contradicts itself.",
        rule="corrupt",
        value="damaged",
        limit="an undamaged file",
        fix=_AGAIN,
    )


def or_salvage(refusal: MediaRefused) -> MediaRefused:
    """Add to the refusal of a clip that is cut off or damaged that the rest of it can be used."""
    return MediaRefused(
        refusal.message, rule=refusal.rule, value=refusal.value, limit=refusal.limit, fix=_OR_SALVAGE
    )


def encrypted(path: Path) -> MediaRefused:
    """Say that only a licensed player can decrypt the clip."""
    return MediaRefused(
        f"{path.name} is protected against copying (DRM): its picture or sound is encrypted.",
        rule="encrypted",
        value="encrypted",
        limit="a clip without protection",
        fix="Export it without protection where it was made; "
        "one that was bought or rented cannot be published.",
    )


def too_many_pixels(
    path: Path, width: int, height: int, limit: int, *, most_px: int | None = None
) -> MediaRefused:
    """Say that the picture is larger than we decode. most_px: the longest side, where that is limited."""
    side = f", {most_px:,} on a side" if most_px else ""
    return MediaRefused(
        f"{path.name} claims {width} x {height} pixels.",
        rule="too_many_pixels",
        value=f"{width} x {height}",
        limit=f"{limit // 1_000_000} megapixels{side}",
        fix="Make it smaller in an editor first.",
    )


def disk_full(directory: Path, needed: int | None = None) -> MediaRefused:
    """Say that the result does not fit on the disk. Retryable: space may be freed."""
    space = f"about {max(1, needed // 1_000_000)} MB" if needed else "more space"
    refusal = MediaRefused(
        f"There is not enough space in {directory} for the converted file.",
        rule="disk_full",
        value="disk full",
        limit=f"{space} free",
        fix="Free some space, or set PRESSROOM_HOME to a directory on another disk.",
        helper_prefix=None,
    )
    refusal.retryable = True
    return refusal


def unwritable(directory: Path) -> MediaRefused:
    """Say that the result cannot be written where it belongs."""
    return MediaRefused(
        f"{directory} cannot be written to.",
        rule="permission",
        value=str(directory),
        limit="a writable directory",
        fix="Allow writing there, or choose another directory.",
        helper_prefix=None,
    )


def too_expensive(path: Path) -> MediaRefused:
    """Say that the conversion took more time or memory than any honest file needs."""
    return _stopped(
        f"Converting {path.name} took more time or memory than allowed, so it was stopped.",
        "20 times its length, 3 GB of memory",
    )


def too_expensive_to_read(path: Path) -> MediaRefused:
    """Say that probing the file took more time or memory than any honest file needs."""
    return _stopped(
        f"Reading {path.name} took more time or memory than any honest file needs, so it was stopped.",
        "20 s of processor time and more for large files, 2.5 GB of memory",
    )


def _stopped(message: str, limit: str) -> MediaRefused:
    return MediaRefused(
        message,
        rule="too_expensive",
        value="stopped",
        limit=limit,
        fix="Make it smaller or simpler in an editor first.",
        helper_prefix=None,
    )


def too_many_scans(path: Path, scans: int, limit: int) -> MediaRefused:
    """Say that a JPEG has so many scans that decoding it takes minutes."""
    return MediaRefused(
        f"{path.name} is a JPEG of {scans:,} scans.",
        rule="too_many_scans",
        value=f"{scans:,} scans",
        limit=f"{limit} scans at its size",
        fix="Save it again as a baseline JPEG in an editor.",
    )


def too_many_frames(path: Path, most: int, width: int, height: int) -> MediaRefused:
    """Say that an animation has more frames than are decoded at its size."""
    frames = f"{most:,} frames of {width} x {height}"
    return MediaRefused(
        f"{path.name} is an animation of more than {frames}.",
        rule="too_many_frames",
        value=f"more than {frames}",
        limit=frames,
        fix="Make it shorter or smaller, or export it as MP4.",
    )


def file_name(name: str) -> MediaRefused:
    """Say that the name is not UTF-8; bytes that cannot be decoded are shown as escapes."""
    escaped = name.encode(errors="backslashreplace").decode()
    return MediaRefused(
        f"The name {escaped} is not UTF-8, and neither JSON nor the store can hold it.",
        rule="file_name",
        value=escaped,
        limit="a name in UTF-8",
        fix="Rename the file, or the folder it is in.",
        helper_prefix=None,
    )


def too_large(path: Path, limit: int) -> MediaRefused:
    """Say that even the converted file is larger than Instagram takes."""
    megabytes = limit // 1_000_000
    return MediaRefused(
        f"{path.name} stays larger than Instagram takes, even converted.",
        rule="too_large",
        value=f"more than {megabytes} MB",
        limit=f"{megabytes} MB",
        fix="Make it shorter or smaller in an editor first.",
    )


def ffmpeg_unfit(message: str, *, is_chosen: bool) -> MediaRefused:
    """Say that the ffmpeg to use is missing or lacks a part. is_chosen: FFMPEG_PATH names it."""
    bundled = "Unset FFMPEG_PATH to use the one that came with Pressroom."
    return MediaRefused(
        f"The ffmpeg to use cannot convert this: {message}",
        rule="ffmpeg_unfit",
        value=message,
        limit="an ffmpeg with libx264 and zscale",
        fix=bundled if is_chosen else "Install ffmpeg and set FFMPEG_PATH to it.",
        helper_prefix=None,
    )


def is_url(source: str) -> MediaRefused:
    """Say that only files are converted."""
    return MediaRefused(
        f"{source} is an address, and only files on this machine are converted.",
        rule="is_url",
        value=source,
        limit="a file",
        fix="Download it first.",
        helper_prefix=None,
    )


def no_frame(path: Path, at_s: float, length_s: float) -> MediaRefused:
    """Say that nothing is shown at a time."""
    return MediaRefused(
        f"{path.name} shows nothing at {at_s:g} s.",
        rule="no_frame",
        value=f"{at_s:g} s",
        limit=f"0 to {length_s:.2f} s",
        fix="Choose a time inside the clip.",
        helper_prefix=None,
    )


def output_is_input(path: Path) -> MediaRefused:
    """Say that the file would be written over itself."""
    return MediaRefused(
        f"{path} is the input itself.",
        rule="output_is_input",
        value=str(path),
        limit="another file",
        fix="Choose another output.",
        helper_prefix=None,
    )


def output_exists(path: Path) -> MediaRefused:
    """Say that something is where the file should go."""
    return MediaRefused(
        f"{path} is there already.",
        rule="output_exists",
        value=str(path),
        limit="a new file",
        fix=Fix.of("Choose another output, or replace it with {}.", Remedy(RemedyKind.OVERWRITE_FILE)),
        helper_prefix=None,
    )


def output_kind(path: Path, media_type: MediaType) -> MediaRefused:
    """Say that the output's name promises another kind of file than is made."""
    is_clip = media_type == "video"
    named, result = ("picture", "clip") if is_clip else ("clip", "picture")
    frame = " For a picture take one frame as a cover, or a GIF's first one as a photo." if is_clip else ""
    return MediaRefused(
        f"{path} is named as a {named}, and a {result} is made.",
        rule="output_kind",
        value=str(path),
        limit=f"a name that ends in {'.mp4' if is_clip else '.jpg'}",
        fix=f"Choose such a name.{frame}",
        helper_prefix=None,
    )
