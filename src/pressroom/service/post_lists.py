"""`PostLists`: finds posts. Apart from `PostService`, since a list loads nothing that publishes or plans."""

from dataclasses import replace
from datetime import UTC, datetime

from pressroom.core.errors import Refused
from pressroom.core.post import Attention, Post, PostId, PostState
from pressroom.core.stored_posts import Cursor, PostPage, PostQuery
from pressroom.service.acting import Acting
from pressroom.service.resources import Resources
from pressroom.service.selecting import Selected, Selection, selected

_PAGE = 500


class PostLists:
    """The use-cases of looking for posts. Any may raise StoreRefused, StoreFailed or SettingRefused."""

    def __init__(self, resources: Resources, acting: Acting) -> None:
        self._resources = resources
        self._acting = acting

    async def get(self, post_id: str) -> Post:
        """Return a post of any account by its whole id, by which programs name it. Raises NotFound."""
        store = await self._resources.store()
        return await store.run(store.posts.get, PostId(post_id))

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
        known = await (await self._acting.identity()).known()
        return await self.find(
            PostQuery(
                states=states,
                account=known.id,
                due_from=due_from and in_utc(due_from),
                due_before=due_before and in_utc(due_before),
                newest_first=newest_first,
                limit=limit,
                after=after,
            )
        )

    async def find(self, query: PostQuery) -> PostPage:
        """Return a page of the posts of any account. Raises Refused for a limit below one."""
        _require_some(query.limit)
        store = await self._resources.store()
        return await store.run(store.posts.list, query)

    async def find_all(self, query: PostQuery) -> tuple[Post, ...]:
        """Return all posts of any account that match a query, whatever its limit."""
        store, found, place = await self._resources.store(), list[Post](), query.after
        while True:
            page = await store.run(store.posts.list, replace(query, after=place, limit=_PAGE))
            found += page.posts
            place = page.next
            if place is None:
                return tuple(found)

    async def select(self, wanted: Selection) -> Selected:
        """Return the query, for `find`, of posts by state, account and days.

        Raises NotFound for an unknown account, Refused for days and zones that cannot be read.
        """
        return await selected(wanted, self._acting)

    async def in_doubt(self) -> tuple[Post, ...]:
        """Return the posts that may or may not be live."""
        asking = await self.find_all(PostQuery(states=(PostState.NEEDS_ATTENTION,)))
        return tuple(post for post in asking if post.attention is Attention.OUTCOME_UNKNOWN)


def _require_some(limit: int) -> None:
    if limit < 1:
        raise Refused(
            "A page has one post at least.", rule="limit", value=limit, limit="1 or more", fix="Raise it."
        )


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
