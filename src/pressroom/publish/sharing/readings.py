"""What stood on an account last, read once for all of its posts that are due together."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta

from pressroom.core.post import Post, PostKind, SendState
from pressroom.graph.ids import MediaId
from pressroom.publish.context import Context
from pressroom.publish.steps.sending import Readiness, readiness

# What stands on the account changes when others post, too; and a laptop may have slept.
_LASTS = timedelta(minutes=1)


class Readings:
    """The last reading of one account, for its feed and for its stories.

    A send that goes live changes it: by one media, one of the quota, and one in the journal's count. So the
    posts of an account that are due together need one reading, and not one after each send. That holds for
    a reading taken while no send of the account was under way here: another may have counted that one or not.
    What other processes bring live is found by the commit of the send: see `core.stored_posts.SendOpening`.
    """

    def __init__(self) -> None:
        self._reading = asyncio.Lock()
        self._last: dict[bool, Readiness] = {}
        self._sends = 0
        self._is_sending = False

    async def ahead(self, context: Context, post: Post) -> Readiness:
        """Read a little before the due time, unless another post of the account has just done so."""
        async with self._reading:
            last, lead = self._last.get(_is_story(post)), timedelta(seconds=context.policy.snapshot_lead_s)
            if last is not None and _age(context, last) <= lead:
                return last
            return await self._read(context, post)

    async def now(self, context: Context, post: Post, ahead: Readiness | None) -> Readiness:
        """Give the last reading in the account's turn to send; read again if there is none, or it is old.

        ahead: the post's own, which counts while nothing newer is known.
        """
        last = self._last.get(_is_story(post), ahead)
        if last is not None and _age(context, last) <= _LASTS:
            return last
        return await self._read(context, post)

    def opened(self) -> None:
        """Note that a send of the account is under way."""
        self._sends += 1
        self._is_sending = True

    def closed(self, post: Post) -> None:
        """Note what became of it; unless it was answered with an id, the next post reads again."""
        self._is_sending = False
        sent = post.sends[-1]
        if sent.state is not SendState.LIVE or post.media_id is None:
            self.forget()
            return
        for is_story, last in self._last.items():
            listed = {post.media_id} if is_story == _is_story(post) else set[MediaId]()
            self._last[is_story] = _with(last, listed, sent.started_at)

    def forget(self) -> None:
        """Let the next post read again."""
        self._last.clear()

    async def _read(self, context: Context, post: Post) -> Readiness:
        self._last.pop(_is_story(post), None)
        sends, is_sending = self._sends, self._is_sending
        read = await readiness(context, post)
        is_undisturbed = not is_sending and sends == self._sends
        if is_undisturbed and read.is_complete:
            self._last[_is_story(post)] = read
        return read


def _is_story(post: Post) -> bool:
    return post.kind is PostKind.STORY


def _age(context: Context, read: Readiness) -> timedelta:
    return abs(context.client.clock.now() - read.at)


def _with(read: Readiness, listed: set[MediaId], sent_at: datetime) -> Readiness:
    """Add a post that went live: the next one's is told by what comes on top of it."""
    stood = read.snapshot
    assert stood.listed is not None, "a reading that is kept is complete"
    assert stood.quota_usage is not None
    assert read.went_live is not None
    went_live = (*read.went_live, sent_at)
    snapshot = replace(
        stood, listed=stood.listed | listed, quota_usage=stood.quota_usage + 1, went_live=len(went_live)
    )
    return replace(read, snapshot=snapshot, went_live=went_live)
