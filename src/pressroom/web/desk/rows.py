"""What the desk's pages show of a post, a place in a list of posts, and what keeps posts from going out."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from pressroom.core.post import WHOLE_ID, Post, PostId, When
from pressroom.core.remedies import Remedy, RemedyKind, command_of
from pressroom.core.stored_posts import Cursor
from pressroom.service.posts.history import choices
from pressroom.web.posts.buttons import Button, buttons_of
from pressroom.web.reader import Reader
from pressroom.web.site import PageRequest, Site

_TITLE_LETTERS: Final = 160


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownPost:
    """A post in a list. when: on the reader's clock. elsewhere: the same on its own, where that differs.

    iso: for machines, empty for no time. title: the first words of the caption. note: what went wrong, or
    holds it up; empty for nothing.
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
    buttons: tuple[Button, ...]


def shown_post(site: Site, post: Post, reader: Reader) -> ShownPost:
    """Build what is shown of a post."""
    at = post.goes_out_at if post.when.has_time else None
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
        buttons=buttons_of(post, choices(post)),
    )


def when_of(post: Post, reader: Reader, now: datetime) -> str:
    """Say when a post goes out, on the reader's clock."""
    if post.when is When.DAY and post.day:
        return f"{post.day:%a} {post.day.day} {post.day:%b}, no time yet"
    if post.goes_out_at is None:
        return "No day yet" if post.when is When.OPEN else "At once"
    return reader.spell_near(post.goes_out_at, now)


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
