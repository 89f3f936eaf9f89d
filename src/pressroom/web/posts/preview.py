"""A post as Instagram shows it, for its page, for the one where it is written, and for lists.

The template is `posts/preview.html`, whose macro `preview_of` takes a `Preview`.
"""

import re
from dataclasses import dataclass
from typing import Final

from pressroom.core.post import PostKind
from pressroom.web.deciding.items import Item, ShownFile

FOLDED_AT: Final = 125
"""So many characters of a caption are seen before one asks for more."""

# Instagram takes 2,200: what is longer is refused before it goes out, and need not be shown in full.
_MOST_SHOWN: Final = 3_000
_MOST_OF_ALT: Final = 1_000
_NAMES: Final = re.compile(r"([#@][\w.]+)")


@dataclass(frozen=True, slots=True)
class Words:
    """A part of a caption. is_name: it is a hashtag, or names an account."""

    text: str
    is_name: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Slide:
    """A picture or clip of a post. picture, clip: addresses; None where there is none to show.

    absent: why nothing is shown. alt: for who cannot see it.
    """

    number: int
    name: str
    alt: str
    picture: str | None
    clip: str | None
    absent: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What Instagram shows of a post. account: whose it is.

    slides: in their order. beginning: of the caption, folded as Instagram does; empty where it is not.
    left_out: how many characters of it are not shown at all. alt_texts: each with the number of its file.
    """

    kind: PostKind
    account: str
    slides: tuple[Slide, ...]
    beginning: tuple[Words, ...]
    caption: tuple[Words, ...]
    left_out: int
    first_comment: str | None
    alt_texts: tuple[tuple[int, str], ...]

    @property
    def is_upright(self) -> bool:
        """Whether it fills a phone's screen."""
        return self.kind in (PostKind.REEL, PostKind.STORY)


def preview_of(item: Item, kind: PostKind, base: str) -> Preview:
    """Build the preview of a post.

    item: what `files.shown_item` gives of it. base: below it are its files, such as `/posts/ID`.
    """
    caption = item.caption or ""
    shown = caption[:_MOST_SHOWN]
    cover = next((file for file in item.files if file.is_cover), None)
    slides = [_slide(file, base, cover) for file in item.files if not file.is_cover]
    return Preview(
        kind=kind,
        account=item.account or "",
        slides=tuple(slides),
        beginning=_words(shown[:FOLDED_AT].rstrip()) if len(caption) > FOLDED_AT else (),
        caption=_words(shown),
        left_out=len(caption) - len(shown),
        first_comment=item.first_comment and item.first_comment[:_MOST_SHOWN],
        alt_texts=tuple(
            (file.number + 1, file.alt_text[:_MOST_OF_ALT]) for file in item.files if file.alt_text
        ),
    )


def _slide(file: ShownFile, base: str, cover: ShownFile | None) -> Slide:
    has_picture, address = file.sha256 is not None and file.left != "nothing", f"{base}/files"
    pictured = cover if cover and cover.sha256 and cover.left != "nothing" else file if has_picture else None
    return Slide(
        number=file.number + 1,
        name=file.name,
        alt=file.alt_text[:_MOST_OF_ALT] or f"File {file.number + 1}, {file.name}: no description was given",
        # With what it shows: where another file takes its place, a page that is open loads that.
        picture=f"{address}/{pictured.number}/picture?of={str(pictured.sha256)[:12]}" if pictured else None,
        clip=f"{address}/{file.number}/clip"
        if has_picture and file.is_clip and file.left == "file"
        else None,
        absent="The file is no longer kept."
        if file.left == "nothing"
        else "Instagram fetches it from its address when it goes out. It may show something else by then.",
    )


def _words(text: str) -> tuple[Words, ...]:
    # By turns plain and a name.
    parts = enumerate(_NAMES.split(text))
    return tuple(Words(part, number % 2 == 1) for number, part in parts if part)
