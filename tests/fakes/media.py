"""A media desk and a host that touch no file."""

from pathlib import Path

from pressroom.core.assets import Asset, Fit, MediaType, Progress, Rendition, Target
from pressroom.core.errors import MediaRefused
from pressroom.graph.limits import MediaUse


class FakeDesk:
    """Takes every file, or none."""

    def __init__(self, *, refuses: bool = False, duration_s: float = 10.0) -> None:
        self.refuses = refuses
        self.duration_s = duration_s
        self.prepared: list[tuple[str, MediaUse, Target, Fit]] = []

    async def prepare(
        self, asset: Asset, *, use: MediaUse, target: Target, fit: Fit, progress: Progress | None = None
    ) -> Rendition:
        if self.refuses:
            raise MediaRefused(f"{asset.source} is not media.", rule="not_media", fix="Choose another file.")
        self.prepared.append((asset.source, use, target, fit))
        if progress:
            progress(1.0)
        is_video = use is MediaUse.REEL or asset.source.endswith((".mp4", ".mov"))
        kind: MediaType = "video" if is_video else "image"
        return Rendition(
            path=Path(asset.source).with_suffix(".mp4" if is_video else ".jpg"),
            media_type=kind,
            content_type="video/mp4" if is_video else "image/jpeg",
            size_bytes=1000,
            width=1080,
            height=1350,
            duration_s=self.duration_s if is_video else None,
        )


class FakeHost:
    """Gives addresses that tell what was asked for."""

    async def put(self, path: Path, *, content_type: str, lifetime_s: float) -> str:
        assert content_type in ("image/jpeg", "video/mp4")
        return f"https://files.example/{path.name}?for={lifetime_s:.0f}"

    async def aclose(self) -> None:
        """Nothing runs."""
