"""`new_post`: makes a post of files and words as people write them. Nothing is opened or called.

Tells by their names what files are and what kind of post they are meant for. Every command loads this module,
since `pressroom.service` exports names of it: it imports nothing that publishes or reads media.
"""

import os
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from enum import StrEnum
from functools import cache
from inspect import iscoroutinefunction
from io import TextIOBase
from pathlib import Path
from types import NoneType
from typing import (
    Any,
    Literal,
    TypeAlias,
    TypedDict,
    TypeVar,
    Unpack,
    cast,
    get_args,
    get_origin,
    get_type_hints,
)

from pressroom.core.assets import Asset, AssetBytes, Edits, Fit, MediaType, Quality, ReadsBytes, Target
from pressroom.core.errors import Refused
from pressroom.core.option_values import FILE, TAGS, parse_tag
from pressroom.core.post import Post, PostId, PostKind, PostOptions
from pressroom.core.post_options import POST_OPTIONS
from pressroom.graph.calls import UserTag
from pressroom.graph.reels import Graduation
from pressroom.publish.validation import IMAGE_ENDINGS, VIDEO_ENDINGS, is_text, media_type_of_url

Source: TypeAlias = str | os.PathLike[str] | bytes | bytearray | memoryview | ReadsBytes | Asset
"""A local file, an http(s) URL, an object as `s3://BUCKET/KEY`, bytes, or an open binary file."""
KindWord: TypeAlias = Literal["photo", "reel", "carousel", "story"]
FitWord: TypeAlias = Literal["blur", "pad", "crop", "keep"]
TargetWord: TypeAlias = Literal["house", "platform"]
WordT = TypeVar("WordT", bound=StrEnum)
_UNNAMED = "upload"


class PostKeywords(TypedDict, total=False):
    """What `new_post` and `posts.edit` take by keyword. Which kind of post may have which is Meta's rule."""

    caption: str | None
    """Text below the post."""
    alt_texts: str | Sequence[str] | None
    """Texts for people who cannot see the pictures: one per file, in order; an empty text for none."""
    cover: Source | None
    """The picture that is shown before a reel plays."""
    thumb_offset_ms: int | None
    """The moment of a reel whose frame is its cover, in milliseconds from its start."""
    share_to_feed: bool | None
    """Whether a reel is shown in the profile's grid too; None is yes."""
    location_id: str | None
    """The numeric id of a Facebook Page that has a place."""
    user_tags: str | UserTag | Sequence[str | UserTag] | None
    """Accounts shown in it: `alice`, or with a place from the top left `alice:0.5,0.5` or `UserTag`."""
    collaborators: str | Sequence[str] | None
    """Accounts invited as co-authors."""
    first_comment: str | None
    """A comment that is written as soon as the post is live."""
    fit: Fit | FitWord | None
    """How a wrong shape is made right; None keeps that of a clip for the platform, and blurs all else."""
    target: Target | TargetWord
    """The limits a clip is converted to; `platform` unless given."""
    quality: Quality
    """The effort of encoding a clip; `normal` unless given."""
    edits: Edits
    """What is changed of a clip: a trim, loudness and so on."""
    convert: bool | None
    """True: URLs are converted as files are. None: they go to Instagram as they are."""
    is_ai_generated: bool | None
    """Whether Instagram labels the post as made with AI; None says nothing."""
    trial: Graduation | None
    """A reel is shown to non-followers first; followers see it by your hand or by its performance."""
    audio: str | None
    """Music or a sound of a reel: `ID`, or `ID:AUDIO,VIDEO` with the volumes of it and of the clip."""


def new_post(
    kind: PostKind | KindWord, sources: Source | Sequence[Source], **options: Unpack[PostKeywords]
) -> Post:
    """Build a post of one file, URL or object (`s3://BUCKET/KEY`), of bytes or an open file, or of several.

    Bytes and open files are read when the post is published or planned, and a copy is kept as long as the
    post needs it. So is one of an object: its address never goes to Instagram.

    Raises Refused for a word or value that an option cannot have, TypeError for an unknown option. What
    Instagram would refuse is refused where the post is published, planned or rehearsed.
    """
    require_known(options, "new_post")
    return Post(
        id=PostId(uuid.uuid4().hex),
        kind=_word(PostKind, "kind", kind),
        assets=assets_of(sources),
        options=with_options(PostOptions(), options),
    )


def assets_of(sources: Source | Sequence[Source]) -> tuple[Asset, ...]:
    """Read the files and URLs of a post; a text is one, never its letters. Raises Refused."""
    values = (sources,) if _is_content(sources) else _values("sources", sources)
    return tuple(asset_of("sources", source) for source in values)


def with_options(options: PostOptions, keywords: PostKeywords) -> PostOptions:
    """Return options with those of the keywords replaced. Raises Refused."""
    values = {name: _read(name, value) for name, value in keywords.items()}
    for name, value in values.items():
        declared = _types()[name]
        members = cast("tuple[object, ...]", value) if get_origin(declared) is tuple else (value,)
        # A member of `tuple[str, ...]`, of `str | None`, of a Literal, or the class itself.
        kinds = [kind for kind in get_args(declared) if kind is not ...] or [declared]
        allowed = [
            one for kind in kinds for one in (get_args(kind) if get_origin(kind) is Literal else (kind,))
        ]
        for member in members:
            if isinstance(member, bool):  # an int too, and no number of milliseconds
                is_allowed = bool in allowed
            else:
                is_allowed = any(
                    isinstance(member, kind) if isinstance(kind, type) else member == kind for kind in allowed
                )
            if not is_allowed:
                words = " or ".join(map(_name_of, allowed))
                raise _value_refused(name, member, words, f"Give {words}.")
    return replace(options, **values)


def require_known(keywords: Mapping[str, object], function: str) -> None:
    """Raise TypeError for a keyword that is none of `PostKeywords`, with the one that is meant."""
    for name in keywords:
        if name not in PostKeywords.__annotations__:
            near = get_close_matches(name, PostKeywords.__annotations__, 1)
            meant = (
                f"Did you mean {near[0]!r}?"
                if near
                else f"It takes: {', '.join(PostKeywords.__annotations__)}."
            )
            raise TypeError(f"{function}() got an unexpected keyword argument {name!r}. {meant}")


def _values(name: str, value: object) -> tuple[object, ...]:
    if value is None:
        return ()
    if isinstance(value, str | os.PathLike | Asset | UserTag):
        return (cast("object", value),)
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray):
        return tuple(cast("Sequence[object]", value))
    raise _value_refused(name, value, "one, or a list of them", "Give a list.")


def asset_of(name: str, value: object) -> Asset:
    """Read one source. name: of the parameter, for the refusal. Raises Refused."""
    if isinstance(value, Asset):
        return value
    if isinstance(value, bytes | bytearray | memoryview):
        return AssetBytes(_UNNAMED, content=bytes(cast("bytes", value)))
    if _is_content(value):
        return _opened(name, value)
    is_path = isinstance(value, os.PathLike)
    source: object = os.fspath(cast("os.PathLike[str]", value)) if is_path else value
    if not isinstance(source, str):
        limit = "a file, bytes, an http(s) URL or s3://BUCKET/KEY"
        raise _value_refused(name, source, limit, "Give a path or a text.")
    return Asset(source)


def _is_content(value: object) -> bool:
    is_path = isinstance(value, str | os.PathLike | Asset)
    return isinstance(value, bytes | bytearray | memoryview) or (not is_path and hasattr(value, "read"))


def _opened(name: str, file: Any) -> Asset:  # noqa: ANN401  # any file
    """Read the name of an open file. Raises Refused for one of text, and for one that is read by `await`."""
    if isinstance(file, TextIOBase):
        fix = 'Open it by `open(path, "rb")`.'
        raise _value_refused(name, file, "a file that is open for bytes", fix)
    if iscoroutinefunction(file.read):
        fix = "Give the file below it: `.file` of Starlette's and FastAPI's uploads."
        raise _value_refused(name, file, "a file that is read without `await`", fix)
    # An upload's `name` may be that of the form's field, and that of a file without one a number.
    called = getattr(file, "filename", None) or getattr(file, "name", None)
    return AssetBytes(called if isinstance(called, str) else _UNNAMED, content=file)


def _tag(name: str, value: object) -> UserTag:
    if isinstance(value, UserTag):
        return value
    try:
        return parse_tag(cast("str", value))
    except (ValueError, AttributeError):
        example = UserTag("alice", 0.5, 0.5)
        fix = f"Write 'alice', or with a place from the top left 'alice:0.5,0.5' or {example!r}."
        raise _value_refused(name, value, "NAME, NAME:X,Y or UserTag", fix) from None


def _word(kind: type[WordT], name: str, value: object) -> WordT:
    try:
        return kind(cast("str", value))
    except ValueError:
        words = [word.value for word in kind]
        near = get_close_matches(str(value).lower(), words, 1) or words
        raise _value_refused(
            name, value, ", ".join(words), f"Write {' or '.join(map(repr, near))}."
        ) from None


def _read(name: str, value: object) -> object:
    """Return the value of an option in place of what people write for it. Raises Refused."""
    option = next((option for option in POST_OPTIONS if option.name == name and not option.edit), None)
    if option is None or (value is None and option.default is None):  # None for `edits`
        return value
    if option.value.is_list:
        values = _values(name, value)
        return tuple(_tag(name, member) for member in values) if option.value is TAGS else values
    if option.value is FILE:
        return asset_of(name, value)
    return _word(option.value.enum, name, value) if option.value.enum else value


@cache
def _types() -> Mapping[str, Any]:
    return get_type_hints(PostOptions)


def _name_of(kind: object) -> str:
    if kind is NoneType:
        return "None"
    return kind.__name__ if isinstance(kind, type) else repr(kind)


def _value_refused(name: str, value: object, limit: str, fix: str) -> Refused:
    return Refused(f"{name} cannot be {value!r}.", rule=name, value=repr(value), limit=limit, fix=fix)


def kind_by_names(sources: Sequence[str]) -> PostKind:
    """Return the usual kind of post of files or URLs: one picture, one clip, several of either.

    Nothing is read. Words beside them do not count: publishing then says where a text goes. Raises Refused
    for a single file whose name does not tell, such as a GIF's.
    """
    sources = [source for source in sources if not is_text(source)] or sources
    if len(sources) > 1:
        return PostKind.CAROUSEL
    asset = Asset(sources[0])
    media_type = media_type_of_url(asset.source) if asset.is_url else media_type_by_name(asset.path)
    if media_type is None:
        raise Refused(
            f"The name of {asset.name} does not tell whether it is a picture or a clip.",
            rule="kind",
            value=asset.name,
            limit="a name that ends like a picture's or a clip's",
            fix="Say what it is to be: photo, reel or story.",
        )
    return PostKind.PHOTO if media_type == "image" else PostKind.REEL


def media_type_by_name(path: Path) -> MediaType | None:
    """Tell what a file is by its name; None for one that may be either, or neither."""
    ending = path.suffix.lower()
    # A GIF is published as a picture or, when it is animated, as a clip.
    if ending in IMAGE_ENDINGS - {".gif"}:
        return "image"
    return "video" if ending in VIDEO_ENDINGS else None


def is_media_name(path: Path) -> bool:
    """Tell whether a file name ends like a picture's or a clip's."""
    return path.suffix.lower() in IMAGE_ENDINGS | VIDEO_ENDINGS


@dataclass(frozen=True, slots=True)
class CallToMake:
    """A call that a post would make: its URL without a query, its parameters with secrets masked."""

    method: str
    url: str
    params: dict[str, str]
