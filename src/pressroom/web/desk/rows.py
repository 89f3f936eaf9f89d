"""What the desk's pages show of a post, a place in a list of posts, and what keeps posts from going out."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from pressroom.core.address import link_to
from pressroom.core.post import WHOLE_ID, Post, PostId, PostState, When
from pressroom.core.remedies import Remedy, RemedyKind, command_of
from pressroom.core.stored_posts import Cursor, published_at
from pressroom.service.posts.history import choices
from pressroom.web.posts.buttons import Button, buttons_of
from pressroom.web.reader import Reader
from pressroom.web.site import PageRequest, Site

_TITLE_LETTERS: Final = 160


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownPost:
    """A post in a list.

    when: on the reader's clock. elsewhere: on the clock of the post's zone; empty if it shows the same. iso:
    the time for machines; empty if there is none. title: the first words of the caption. permalink: of a live
    post, if a page may link to it. note: what went wrong or delays the post; empty for nothing.
    """

    id: str
    version: int
    kind: str
    state: str
    state_in_words: str
    account: str
    when: str
    elsewhere: str
    iso: str
    title: str
    note: str
    files: int
    permalink: str | None
    buttons: tuple[Button, ...]


def shown_post(site: Site, post: Post, reader: Reader) -> ShownPost:
    """Build what is shown of a post."""
    at = shown_time(post)
    caption = " ".join((post.options.caption or "").split())
    mask = site.pressroom.pages.mask
    return ShownPost(
        id=post.id,
        version=post.version,
        kind=post.kind,
        state=post.state,
        state_in_words=post.state.replace("_", " "),
        account=post.account_name,
        when=when_of(post, reader, site.clock.now()),
        elsewhere=reader.elsewhere(at, post.timezone) if at else "",
        iso=at.isoformat(timespec="minutes") if at else "",
        title=mask(f"{caption[:_TITLE_LETTERS]}…" if len(caption) > _TITLE_LETTERS else caption),
        note=mask(post.problem or str(post.held_up_by or "")),
        files=len(post.assets),
        permalink=link_to(post.permalink) if post.state is PostState.PUBLISHED else None,
        buttons=buttons_of(post, choices(post)),
    )


def shown_time(post: Post) -> datetime | None:
    """Return when a post was published or, before that, is due; None if it has no time."""
    if post.state.went_live:
        return published_at(post)
    return post.goes_out_at if post.when.has_time else None


def when_of(post: Post, reader: Reader, now: datetime) -> str:
    """Return the time of a post, on the reader's clock, or a text that says that it has none."""
    if at := shown_time(post):
        return reader.spell_near(at, now)
    if post.when is When.DAY and post.day:
        return f"{post.day:%a} {post.day.day} {post.day:%b}, no time yet"
    return "No day yet" if post.when is When.OPEN else "At once"


@dataclass(frozen=True, slots=True, kw_only=True)
class Banner:
    """Something that keeps posts from going out, or soon will. command: to type, empty for none.

    path, label: of a page that helps; empty for none.
    """

    words: str
    is_bad: bool = True
    command: str = ""
    path: str = ""
    label: str = ""


async def banners_of(site: Site) -> tuple[Banner, ...]:
    """Tell what keeps posts from going out, as it is known here: Instagram is not asked."""
    banners, standings = list[Banner](), await site.pressroom.accounts.standings(asks=False)
    if not standings:
        words = "No account is signed in, so nothing can be published."
        return (Banner(words=words, path="/", label="How to begin"),)
    health, mask = await site.pressroom.work.health(), site.pressroom.pages.mask
    if not health.is_driven:
        start = command_of(Remedy(RemedyKind.START_WORKER))
        banners.append(Banner(words="No worker runs, so nothing is published.", command=start))
    if health.send_log_failure:
        banners.append(Banner(words=mask(f"Nothing is published. {health.send_log_failure}")))
    for standing in standings:
        pause, path = standing.pause_by_hand or standing.pause, f"/accounts#account-{standing.name}"
        words, is_bad = standing.warning, standing.state.needs_sign_in
        if pause:
            words, is_bad = f"Account {standing.name} is paused: {pause.reason.rstrip('.')}.", True
        if words:
            banners.append(Banner(words=mask(words), is_bad=is_bad, path=path, label="To the account"))
    return tuple(banners)


def address_of(request: PageRequest) -> str:
    """Return the address of a page with what it was asked for, to be read anew."""
    url = request.http.url
    return f"{url.path}?{url.query}" if url.query else url.path


def spell_place(place: Cursor) -> str:
    """Spell where a page of posts ends, for an address."""
    return f"{place.goes_out_at.isoformat()}_{place.id}"


def read_place(text: str) -> Cursor | None:
    """Read where a page of posts begins; None, which is the first page, for what is no place."""
    at, _, post_id = text.rpartition("_")
    # At the ends of time a moment has no spelling in UTC.
    with suppress(ValueError, OverflowError):
        moment = datetime.fromisoformat(at)
        if moment.tzinfo and WHOLE_ID.fullmatch(post_id):
            return Cursor(moment.astimezone(UTC), PostId(post_id))
    return None
