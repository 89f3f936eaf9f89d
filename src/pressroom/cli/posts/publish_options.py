"""The options of the publish commands, each with the kinds of post that can have it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias

import click

from pressroom.cli.media.edit_options import CLIP_OPTIONS, TRIM_OPTIONS, Editing, edits_of
from pressroom.cli.shell.parameters import Tag, account_option
from pressroom.core.assets import Asset, Fit, Target
from pressroom.core.post import Post, PostKind
from pressroom.graph.calls import UserTag


class Content(Editing):
    """The options and arguments of a post's content."""

    sources: tuple[str, ...]
    caption: str | None
    caption_file: Path | None
    alt_text: tuple[str, ...]
    cover: str | None
    thumb_offset: int | None
    location_id: str | None
    user_tag: tuple[UserTag, ...]
    collaborator: tuple[str, ...]
    share_to_feed: bool | None
    first_comment: str | None
    fit: Fit | None
    target: Target


class Given(Content):
    """The options and arguments of a post to be published now."""

    dry_run: bool
    account_name: str | None


class Now(Given):
    """The options and arguments of a post to be published now."""

    wait: bool
    idempotency_key: str | None
    again: bool


@dataclass(frozen=True, slots=True)
class _Option:
    name: str
    kinds: tuple[PostKind, ...]
    more: dict[str, Any]


def _option(name: str, *kinds: PostKind, **more: Any) -> _Option:  # noqa: ANN401  # click's own
    return _Option(name, kinds or tuple(PostKind), more)


# Which kinds take one of Meta's parameters is Meta's rule (IG User Media): a story, for one, has no caption.
PHOTO, REEL, CAROUSEL, STORY = PostKind
_TEXT_FILE: Final = click.Path(path_type=Path, exists=True, dir_okay=False, allow_dash=True)
_OPTIONS: Final = (
    _option("--caption", PHOTO, REEL, CAROUSEL, help="Text below the post."),
    _option(
        "--caption-file",
        PHOTO,
        REEL,
        CAROUSEL,
        type=_TEXT_FILE,
        help="File that holds the caption, in UTF-8; - is stdin.",
    ),
    _option(
        "--alt-text",
        PHOTO,
        CAROUSEL,
        multiple=True,
        help="Text for who cannot see the picture; once for each item, in order.",
    ),
    _option("--cover", REEL, metavar="FILE|URL", help="Picture shown before it plays."),
    _option("--thumb-offset", REEL, type=int, metavar="MS", help="Moment of the frame that covers it."),
    _option("--location-id", PHOTO, REEL, CAROUSEL, metavar="ID", help="Facebook Page of a place."),
    _option(
        "--user-tag",
        multiple=True,
        type=Tag(),
        help="Account shown in it; X,Y from the top left, 0.0 to 1.0, for pictures.",
    ),
    _option(
        "--collaborator", PHOTO, REEL, CAROUSEL, multiple=True, metavar="NAME", help="Invited co-author."
    ),
    _option(
        "--share-to-feed/--no-share-to-feed",
        REEL,
        default=None,
        help="Show the reel in the profile grid too; by default it is.",
    ),
    _option("--first-comment", PHOTO, REEL, CAROUSEL, metavar="TEXT", help="Comment written at once."),
    _option(
        "--fit",
        type=click.Choice(Fit, case_sensitive=False),
        help="What is done when the shape does not fit; by default clips keep theirs, pictures are blurred.",
    ),
    _option(
        "--target",
        type=click.Choice(Target, case_sensitive=False),
        default=Target.PLATFORM,
        help="How clips are made. house: 720x1280, 30 fps, 90 s; platform, the default: all Instagram takes.",
    ),
    *(_option(name, REEL, STORY, **more) for name, more in TRIM_OPTIONS.items()),
    *(_option(name, REEL, STORY, CAROUSEL, **more) for name, more in CLIP_OPTIONS.items()),
)
Decorator: TypeAlias = Callable[[Callable[..., Any]], Callable[..., Any]]


def content_options(kind: PostKind) -> Decorator:
    """Declare the sources and the options of a post's content; the help hides those the kind cannot have.

    Hidden options are accepted: the check then names the kinds that can have them, which click could not.
    """

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        # Decorators apply from the bottom up, and click lists options in the order of the source.
        for option in reversed(_OPTIONS):
            function = click.option(option.name, hidden=kind not in option.kinds, **option.more)(function)
        return click.argument("sources", nargs=-1, required=True, metavar="SOURCE...")(function)

    return decorate


def publish_options(kind: PostKind) -> Decorator:
    """Declare the options of `publish`."""

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        with_dry_run = click.option(
            "--dry-run", is_flag=True, help="Check everything, print the calls, make none."
        )(function)
        return content_options(kind)(account_option(with_dry_run))

    return decorate


def post_of(kind: PostKind, given: Content) -> Post:
    """Build the post. Raises click.UsageError for a caption given twice or unreadable."""
    from pressroom.service import new_post  # noqa: PLC0415  # loads the session, which no help needs

    cover = given["cover"]
    return new_post(
        kind,
        given["sources"],
        caption=caption_of(given["caption"], given["caption_file"]),
        alt_texts=given["alt_text"],
        cover=Asset(cover) if cover else None,
        thumb_offset_ms=given["thumb_offset"],
        share_to_feed=given["share_to_feed"],
        location_id=given["location_id"],
        user_tags=given["user_tag"],
        collaborators=given["collaborator"],
        first_comment=given["first_comment"],
        fit=given["fit"],
        target=given["target"],
        quality=given["quality"],
        edits=edits_of(given),
    )


def caption_of(text: str | None, file: Path | None) -> str | None:
    """Return the caption, given or read from the file. Raises click.UsageError for both, or an empty file."""
    if file is None:
        return text
    if text is not None:
        raise click.UsageError("--caption and --caption-file exclude each other.")
    try:
        # `utf-8-sig`: Windows editors begin a file with a byte order mark, which would be published. Editors
        # also end it with a newline, which is no part of the caption.
        with click.open_file(str(file), encoding="utf-8-sig") as stream:
            caption = stream.read().rstrip("\r\n")
    except UnicodeDecodeError:
        raise click.BadParameter(
            f"{file} is not UTF-8 text: save it as such.", param_hint="--caption-file"
        ) from None
    if not caption.strip():
        where = "stdin" if str(file) == "-" else file
        raise click.BadParameter(f"{where} holds no caption.", param_hint="--caption-file")
    return caption
