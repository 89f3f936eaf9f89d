"""The refusals of files, and their texts, that more than one module raises."""

from pathlib import Path
from typing import Final, NamedTuple

from pressroom.core.assets import MediaType
from pressroom.core.errors import MediaRefused
from pressroom.core.remedies import Fix, Remedy, RemedyKind
from pressroom.graph.error_table import HelperPrefix

# Checked before anything is decoded: a PNG of 437 kB can claim 60000 x 60000 pixels, 11 GB of memory.
MAX_PIXELS = 200_000_000
MAX_FRAME_PIXELS = 40_000_000
_CONVERTIBLE = (
    "MP4, MOV, MKV, WebM, AVI, MPEG, MXF, WMV, FLV, Ogg, GIF; JPEG, PNG, HEIC, AVIF, WebP, TIFF, BMP"
)


class _Words(NamedTuple):
    """Templates of an error's texts. is_of_format: whether a file of another format would help."""

    rule: str
    message: str
    value: str
    limit: str
    fix: str | Fix
    is_of_format: bool = True


_AGAIN: Final = "Copy, download or export it again."
_OR_SALVAGE: Final = Fix.of(
    "Copy, download or export it again, or use what is left of it: {}.", Remedy(RemedyKind.SALVAGE_CLIP)
)
_MISSING: Final = _Words(
    "missing_file",
    "{path} does not exist or is not a file.",
    "{path}",
    "an existing file",
    "Check the path.",
    is_of_format=False,
)
_UNREADABLE: Final = _Words(
    "permission",
    "{path} cannot be read: permission denied.",
    "{path}",
    "a readable file",
    "Allow reading it: chmod u+r {name!r}.",
    is_of_format=False,
)
_UNWRITABLE: Final = _Words(
    "permission",
    "{path} cannot be written to.",
    "{path}",
    "a writable directory",
    "Allow writing there, or choose another directory.",
    is_of_format=False,
)
_EMPTY: Final = _Words(
    "empty",
    "{name} is empty.",
    "0 bytes",
    "more than 0 bytes",
    "Export or copy the file again.",
    is_of_format=False,
)
_NOT_MEDIA: Final = _Words(
    "not_media",
    "{name} is {value}.",
    "{value}",
    _CONVERTIBLE,
    "Export it as JPEG or MP4, for example.",
)
_SCRIPT: Final = _Words(
    "forbidden_container",
    "{name} is a playlist or script that points at other files.",
    "a playlist or script",
    _CONVERTIBLE,
    "Give the clip itself.",
)
_NO_VIDEO: Final = _Words(
    "no_video",
    "{name} holds no picture, only sound or data.",
    "no picture",
    "a video track",
    "Add a picture to the sound in an editor, then export it as MP4.",
)
_TRUNCATED: Final = _Words(
    "truncated", "{name} is cut off: its end is missing.", "cut off", "a whole file", _AGAIN
)
_CORRUPT: Final = _Words(
    "corrupt", "{name} is damaged: its data contradicts itself.", "damaged", "an undamaged file", _AGAIN
)
_ENCRYPTED: Final = _Words(
    "encrypted",
    "{name} is protected against copying (DRM): its picture or sound is encrypted.",
    "encrypted",
    "a clip without protection",
    "Export it without protection where it was made; one that was bought or rented cannot be published.",
)
_PIXELS: Final = _Words(
    "too_many_pixels",
    "{name} claims {value} pixels.",
    "{value}",
    "{limit} megapixels",
    "Make it smaller in an editor first.",
)
_DISK_FULL: Final = _Words(
    "disk_full",
    "There is not enough space in {path} for the converted file.",
    "disk full",
    "{limit} free",
    "Free some space, or set PRESSROOM_HOME to a directory on another disk.",
    is_of_format=False,
)
_EXPENSIVE: Final = _Words(
    "too_expensive",
    "Converting {name} took more time or memory than allowed, so it was stopped.",
    "stopped",
    "20 times its length, 3 GB of memory",
    "Make it smaller or simpler in an editor first.",
    is_of_format=False,
)
_EXPENSIVE_TO_READ: Final = _EXPENSIVE._replace(
    message="Reading {name} took more time or memory than any honest file needs, so it was stopped.",
    limit="20 s of processor time and more for large files, 2.5 GB of memory",
)
_SCANS: Final = _Words(
    "too_many_scans",
    "{name} is a JPEG of {value} scans.",
    "{value} scans",
    "{limit} scans at its size",
    "Save it again as a baseline JPEG in an editor.",
)
_FRAMES: Final = _Words(
    "too_many_frames",
    "{name} is an animation of {value}.",
    "{value}",
    "{limit}",
    "Make it shorter or smaller, or export it as MP4.",
)
_NAME: Final = _Words(
    "file_name",
    "The name {value} is not UTF-8, and neither JSON nor the store can hold it.",
    "{value}",
    "a name in UTF-8",
    "Rename the file, or the folder it is in.",
    is_of_format=False,
)
_TOO_LARGE: Final = _Words(
    "too_large",
    "{name} stays larger than Instagram takes, even converted.",
    "more than {limit} MB",
    "{limit} MB",
    Fix.of(
        "Make it shorter, or use {}, which is smaller.", Remedy(RemedyKind.SET_TARGET, {"target": "house"})
    ),
)
_FFMPEG: Final = _Words(
    "ffmpeg_unfit",
    "The ffmpeg to use cannot convert this: {value}",
    "{value}",
    "an ffmpeg with libx264 and zscale",
    "Unset FFMPEG_PATH to use the one that came with Pressroom.",
    is_of_format=False,
)
_URL: Final = _Words(
    "is_url",
    "{value} is an address, and only files on this machine are converted.",
    "{value}",
    "a file",
    "Download it first.",
    is_of_format=False,
)
_NO_FRAME: Final = _Words(
    "no_frame",
    "{name} shows nothing at {value} s.",
    "{value} s",
    "0 to {limit} s",
    "Choose a time inside the clip.",
    is_of_format=False,
)
_IS_INPUT: Final = _Words(
    "output_is_input",
    "{path} is the input itself.",
    "{path}",
    "another file",
    "Choose another output.",
    is_of_format=False,
)
_EXISTS: Final = _Words(
    "output_exists",
    "{path} is there already.",
    "{path}",
    "a new file",
    Fix.of("Choose another output, or replace it with {}.", Remedy(RemedyKind.OVERWRITE_FILE)),
    is_of_format=False,
)


_CLIP_NAMED_PICTURE: Final = _Words(
    "output_kind",
    "{path} is named as a picture, and a clip is made.",
    "{path}",
    "a name that ends in .mp4",
    "Choose such a name. For a picture take one frame as a cover, or a GIF's first one as a photo.",
    is_of_format=False,
)
_PICTURE_NAMED_CLIP: Final = _Words(
    "output_kind",
    "{path} is named as a clip, and a picture is made.",
    "{path}",
    "a name that ends in .jpg",
    "Choose such a name.",
    is_of_format=False,
)


def _refused(
    words: _Words, path: Path | None = None, *, value: object = "", limit: object = ""
) -> MediaRefused:
    names = {"path": path, "name": path.name if path else "", "value": value, "limit": limit}
    return MediaRefused(
        words.message.format_map(names),
        rule=words.rule,
        value=words.value.format_map(names),
        limit=words.limit.format_map(names),
        fix=words.fix if isinstance(words.fix, Fix) else words.fix.format_map(names),
        helper_prefix=HelperPrefix.MEDIA_TYPE if words.is_of_format else None,
    )


def missing_file(path: Path) -> MediaRefused:
    """Say that there is no file."""
    return _refused(_MISSING, path)


def unreadable(path: Path) -> MediaRefused:
    """Say that the file may not be read."""
    return _refused(_UNREADABLE, path)


def empty(path: Path) -> MediaRefused:
    """Say that the file holds nothing."""
    return _refused(_EMPTY, path)


def not_media(path: Path, value: str = "neither a picture nor a clip that can be read") -> MediaRefused:
    """Say that the file is no picture and no clip, whatever its name."""
    return _refused(_NOT_MEDIA, path, value=value)


def forbidden_container(path: Path) -> MediaRefused:
    """Say that the file only names other files to open."""
    return _refused(_SCRIPT, path)


def no_video(path: Path) -> MediaRefused:
    """Say that there is only sound."""
    return _refused(_NO_VIDEO, path)


def truncated(path: Path) -> MediaRefused:
    """Say that a picture's end is missing."""
    return _refused(_TRUNCATED, path)


def truncated_clip(path: Path) -> MediaRefused:
    """Say that a clip's end is missing."""
    return _refused(_TRUNCATED._replace(fix=_OR_SALVAGE), path)


def corrupt(path: Path) -> MediaRefused:
    """Say that a picture is damaged."""
    return _refused(_CORRUPT, path)


def corrupt_clip(path: Path) -> MediaRefused:
    """Say that a clip is damaged."""
    return _refused(_CORRUPT._replace(fix=_OR_SALVAGE), path)


def encrypted(path: Path) -> MediaRefused:
    """Say that only a licensed player can decrypt the clip."""
    return _refused(_ENCRYPTED, path)


def too_many_pixels(path: Path, width: int, height: int, limit: int) -> MediaRefused:
    """Say that the picture is larger than we decode."""
    return _refused(_PIXELS, path, value=f"{width} x {height}", limit=limit // 1_000_000)


def disk_full(directory: Path, needed: int | None = None) -> MediaRefused:
    """Say that the result does not fit on the disk. Retryable: space may be freed."""
    need = f"about {max(1, needed // 1_000_000)} MB" if needed else "more space"
    refusal = _refused(_DISK_FULL, directory, limit=need)
    refusal.retryable = True
    return refusal


def unwritable(directory: Path) -> MediaRefused:
    """Say that the result cannot be written where it belongs."""
    return _refused(_UNWRITABLE, directory)


def too_expensive(path: Path) -> MediaRefused:
    """Say that the conversion took more time or memory than any honest file needs."""
    return _refused(_EXPENSIVE, path)


def too_expensive_to_read(path: Path) -> MediaRefused:
    """Say that probing the file took more time or memory than any honest file needs."""
    return _refused(_EXPENSIVE_TO_READ, path)


def too_many_scans(path: Path, scans: int, limit: int) -> MediaRefused:
    """Say that a JPEG has so many scans that decoding it takes minutes."""
    return _refused(_SCANS, path, value=f"{scans:,}", limit=limit)


def too_many_frames(path: Path, most: int, width: int, height: int) -> MediaRefused:
    """Say that an animation has more frames than are decoded at its size."""
    size = f"frames of {width} x {height}"
    return _refused(_FRAMES, path, value=f"more than {most:,} {size}", limit=f"{most:,} {size}")


def file_name(name: str) -> MediaRefused:
    """Say that the name is not UTF-8; bytes that cannot be decoded are shown as escapes."""
    return _refused(_NAME, value=name.encode(errors="backslashreplace").decode())


def too_large(path: Path, limit: int) -> MediaRefused:
    """Say that even the converted file is larger than Instagram takes."""
    return _refused(_TOO_LARGE, path, limit=limit // 1_000_000)


def ffmpeg_unfit(message: str) -> MediaRefused:
    """Say that the ffmpeg to use is missing or lacks a part."""
    return _refused(_FFMPEG, value=message)


def is_url(source: str) -> MediaRefused:
    """Say that only files are converted."""
    return _refused(_URL, value=source)


def no_frame(path: Path, at_s: float, length_s: float) -> MediaRefused:
    """Say that nothing is shown at a time."""
    return _refused(_NO_FRAME, path, value=f"{at_s:g}", limit=f"{length_s:.2f}")


def output_is_input(path: Path) -> MediaRefused:
    """Say that the file would be written over itself."""
    return _refused(_IS_INPUT, path)


def output_exists(path: Path) -> MediaRefused:
    """Say that something is where the file should go."""
    return _refused(_EXISTS, path)


def output_kind(path: Path, made: MediaType) -> MediaRefused:
    """Say that the output's name promises another kind of file than is made."""
    return _refused(_CLIP_NAMED_PICTURE if made == "video" else _PICTURE_NAMED_CLIP, path)
