"""What is refused before any call, naming the rule, the value seen, the value allowed and the fix.

`validate` judges a post, `check_source` a file's name or an address by its spelling, `check_examined`
options by what its files show. None of them asks anybody.
"""

from collections.abc import Callable, Sequence
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import SplitResult, quote, urlsplit

from pressroom.core.address import shown_address
from pressroom.core.assets import NO_EDITS, Asset, MediaType, Seen
from pressroom.core.errors import MediaRefused, Refused
from pressroom.core.post import Post, PostKind, PostOptions
from pressroom.core.post_options import POST_OPTIONS, require_utf8
from pressroom.core.remedies import Fix, Remedy, RemedyKind
from pressroom.graph import limits
from pressroom.graph.reels import audio_configuration
from pressroom.media.files import require_utf8_name


def validate(post: Post) -> list[str]:
    """Refuse what Instagram would refuse; give warnings about what it may not like.

    Raises Refused or MediaRefused. Files are judged later by the media desk, still before any call.
    """
    _check_assets(post)
    _check_options(post)
    _check_edits(post)
    _check_tags(post)
    offset = post.options.thumb_offset_ms
    if offset is not None and offset < 0:
        raise Refused(
            f"The thumbnail offset is {offset} ms.",
            rule="thumb_offset",
            value=offset,
            limit="0 to the clip's length",
            fix="Use a moment inside the clip.",
        )
    place = post.options.location_id
    if place is not None and not (place.isascii() and place.isdigit()):
        raise Refused(
            f"{place!r} is not a location id.",
            rule="location_id",
            value=place,
            limit="digits",
            fix="Use the numeric id of a Facebook Page that has a place.",
        )
    _check_audio(post.options.audio)
    return _check_text(post.options)


def _check_audio(audio: str | None) -> None:
    try:
        if audio:
            audio_configuration(audio)
    except ValueError:
        raise Refused(
            f"{audio!r} is no audio of a reel.",
            rule="audio",
            value=audio,
            limit="ID, or ID:AUDIO,VIDEO with volumes from 0 to 100",
            fix=Fix.of("Take an id from {}.", Remedy(RemedyKind.SEARCH_AUDIO)),
        ) from None


def _check_assets(post: Post) -> None:
    count = len(post.assets)
    if post.kind is PostKind.CAROUSEL:
        if not limits.CAROUSEL_MIN_ITEMS <= count <= limits.CAROUSEL_MAX_ITEMS:
            raise Refused(
                f"A carousel of {count} item{'' if count == 1 else 's'} is not possible: Instagram takes "
                f"{limits.CAROUSEL_MIN_ITEMS} to {limits.CAROUSEL_MAX_ITEMS}.",
                rule="carousel_items",
                value=count,
                limit=f"{limits.CAROUSEL_MIN_ITEMS} to {limits.CAROUSEL_MAX_ITEMS}",
                fix="Give 2 to 10 files or URLs, or publish a single one as a photo or reel.",
            )
    elif count != 1:
        raise Refused(
            f"A {post.kind} takes one file or URL, and {count} were given.",
            rule="item_count",
            value=count,
            limit=1,
            fix=_fix_of_count([asset.source for asset in post.assets]),
        )
    needed = {PostKind.PHOTO: "image", PostKind.REEL: "video"}.get(post.kind)
    for asset in post.assets:
        check_source(asset.source, as_it_is=not post.options.convert)
        ends_like = media_type_of_url(asset.source) if asset.is_url else None
        if ends_like and needed and ends_like != needed:
            other = "reel" if ends_like == "video" else "photo"
            raise MediaRefused(
                f"A {post.kind} needs {'an image' if needed == 'image' else 'a video'}, and the URL ends "
                f"like {'an image' if ends_like == 'image' else 'a video'}.",
                rule="is_image" if ends_like == "image" else "is_video",
                value=ends_like,
                limit=needed,
                fix=Fix.of("Publish it with {}.", Remedy(RemedyKind.PUBLISH_AS, {"kind": other})),
            )


def _fix_of_count(sources: list[str]) -> Fix:
    if not sources:
        return Fix("Name a file or an https URL.")
    words = [source for source in sources if is_text(source)]
    if len(words) == len(sources) - 1:
        text = " ".join(words)
        return Fix.of("Did you mean {}?", Remedy(RemedyKind.SET_CAPTION, {"text": text}))
    return Fix.of("Use {} for several.", Remedy(RemedyKind.PUBLISH_AS, {"kind": "carousel"}))


def is_text(source: str) -> bool:
    """Tell whether a source looks like words rather than a file or a URL: by its spelling alone."""
    is_place = "/" in source or "\\" in source
    return not is_place and PurePosixPath(source).suffix.lower() not in IMAGE_ENDINGS | VIDEO_ENDINGS


def _check_options(post: Post) -> None:
    """Check the cover, and refuse what the kind of post cannot carry."""
    cover = post.options.cover
    if cover:
        if media_type_of_url(cover.source) == "video":
            raise Refused(
                f"{cover.name} is a clip, and a cover is a picture.",
                rule="cover",
                value=cover.name,
                limit="a picture",
                fix="Give a picture, such as a frame of the clip.",
            )
        check_source(cover.source, as_it_is=not post.options.convert)
    for option in POST_OPTIONS:
        if option.carried_as is None or post.kind in option.kinds:
            continue
        if option.value_in(post.options) not in (None, "", ()):
            raise Refused(
                f"A {post.kind} cannot carry {option.carried_as}.",
                rule=option.name,
                value=str(post.kind),
                limit=", ".join(option.kinds),
                fix="Leave it out.",
            )
    if len(post.options.alt_texts) > len(post.assets):
        raise Refused(
            "There are more alternative texts than files.",
            rule="alt_texts",
            value=len(post.options.alt_texts),
            limit=len(post.assets),
            fix="Give one for each file, in order.",
        )


_CUT_FIRST = Fix.of("Cut each clip first: {}.", Remedy(RemedyKind.CONVERT_FILE))


def _check_edits(post: Post) -> None:
    """Refuse edits that would come to nothing, or to something else than was meant."""
    edits, name, limit = post.options.edits, "", ""
    fix: Fix | str = ""
    if edits == NO_EDITS:
        return
    start_s, end_s = edits.start_s or 0.0, edits.end_s
    if start_s < 0 or (end_s is not None and end_s <= start_s):
        end = "the end" if end_s is None else f"{end_s:g} s"
        raise Refused(
            f"No clip has a part from {start_s:g} s to {end}.",
            rule="trim",
            value=[edits.start_s, end_s],
            limit="a start of 0 s or later, and an end behind it",
            fix="Give a start before the end.",
        )
    if edits.is_trim and len(post.assets) > 1:
        name, limit, fix = "A trim", "a post of one file", _CUT_FIRST
    elif post.kind is PostKind.PHOTO:
        name, limit, fix = "An edit of a clip", "a clip", "Leave it out."
    elif not post.options.convert and all(asset.is_url for asset in post.assets):
        name, limit, fix = "An edit", "a file", "Give the file: addresses go to Instagram as they are."
    if name:
        raise Refused(
            f"{name} is not possible here: it needs {limit}.",
            rule="edits",
            value=str(post.kind),
            limit=limit,
            fix=fix,
        )


def _check_tags(post: Post) -> None:
    tags = post.options.user_tags
    for name in (*post.options.collaborators, *(tag.username for tag in tags)):
        if not limits.is_username(name.removeprefix("@")):
            raise Refused(
                f"{name!r} is not the name of an account.",
                rule="username",
                value=name,
                limit="up to 30 letters, digits, dots and underscores",
                fix="Write it as the account's profile shows it.",
            )
    needs_place = post.kind in (PostKind.PHOTO, PostKind.CAROUSEL)
    for tag in tags:
        name = tag.username.removeprefix("@")
        has_place = tag.x is not None and tag.y is not None
        value = name
        if needs_place and not has_place:
            problem, limit = "has no place in the picture", "NAME:X,Y with X and Y from 0.0 to 1.0"
            fix = f"Write it as {name}:0.5,0.5 (from the top left)."
        elif post.kind is PostKind.REEL and has_place:
            problem, limit = "has a place, and tags of a reel have none", "NAME"
            fix = f"Write it as {name}."
        elif has_place and not all(0 <= number <= 1 for number in (tag.x or 0, tag.y or 0)):
            problem, value, limit = "lies outside the picture", f"{tag.x},{tag.y}", "0.0 to 1.0"
            fix = "Give X and Y as shares of the width and height from the top left."
        else:
            continue
        problem = f"The tag of {name} {problem}."
        raise Refused(problem, rule="user_tag_place", value=value, limit=limit, fix=fix)


# Where the texts and lists stand that a limit counts, and how they are called; by the parameter.
_COUNTED: dict[str, tuple[str, Callable[[PostOptions], Sequence[Any]]]] = {
    "caption": (" in the caption", lambda options: [options.caption or ""]),
    "alt_text": (" in the alternative text", lambda options: options.alt_texts),
    "user_tags": ("", lambda options: [options.user_tags]),
    "collaborators": ("", lambda options: [options.collaborators]),
}


def _check_text(options: PostOptions) -> list[str]:
    caption, comment = options.caption or "", options.first_comment or ""
    for text in (caption, comment, *options.alt_texts):
        require_utf8(text)
    for limit in limits.COUNT_LIMITS:
        where, values = _COUNTED[limit.parameter]
        # Instagram counts some over caption and first comment together.
        beside = comment if limit.with_comment else ""
        where = f"{where} and first comment" if beside else where
        for value in values(options):
            count = limit.count(value) + (limit.count(beside) if beside else 0)
            if count > limit.most:
                raise Refused(
                    f"There are {count:,} {limit.words}{where}, and Instagram allows {limit.most:,}.",
                    rule=limit.rule,
                    value=count,
                    limit=limit.most,
                    fix=limit.fix,
                )
    hashtags = limits.CAPTION_HASHTAGS.count(caption) + limits.CAPTION_HASHTAGS.count(comment)
    if hashtags > limits.CAPTION_WARN_HASHTAGS:
        return [
            f"{hashtags} hashtags: Instagram's app allows {limits.CAPTION_WARN_HASHTAGS} since late 2025."
        ]
    return []


# Addresses without `://`.
_NO_FILE = ("data:", "blob:")


def check_source(source: str, *, as_it_is: bool) -> None:
    """Refuse a source that is neither a file's name nor an address that Instagram can use.

    as_it_is: an address goes to Instagram, byte for byte, and not through the media desk. Raises Refused.
    """
    if not source.strip():
        raise Refused(
            "The file or URL is empty.", rule="source", value="", fix="Name a file or an https URL."
        )
    asset = Asset(source)
    if asset.is_object:
        _check_object(source)
        return
    if not asset.is_url:
        if "://" in source or source.lower().startswith(_NO_FILE):
            scheme, colon, _ = source.partition("://" if "://" in source else ":")
            scheme = scheme.lower()
            raise Refused(
                f"{scheme}{colon} addresses cannot be fetched by Instagram.",
                rule="source_scheme",
                value=scheme,
                limit="https, s3, or a file",
                fix="Use an https URL, or give the path of a file.",
            )
        require_utf8_name(source)
        return
    try:
        parts = urlsplit(source)
        _ = parts.port  # read, since a wrong one is noticed only then
    except ValueError:
        parts = None
    if parts is None or not parts.hostname or any(letter.isspace() for letter in parts.hostname):
        raise Refused(
            f"{shown_address(source)} is not an address.",
            rule="source_address",
            value=shown_address(source),
            limit="https://host/path, or a file",
            fix="Check its spelling.",
        )
    if as_it_is:
        _check_spelling(source, parts)


def _check_object(source: str) -> None:
    """Refuse what is no bucket and key. A secret belongs into a setting, which is no part of a post."""
    bucket, _, key = source.partition("://")[2].partition("/")
    if "@" in bucket:
        raise Refused(
            f"{shown_address(source)} holds a key to sign in with.",
            rule="source_sign_in",
            limit="s3://BUCKET/KEY",
            fix="Leave it out of the address: set PRESSROOM_S3_URL, or the AWS_* variables.",
        )
    if not bucket or not key.strip("/"):
        raise Refused(
            f"{source} is not the address of an object.",
            rule="source_address",
            value=source,
            limit="s3://BUCKET/KEY",
            fix="Check its spelling.",
        )


# Signs that stay as they are in the path of an address.
_KEPT = "/%:@!$&'()*+,;=~-._"


def _check_spelling(source: str, parts: SplitResult) -> None:
    """Refuse what Instagram's fetcher cannot use. Source: content publishing: URLs are US-ASCII."""
    if parts.username is not None or parts.password is not None:
        raise Refused(
            f"The address on {parts.hostname} holds a user name or password, and Instagram does not sign in.",
            rule="source_sign_in",
            limit="an address that opens without signing in",
            fix="Give the file itself, or an address that opens from anywhere.",
        )
    if source.isascii() and source.isprintable() and " " not in source:
        return
    require_utf8(source, "The address")
    try:
        host = (parts.hostname or "").encode("idna").decode()
    except UnicodeError:
        host = quote(parts.hostname or "")
    port = f":{parts.port}" if parts.port else ""
    alike = ", and the query behind it alike" if parts.query else ""
    spelled = f"{parts.scheme}://{host}{port}{quote(parts.path.strip(), safe=_KEPT)}{alike}"
    raise Refused(
        f"{shown_address(source)} holds a space or a letter that an address must spell in another way.",
        rule="source_spelling",
        value=shown_address(source),
        limit="ASCII letters, digits and signs",
        fix=f"Write it as {spelled}.",
    )


def check_examined(post: Post, seen: Sequence[Seen | None]) -> None:
    """Refuse options that do not suit the files. seen: what each shows, None for an address.

    Raises Refused.
    """
    first = seen[0]
    media_type = first.media_type if first else kind_of_url(post.kind, post.assets[0].source)
    if post.kind is PostKind.CAROUSEL and post.options.user_tags and media_type == "video":
        raise Refused(
            "Accounts are tagged on a carousel's first item, and this one is a video, which takes no tags.",
            rule="user_tags",
            value="video",
            limit="image",
            fix="Put a picture first, or leave the tags out.",
        )
    offset_ms = post.options.thumb_offset_ms
    duration_s = first.duration_s if first else None
    if offset_ms is None or duration_s is None or offset_ms < duration_s * 1000:
        return
    raise Refused(
        f"The thumbnail offset, {offset_ms} ms, lies behind the clip's end ({duration_s * 1000:.0f} ms).",
        rule="thumb_offset",
        value=offset_ms,
        limit=f"0 to {duration_s * 1000:.0f} ms",
        fix="Use a moment inside the clip.",
    )


VIDEO_ENDINGS = frozenset({".mp4", ".mov", ".m4v", ".webm", ".mkv", ".avi", ".mpg", ".mpeg", ".3gp"})

IMAGE_ENDINGS = frozenset(
    {".jpg", ".jpeg", ".png", ".webp", ".heic", ".heif", ".avif", ".gif", ".bmp", ".tif", ".tiff"}
)


def media_type_of_url(url: str) -> MediaType | None:
    """Read off a URL's ending whether it is a picture or a clip; None when the ending does not tell."""
    ending = PurePosixPath(urlsplit(url).path).suffix.lower()
    if ending in VIDEO_ENDINGS:
        return "video"
    return "image" if ending in IMAGE_ENDINGS else None


def kind_of_url(kind: PostKind, url: str) -> MediaType:
    """Tell what an address is taken for."""
    if kind is PostKind.REEL:
        return "video"
    return media_type_of_url(url) or "image"
