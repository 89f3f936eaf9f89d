"""Texts of the refusals that more than one step raises."""

from pathlib import Path

from pressroom.core.errors import MediaRefused

MAX_PIXELS = 120_000_000
MAX_FRAME_PIXELS = 40_000_000
_CONVERTIBLE = "MP4, MOV, MKV, WebM, AVI, MPEG, GIF; JPEG, PNG, HEIC, AVIF, WebP, TIFF, BMP"


def missing_file(path: Path) -> MediaRefused:
    """Say that there is no file."""
    return MediaRefused(
        f"{path} does not exist or is not a file.",
        rule="missing_file",
        value=str(path),
        limit="an existing file",
        fix="Check the path.",
        seed_name=None,
    )


def unreadable(path: Path) -> MediaRefused:
    """Say that the file may not be read."""
    return MediaRefused(
        f"{path} cannot be read: permission denied.",
        rule="permission",
        value=str(path),
        limit="a readable file",
        fix=f"Allow reading it: chmod u+r {path.name!r}.",
        seed_name=None,
    )


def empty(path: Path) -> MediaRefused:
    """Say that the file holds nothing."""
    return MediaRefused(
        f"{path.name} is empty.",
        rule="empty",
        value="0 bytes",
        limit="more than 0 bytes",
        fix="Export or copy the file again.",
        seed_name=None,
    )


def not_media(path: Path, value: str = "neither a picture nor a clip") -> MediaRefused:
    """Say that the file is no picture and no clip, whatever its name."""
    return MediaRefused(
        f"{path.name} is {value}.",
        rule="not_media",
        value=value,
        limit=_CONVERTIBLE,
        fix="Give a picture or a clip in one of these formats.",
    )


def forbidden_container(path: Path) -> MediaRefused:
    """Say that the file only points at others."""
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
    """Say that the end is missing."""
    return MediaRefused(
        f"{path.name} is cut off: its end is missing.",
        rule="truncated",
        value="cut off",
        limit="a whole file",
        fix="Copy, download or export it again.",
    )


def corrupt(path: Path) -> MediaRefused:
    """Say that the content is damaged."""
    return MediaRefused(
        f"{path.name} is damaged: its data contradicts itself.",
        rule="corrupt",
        value="damaged",
        limit="an undamaged file",
        fix="Copy, download or export it again.",
    )


def too_many_pixels(path: Path, width: int, height: int, limit: int) -> MediaRefused:
    """Say that the picture is larger than we decode."""
    return MediaRefused(
        f"{path.name} claims {width} x {height} pixels.",
        rule="too_many_pixels",
        value=f"{width} x {height}",
        limit=f"{limit // 1_000_000} megapixels",
        fix="Make it smaller in an editor first.",
    )


def disk_full(directory: Path, needed: int | None = None) -> MediaRefused:
    """Say that the result does not fit on the disk."""
    need = f"about {max(1, needed // 1_000_000)} MB" if needed else "more space"
    return MediaRefused(
        f"There is not enough space in {directory} for the converted file.",
        rule="disk_full",
        value="disk full",
        limit=f"{need} free",
        fix="Free some space, or set PRESSROOM_HOME to a directory on another disk.",
        seed_name=None,
    )


def unwritable(directory: Path) -> MediaRefused:
    """Say that the result cannot be written where it belongs."""
    return MediaRefused(
        f"{directory} cannot be written to.",
        rule="permission",
        value=str(directory),
        limit="a writable directory",
        fix="Allow writing there, or choose another directory.",
        seed_name=None,
    )


def too_expensive(path: Path) -> MediaRefused:
    """Say that the conversion took more time or memory than any honest file needs."""
    return MediaRefused(
        f"Converting {path.name} took more time or memory than allowed, so it was stopped.",
        rule="too_expensive",
        value="stopped",
        limit="20 times its length, 3 GB of memory",
        fix="Make it smaller or simpler in an editor first.",
        seed_name=None,
    )


def too_large(path: Path, limit: int) -> MediaRefused:
    """Say that even the converted file is larger than Instagram takes."""
    return MediaRefused(
        f"{path.name} stays larger than Instagram takes, even converted.",
        rule="too_large",
        value=f"more than {limit // 1_000_000} MB",
        limit=f"{limit // 1_000_000} MB",
        fix="Make it shorter, or use `--target house`, which is smaller.",
    )


def ffmpeg_unfit(message: str) -> MediaRefused:
    """Say that the ffmpeg to use is missing or lacks something."""
    return MediaRefused(
        f"The ffmpeg to use cannot convert this: {message}",
        rule="ffmpeg_unfit",
        value=message,
        limit="an ffmpeg with libx264 and zscale",
        fix="Unset FFMPEG_PATH to use the one that came with Pressroom.",
        seed_name=None,
    )


def is_url(source: str) -> MediaRefused:
    """Say that only files are converted."""
    return MediaRefused(
        f"{source} is an address, and only files on this machine are converted.",
        rule="is_url",
        value=source,
        limit="a file",
        fix="Download it first.",
        seed_name=None,
    )


def no_frame(path: Path, at_s: float, length_s: float) -> MediaRefused:
    """Say that nothing is shown at a time."""
    return MediaRefused(
        f"{path.name} shows nothing at {at_s:g} s.",
        rule="no_frame",
        value=f"{at_s:g} s",
        limit=f"0 to {length_s:.2f} s",
        fix="Choose a time inside the clip.",
        seed_name=None,
    )
