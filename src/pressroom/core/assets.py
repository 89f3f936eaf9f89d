"""Files for Instagram: as the user gave them, and as converted to be accepted."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from pathlib import Path
from typing import Final, Literal, Protocol

from pressroom.core.errors import MediaRefused
from pressroom.core.remedies import Remedy
from pressroom.graph.limits import MediaUse


class Target(StrEnum):
    """The limits a clip is converted to: `house` is 720x1280, 30 fps, 90 s; `platform` is Instagram's own."""

    HOUSE = "house"
    PLATFORM = "platform"


class Fit(StrEnum):
    """How a wrong aspect ratio is fixed: bars of the blurred picture, plain bars, a crop, or not at all."""

    BLUR = "blur"
    PAD = "pad"
    CROP = "crop"
    KEEP = "keep"


# In the order in which the desk tries them: every encode costs quality and minutes, and Instagram encodes
# once more itself (docs/decisions/0016).
class Action(StrEnum):
    """What the media desk does with a file, from least work to most."""

    AS_IS = "as_is"
    REMUX = "remux"
    AUDIO = "audio"
    FULL = "full"
    REFUSE = "refuse"


class PictureUse(StrEnum):
    """What a small picture of a post is for, which decides its size: a calendar, a list, a page."""

    CHIP = "chip"
    CARD = "card"
    PAGE = "page"

    @property
    def most_px(self) -> int:
        """The length of its longer side, at most."""
        return {"chip": 96, "card": 320, "page": 1080}[self]


MediaType = Literal["image", "video"]
Quality = Literal["normal", "high"]
"""The effort of encoding a clip: `high` takes about twice the time for the same size."""
Progress = Callable[[float], None]
"""Called with the fraction done, 0.0 to 1.0."""


# Nothing is edited unasked: a file that would need a guess is refused, and the refusal names the option that
# permits the edit (docs/decisions/0016).
@dataclass(frozen=True, slots=True, kw_only=True)
class Edits:
    """Edits that change what a clip shows; made only when the user asks for them.

    start_s, end_s: the part to keep, from the clip's start; None keeps that end.
    repeat: loop a clip that is too short. loudness: normalise to -14 LUFS.
    salvage: use what is readable of a truncated or damaged clip.
    """

    start_s: float | None = None
    end_s: float | None = None
    repeat: bool = False
    loudness: bool = False
    salvage: bool = False

    @property
    def is_trim(self) -> bool:
        """Whether only a part is kept."""
        return self.start_s is not None or self.end_s is not None


NO_EDITS: Final = Edits()


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a file is converted to.

    fit: None chooses by file and target: a clip keeps its shape on the platform target, all else is blurred.
    ratio: width : height of a whole carousel; None keeps each item's own.
    """

    use: MediaUse
    target: Target
    # A clip keeps its shape because Instagram shows bars itself; ours would cost an encode, for looks alone.
    fit: Fit | None = None
    quality: Quality = "normal"
    ratio: Fraction | None = None
    edits: Edits = NO_EDITS


@dataclass(frozen=True, slots=True)
class Seen:
    """What a file shows before conversion.

    ratio: width : height after rotation. duration_s: of the part that is kept; None for images.
    """

    media_type: MediaType
    ratio: Fraction
    duration_s: float | None = None


LARGEST_SOURCE_BYTES: Final = 4_000_000_000
"""The most that is read of what is no file of this machine: of a URL, an object, an open file."""


class ReadsBytes(Protocol):
    """A binary file that is open, as `open(path, "rb")` and the upload of a web framework are."""

    def read(self, size: int, /) -> bytes:
        """Return the next bytes, `size` at most; none at the end."""
        ...


@dataclass(frozen=True, slots=True)
class Asset:
    """One local file, URL or `s3://BUCKET/KEY` as the user gave it.

    copy: our own copy, which outlives the source.
    """

    source: str
    copy: str | None = None

    @property
    def is_url(self) -> bool:
        """Whether the source is an http(s) URL rather than a file."""
        # Not urlsplit: it raises ValueError for some malformed addresses, which are refused by name later.
        return self.source.partition(":")[0].strip().lower() in ("http", "https")

    @property
    def is_object(self) -> bool:
        """Whether the source is an object of a store that speaks S3, of which a copy is made and sent."""
        return self.source.partition(":")[0].strip().lower() == "s3"

    @property
    def name(self) -> str:
        """The name for people: the last part of the source."""
        return self.source.partition("?")[0].rstrip("/").rsplit("/", 1)[-1]

    @property
    def path(self) -> Path:
        """The file to read: our copy if there is one."""
        return Path(self.copy or self.source).expanduser()


@dataclass(frozen=True, slots=True)
class AssetBytes(Asset):
    """Bytes, or an open binary file, in place of one with a path; source: what people are shown as its name.

    A file that can seek is read from its beginning, any other from where it stands. It is read once, when the
    post is published, planned or checked; what is stored and sent is a copy.
    """

    content: bytes | ReadsBytes = field(default=b"", repr=False)

    # A name may read as an address, and that of an upload is a stranger's: it leads nowhere.
    @property
    def is_url(self) -> bool:
        """Whether the source is a URL: a name never is."""
        return False

    @property
    def is_object(self) -> bool:
        """Whether the source is an object of a store: a name never is."""
        return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendition:
    """An asset converted so that Instagram accepts it; `path` is the input itself when it complied.

    changes: what was done, one sentence each, for people.
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
    """The result of checking a file against one rule of Instagram. `value` and `limit` are for people.

    remedies: those that `fix` names. is_advice: a violation is no reason to refuse the file.
    """

    rule: str
    value: str
    limit: str
    is_met: bool
    fix: str = ""
    remedies: tuple[Remedy, ...] = ()
    is_advice: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FitCost:
    """What one way to fit a clip costs.

    width, height: pixels of the result, upright. size_bytes: of a copy; of an encode the most it can have.
    estimate_s: None when nothing is done.
    """

    fit: Fit
    action: Action
    width: int
    height: int
    size_bytes: int
    estimate_s: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaReport:
    """A file checked against Instagram's rules, and what a conversion would do.

    reasons: the rules that make a conversion necessary. changes: what it does, in the past tense.
    media_type: None for what is neither picture nor clip. refusal: why the file cannot be converted.
    seen: None for a file that cannot be decoded.
    fits: what each one costs, of a clip that comes out differently by it.
    """

    path: Path
    media_type: MediaType | None
    findings: tuple[Finding, ...]
    action: Action
    reasons: tuple[str, ...] = ()
    changes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = field(default=())
    error_code: str | None = None
    refusal: MediaRefused | None = None
    estimate_s: float | None = None
    seen: Seen | None = None
    fits: tuple[FitCost, ...] = ()
