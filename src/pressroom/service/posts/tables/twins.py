"""`RowTwins`: finds rows of a table that may be planned already.

A row repeats a post of its account that shows the same within days. One that shares its minute, or its files,
with a post may be what somebody corrected in a table of their own after an import.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from pressroom.core.errors import Refused
from pressroom.core.post import SHORT_ID, Post, PostKind, PostOptions, PostState
from pressroom.core.remedies import Fix, Remedy, RemedyKind
from pressroom.core.stored_posts import PostQuery, content_hash, listed_at
from pressroom.core.when import in_words
from pressroom.service.ground.copies import content_when_kept, relocate_copies
from pressroom.service.posts.tables.rows import Result

if TYPE_CHECKING:
    from pressroom.store.store import Store

NEAR: Final = timedelta(days=7)
"""How far apart two posts of the same content are due that may be one by mistake."""

_SAME_FILES: Final = timedelta(days=31)
_FILES: Final = {PostKind.PHOTO: "this picture", PostKind.REEL: "this clip", PostKind.CAROUSEL: "these files"}
_GONE: Final = (PostState.CANCELLED, PostState.FAILED, PostState.MISSED)
_PAGE: Final = 500


class _Seen(NamedTuple):
    """A post that a later row may repeat: a stored one, or that of the row `number`."""

    post: Post
    due_at: datetime
    number: int | None = None

    def name(self, timezone: str) -> str:
        if self.number is not None:
            return f"Row {self.number}"
        went = "was published" if self.post.state.went_live else "is due"
        return f"Post {self.post.id[:SHORT_ID]} ({went} {in_words(self.due_at, timezone)})"

    @property
    def minute(self) -> datetime:
        return self.due_at.replace(second=0, microsecond=0)


@dataclass(slots=True)
class _Alike:
    """Posts that agree in all but their files. Files are read only where there are two of them, and once."""

    unread: list[_Seen] = field(default_factory=list[_Seen])
    by_content: dict[str | None, list[_Seen]] = field(default_factory=dict[str | None, list[_Seen]])

    async def nearest(self, seen: _Seen, copies: Path, *, within: timedelta) -> _Seen | None:
        """Return the post of the same content that is due next to another, of stored ones first."""
        if not (self.unread or self.by_content):
            return None
        while self.unread:
            other = self.unread.pop()
            self.by_content.setdefault(await content_when_kept(other.post, copies), []).append(other)
        content = await content_when_kept(seen.post, copies)
        # A file that is gone repeats nothing.
        same = self.by_content.get(content, []) if content else []
        near = [post for post in same if abs(post.due_at - seen.due_at) <= within]
        # A stored post first: a row that repeats it is refused.
        return min(near, key=lambda post: (post.number or 0, abs(post.due_at - seen.due_at)), default=None)


_Outline: TypeAlias = tuple[object, ...]


@dataclass(slots=True)
class _OfAccount:
    """An account's posts: by all but their files, by their minute, and stored ones by their files alone."""

    alike: defaultdict[str, _Alike] = field(default_factory=lambda: defaultdict[str, _Alike](_Alike))
    at_minute: dict[datetime, _Seen] = field(default_factory=dict[datetime, _Seen])
    files: defaultdict[_Outline, _Alike] = field(
        default_factory=lambda: defaultdict[_Outline, _Alike](_Alike)
    )

    def add(self, seen: _Seen) -> None:
        """Take a post that later rows are compared with."""
        self.alike[_outline(seen.post)].unread.append(seen)
        self.at_minute.setdefault(seen.minute, seen)
        sizes = _sizes(seen.post)
        if seen.number is None and sizes:
            self.files[sizes].unread.append(_by_files(seen))


@dataclass(slots=True)
class RowTwins:
    """Refuses new rows that repeat a stored post, and warns of those that repeat a row before them.

    With is_again, and of a row that has a key, it only warns; so it does of a row that shares its minute or
    its files with a post of other content. copies: the session's directory of copies.
    """

    store: "Store"
    copies: Path
    is_again: bool = False
    _accounts: defaultdict[str, _OfAccount] = field(
        default_factory=lambda: defaultdict[str, _OfAccount](_OfAccount)
    )

    async def marked(self, results: Sequence[Result]) -> list[Result]:
        """Return the results, with an error or a warning at each new row that repeats another post."""
        dues = defaultdict[str, list[datetime]](list)
        for result in results:
            if result.post and result.schedule and not result.before:
                dues[result.post.account].append(result.schedule.moment)
        for account, moments in dues.items():
            await self._read(account, min(moments), max(moments))
        return [await self._marked(result) for result in results]

    async def _read(self, account: str, first: datetime, last: datetime) -> None:
        query = PostQuery(
            states=[state for state in PostState if state not in _GONE],
            account=account,
            due_from=first - _SAME_FILES,
            due_before=last + _SAME_FILES,
            limit=_PAGE,
        )
        while True:
            page = await self.store.run(self.store.posts.list, query)
            for post in page.posts:
                seen = _Seen(relocate_copies(post, self.copies), post.due_at or listed_at(post))
                self._accounts[account].add(seen)
            if page.next is None:
                return
            query = replace(query, after=page.next)

    async def _marked(self, result: Result) -> Result:
        post, schedule = result.post, result.schedule
        if post is None or schedule is None or result.before or result.is_replay:
            return result
        seen, others = _Seen(post, schedule.moment, result.number), self._accounts[post.account]
        twin = await others.alike[_outline(post)].nearest(seen, self.copies, within=NEAR)
        if twin and twin.number is None and not (self.is_again or schedule.idempotency_key):
            return Result(number=result.number, error=_planned_already(twin, schedule.timezone))
        if twin:
            name = twin.name(schedule.timezone)
            warnings = [f"{name} shows the same: this one is planned beside it."]
        else:
            warnings = await self._neighbours(seen, others, schedule.timezone)
        others.add(seen)
        return replace(result, warnings=(*result.warnings, *warnings))

    async def _neighbours(self, seen: _Seen, others: _OfAccount, timezone: str) -> list[str]:
        """Warn of a post of other content at the same minute, and of one with the same files."""
        account, warnings = seen.post.account_name, list[str]()
        beside = others.at_minute.get(seen.minute)
        if beside and beside.number is not None:
            warnings.append(f"Row {beside.number} is for {account} at this minute, too.")
        elif beside:
            short = beside.post.id[:SHORT_ID]
            warnings.append(_with_fix(f"{account} has a post at this minute already: post {short}.", beside))
        alike = others.files[sizes] if (sizes := _sizes(seen.post)) else None
        same = alike and await alike.nearest(_by_files(seen), self.copies, within=_SAME_FILES)
        if same and not (beside and beside.post.id == same.post.id):
            shown = _FILES.get(seen.post.kind, "this file")
            went = "published" if same.post.state.went_live else "due"
            where = f"post {same.post.id[:SHORT_ID]}, {went} {in_words(same.due_at, timezone)}"
            warnings.append(_with_fix(f"{account} has a post with {shown}: {where}.", same))
        return warnings


def _with_fix(sentence: str, stored: _Seen) -> str:
    """Say how the post is changed in place of a second one, where it has not gone out."""
    if stored.post.state.went_live:
        return sentence
    to_change = "To change that one, give the row its post_id, from an export: {}."
    return f"{sentence} {Fix.of(to_change, Remedy(RemedyKind.EXPORT_POSTS))}"


def _planned_already(twin: _Seen, timezone: str) -> Refused:
    return Refused(
        f"{twin.name(timezone)} shows the same.",
        rule="planned_already",
        value=twin.post.id,
        limit=f"the same once in {NEAR.days} days",
        fix=Fix.of(
            "Leave the row out. To plan a second time all that the table repeats: {}. A row that has an "
            "idempotency_key can be imported again.",
            Remedy(RemedyKind.PLAN_AGAIN),
        ),
    )


def _outline(post: Post) -> str:
    """Return what posts have in common that agree in all but their files."""
    return content_hash(replace(post, assets=(), options=replace(post.options, cover=None)))


def _by_files(seen: _Seen) -> _Seen:
    return seen._replace(post=replace(seen.post, options=PostOptions()))


def _sizes(post: Post) -> _Outline:
    """Return what tells most files apart without reading them; nothing where one is gone."""
    try:
        files = [asset.source if asset.is_url else asset.path.stat().st_size for asset in post.assets]
    except OSError:
        return ()
    return (post.kind, *files)
