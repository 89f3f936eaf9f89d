"""The files of the composer: sent by a browser, judged by the media desk, listed with what it says.

Uploads are the person's who is signed in, and end after a day; a post keeps its files for itself.
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from markupsafe import Markup, escape
from starlette.responses import JSONResponse, Response

from pressroom.core.assets import Action, Asset, MediaReport, PictureUse
from pressroom.core.errors import MediaRefused, NotFound
from pressroom.core.post import Post, PostKind
from pressroom.graph.limits import COUNT_LIMITS
from pressroom.web.page import Page
from pressroom.web.posts.draft import in_fields, key_of
from pressroom.web.site import PageRequest, Site

ALT_MOST: Final = next(limit.most for limit in COUNT_LIMITS if limit.parameter == "alt_text")
"""How long an alternative text may be, as `limits.utf16_units` counts."""

_MOST_LETTERS: Final = 255


@dataclass(frozen=True, slots=True)
class Typed:
    """A text in a field that it is typed in: escaped, and else as it is, since what is shown is sent back."""

    text: str

    def __html__(self) -> Markup:
        """Escape it. A template makes hidden characters of other texts visible."""
        return escape(self.text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the media desk says of a file. state: `good`, `mind` or `bad`. details: what is done to it."""

    state: str
    words: str
    details: Sequence[str] = ()
    is_clip: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ComposedFile:
    """A file. upload: its id, where no post has it yet. picture: an address; empty for none."""

    key: str
    upload: str = ""
    name: str
    is_clip: bool
    picture: str
    verdict: Verdict
    alt_text: Typed = field(default_factory=lambda: Typed(""))


async def receive(site: Site, request: PageRequest) -> Response:
    """Take in a picture or clip, whose bytes are the body; nothing is kept of one that breaks off.

    sha256: of its bytes, in the address, as is its `name`. The same again is the upload that is there.
    """
    size = request.http.headers.get("content-length")

    async def chunks() -> AsyncGenerator[bytes]:
        async for chunk in request.http.stream():
            yield chunk

    upload = await site.pressroom.uploads.put(
        request.path_part("id"),
        chunks(),
        sha256=request.asked("sha256"),
        size=int(size) if size else None,
        # From its end, which says what kind of file it is.
        name=request.asked("name")[-_MOST_LETTERS:] or None,
    )
    return JSONResponse({"id": upload.id, "name": upload.name, "media_type": upload.media_type}, 201)


async def show_picture(site: Site, request: PageRequest) -> Response:
    """Show a small picture of an upload."""
    jpeg = await site.pressroom.uploads.picture(request.path_part("id"), PictureUse.CARD)
    if jpeg is None:
        raise NotFound("No picture can be made of this file.")
    return Response(jpeg, headers={"cache-control": "private, max-age=86400"}, media_type="image/jpeg")


async def show_upload(site: Site, request: PageRequest) -> Response:
    """Show a file that was just sent as the list of files has it. upload: its id. kind: of the post."""
    upload = await site.pressroom.uploads.get(request.asked("upload"))
    kind = PostKind(word) if (word := request.asked("kind")) in tuple(PostKind) else PostKind.PHOTO
    asset = await site.pressroom.uploads.asset(upload.id)
    file = ComposedFile(
        key="",
        upload=upload.id,
        name=upload.name or asset.name,
        is_clip=upload.media_type == "video",
        picture=f"/uploads/{upload.id}/picture",
        verdict=await verdict_of(site, asset, kind),
    )
    return request.page("posts/file.html", file=file, alt_most=ALT_MOST)


async def composed_files(site: Site, post: Post) -> Sequence[ComposedFile]:
    """Build what the list of files shows of a post's, each with the desk's verdict."""
    reports: Mapping[Asset, MediaReport] = {}
    with contextlib.suppress(MediaRefused):  # one is gone: each is looked at by itself, and that one refused
        reports = await site.pressroom.media.check_files(post)
    verdicts = await asyncio.gather(
        *(verdict_of(site, asset, post.kind, reports.get(asset)) for asset in post.assets)
    )
    alt_texts = (*post.options.alt_texts, *[""] * len(post.assets))
    return [
        ComposedFile(
            key=key_of(asset),
            name=asset.name,
            is_clip=verdict.is_clip,
            # With the key, so that another file in its place is another picture.
            picture=f"/posts/{post.id}/files/{number}/picture?of={key_of(asset)}" if asset.copy else "",
            verdict=verdict,
            alt_text=Typed(alt_texts[number]),
        )
        for number, (asset, verdict) in enumerate(zip(post.assets, verdicts, strict=True))
    ]


async def verdict_of(site: Site, asset: Asset, kind: PostKind, report: MediaReport | None = None) -> Verdict:
    """Have the media desk look at a file, unless it did, and say in words what it found."""
    if asset.is_url and not asset.copy:
        return Verdict(state="mind", words="Instagram fetches it from its address when it goes out.")
    try:
        report = report or await site.pressroom.media.check(asset, use=kind.media_use)
    except MediaRefused as refusal:
        return Verdict(state="bad", words=" ".join(in_fields(site, refusal)))
    is_clip = report.media_type == "video"
    if report.refusal:
        return Verdict(state="bad", words=" ".join(in_fields(site, report.refusal)), is_clip=is_clip)
    words = "Instagram takes it as it is."
    if report.action is not Action.AS_IS:
        words = "It is made ready for Instagram before it goes out."
    state = "mind" if report.warnings else "good"
    return Verdict(state=state, words=words, details=(*report.changes, *report.warnings), is_clip=is_clip)


PAGES: Final = (
    Page(path="/posts/new/file", answer=show_upload),
    Page(path="/uploads/{id}", answer=receive, method="POST", takes_body=True),
    Page(path="/uploads/{id}/picture", answer=show_picture),
)
