"""Tells what kind of post files are meant for, by their names."""

from collections.abc import Sequence

from pressroom.core.assets import Asset
from pressroom.core.errors import Refused
from pressroom.core.post import PostKind
from pressroom.publish.validation import media_type_of_url
from pressroom.service.media import media_type_by_name


def kind_by_names(sources: Sequence[str]) -> PostKind:
    """Return the usual kind of post of files or URLs: one picture, one clip, several of either.

    Nothing is read. Raises Refused for a single one whose name does not tell, such as a GIF's.
    """
    if len(sources) > 1:
        return PostKind.CAROUSEL
    asset = Asset(sources[0])
    found = media_type_of_url(asset.source) if asset.is_url else media_type_by_name(asset.path)
    if found is None:
        raise Refused(
            f"The name of {asset.name} does not tell whether it is a picture or a clip.",
            rule="kind",
            value=asset.name,
            limit="a name that ends like a picture's or a clip's",
            fix="Say what it is to be: photo, reel or story.",
        )
    return PostKind.PHOTO if found == "image" else PostKind.REEL
