"""A media desk and a host that touch no file."""

from collections import defaultdict
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

from pressroom.core.assets import Asset, Fit, MediaType, Progress, Rendition, Seen, Target, Wish
from pressroom.core.errors import HostFailed, MediaRefused
from pressroom.core.reading_settings import Way
from pressroom.graph.limits import MediaUse


class FakeDesk:
    """Takes every file, or none."""

    def __init__(self, *, refuses: bool = False, duration_s: float = 10.0, size_bytes: int = 1000) -> None:
        self.refuses = refuses
        self.duration_s = duration_s
        self.size_bytes = size_bytes
        self.prepared: list[tuple[str, MediaUse, Target, Fit | None]] = []
        self.wishes: list[Wish] = []
        self.ratios: dict[str, Fraction] = {}

    async def examine(self, asset: Asset, wish: Wish) -> Seen:
        """Refuse, or say that all files are as `ratios` says, else 4:5."""
        if self.refuses:
            raise MediaRefused(f"{asset.source} is not media.", rule="not_media", fix="Choose another file.")
        kind: MediaType = "video" if _is_clip(asset, wish) else "image"
        return Seen(kind, self.ratios.get(asset.source, Fraction(4, 5)))

    async def prepare(self, asset: Asset, wish: Wish, *, progress: Progress | None = None) -> Rendition:
        if self.refuses:
            raise MediaRefused(f"{asset.source} is not media.", rule="not_media", fix="Choose another file.")
        self.prepared.append((asset.source, wish.use, wish.target, wish.fit))
        self.wishes.append(wish)
        if progress:
            progress(1.0)
        is_video = _is_clip(asset, wish)
        kind: MediaType = "video" if is_video else "image"
        return Rendition(
            path=Path(asset.source).with_suffix(".mp4" if is_video else ".jpg"),
            media_type=kind,
            content_type="video/mp4" if is_video else "image/jpeg",
            size_bytes=self.size_bytes,
            width=1080,
            height=1350,
            duration_s=self.duration_s if is_video else None,
        )


def _is_clip(asset: Asset, wish: Wish) -> bool:
    return wish.use is MediaUse.REEL or asset.source.endswith((".mp4", ".mov"))


class FakeHost:
    """Gives addresses that tell what was asked for; `failing` are the ways that take nothing."""

    def __init__(self, *ways: Way, failing: tuple[Way, ...] = ()) -> None:
        self._ways = ways or (Way.SIGNED,)
        self._failing = failing
        self.put_up: list[str] = []
        self.released: list[str] = []
        self.fetched: list[str] = []
        self._owned: defaultdict[str, list[str]] = defaultdict(list)

    async def ways(self, content_type: str) -> Sequence[Way]:
        is_clip = content_type.startswith("video/")
        return [way for way in self._ways if is_clip or way is not Way.UPLOAD]

    async def put(self, path: Path, *, content_type: str, lifetime_s: float, way: Way, owner: str) -> str:
        assert content_type in ("image/jpeg", "video/mp4")
        if way in self._failing:
            raise HostFailed(f"{way.words} is full.")
        host = "files" if way is Way.SIGNED else way.value
        url = f"https://{host}.example/{path.name}?for={lifetime_s:.0f}"
        if url not in self._owned[owner]:  # as the real one: once for each owner
            self.put_up.append(url)
            self._owned[owner].append(url)
        return url

    async def end_fetch(self, owner: str) -> None:
        self.fetched.append(owner)

    async def release(self, owner: str) -> None:
        self.released += self._owned.pop(owner, [])

    async def aclose(self) -> None:
        """Nothing runs."""
