"""Finds our copies of posts' files where the data directory is now.

A post stores the copy's path of the day it was planned. The directory may have been moved since, or be
mounted elsewhere on this machine.
"""

import re
from dataclasses import dataclass, replace
from pathlib import Path, PurePath
from typing import Final

from pressroom.core.assets import Asset, Progress, Rendition, Seen, Wish
from pressroom.core.errors import MediaRefused
from pressroom.core.post import Post
from pressroom.core.protocols import MediaDesk
from pressroom.media.looks import Looks

DIGEST: Final = re.compile(r"[0-9a-f]{64}")


def found_in(directory: Path, asset: Asset) -> Asset:
    """Return an asset with its copy's path in this directory, if the copy is there."""
    # The name is enough: it is the digest of the content.
    if asset.copy is None:
        return asset
    here = directory / PurePath(asset.copy).name
    return replace(asset, copy=str(here)) if here.exists() else asset


def with_found_copies(post: Post, directory: Path) -> Post:
    """Return a post with the paths of its copies, the cover's too, in this directory where they exist."""
    cover = post.options.cover and found_in(directory, post.options.cover)
    assets = tuple(found_in(directory, asset) for asset in post.assets)
    return replace(post, assets=assets, options=replace(post.options, cover=cover))


@dataclass(frozen=True, slots=True)
class DeskOfCopies:
    """A media desk that finds our copies where they are now, and refuses one whose content has changed."""

    desk: MediaDesk
    directory: Path
    looks: Looks

    async def examine(self, asset: Asset, wish: Wish) -> Seen:
        """Examine a file. Raises MediaRefused for an unusable file, or a copy that is gone or changed."""
        return await self.desk.examine(await self._kept(asset), wish)

    async def prepare(self, asset: Asset, wish: Wish, *, progress: Progress | None = None) -> Rendition:
        """Return the rendition of a file. Raises MediaRefused, naming the rule."""
        return await self.desk.prepare(await self._kept(asset), wish, progress=progress)

    async def _kept(self, asset: Asset) -> Asset:
        found = found_in(self.directory, asset)
        if found.copy is None:
            return found
        if not found.path.exists():
            raise _gone(found, self.directory)
        await self._require_content(found)
        # Spares a second look: what the check found in the source holds for a copy with the same digest.
        if not found.is_url:
            await self.looks.carry_over(replace(found, copy=None).path, found.path)
        return found

    async def _require_content(self, kept: Asset) -> None:
        """Raise MediaRefused for a copy whose content is not that which was planned, and perhaps approved."""
        # A path that is no copy of ours, such as a download to be converted, has no digest in its name.
        name = kept.path.name.partition(".")[0]
        if not DIGEST.fullmatch(name):
            return
        try:
            digest = await self.looks.digest(kept.path)
        except OSError as error:
            raise _not_as_kept(kept, "cannot be read", error.strerror) from error
        if digest != name:
            raise _not_as_kept(kept, "holds other content now", "other content")


def _gone(asset: Asset, directory: Path) -> MediaRefused:
    return MediaRefused(
        f"The copy of {asset.name} that was kept for the post is no longer in {directory}.",
        rule="kept_copy",
        value="no file",
        limit=f"a file in {directory}",
        fix="Put the directory back, or plan the post anew from the file.",
        helper_prefix=None,
    )


def _not_as_kept(asset: Asset, what: str, value: str | None) -> MediaRefused:
    return MediaRefused(
        f"The copy of {asset.name} that was kept for the post {what}.",
        rule="kept_copy",
        value=value,
        limit="the content it was kept with",
        fix="Plan the post anew from the file.",
        helper_prefix=None,
    )
