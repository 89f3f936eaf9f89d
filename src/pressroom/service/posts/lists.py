"""`PostLists`: finds posts by state, account and days, as a person names them.

It is apart from `PostService`, since a command that lists loads nothing that publishes or plans. A shell
completes words by `offered_posts` and its like: ids and names that this machine's store has.
"""

from collections.abc import AsyncGenerator, Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from pressroom.core.account import shown_account
from pressroom.core.assets import PictureUse
from pressroom.core.errors import Refused
from pressroom.core.post import Attention, Post, PostId, PostState, When
from pressroom.core.settings import settings_from_environment
from pressroom.core.stored_posts import Chip, Cursor, PostPage, PostQuery, listed_at
from pressroom.core.when import day_of, start_of, zone_named
from pressroom.service.acting.acting import UNSAID_ZONE, Acting
from pressroom.service.ground.resources import Resources
from pressroom.service.ground.served import address_of
from pressroom.store.names import Named, login_names, post_ids, proposal_ids

_WEEK = timedelta(days=6)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Posts by what a person knows of them.

    states: empty for all. account: a name or an id; None for every account. first_day, last_day: such as
    `friday` or `2026-12-24`, both included. week: a day of it; it begins on Monday. timezone: of the days;
    None is the account's, or that of the session's account.
    """

    states: Collection[PostState] = ()
    account: str | None = None
    first_day: str | None = None
    last_day: str | None = None
    week: str | None = None
    timezone: str | None = None

    @property
    def has_days(self) -> bool:
        """Whether days limit it."""
        return any((self.first_day, self.last_day, self.week))


@dataclass(frozen=True, slots=True)
class Selected:
    """The query of a selection. timezone: of its days; None where it names neither days nor a zone."""

    query: PostQuery
    timezone: str | None


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Posts that a selection leaves out. count: how many. monday: of their week; None for the same days.

    account: the one that was selected; None where they are of any.
    """

    count: int
    monday: date | None = None
    account: str | None = None


_PAGE = 500
LONGEST_SEARCH: Final = 100
"""The most characters that can be looked for."""


class FreeSlot(NamedTuple):
    """A free moment of an account's slots, in UTC. timezone: the account's."""

    at: datetime
    account: str
    timezone: str


class PostLists:
    """The use-cases of looking for posts. Any may raise StoreRefused, StoreFailed or SettingRefused."""

    def __init__(self, resources: Resources, acting: Acting) -> None:
        self._resources = resources
        self._acting = acting

    async def get(self, post_id: str) -> Post:
        """Return a post of any account by its whole id, by which programs name it. Raises NotFound."""
        store = await self._resources.store()
        return await store.run(store.posts.get, PostId(post_id))

    async def picture(self, post_id: str, use: PictureUse = PictureUse.CARD) -> bytes | None:
        """Return a small JPEG of what a post shows, also when its files are gone; None where there is none.

        It is of the cover, else of the first file. Of a post whose files only Instagram fetched it is the
        picture that insights keep of its media. Raises NotFound.
        """
        store = await self._resources.store()
        post = await store.run(store.posts.find, post_id)
        jpeg = await self._resources.pictures.of(post, use)
        if jpeg is None and post.media_id:
            jpegs = await store.run(store.readings.thumbnails, post.account, [post.media_id])
            jpeg = jpegs.get(post.media_id)
        return jpeg

    def address(self, post_id: str) -> str | None:
        """Return where a post is shown in any state, by its whole id; None where no page is served.

        The page requires a sign-in: the address shows nothing to anybody else.
        """
        return address_of(self._resources.settings, f"/posts/{post_id}")

    async def list(
        self,
        *states: PostState,
        due_from: datetime | None = None,
        due_before: datetime | None = None,
        newest_first: bool = False,
        limit: int = 100,
        after: Cursor | None = None,
    ) -> PostPage:
        """Return a page of the account's posts in these states, or in all, by due time.

        due_from: inclusive, due_before: exclusive, both aware. after: the `next` of the page before, which is
        None on the last one. Raises Refused for a time without a zone, and a limit below one.
        """
        user = await (await self._acting.identity()).known()
        return await self.find(
            PostQuery(
                states=states,
                account=user.id,
                due_from=due_from and in_utc(due_from),
                due_before=due_before and in_utc(due_before),
                newest_first=newest_first,
                limit=limit,
                after=after,
            )
        )

    async def find(self, query: PostQuery) -> PostPage:
        """Return a page of the posts of any account. Raises Refused for a limit below one."""
        _require_a_post(query.limit)
        store = await self._resources.store()
        return await store.run(store.posts.list, query)

    async def chips(
        self, since: datetime, until: datetime, *, accounts: Collection[str] = ()
    ) -> tuple[Chip, ...]:
        """Return what a calendar shows of each post that goes out between two moments, in their order.

        since, until: aware, the first inclusive, the other not. accounts: names or ids; empty for all.
        Raises Refused for a time without a zone.
        """
        store = await self._resources.store()
        return await store.run(store.posts.chips, in_utc(since), in_utc(until), accounts)

    async def free_slots(self, since: datetime, until: datetime, *, most: int = 3) -> tuple[FreeSlot, ...]:
        """Return the first free moments of each account's weekly slots between two moments, in order.

        since, until: aware; what is over has no free moments. most: so many of each account.
        """
        since, store = max(in_utc(since), self._resources.clock.now()), await self._resources.store()
        if until <= since:
            return ()
        stored = await store.run(store.accounts.list)
        logins = {login.account: login for login in stored if login.timezone != UNSAID_ZONE}
        zones = {account: ZoneInfo(login.timezone) for account, login in logins.items()}
        free = await store.run(store.slots.soonest, zones, after=since, until=until, most=most)
        return tuple(
            sorted(
                FreeSlot(at, logins[account].name, logins[account].timezone)
                for account, moments in free.items()
                for at in moments
            )
        )

    async def place(self, post_id: str) -> Cursor:
        """Return where a post stands in lists, for a query's `after`. Raises NotFound, as `get` does."""
        store = await self._resources.store()
        return await store.run(store.posts.place, (await store.run(store.posts.find, post_id)).id)

    async def count(self, query: PostQuery) -> int:
        """Count the posts of any account that match a query, on all its pages."""
        store = await self._resources.store()
        return await store.run(store.posts.count, query)

    async def search(self, text: str, *, limit: int = 20, after: Cursor | None = None) -> PostPage:
        """Return a page of the posts of any account that have every word, those that go out last first.

        text: words with spaces between, 100 characters at most; none finds nothing. Each is part of the
        caption, of the first comment or of a file's name, in any case, or the start of the id of the post or
        of a proposal about it. Raises Refused for a longer text, and a limit below one.
        """
        if len(text) > LONGEST_SEARCH:
            raise Refused(
                "That is too long to look for.",
                rule="search",
                value=f"{len(text):,} characters",
                limit=f"{LONGEST_SEARCH} characters",
                fix="Look for fewer words.",
            )
        words = search_words(text)
        _require_a_post(limit)
        if not words:
            return PostPage(())
        store = await self._resources.store()
        return await store.run(partial(store.posts.search, limit=limit, after=after), words)

    async def find_all(self, query: PostQuery) -> tuple[Post, ...]:
        """Return all posts of any account that match a query, whatever its limit."""
        return tuple([post async for page in self.pages(query) for post in page])

    async def pages(self, query: PostQuery, *, size: int = _PAGE) -> AsyncGenerator[tuple[Post, ...]]:
        """Yield all posts that match a query, whatever its limit, so many at a time."""
        store, place = await self._resources.store(), query.after
        while True:
            page = await store.run(store.posts.list, replace(query, after=place, limit=size))
            yield page.posts
            place = page.next
            if place is None:
                return

    async def select(self, wanted: Selection) -> Selected:
        """Return the query, for `find`, of posts by state, account and days.

        Raises NotFound for an unknown account, Refused for days and zones that cannot be read.
        """
        if wanted.account:
            await self._acting.require_known(wanted.account)
        query = PostQuery(states=wanted.states, account=wanted.account)
        if not wanted.has_days:
            return Selected(query, zone_named(wanted.timezone).key if wanted.timezone else None)
        account = wanted.account or (await self._acting.identity()).account
        zone = zone_named(wanted.timezone or await self._acting.zone_of(account))
        first, last = _days(wanted, self._resources.clock.now(), zone)
        query = replace(
            query,
            due_from=start_of(first, zone) if first else None,
            due_before=start_of(last + _DAY, zone) if last else None,
        )
        return Selected(query, zone.key)

    async def elsewhere(self, selected: Selected) -> Elsewhere | None:
        """Return where the nearest posts are that a selection leaves out by its days or its account."""
        store, query = await self._resources.store(), selected.query
        of_all = replace(query, account=None)
        if query.account and (count := await store.run(store.posts.count, of_all)):
            return Elsewhere(count)
        zone = ZoneInfo(selected.timezone or UNSAID_ZONE)
        for wider in (query, of_all):
            moment = await self._nearest(wider)
            if moment is not None:
                day = moment.astimezone(zone).date()
                monday = day - timedelta(days=day.weekday())
                first, last = start_of(monday, zone), start_of(monday + _WEEK + _DAY, zone)
                week = replace(wider, due_from=first, due_before=last)
                return Elsewhere(await store.run(store.posts.count, week), monday, wider.account)
        return None

    async def _nearest(self, query: PostQuery) -> datetime | None:
        """Return when the next post after a query's days goes out, else the last one before them."""
        after = replace(query, due_from=query.due_before, due_before=None)
        before = replace(query, due_from=None, due_before=query.due_from, newest_first=True)
        for side, limit in ((after, query.due_before), (before, query.due_from)):
            posts = (await self.find(replace(side, limit=1))).posts if limit else ()
            # What has neither day nor time stands behind all others, at no day that could be named.
            if posts and posts[0].when is not When.OPEN:
                return listed_at(posts[0])
        return None

    async def zone(self) -> str:
        """Return the zone in which the account's times are meant; UTC where none is known."""
        # A store is not made to be asked.
        if not self._resources.has_store:
            return UNSAID_ZONE
        return await self._acting.zone_of((await self._acting.identity()).account)

    async def account_names(self) -> Mapping[str, str]:
        """Return how people are shown accounts, by login and id: `@ana`, or `shop (@ana)` for login `shop`.

        Left out are those whose name on Instagram is not known. Makes no call.
        """
        if not self._resources.has_store:
            return {}
        store, names = await self._resources.store(), dict[str, str]()
        usernames = await store.run(store.accounts.usernames)
        for account, username in usernames.items():
            names[account] = names[shown_account(account)] = f"@{username}"
        for login in await store.run(store.accounts.list):
            if username := usernames.get(login.account):
                is_same = login.name == username
                names[login.name] = f"@{username}" if is_same else f"{login.name} (@{username})"
        return names

    async def in_doubt(self) -> tuple[Post, ...]:
        """Return the posts that may or may not be live."""
        asking = await self.find_all(PostQuery(states=(PostState.NEEDS_ATTENTION,)))
        return tuple(post for post in asking if post.attention is Attention.OUTCOME_UNKNOWN)


def search_words(text: str) -> tuple[str, ...]:
    """Return the words that a search looks for, each once."""
    # No store holds a NUL or half a character.
    return tuple(dict.fromkeys(text.replace("\0", " ").encode(errors="replace").decode().split()))


def _require_a_post(limit: int) -> None:
    if limit < 1:
        raise Refused(
            "A page has one post at least.",
            rule="limit",
            value=limit,
            limit="1 or more",
            fix="Raise it.",
        )


def _days(wanted: Selection, now: datetime, zone: ZoneInfo) -> tuple[date | None, date | None]:
    """Return the first and the last day. Raises Refused for what cannot be read or is in the wrong order."""
    if wanted.week:
        day = day_of(wanted.week, now=now, zone=zone)
        monday = day - timedelta(days=day.weekday())
        return monday, monday + _WEEK
    first, last = (
        day_of(text, now=now, zone=zone) if text else None for text in (wanted.first_day, wanted.last_day)
    )
    if first and last and last < first:
        raise Refused(
            f"The last day, {last}, is before the first, {first}.",
            rule="days",
            value=[str(first), str(last)],
            limit="a last day that is not before the first",
            fix="Change the two about.",
        )
    return first, last


def in_utc(at: datetime) -> datetime:
    """Return a time in UTC. Raises Refused for one without a zone."""
    if at.tzinfo is None:
        raise Refused(
            f"{at.isoformat()} has no zone.",
            rule="due_time",
            value=at.isoformat(),
            limit="an aware datetime",
            fix="Give it one: `.replace(tzinfo=ZoneInfo('Europe/Istanbul'))`.",
        )
    return at.astimezone(UTC)


__all__ = ["Named", "offered_logins", "offered_posts", "offered_waiting"]
_HELD = [state for state in PostState if state.is_held]


def offered_posts(environ: Mapping[str, str], start: str) -> list[Named]:
    """Return the posts whose id begins with `start`. Raises SettingRefused."""
    return _offered(post_ids, environ, start)


def offered_waiting(environ: Mapping[str, str], start: str) -> list[Named]:
    """Return proposals that wait for a person, then posts that are held back, whose id begins with `start`.

    Raises SettingRefused.
    """
    held = partial(post_ids, states=_HELD)
    return [*_offered(proposal_ids, environ, start), *_offered(held, environ, start)]


def offered_logins(environ: Mapping[str, str], start: str) -> list[Named]:
    """Return the stored logins whose name begins with `start`. Raises SettingRefused."""
    return _offered(login_names, environ, start)


def _offered(read: Callable[[Path, str], list[Named]], environ: Mapping[str, str], start: str) -> list[Named]:
    store = settings_from_environment(environ).store
    # A server is not asked: a key press must not wait for a network.
    return read(store, start) if isinstance(store, Path) else []
