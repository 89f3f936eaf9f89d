"""What a person does to a post from its page, and the pages that ask before.

Each is a form with the version of the post that was seen. A refusal has the buttons of its remedies.
"""

import asyncio
from collections.abc import Mapping
from typing import Final, NamedTuple

from starlette.responses import RedirectResponse, Response

from pressroom.core.errors import NotFound, PressroomError, Refused
from pressroom.core.post import Post
from pressroom.core.remedies import Fix, Remedy
from pressroom.core.remedies import RemedyKind as Kind
from pressroom.service.consent.approvals import Waiting
from pressroom.service.posts.history import Choice
from pressroom.web.deciding.files import shown_item
from pressroom.web.done import answer_done
from pressroom.web.page import Page, PageAnswer
from pressroom.web.posts.buttons import button_of, by_button, is_deletable
from pressroom.web.posts.page import facts_of, state_in_words
from pressroom.web.posts.preview import preview_of
from pressroom.web.site import PageRequest, Site, own_path

# Where Instagram's answer is lost, the post is looked for during two minutes.
_WAIT_S: Final = 5.0


class Question(NamedTuple):
    """What is asked before something is done.

    kind: of the remedy, which the post has to allow. says: what it does. action: of the address that does it.
    label: of its button. fields: of its form. needs_media: a person has to name a media.
    """

    kind: Kind
    title: str
    says: str
    label: str
    action: str
    fields: Mapping[str, str] = {}
    needs_media: bool = False
    is_grave: bool = True


QUESTIONS: Final[Mapping[str, Question]] = {
    "cancel": Question(
        Kind.CANCEL_POST,
        "Cancel this post?",
        "It does not go out, and cannot be planned again: duplicate it for that. Instagram is told nothing.",
        "Cancel the post",
        "cancel",
    ),
    "live": Question(
        Kind.RESOLVE_PUBLISHED,
        "Which media is it?",
        "The post counts as live as this media from then on, and is not sent again.",
        "It is live as this media",
        "resolve",
        needs_media=True,
        is_grave=False,
    ),
    "not-live": Question(
        Kind.RESOLVE_NOT_PUBLISHED,
        "Is it really not live?",
        "Instagram is asked first. Where that shows no such post, it is looked for once more and sent again, "
        "at once.",
        "It is not live: publish it",
        "resolve",
    ),
    "not-live-unchecked": Question(
        Kind.RESOLVE_UNCHECKED,
        "Did you look at the profile yourself?",
        "On your word alone it is sent again, at once. If it is live after all, it shows twice.",
        "I looked, and it is not there: publish it",
        "resolve",
        fields={"unchecked": "1"},
    ),
    "delete": Question(
        Kind.DELETE_MEDIA,
        "Delete this at Instagram?",
        "It is taken off the profile with its comments and likes, for good. Nobody can bring it back.",
        "Delete it at Instagram",
        "delete",
    ),
}


async def ask(site: Site, request: PageRequest) -> Response:
    """Ask before something is done to a post."""
    question = QUESTIONS.get(request.path_part("what"))
    if question is None:
        raise NotFound("There is no such question.", fix="Open the page of the post to see what can be done.")
    history = await site.pressroom.posts.show(request.whole_id())
    post, reader = history.post, await request.reader(site)
    allowed = {choice.remedy.kind for choice in history.choices}
    if Kind.RESOLVE_NOT_PUBLISHED in allowed:
        allowed.add(Kind.RESOLVE_UNCHECKED)
    if is_deletable(post):
        allowed.add(Kind.DELETE_MEDIA)
    if question.kind not in allowed:
        raise Refused(
            f"That cannot be done to this post as it stands: {state_in_words(post)}.",
            rule="state",
            value=post.state,
            limit="a state that allows it",
            fix="Open its page anew to see what can.",
        )
    # Asks Instagram what it would delete, and refuses what it would not.
    doomed = await site.pressroom.media.rehearse_deletion(post.id) if question.action == "delete" else None
    item, base = await shown_item(site, Waiting.of(post), history), f"/posts/{post.id}"
    return request.page(
        "posts/asking.html",
        title=question.title,
        question=question,
        post=post,
        item=item,
        preview=preview_of(item, post.kind, base),
        facts=tuple(facts_of(post, reader, site.pressroom.pages.mask))[:2],
        doomed=doomed,
        candidates=_candidates(post),
        back=own_path(request.asked("back"), base),
    )


def _candidates(post: Post) -> tuple[str, ...]:
    """Return the media that may be a post in doubt, as Instagram listed them last."""
    looks = [look for send in post.sends for look in send.looks] + [*post.listings]
    listed = [look.candidates for look in sorted(looks, key=lambda look: look.at) if look.candidates]
    return tuple(sorted(listed[-1])) if listed else ()


async def cancel(site: Site, request: PageRequest) -> Response:
    """End a post that is not live."""
    post = await site.pressroom.posts.cancel(request.whole_id(), version=request.version())
    return answer_done(request, "Cancelled. It does not go out.", back=f"/posts/{post.id}")


async def retry(site: Site, request: PageRequest) -> Response:
    """Try a post again at once. again: also where the same went out since it was made."""
    post = await site.pressroom.posts.retry(
        request.whole_id(), version=request.version(), is_again=bool(request.form.get("again"))
    )
    return answer_done(request, "It is tried again now.", back=f"/posts/{post.id}")


async def reconcile(site: Site, request: PageRequest) -> Response:
    """Have Instagram asked once more about a post in doubt."""
    post = await site.pressroom.posts.reconcile(request.whole_id(), version=request.version())
    return answer_done(request, "Instagram is asked once more.", back=f"/posts/{post.id}")


async def resolve(site: Site, request: PageRequest) -> Response:
    """Settle a post in doubt. media: as which it is live; without it, it is not, and goes out again.

    unchecked: a person looked at the profile, and Instagram is not asked.
    """
    posts, post_id, version = site.pressroom.posts, request.whole_id(), request.version()
    media_id, is_unchecked = request.form.get("media", "").strip(), bool(request.form.get("unchecked"))
    if "media" in request.form and not (media_id.isascii() and media_id.isdigit()):
        raise Refused(
            "That is no id of a media.",
            rule="media_id",
            value=media_id[:40],
            limit="digits alone",
            fix=Fix.of(
                "Copy it from {}, or have Instagram asked once more, which finds it: {}.",
                Remedy(Kind.LIST_MEDIA),
                Remedy(Kind.RECONCILE_POST, {"post": post_id}),
            ),
        )
    if not media_id and not is_unchecked:
        await posts.require_not_live(post_id)
    await posts.resolve(post_id, media_id=media_id or None, version=version, is_unchecked=is_unchecked)
    words = f"It is live as media {media_id}." if media_id else "It is looked for, and then goes out again."
    return answer_done(request, words, back=f"/posts/{post_id}")


async def duplicate(site: Site, request: PageRequest) -> Response:
    """Make an open draft that shows what a post shows, and lead to it."""
    planned = await site.pressroom.posts.duplicate(request.whole_id())
    return RedirectResponse(f"/posts/{planned.post.id}", 303)


async def hand_over(site: Site, request: PageRequest) -> Response:
    """Give a draft to another account. account: the name of its login."""
    name = request.form.get("account", "")
    post = await site.pressroom.posts.edit(request.whole_id(), account=name, version=request.version())
    return answer_done(request, f"It is a draft of {post.account_name}.", back=f"/posts/{post.id}")


async def delete(site: Site, request: PageRequest) -> Response:
    """Delete a post at Instagram."""
    post, version = await site.pressroom.posts.get(request.whole_id()), request.version()
    if post.version != version:
        raise Refused(
            "The post was changed since you saw it.",
            rule="version",
            value=version,
            limit=post.version,
            fix="Look at it again, then decide.",
        )
    task = await site.pressroom.media.delete_soon(post.id)
    await asyncio.wait({task}, timeout=_WAIT_S)
    words = "Nothing was heard of it yet, and it goes on. Its history shows what comes of it."
    if task.done():
        task.result()
        words = "It is deleted at Instagram."
    return answer_done(request, words, back=f"/posts/{post.id}")


def with_remedies(do: PageAnswer) -> PageAnswer:
    """Have a refusal of what is done to a post shown with the buttons of its remedies."""

    async def answer(site: Site, request: PageRequest) -> Response:
        try:
            return await do(site, request)
        except PressroomError as error:
            # A script shows it on the page where it is, which has its buttons.
            if request.wants_json or isinstance(error, NotFound):
                raise
            post, mask = await site.pressroom.posts.get(request.whole_id()), site.pressroom.pages.mask
            shown = [button_of(post, Choice("", remedy)) for remedy in error.remedies]
            return request.page(
                "posts/refused.html",
                status=422 if isinstance(error, Refused) else 409,
                title="Nothing was changed",
                problem=(mask(error.message), mask(error.fix_by(by_button))),
                post=post,
                choices=[button for button in shown if not button.command],
            )

    return answer


_DOING: Final[Mapping[str, PageAnswer]] = {
    "cancel": cancel,
    "retry": retry,
    "reconcile": reconcile,
    "resolve": resolve,
    "duplicate": duplicate,
    "account": hand_over,
    "delete": delete,
}
PAGES: Final = (
    Page(path="/posts/{id}/ask/{what}", answer=with_remedies(ask)),
    *(
        Page(path=f"/posts/{{id}}/{action}", answer=with_remedies(do), method="POST")
        for action, do in _DOING.items()
    ),
)
