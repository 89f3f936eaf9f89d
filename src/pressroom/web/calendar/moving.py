"""Gives a post another time, from a calendar or a form: nothing else of it changes, and it is not let go.

`move` is for what is still to go out, `plan_again` for what failed, was missed or came too late.
"""

from calendar import monthrange
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Final
from urllib.parse import urlencode

from starlette.responses import Response

from pressroom.core.actor import actor_in_words
from pressroom.core.errors import Conflict, PressroomError, Refused, TimeIsOver
from pressroom.core.post import Post, When
from pressroom.core.remedies import RemedyKind
from pressroom.core.stored_posts import PostChanged, title_of
from pressroom.core.when import day_of, parse_when, repeated_hour
from pressroom.service.consent.change import Verb
from pressroom.service.posts.changes import MOVABLE
from pressroom.web.done import Undo, answer_done
from pressroom.web.page import Page, PageAnswer
from pressroom.web.posts.buttons import WAYS
from pressroom.web.reader import Reader
from pressroom.web.site import PageRequest, Site, own_path

NEAR: Final = timedelta(seconds=60)
"""What was let go is not moved to a time that is nearer: it would be out before anybody could stop it."""


async def move(site: Site, request: PageRequest) -> Response:
    """Give a post that is still to go out another time, and change nothing else.

    The fields are those of `asked_time`, with `undo` for a move that takes one back.
    """
    posts, reader, now = site.pressroom.posts, await request.reader(site), site.clock.now()
    before, version = await posts.get(request.whole_id()), request.version()
    is_undo = bool(request.form.get("undo"))
    at = asked_time(request.form, before, reader, now)
    if before.state in MOVABLE and at == (before.goes_out_at if before.when.has_time else before.day):
        return _answer(request, f"It stays at {time_in_words(before, reader)}.", before)
    require_not_near(before, at, now)
    # A draft whose time was over already gets that back: it waits for a person either way.
    is_late = is_undo and before.state.is_held
    try:
        moved = await posts.move(before.id, at, before.timezone, version=version, is_late=is_late)
    except PressroomError as error:
        raise for_pages(error, before, reader) from error
    words = f"Moved {'back ' if is_undo else ''}to {time_in_words(moved, reader)}."
    was, day = _day_of(before, reader), _day_of(moved, reader)
    if request.form.get("month") and was and day and was.day != day.day:
        words += f" That month has no day {was.day}."
    warnings = [*await posts.time_warnings(moved, before)]
    if moved.due_at and moved.timezone != reader.zone.key:
        warnings += filter(None, [repeated_hour(moved.due_at, reader.zone.key)])
    undo = Undo(path=f"/posts/{before.id}/move{_zone_asked(request)}", fields=_former(before, moved))
    return _answer(request, " ".join([words, *warnings]), before, None if is_undo else undo)


async def plan_again(site: Site, request: PageRequest) -> Response:
    """Plan a post again that failed, was missed or came too late: it is looked for, and then goes out.

    again: also where another post of the same content went out since; the other fields as `move` has them.
    """
    posts, reader = site.pressroom.posts, await request.reader(site)
    before, version = await posts.get(request.whole_id()), request.version()
    at = asked_time(request.form, before, reader, site.clock.now())
    is_again = bool(request.form.get("again"))
    try:
        again = await posts.reschedule(before.id, at, before.timezone, version=version, is_again=is_again)
    except PressroomError as error:
        raise for_pages(error, before, reader) from error
    words = [f"Planned again for {time_in_words(again, reader)}.", *await posts.time_warnings(again)]
    return _answer(request, " ".join(words), before)


def show_form(verb: Verb) -> PageAnswer:
    """Make the page that asks for another time: of a MOVE, or of a RESCHEDULE."""

    async def answer(site: Site, request: PageRequest) -> Response:
        history, reader = await site.pressroom.posts.show(request.whole_id()), await request.reader(site)
        post, kinds = history.post, {choice.remedy.kind for choice in history.choices}
        local = reader.local(post.goes_out_at) if post.goes_out_at and post.when.has_time else None
        return request.page(
            "calendar/time.html",
            title="Move" if verb is Verb.MOVE else "Plan again",
            verb=verb,
            post=post,
            words=title_of(post.options.caption) or "No caption",
            day=_day_of(post, reader),
            clock=f"{local:%H:%M}" if local else "",
            stands=time_in_words(post, reader),
            zone=reader.zone.key,
            zone_asked=_zone_asked(request),
            can_move=RemedyKind.MOVE_POST in kinds,
            can_plan_again=RemedyKind.RESCHEDULE_POST in kinds,
            back=own_path(request.asked("back"), f"/posts/{post.id}"),
        )

    return answer


def _answer(request: PageRequest, words: str, post: Post, undo: Undo | None = None) -> Response:
    """Say what was done; without a script on a page of its own, with the way back."""
    back = own_path(request.form.get("back", ""), f"/posts/{post.id}")
    if request.wants_json:
        return answer_done(request, words, back=back, undo=undo)
    return request.page("calendar/moved.html", title="Done", words=words, undo=undo, back=back)


def _zone_asked(request: PageRequest) -> str:
    return f"?{urlencode({'zone': request.asked('zone')})}" if request.asked("zone") else ""


def asked_time(form: Mapping[str, str], post: Post, reader: Reader, now: datetime) -> date | str:
    """Read the new time of a form, on the reader's clock.

    day: it keeps its time of day. day, time: both; an empty time, or a field `no_time`, means none yet.
    month: the same day of that month (`2026-12`), or its last one. open: neither day nor time. at: a time in
    words; `now` for what is held back means that it goes out once it is let go. Raises Refused.
    """
    if form.get("open"):
        return When.OPEN
    if form.get("at") == When.NOW and post.state.is_held:
        return When.NOW
    if form.get("at"):
        return parse_when(form["at"], now=now, zone=reader.zone)
    day = day_of(form.get("day") or f"{form.get('month', '')}-01", now=now, zone=reader.zone)
    if form.get("month"):
        was = _day_of(post, reader)
        if was is None:
            raise Refused(
                "A post without a day cannot be moved by a month.",
                rule="day",
                limit="a post with a day",
                fix="Move it to a day.",
            )
        day = day.replace(day=min(was.day, monthrange(day.year, day.month)[1]))
    local = reader.local(post.goes_out_at) if post.goes_out_at and post.when.has_time else None
    clock = form.get("time", f"{local:%H:%M:%S}" if local else "")
    if form.get("no_time") or not clock:
        return day
    # Of an hour that comes twice it stays the one that it was, with its seconds.
    if local and post.goes_out_at and (day, clock[:5]) == (local.date(), f"{local:%H:%M}"):
        return post.goes_out_at
    return parse_when(f"{day}T{clock}", now=now, zone=reader.zone)


def require_not_near(post: Post, at: date | str | None, now: datetime) -> None:
    """Raise Refused where a post that was let go would go out within the next minute."""
    if not post.state.is_waiting or not isinstance(at, datetime) or at - now >= NEAR:
        return
    raise Refused(
        "That time is over, or less than a minute away: the post would go out before anybody could stop it.",
        rule="near",
        value=at.isoformat(),
        limit="a time that is a minute away or more",
        fix="Choose a later time.",
    )


def for_pages(error: PressroomError, post: Post, reader: Reader) -> PressroomError:
    """Word why a change of a post is refused, for somebody who looks at a page and types no commands."""
    if isinstance(error, PostChanged):
        changes = [
            f"{actor_in_words(event.actor) if event.actor else 'the worker'}, "
            f"{reader.local(event.at):%H:%M}: {event.text.rstrip('.')}."
            for event in error.since
        ]
        since = " ".join(["This post was changed since you saw it, and stays as it is now.", *changes])
        return Conflict(since, fix="Look at it again, then decide.")
    if not isinstance(error, Refused):
        return error
    buttons = {kind: f"“{way.label}” on its page" for kind, way in WAYS.items()}
    fix = error.fix_by(lambda remedy: buttons.get(remedy.kind, "its page"))
    return Refused(
        error.message.replace(f"Post {post.id}", "This post"),
        rule=error.rule,
        value=error.value,
        limit=error.limit,
        fix="Choose a later time." if isinstance(error, TimeIsOver) else fix,
    )


def _former(before: Post, moved: Post) -> dict[str, str]:
    """Return the fields by which a post is given back the time that it had."""
    fields = {"version": str(moved.version), "undo": "1"}
    match before.when:
        case When.DAY if before.day:
            return {**fields, "day": before.day.isoformat(), "no_time": "1"}
        case When.NOW if before.state.is_held:
            return {**fields, "at": When.NOW}
        case When.TIME | When.NOW if before.due_at:
            return {**fields, "at": before.due_at.isoformat()}
        case _:
            return {**fields, "open": "1"}


def _day_of(post: Post, reader: Reader) -> date | None:
    if post.goes_out_at and post.when.has_time:
        return reader.local(post.goes_out_at).date()
    return post.day


def time_in_words(post: Post, reader: Reader) -> str:
    """Say when a post goes out, on the reader's clock."""
    if post.goes_out_at and post.when.has_time:
        local = reader.local(post.goes_out_at)
        return f"{local:%A} {local.day} {local:%B %Y, %H:%M}"
    return f"{post.day:%A} {post.day.day} {post.day:%B %Y}, no time yet" if post.day else "no day"


PAGES: Final = (
    Page(path="/posts/{id}/move", answer=show_form(Verb.MOVE)),
    Page(path="/posts/{id}/move", answer=move, method="POST"),
    Page(path="/posts/{id}/plan-again", answer=show_form(Verb.RESCHEDULE)),
    Page(path="/posts/{id}/plan-again", answer=plan_again, method="POST"),
)
