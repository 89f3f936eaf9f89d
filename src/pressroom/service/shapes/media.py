"""Shapes of files that were checked and converted, of published media, and of their deletion."""

from collections.abc import Iterable
from pathlib import Path
from typing import Self

import msgspec

from pressroom.core.assets import Action, Finding, Fit, FitCost, MediaReport, MediaType, Rendition
from pressroom.core.deletion import Deletion, DeletionState
from pressroom.core.errors import ErrorShape, PressroomError
from pressroom.core.uploads import Upload
from pressroom.graph.answers import Media
from pressroom.graph.limits import MB
from pressroom.graph.reels import Audio
from pressroom.service.ground.shaping import InUtc, Shape, shape_of
from pressroom.service.posts.published import kind_of


class RuleCheckShape(Shape[Finding], frozen=True, kw_only=True):
    """The check of one of Instagram's rules; value and limit are texts. fix: what is done about it."""

    rule: str
    value: str
    limit: str
    is_met: bool
    fix: str


class FitCostShape(Shape[FitCost], frozen=True, kw_only=True):
    """What one `--fit` costs. file_size_mb: of an encode the most. estimate_s: null where nothing is done."""

    fit: Fit
    action: Action
    width: int
    height: int
    file_size_mb: float
    estimate_s: float | None

    @classmethod
    def of(cls, cost: FitCost) -> Self:
        """Build the shape of a cost."""
        return shape_of(
            cls, cost, file_size_mb=round(cost.size_bytes / MB, 2), estimate_s=_rounded(cost.estimate_s)
        )


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 1)


class ReportShape(msgspec.Struct, frozen=True, kw_only=True):
    """Whether Instagram would take a file, and what would be done to it.

    path: the whole path, or an address without its query. media_type: null for what is neither picture nor
    clip. error_code: where it is refused. estimate_s: how
    long a conversion takes, in seconds. reasons: the rules that make it necessary. changes: what it does.
    fits: of a clip that comes out differently by `--fit`, what each costs.
    """

    path: str
    media_type: MediaType | None
    action: Action
    error_code: str | None
    estimate_s: float | None
    reasons: tuple[str, ...]
    changes: tuple[str, ...]
    warnings: tuple[str, ...]
    findings: tuple[RuleCheckShape, ...]
    fits: tuple[FitCostShape, ...]

    @classmethod
    def of(cls, report: MediaReport, name: str) -> Self:
        """Build the shape of a report. name: the whole path, or the address without its query."""
        return shape_of(cls, report, path=name, estimate_s=_rounded(report.estimate_s))


class ConvertedShape(msgspec.Struct, frozen=True, kw_only=True):
    """A file that Instagram accepts.

    converted: false for one that complied. file_size_mb: in millions of bytes. reasons: the rules that the
    input broke. changes: what was done. duration: in seconds, null for a picture. elapsed: seconds it took.
    """

    success: bool
    output_path: str
    converted: bool
    file_size_mb: float
    action: Action
    reasons: tuple[str, ...]
    changes: tuple[str, ...]
    warnings: tuple[str, ...]
    duration: float | None
    elapsed: float

    @classmethod
    def of(cls, rendition: Rendition, reasons: tuple[str, ...]) -> Self:
        """Build the shape of a rendition. reasons: the rules that the input broke."""
        duration_s = rendition.duration_s
        return shape_of(
            cls,
            rendition,
            success=True,
            output_path=rendition.path.absolute(),
            converted=rendition.is_converted,
            file_size_mb=round(rendition.size_bytes / MB, 2),
            reasons=reasons,
            duration=None if duration_s is None else round(duration_s, 3),
            elapsed=round(rendition.elapsed_s, 2),
        )


class FileShape(msgspec.Struct, frozen=True, kw_only=True):
    """One file of several: the fields of a converted file on success, else only its error."""

    # Fields of the other outcome are left out of the JSON, not null: a converted file has no `error` at all.

    path: str
    success: bool
    output_path: str | msgspec.UnsetType = msgspec.UNSET
    converted: bool | msgspec.UnsetType = msgspec.UNSET
    file_size_mb: float | msgspec.UnsetType = msgspec.UNSET
    action: Action | msgspec.UnsetType = msgspec.UNSET
    reasons: tuple[str, ...] | msgspec.UnsetType = msgspec.UNSET
    changes: tuple[str, ...] | msgspec.UnsetType = msgspec.UNSET
    warnings: tuple[str, ...] | msgspec.UnsetType = msgspec.UNSET
    duration: float | msgspec.UnsetType | None = msgspec.UNSET
    elapsed: float | msgspec.UnsetType = msgspec.UNSET
    error: ErrorShape | msgspec.UnsetType = msgspec.UNSET

    @classmethod
    def of(cls, path: Path, done: ConvertedShape) -> "FileShape":
        """Build the shape of a converted file."""
        return cls(path=str(path.absolute()), **msgspec.structs.asdict(done))

    @classmethod
    def refused(cls, path: Path, error: PressroomError) -> "FileShape":
        """Build the shape of a refused file."""
        return cls(path=str(path.absolute()), success=False, error=error.shape())


class FilesShape(msgspec.Struct, frozen=True, kw_only=True):
    """Several files, and how many were converted, complied unchanged, were converted before, were refused.

    ignored: what else is in the folders, which is neither picture nor clip, or a folder.
    """

    files: tuple[FileShape, ...]
    converted: int
    complied: int
    skipped: int
    refused: int
    ignored: tuple[str, ...]

    @classmethod
    def of(cls, files: tuple[FileShape, ...], *, skipped: int, ignored: Iterable[Path]) -> "FilesShape":
        """Count them. skipped: those that were made before."""
        converted = sum(file.converted is True for file in files)
        refused = sum(not file.success for file in files)
        complied = len(files) - converted - refused
        return cls(
            files=files,
            converted=converted,
            complied=complied,
            skipped=skipped,
            refused=refused,
            ignored=tuple(str(path.absolute()) for path in ignored),
        )


class MediaShape(Shape[Media], frozen=True, kw_only=True):
    """A published media. timestamp: as Instagram spells it."""

    id: str
    kind: str
    caption: str | None
    permalink: str | None
    timestamp: str | None

    @classmethod
    def of(cls, media: Media) -> Self:
        """Build the shape of a media."""
        return shape_of(cls, media, kind=kind_of(media))


class AudioShape(Shape[Audio], frozen=True, kw_only=True):
    """Music or a sound that a reel may have. artist: who made it, or whose sound it is.

    duration_in_ms: as Instagram tells it. download_url: to listen to it; null where nobody may download it.
    """

    audio_id: str
    audio_type: str | None
    title: str | None
    artist: str | None
    duration_in_ms: int | None
    download_url: str | None

    @classmethod
    def of(cls, audio: Audio) -> Self:
        """Build the shape of an audio."""
        return shape_of(cls, audio, artist=audio.display_artist or audio.ig_username)


class UploadShape(Shape[Upload], frozen=True, kw_only=True):
    """A file that was sent, for posts that are made of it until `ends_at`; they keep it then for themselves.

    name: what its sender calls it. sha256: of its bytes, in hexadecimal.
    """

    upload_id: str
    name: str | None
    bytes: int
    sha256: str
    media_type: MediaType
    created_at: InUtc
    ends_at: InUtc

    @classmethod
    def of(cls, upload: Upload) -> Self:
        """Build the shape of an upload."""
        return shape_of(cls, upload, upload_id=upload.id, bytes=upload.size_bytes)


class DeletionShape(Shape[Deletion], frozen=True, kw_only=True):
    """The deletion of a published media.

    state: `open` until it is known to be done or refused. post_id: our post that it was. calls: how often
    Instagram was called for it; 0 where somebody else deleted it, or under `--dry-run`. missing_since: since
    when it is not found. problem: what Instagram, or the connection, said last.
    """

    account: str
    media_id: str
    post_id: str | None
    kind: str
    caption: str | None
    permalink: str | None
    published_at: InUtc | None
    state: DeletionState
    asked_at: InUtc
    calls: int
    missing_since: InUtc | None
    ended_at: InUtc | None
    problem: str | None


class DeletedShape(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one post or media that was to be deleted.

    name: as it was named. deleted: whether it is known to be; under `--dry-run` whether it is already.
    deletion: null where it was refused before anything was done. error: why it is not deleted, or not known
    to be.
    """

    name: str
    deleted: bool
    deletion: DeletionShape | None
    error: ErrorShape | None

    @classmethod
    def of(cls, name: str, result: Deletion | PressroomError, rehearsed: Deletion | None) -> Self:
        """Build the shape of a result. rehearsed: what was to be deleted."""
        deletion = result if isinstance(result, Deletion) else rehearsed
        return cls(
            name=name,
            deleted=isinstance(result, Deletion) and result.state is DeletionState.DONE,
            deletion=deletion and DeletionShape.of(deletion),
            error=result.shape() if isinstance(result, PressroomError) else None,
        )
