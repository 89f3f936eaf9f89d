"""The composer: writes a new post and changes one, on the same page. Drafts are kept as they are written.

A script of the page sends the whole post each time (`draft.Sent`), with the version that it saw.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import msgspec
from starlette.responses import JSONResponse, Response

from pressroom.core.account import StoredAccount
from pressroom.core.assets import Fit
from pressroom.core.errors import Conflict, NotFound, PressroomError, Refused
from pressroom.core.post import Post, PostKind, PostOptions, PostState, When
from pressroom.core.stored_posts import PostChanged
from pressroom.core.when import require_ahead
from pressroom.graph.limits import CAROUSEL_MAX_ITEMS
from pressroom.service import new_post
from pressroom.service.consent.approvals import Waiting
from pressroom.service.consent.change import PAST, Verb
from pressroom.service.posts.changes import MOVABLE, may_edit
from pressroom.web.calendar.moving import require_not_near, time_in_words
from pressroom.web.deciding.files import shown_item
from pressroom.web.page import Page, PageAnswer
from pressroom.web.posts import draft
from pressroom.web.posts.further import fields_of
from pressroom.web.posts.preview import preview_of
from pressroom.web.posts.uploading import ALT_MOST, Typed, composed_files
from pressroom.web.reader import Reader
from pressroom.web.site import PageRequest, Site, require_version

_SLOTS: Final = 3
_OF_TIME: Final = ("due_time", "past")
# Of a draft that was kept and then given its time.
_TIMED_VERSION: Final = 2


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """Why something was not done, and what to do about it."""

    title: str
    text: str


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """What the server says of what was typed. time: what is meant; empty where none was sent."""

    counts: Sequence[draft.Count]
    time: str = ""
    problem: Problem | None = None


class Saved(Judged, frozen=True, kw_only=True):
    """A post as it was kept. files: their keys, in order. words: what there is to say beside that."""

    id: str
    version: int
    files: Sequence[str]
    words: str = ""


async def compose(site: Site, request: PageRequest) -> Response:
    """Show the page of a new post. at, day: when; account: whose, by the name of its login."""
    logins = await site.pressroom.accounts.logins()
    usual = next((login for login in logins if login.is_default), next(iter(logins), None))
    login = next((login for login in logins if login.name == request.asked("account")), usual)
    time = draft.SentTime(kind="open")
    if at := request.asked("at"):
        time = draft.time_asked(at, await request.reader(site), site.clock.now())
    elif day := request.asked("day"):
        time = draft.SentTime(kind="day", text=day)
    return await _show(site, request, None, login, time)


async def edit(site: Site, request: PageRequest) -> Response:
    """Show the page on which a post is changed, or say why it cannot be."""
    post = await site.pressroom.posts.get(request.whole_id())
    if not may_edit(post):
        return request.page(
            "posts/not_edited.html", status=409, title="This post cannot be edited", post=post
        )
    time = draft.time_of(post, await request.reader(site))
    return await _show(site, request, post, await _login_of(site, post.login or post.account), time)


async def _show(
    site: Site, request: PageRequest, post: Post | None, login: StoredAccount | None, time: draft.SentTime
) -> Response:
    pressroom, reader, slots = site.pressroom, await request.reader(site), ()
    if login:
        try:
            slots = await pressroom.posts.slots.free(login.name, _SLOTS)
        except Refused:  # the account has none
            slots = ()
    problem, warnings, preview = "", list[str](), None
    if post:
        history, base = await pressroom.posts.show(post.id), f"/posts/{post.id}"
        preview = preview_of(await shown_item(site, Waiting.of(post), history), post.kind, base)
        try:
            warnings += await pressroom.media.check_post(post)
        except Refused as error:
            problem = " ".join(draft.in_fields(site, error))
        warnings += [*await pressroom.posts.time_warnings(post), *history.warnings]
    # Nobody decided on a draft, and it goes nowhere: each change of it is kept by itself.
    is_draft = post is None or post.state is PostState.DRAFT
    options = post.options if post else PostOptions()
    caption, comment = options.caption or "", options.first_comment or ""
    return request.page(
        "posts/composer.html",
        title="New post" if post is None else "Draft" if is_draft else "Edit the post",
        post=post,
        is_draft=is_draft,
        login=login,
        logins=await pressroom.accounts.logins(),
        files=await composed_files(site, post) if post else (),
        kinds=tuple(PostKind),
        kind=post.kind if post else PostKind.PHOTO,
        fits=tuple(Fit),
        options=options,
        further=fields_of(options),
        caption=Typed(caption),
        first_comment=Typed(comment),
        counts=draft.counts_of(caption, comment),
        # What failed or was missed is planned again, which is an action of its own.
        has_time=post is None or post.state in MOVABLE,
        time=time,
        meaning=_judge_time(site, time, reader, login)[0],
        slots=[reader.local(slot) for slot in slots],
        zone=reader.zone.key,
        preview=preview,
        problem=problem,
        warnings=[pressroom.pages.mask(text) for text in warnings],
        alt_most=ALT_MOST,
        most_files=CAROUSEL_MAX_ITEMS,
    )


async def judge(site: Site, request: PageRequest) -> Response:
    """Count texts and read a time, and keep nothing."""
    sent, reader = await draft.read_sent(request), await request.reader(site)
    words, problem = _judge_time(site, sent.time, reader, await _login_of(site, sent.account))
    counts = draft.counts_of(sent.caption, sent.first_comment)
    return _json(Judged(counts=counts, time=words, problem=problem))


async def keep(site: Site, request: PageRequest) -> Response:
    """Keep a new post as a draft."""
    sent, reader = await draft.read_sent(request), await request.reader(site)
    content = new_post(sent.kind, await draft.files_of(site, sent, None), **draft.options_of(sent, None))
    if sent.account and await _login_of(site, sent.account) is None:
        raise NotFound(f"Nobody is signed in as {sent.account!r} any more.", fix="Choose another account.")
    pressroom = site.session_of(sent.account) if sent.account else site.pressroom
    key = str(sent.key) if sent.key else None
    kept = await pressroom.posts.submit(
        content, at=When.OPEN, state=PostState.DRAFT, idempotency_key=key, is_unfinished=True
    )
    if kept.is_replay:
        sent = await _as_carried_out(site, reader, kept.post, sent)
        _require_untouched(site, reader, kept.post, sent)
    return await _answer_kept(site, reader, kept.post, sent)


def _require_untouched(site: Site, reader: Reader, post: Post, sent: draft.Sent) -> None:
    """Raise Conflict where a draft, whose page got no answer, was changed from elsewhere since."""
    _, problem = _judge_time(site, sent.time, reader, None)
    due = draft.due_of(sent.time, reader, site.clock.now(), post) if sent.time and not problem else When.OPEN
    is_as_kept = post.version == 1 or (post.version == _TIMED_VERSION and draft.is_due_so(post, due))
    if not is_as_kept or post.state is not PostState.DRAFT:
        raise Conflict(
            "It was kept as a draft before, and was changed from elsewhere since.",
            fix="Look for it in the calendar, and go on there.",
        )


async def save(site: Site, request: PageRequest) -> Response:
    """Keep the changes of a post."""
    sent, reader = await draft.read_sent(request), await request.reader(site)
    before = await _seen(site, request, sent)
    sent = await _as_carried_out(site, reader, before, sent)
    try:
        edited = await _edited(site, reader, before, sent)
        anew = [text for text in await site.pressroom.posts.time_warnings(edited, before) if "anew" in text]
        return await _answer_kept(site, reader, edited, sent, " ".join(anew))
    except PostChanged as changed:
        return _changed_meanwhile(site, changed)


async def plan(site: Site, request: PageRequest) -> Response:
    """Keep the changes of a draft, and let it go at its time."""
    sent, reader = await draft.read_sent(request), await request.reader(site)
    post = await _seen(site, request, sent)
    # The slot of a draft may be anybody's choice, and is not let go unseen.
    sent = await _as_carried_out(site, reader, post, sent, with_slots=post.state.is_waiting)
    # What waits for a decision is let out where it is shown in full, by a page without script.
    if post.version == sent.version and post.state is not PostState.DRAFT:
        raise Refused(
            "Only a draft is planned here, and this is none any more.",
            rule="state",
            value=post.state,
            limit=PostState.DRAFT,
            fix="Open its page to see what can be done.",
        )
    due = draft.due_of(sent.time, reader, site.clock.now(), post) if sent.time else post.due_at
    if not draft.has_time(due):
        raise Refused(
            "A post is planned for a time, and this one has none yet.",
            rule="due_time",
            value="no time",
            limit="a time, or a free slot",
            fix="Say when it goes out, or leave it as a draft.",
        )
    if isinstance(due, datetime):
        require_ahead(due, reader.zone.key, site.clock.now(), is_late=False)
    try:
        edited = await _edited(site, reader, post, sent)
        planned = await site.pressroom.posts.release(post.id, due, version=edited.version)
    except PostChanged as changed:
        planned = changed.post
        is_planned_so = planned.state.is_waiting and draft.is_due_so(planned, due)
        if not (is_planned_so and await _is_as_sent(site, planned, sent)):
            return _changed_meanwhile(site, changed)
    words = f"It is planned for {time_in_words(planned, reader)}."
    return JSONResponse({"words": words, "back": f"/posts/{post.id}"})


async def _seen(site: Site, request: PageRequest, sent: draft.Sent) -> Post:
    """Return the post of the path. Raises NotFound, Refused where no version of it was seen."""
    require_version(str(sent.version or ""))
    return await site.pressroom.posts.get(request.whole_id())


async def _as_carried_out(
    site: Site, reader: Reader, post: Post, sent: draft.Sent, *, with_slots: bool = True
) -> draft.Sent:
    given_at = None
    if sent.waited_s and with_slots:
        for event in (await site.pressroom.posts.show(post.id)).events:
            given_at = event.at if any(each.name == "due_at" for each in event.changes) else given_at
    return draft.as_carried_out(sent, reader, site.clock.now(), post, given_at)


async def _edited(site: Site, reader: Reader, post: Post, sent: draft.Sent) -> Post:
    """Change what a post shows to what was sent, where that is something else. Raises PostChanged."""
    # Also where nothing is to be changed: what the page shows is not the post any more.
    if sent.version == post.version and await _is_as_sent(site, post, sent):
        return post
    login, files = await _login_of(site, sent.account), await draft.files_of(site, sent, post)
    account = login.name if login and not _is_by(post, login) else None
    try:
        return await site.pressroom.posts.edit(
            post.id,
            kind=sent.kind,
            sources=files,
            account=account,
            version=sent.version,
            **draft.options_of(sent, post),
        )
    except PostChanged as changed:
        # By the same, sent before, whose answer was lost: with its time, or before it got that.
        own, (_, unread) = {PAST[Verb.EDIT]}, _judge_time(site, sent.time, reader, None)
        if sent.time and not unread:
            due = draft.due_of(sent.time, reader, site.clock.now(), changed.post)
            own |= {PAST[Verb.MOVE]} if draft.is_due_so(changed.post, due) else set[str]()
        # Judged by the post as it is now: what somebody else wrote is an edit, too.
        if {event.step for event in changed.since} <= own and await _is_as_sent(site, changed.post, sent):
            return changed.post
        raise


async def _is_as_sent(site: Site, post: Post, sent: draft.Sent) -> bool:
    """Tell whether a post shows what was sent, and goes out by that login."""
    login, options = await _login_of(site, sent.account), draft.options_of(sent, post)
    return (
        (login is None or _is_by(post, login))
        and sent.kind is post.kind
        and tuple(await draft.files_of(site, sent, post)) == post.assets
        and all(getattr(post.options, name) == value for name, value in options.items())
    )


def _is_by(post: Post, login: StoredAccount) -> bool:
    """Tell whether a post goes out by a login; of a draft alone it is chosen which of its account."""
    is_chosen = post.state is PostState.DRAFT
    return login.account == post.account and (login.name == post.login or not is_chosen)


async def _answer_kept(site: Site, reader: Reader, post: Post, sent: draft.Sent, words: str = "") -> Response:
    """Give a post that was kept the time that was sent, and say how it stands. Raises PostChanged."""
    meaning, problem = _judge_time(site, sent.time, reader, await _login_of(site, post.account))
    if sent.time and not problem:
        due = draft.due_of(sent.time, reader, site.clock.now(), post)
        try:
            if not draft.is_due_so(post, due):
                require_not_near(post, due, site.clock.now())
                post = await site.pressroom.posts.move(post.id, due, version=post.version)
        except PostChanged:
            raise
        except PressroomError as error:  # the rest of it is kept all the same
            title, text = draft.in_fields(site, error)
            problem = Problem(title=title, text=text)
    saved = Saved(
        id=post.id,
        version=post.version,
        files=[draft.key_of(asset) for asset in post.assets],
        counts=draft.counts_of(sent.caption, sent.first_comment),
        time=meaning,
        words=words,
        problem=problem,
    )
    return _json(saved)


def _changed_meanwhile(site: Site, changed: PostChanged) -> Response:
    text = "Nothing of yours was kept, and nothing of theirs was overwritten."
    title, _ = draft.in_fields(site, changed)
    return JSONResponse({"title": title, "text": text, "changed": changed.post.version}, 409)


def _json(answer: Judged) -> Response:
    return Response(msgspec.json.encode(answer), media_type="application/json")


async def _login_of(site: Site, account: str) -> StoredAccount | None:
    """Return the login of a name or an account's id."""
    logins = await site.pressroom.accounts.logins()
    return next((login for login in logins if account in (login.name, login.account)), None)


def _judge_time(
    site: Site, time: draft.SentTime | None, reader: Reader, login: StoredAccount | None
) -> tuple[str, Problem | None]:
    """Say what a time means, or why it cannot be read."""
    if time is None:
        return "", None
    try:
        due = draft.due_of(time, reader, site.clock.now())
    except Refused as error:
        title, text = draft.in_fields(site, error)
        return "", Problem(title=title, text=text)
    zone = login.timezone if login else reader.zone.key
    return draft.due_in_words(due, reader, site.clock.now(), zone), None


def by_fields(do: PageAnswer) -> PageAnswer:
    """Have a refusal worded by the fields of the page, and name the one to mend."""

    async def answer(site: Site, request: PageRequest) -> Response:
        try:
            return await do(site, request)
        except Refused as error:
            title, text = draft.in_fields(site, error)
            field = "at" if error.rule in _OF_TIME else None
            return JSONResponse({"title": title, "text": text, "field": field}, 422)

    return answer


PAGES: Final = (
    Page(path="/posts/new", answer=compose),
    Page(path="/posts/{id}/edit", answer=edit),
    *(
        Page(path=path, answer=by_fields(do), method="POST", takes_body=True)
        for path, do in {
            "/posts/new": keep,
            "/posts/new/judge": judge,
            "/posts/{id}/edit": save,
            "/posts/{id}/plan": plan,
        }.items()
    ),
)
