"""Files on their way to Instagram: as the user gave them, and as we made them acceptable."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from pathlib import Path
from typing import Final, Literal

from pressroom.core.errors import MediaRefused
from pressroom.core.remedies import Remedy
from pressroom.graph.limits import MediaUse


class Target(StrEnum):
    """How narrow a clip is made: `house` is 720x1280, 30 fps, 90 s; `platform` is all Instagram allows."""

    HOUSE = "house"
    PLATFORM = "platform"


class Fit(StrEnum):
    """What is done when the shape does not fit: bars of the blurred picture, plain bars, cut, or nothing."""

    BLUR = "blur"
    PAD = "pad"
    CROP = "crop"
    KEEP = "keep"


class Action(StrEnum):
    """What the media desk does with a file, from least work to most."""

    AS_IS = "as_is"
    REMUX = "remux"
    AUDIO = "audio"
    FULL = "full"
    REFUSE = "refuse"


MediaType = Literal["image", "video"]
Quality = Literal["normal", "high"]
"""How carefully a clip is encoded: `high` takes about twice the time for the same bytes."""
Progress = Callable[[float], None]
"""Called with the share done, 0.0 to 1.0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edits:
    """Wishes that change what a clip shows. None of them is ever made up.

    start_s, end_s: what is kept, counted from the clip's start; None keeps that end.
    repeat: play a clip that is too short until it is long enough. loudness: bring it to -14 LUFS.
    salvage: use what is left of a clip that is cut off or damaged.
    """

    start_s: float | None = None
    end_s: float | None = None
    repeat: bool = False
    loudness: bool = False
    salvage: bool = False

    @property
    def is_trim(self) -> bool:
        """Whether a part is to be cut out."""
        return self.start_s is not None or self.end_s is not None


NO_EDITS: Final = Edits()


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a file is to become. ratio: width : height of a whole carousel, None keeps each item's own."""

    use: MediaUse
    target: Target
    fit: Fit
    quality: Quality = "normal"
    ratio: Fraction | None = None
    edits: Edits = NO_EDITS


@dataclass(frozen=True, slots=True)
class Seen:
    """What a file shows before anything is made of it.

    ratio: width : height, upright. duration_s: of the part that is kept; None for images.
    """

    media_type: MediaType
    ratio: Fraction
    duration_s: float | None = None


@dataclass(frozen=True, slots=True)
class Asset:
    """One local file or URL as the user gave it. `copy`: where we keep the file, so that it may go."""

    source: str
    copy: str | None = None

    @property
    def is_url(self) -> bool:
        """Whether the source is an http(s) URL rather than a file."""
        return self.source.partition(":")[0].strip().lower() in ("http", "https")

    @property
    def name(self) -> str:
        """What a person calls it: the last part of the source."""
        return self.source.partition("?")[0].rstrip("/").rsplit("/", 1)[-1]

    @property
    def path(self) -> Path:
        """The file: our copy where there is one."""
        return Path(self.copy or self.source).expanduser()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendition:
    """What we made of an asset so that Instagram accepts it; `path` is the input itself when it complied.

    changes: what was done, in words a person understands, one sentence each.
    width, height: pixels as displayed. duration_s: None for images. elapsed_s: time taken to make it.
    """

    path: Path
    media_type: MediaType
    content_type: str
    size_bytes: int
    width: int
    height: int
    duration_s: float | None = None
    action: Action = Action.AS_IS
    changes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    elapsed_s: float = 0.0

    @property
    def is_converted(self) -> bool:
        """Whether a new file was made."""
        return self.action is not Action.AS_IS


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One of Instagram's rules held against a file. `value` and `limit` are worded for people.

    remedies: those that `fix` names.
    is_advice: what is found may be in order all the same; it is no reason to refuse.
    """

    rule: str
    value: str
    limit: str
    is_met: bool
    fix: str = ""
    remedies: tuple[Remedy, ...] = ()
    is_advice: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaReport:
    """What Instagram would say of a file, and what we would do about it.

    reasons: the rules that make a conversion necessary. changes: what it does, worded as done.
    refusal: why it cannot be made acceptable. seen: None for a file that shows nothing.
    """

    path: Path
    media_type: MediaType
    findings: tuple[Finding, ...]
    action: Action
    reasons: tuple[str, ...] = ()
    changes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = field(default=())
    error_code: str | None = None
    refusal: MediaRefused | None = None
    estimate_s: float | None = None
    seen: Seen | None = None
