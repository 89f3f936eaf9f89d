"""`RowTwins`: finds rows of a table that show what another post of the account shows about the same time."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from pressroom.core.errors import Refused
from pressroom.core.post import Post, PostState
from pressroom.core.remedies import Fix, Remedy, RemedyKind
from pressroom.core.stored_posts import PostQuery, content_hash
from pressroom.service.ground.copies import content_when_kept
from pressroom.service.posts.tables.rows import Result

if TYPE_CHECKING:
    from pressroom.store.store import Store

NEAR: Final = timedelta(days=7)
"""How far apart two posts of the same content are due that may be one by mistake."""

_GONE: Final = (PostState.CANCELLED, PostState.FAILED, PostState.MISSED)
_PAGE: Final = 500


class _Seen(NamedTuple):
    """A post that a later row may repeat: a stored one, or that of the row `number`."""

    post: Post
    due_at: datetime
    number: int | None = None

    @property
    def name(self) -> str:
        if self.number is not None:
            return f"Row {self.number}"
        went = "was published" if self.post.state is PostState.PUBLISHED else "is due"
        return f"Post {self.post.id} ({went} {self.due_at:%Y-%m-%d %H:%M} UTC)"


@dataclass(slots=True)
class _Alike:
    """Posts that agree in all but their files. Files are read only where there are two of them, and once."""

    unread: list[_Seen] = field(default_factory=list[_Seen])
    by_content: dict[str | None, list[_Seen]] = field(default_factory=dict[str | None, list[_Seen]])


@dataclass(slots=True)
class RowTwins:
    """Refuses new rows that repeat a stored post, and warns of those that repeat a row before them.

    With is_again, and of a row that has a key, it only warns. copies: the session's directory of copies.
    """

    store: "Store"
    copies: Path
    is_again: bool = False
    _seen: dict[tuple[str, str], _Alike] = field(default_factory=dict[tuple[str, str], _Alike])

    async def marked(self, results: Sequence[Result]) -> list[Result]:
        """Return the results, with an error or a warning at each new row that repeats another post."""
        dues = defaultdict[str, list[datetime]](list)
        for result in results:
            if result.post and result.schedule and not result.before:
                dues[result.post.account].append(result.schedule.due_at)
        for account, moments in dues.items():
            await self._read(account, min(moments), max(moments))
        return [await self._marked(result) for result in results]

    async def _read(self, account: str, first: datetime, last: datetime) -> None:
        states = [state for state in PostState if state not in _GONE]
        query = PostQuery(
            states=states, account=account, due_from=first - NEAR, due_before=last + NEAR, limit=_PAGE
        )
        while True:
            page = await self.store.run(self.store.posts.list, query)
            for post in page.posts:
                if due_at := post.due_at or post.created_at:
                    self._alike(account, post).unread.append(_Seen(post, due_at))
            if page.next is None:
                return
            query = replace(query, after=page.next)

    def _alike(self, account: str, post: Post) -> _Alike:
        outline = content_hash(replace(post, assets=(), options=replace(post.options, cover=None)))
        return self._seen.setdefault((account, outline), _Alike())

    async def _marked(self, result: Result) -> Result:
        post, schedule = result.post, result.schedule
        if post is None or schedule is None or result.before or result.is_replay:
            return result
        seen = _Seen(post, schedule.due_at, result.number)
        alike = self._alike(post.account, post)
        twin = await self._twin(seen, alike)
        if twin and twin.number is None and not (self.is_again or schedule.idempotency_key):
            fix = Fix.of(
                "Leave the row out. To plan a second time all that the table repeats: {}. A row that has an "
                "idempotency_key can be imported again.",
                Remedy(RemedyKind.PLAN_AGAIN),
            )
            error = Refused(
                f"{twin.name} shows the same.",
                rule="planned_already",
                value=twin.post.id,
                limit=f"the same once in {NEAR.days} days",
                fix=fix,
            )
            return Result(number=result.number, error=error)
        alike.unread.append(seen)
        if twin is None:
            return result
        warning = f"{twin.name} shows the same: this one is planned beside it."
        return replace(result, warnings=(*result.warnings, warning))

    async def _twin(self, seen: _Seen, alike: _Alike) -> _Seen | None:
        if not (alike.unread or alike.by_content):
            return None
        while alike.unread:
            other = alike.unread.pop()
            alike.by_content.setdefault(await content_when_kept(other.post, self.copies), []).append(other)
        content = await content_when_kept(seen.post, self.copies)
        # A file that is gone repeats nothing.
        same = alike.by_content.get(content, []) if content else []
        near = [post for post in same if abs(post.due_at - seen.due_at) <= NEAR]
        # A stored post first: a row that repeats it is refused.
        return min(near, key=lambda post: (post.number or 0, abs(post.due_at - seen.due_at)), default=None)
