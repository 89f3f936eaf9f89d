"""`Resolver`: takes a person's word about a post in doubt, and holds it against what Instagram shows."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Never

from pressroom.client.client import Client
from pressroom.core.account import Account
from pressroom.core.clock import SYSTEM_CLOCK, Clock
from pressroom.core.errors import GraphError, NotFound, Refused, SignInRequired, TransportError
from pressroom.core.post import Attention, Look, Post
from pressroom.core.protocols import Transport
from pressroom.core.settings import Settings
from pressroom.graph.answers import ContainerStatus
from pressroom.publish.context import Context
from pressroom.publish.durable import StoreJournal, Turns
from pressroom.publish.sending import examine
from pressroom.service.accounts import AccountDesk, open_accounts
from pressroom.service.identity import known
from pressroom.service.schedule import Schedule

_CANNOT_BE_LIVE = (ContainerStatus.FINISHED, ContainerStatus.ERROR, ContainerStatus.EXPIRED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolver:
    """Settles posts whose outcome is unknown.

    own: the environment's account, which need not be stored.
    """

    schedule: Schedule
    desk: AccountDesk
    own: Account | None = None

    async def not_published(self, prefix: str) -> Post:
        """Let a post go out again that a person says is not live, unless it is.

        Raises Refused for one that is live, or of which that cannot be read.
        """
        post = (await self.schedule.show(prefix)).post
        if post.attention is Attention.OUTCOME_UNKNOWN:
            _require_not_live(post, await self._seen(post))
        return await self.schedule.resolve(post.id, media_id=None)

    async def _seen(self, post: Post) -> Look:
        try:
            async with self._client(await self._account(post)) as client:
                journal = StoreJournal(self.desk.store, post, Turns(), self.desk.clock)
                seen = await examine(Context(client=client, journal=journal), post)
        except (GraphError, TransportError, SignInRequired, NotFound) as error:
            _refuse_unread(post, error.message)
        return seen

    async def _account(self, post: Post) -> Account:
        """Give whom the post is of: who is signed in, else the environment's account."""
        if self.own and not post.login:
            async with self._client(self.own) as client:
                if (await known(client, self.desk.store)).id == post.account:
                    return self.own
        return await self.desk.store.run(self.desk.vault.account_of, post)

    def _client(self, account: Account) -> Client:
        return Client(account, self.desk.transport(), clock=self.desk.clock)


@asynccontextmanager
async def open_resolver(
    settings: Settings,
    own: Account | None,
    *,
    clock: Clock = SYSTEM_CLOCK,
    transport: Transport | None = None,
) -> AsyncGenerator[Resolver]:
    """Open the settings' store with its tokens; raises and takes what `open_accounts` does."""
    async with open_accounts(settings, clock=clock, transport=transport) as desk:
        yield Resolver(schedule=Schedule(desk.store, settings, clock=clock), desk=desk, own=own)


def _require_not_live(post: Post, seen: Look) -> None:
    if seen.status is ContainerStatus.PUBLISHED:
        _refuse_live(post, seen, f"its container {post.sends[-1].container_id} reads {seen.status}")
    if seen.candidates:
        _refuse_live(post, seen, f"media {', '.join(sorted(seen.candidates))} of the account may be it")
    if seen.status not in _CANNOT_BE_LIVE:
        _refuse_unread(post, f"its container reads {seen.status}")
    if seen.candidates is None:
        _refuse_unread(post, "the account's media could not be listed as far back as the publish call")


def _refuse_live(post: Post, seen: Look, what: str) -> Never:
    found = sorted(seen.candidates or ())
    media_id = found[0] if len(found) == 1 else "ID"
    raise Refused(
        f"Post {post.id} is not known to be not live: {what}.",
        rule="not_live",
        value=[seen.status, *found],
        limit="a container that is not published, and nothing listed that may be the post",
        fix=f"When it is live: `pressroom queue resolve {post.id} --published {media_id}`, or "
        f"`pressroom queue reconcile {post.id}`, which finds its id. When you see on the profile that it is "
        "another post: add `--unchecked`.",
    )


def _refuse_unread(post: Post, why: str) -> Never:
    raise Refused(
        f"Whether post {post.id} is live could not be read: {why.rstrip('.')}.",
        rule="unread",
        limit="a container and a list of media that can be read",
        fix="Try again once they can be. When you looked at the profile yourself, and it is not there: "
        f"`pressroom queue resolve {post.id} --not-published --unchecked`.",
    )
