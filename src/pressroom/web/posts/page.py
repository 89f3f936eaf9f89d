"""The page of a post in any state: how it looks, its facts, what can be done, its numbers and its history.

Start at `show_post`.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from starlette.responses import Response

from pressroom.core.actor import actor_in_words, program_in_words
from pressroom.core.errors import PressroomError
from pressroom.core.journal import JournalEvent
from pressroom.core.post import Attention, IfLate, Post, PostState, When
from pressroom.core.settings import Mask
from pressroom.core.stored_posts import published_at
from pressroom.graph.capabilities import Capability, may_try
from pressroom.graph.definitions import DEFINITIONS, Definition, Level, Unit, definition_of
from pressroom.service import Session
from pressroom.service.consent.approvals import Waiting
from pressroom.service.insights.kept import DAY_S, KeptPost, Number
from pressroom.web.deciding.files import clip_of, picture_of, shown_item
from pressroom.web.deciding.items import Item, Moment, moment
from pressroom.web.page import Page
from pressroom.web.posts.buttons import buttons_of, more_of
from pressroom.web.posts.preview import preview_of
from pressroom.web.reader import Reader
from pressroom.web.site import PageRequest, Site, in_words

_TITLE_CHARACTERS: Final = 70
_LATE: Final = {
    IfLate.PUBLISH: "It goes out all the same, up to an hour late; after that a person is asked.",
    IfLate.ASK: "A person is asked.",
    IfLate.DROP: "It is dropped.",
}
_ATTENTION: Final = {
    Attention.OUTCOME_UNKNOWN: "it may be live: a person has to look",
    Attention.LATE: "it missed its time: a person has to decide",
}
# What an event changed by these stands in its words already.
_UNTOLD: Final = frozenset({"state"})
# As the journal spells one: RFC 9557.
_TIME: Final = re.compile(r"(\d{4}-\d\d-\d\dT[\d:.]+[+-]\d\d:\d\d)\[([\w/+-]+)\]")
# Asked of every post of a feed; where one of them is missing, that is worth a line.
_USUAL: Final = ("views", "reach", "likes", "comments", "saved", "shares", "total_interactions")
_OF_STORIES: Final = ("views", "reach", "replies", "shares", "navigation", "total_interactions")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A fact of a post. also: the same at another place, such as in the post's own zone. iso: of a time."""

    name: str
    words: str
    also: str = ""
    iso: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownEvent:
    """An event of a post's history.

    changes: a field each, before and after. ids: what Instagram named. calls: that Instagram was sent for it.
    """

    at: Moment
    text: str
    who: str | None
    changes: tuple[tuple[str, str, str], ...]
    ids: tuple[tuple[str, str], ...]
    calls: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A number. value: empty where Instagram did not give it. counts: what it counts, in words."""

    name: str
    value: str
    counts: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """What is known of a post's numbers. problem: why there are none, and what to do.

    age: at which they stand. standing: the post beside others of its kind; empty where nobody can say.
    """

    figures: tuple[Figure, ...] = ()
    age: str = ""
    read_at: Moment | None = None
    readings: int = 0
    standing: str = ""
    problem: tuple[str, str] | None = None


async def show_post(site: Site, request: PageRequest) -> Response:
    """Show a post, whatever its state."""
    history = await site.pressroom.posts.show(request.whole_id())
    post, mask, reader = history.post, site.pressroom.pages.mask, await request.reader(site)
    item, base = await shown_item(site, Waiting.of(post), history), f"/posts/{post.id}"
    logins = await site.pressroom.accounts.logins()
    # A button that is always refused would be none.
    deletes = all(
        may_try(login.login_type, Capability.DELETE_MEDIA)
        for login in logins
        if login.account == post.account
    )
    return request.page(
        "posts/post.html",
        title=title_of(item),
        item=item,
        post=post,
        base=base,
        preview=preview_of(item, post.kind, base),
        state=state_in_words(post),
        problem=mask(post.problem) if post.problem else None,
        facts=tuple(facts_of(post, reader, mask)),
        zone=reader.zone.key,
        next=tuple((mask(step.text), brief(step.at, reader) if step.at else None) for step in history.next),
        warnings=tuple(map(mask, history.warnings)),
        events=tuple(shown_event(event, reader, mask) for event in history.events if event.text),
        choices=(*buttons_of(post, history.choices), *more_of(post, deletes=deletes)),
        numbers=await numbers_of(site, post, reader),
    )


def title_of(item: Item) -> str:
    """Return the first words of a post's caption, or what it is."""
    words = " ".join((item.caption or "")[: 4 * _TITLE_CHARACTERS].split())
    if len(words) <= _TITLE_CHARACTERS:
        return words or item.title
    return f"{words[:_TITLE_CHARACTERS].rpartition(' ')[0] or words[:_TITLE_CHARACTERS]} …"


async def find_post(site: Site, request: PageRequest) -> Waiting:
    """Return the post that the path names by its whole id. Raises NotFound."""
    return Waiting.of((await site.pressroom.posts.show(request.whole_id())).post)


def state_in_words(post: Post) -> str:
    """Say in which state a post is, and what it needs."""
    state = post.state.replace("_", " ")
    words = _ATTENTION[post.attention] if post.attention else state
    return words[:1].upper() + words[1:]


def facts_of(post: Post, reader: Reader, mask: Mask) -> Iterator[Fact]:
    """Yield the facts of a post that its options do not tell, times on the reader's clock."""
    yield _when(post, reader)
    if post.postponed_to:
        yield _time("Postponed to", post.postponed_to, post, reader, mask(post.postponed_because or ""))
    yield Fact(name="Account", words=post.account_name)
    if post.actor:
        by = "Asked by" if program_in_words(post.actor) else "Planned by"
        yield Fact(name=by, words=actor_in_words(post.actor))
    if post.created_at:
        yield _time("Made", post.created_at, post, reader)
    if not post.state.went_live:
        yield Fact(name="If it is late", words=_LATE[post.if_late])
    if post.state.went_live and (live_at := published_at(post)):
        yield _time("Went out", live_at, post, reader)
    if post.deleted_at:
        yield _time("Deleted", post.deleted_at, post, reader)
    if post.media_product_type:
        yield Fact(name="Shown as", words=post.media_product_type)
    if post.media_id:
        yield Fact(name="Media id", words=post.media_id)
    yield Fact(name="Version", words=str(post.version))


def _when(post: Post, reader: Reader) -> Fact:
    if post.when is When.NOW and post.due_at is None:
        return Fact(name="Goes out", words="At once, when it is let go")
    if post.when.has_time and post.due_at:
        is_over = post.state.went_live or post.state in (
            PostState.FAILED,
            PostState.MISSED,
            PostState.CANCELLED,
        )
        return _time("Was due" if is_over else "Goes out", post.due_at, post, reader)
    if post.day:
        day = f"{post.day:%A} {post.day.day} {post.day:%B %Y}, no time yet"
        return Fact(name="Goes out", words=day, also=post.timezone, iso=post.day.isoformat())
    return Fact(name="Goes out", words="No day and no time yet")


def _time(name: str, at: datetime, post: Post, reader: Reader, because: str = "") -> Fact:
    ours = moment(at, reader.zone.key)
    # Two names may be of one clock.
    is_same = at.astimezone(ZoneInfo(post.timezone)).utcoffset() == reader.local(at).utcoffset()
    also = [] if is_same else [moment(at, post.timezone).words]
    return Fact(name=name, words=ours.words, also=". ".join([*also, *filter(None, [because])]), iso=ours.iso)


def brief(at: datetime, reader: Reader) -> Moment:
    """Return a time as a row of many has it; that its zone is the reader's stands above them once."""
    return Moment(words=reader.spell(at), iso=at.isoformat(timespec="seconds"))


def shown_event(event: JournalEvent, reader: Reader, mask: Mask) -> ShownEvent:
    """Build what is shown of an event."""
    named = {
        "Error code": event.code,
        "Subcode": event.subcode,
        "Container": event.container_id,
        "Media": event.media_id,
        "Trace id at Meta": event.fbtrace_id,
    }
    return ShownEvent(
        at=brief(event.at, reader),
        text=mask(event.text),
        who=actor_in_words(event.actor) if event.actor else None,
        changes=tuple(
            (change.name.replace("_", " "), mask(_side(change.before)), mask(_side(change.after)))
            for change in event.changes
            if change.name not in _UNTOLD
        ),
        ids=tuple((name, mask(str(value))) for name, value in named.items() if value is not None),
        calls=tuple(map(mask, event.calls)),
    )


def _side(text: str | None) -> str:
    """Return one side of a change; a time as people read it."""
    time = _TIME.fullmatch(text or "")
    return moment(datetime.fromisoformat(time[1]), time[2]).words if time else text or "nothing"


async def numbers_of(site: Site, post: Post, reader: Reader) -> Numbers | None:
    """Return what was read of a post last; None for one that is not live, or whose media is not known."""
    if not post.state.went_live or post.media_id is None:
        return None
    session = site.session_of(post.account)
    try:
        kept = (await session.insights.kept(post.media_id)).posts[0]
        standing = await _standing(session, post.media_id) if kept.aged else ""
    except PressroomError as error:
        return Numbers(problem=in_words(site, error))
    if kept.aged is None or kept.read_at is None:
        return Numbers(problem=("Its numbers were not read yet.", "The worker reads them by itself."))
    return Numbers(
        figures=tuple(_figures(kept)),
        age=kept.aged.age,
        read_at=moment(kept.read_at, reader.zone.key),
        readings=len(kept.aged.ages_s),
        standing=standing,
    )


def _figures(kept: KeptPost) -> Iterator[Figure]:
    product = kept.media.product_type
    numbers: Mapping[str, Number] = kept.aged.numbers if kept.aged else {}
    usual = _OF_STORIES if product == "STORY" else _USUAL
    names = [*usual, *(row.name for row in DEFINITIONS if row.name in numbers and row.name not in usual)]
    for name in dict.fromkeys([*names, *numbers]):
        row, value = definition_of(name, Level.MEDIA), numbers.get(name)
        counts = "as Instagram names it; no definition is known"
        if row:
            estimate = "Meta calls it an estimate" if row.is_estimated else None
            counts = "; ".join(filter(None, [row.counts, row.note, estimate]))
        yield Figure(
            name=name.replace("_", " "),
            value="" if value is None else _spelled(value, row),
            counts=counts,
        )
    if kept.aged and (rate := kept.aged.rate):
        without = f", without {', '.join(rate.without)}" if rate.without else ""
        counts = f"likes, comments, saves and shares by {rate.by}, in percent{without}"
        yield Figure(name="engagement rate", value=f"{rate.percent:.2f} %", counts=counts)


def _spelled(value: Number, row: Definition | None) -> str:
    if row and row.unit is Unit.MILLISECONDS:
        return f"{value / 1000:,.1f} s"
    if row and row.unit is Unit.PERCENT:
        return f"{value:.1f} %"
    return f"{value:,}"


async def _standing(session: Session, media_id: str) -> str:
    """Say where its reach after a day stands among the posts of its kind; empty where that is not known."""
    (compared,) = (await session.insights.compare([media_id], metric="reach", age_s=DAY_S)).posts
    if compared.value is None or compared.standing is None:
        return ""
    place, of = compared.standing.place, compared.standing.of
    words = f"Its reach after 24 hours is {compared.value:,}: place {place} of {of} of its kind in 90 days."
    return f"{words} So few say little." if compared.standing.is_few else words


PAGES: Final = (
    Page(path="/posts/{id}", answer=show_post),
    Page(path="/posts/{id}/files/{number}/picture", answer=picture_of(find_post)),
    Page(path="/posts/{id}/files/{number}/clip", answer=clip_of(find_post)),
)
