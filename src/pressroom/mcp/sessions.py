"""The sessions behind a server: one for each account that its tools are asked about, all of one program."""

import asyncio
import contextlib
from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Self

from pressroom.core.errors import NotFound, Refused
from pressroom.core.remedies import Fix, Remedy, RemedyKind

if TYPE_CHECKING:
    from pressroom.core.consent import Proposal
    from pressroom.core.post import Post
    from pressroom.service import Pressroom

Opens = Callable[[str | None], "Pressroom"]
"""Makes the session of an account's name, or (None) of the default one, whose actor is the program."""


class Sessions:
    """Opens each session when it is first needed. accounts: the only names for use; empty for all."""

    def __init__(self, opens: Opens, accounts: tuple[str, ...] = ()) -> None:
        self._opens = opens
        self._accounts = accounts
        self._opened: dict[str | None, Pressroom] = {}
        self._opening = asyncio.Lock()
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        await self._stack.__aenter__()
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self._stack.aclose()

    async def of(self, account: str | None = None) -> "Pressroom":
        """Return the session of an account. Raises Refused for a name that the person did not allow."""
        name = self._name(account)
        async with self._opening:
            if name is not None and name not in self._opened:
                await self._require_login(name)
            return await self._open(name)

    async def _open(self, name: str | None) -> "Pressroom":
        if name not in self._opened:
            self._opened[name] = await self._stack.enter_async_context(self._opens(name))
        return self._opened[name]

    async def of_post(self, post_id: str) -> "tuple[Pressroom, Post]":
        """Return a post by its whole id, with its account's session.

        Raises NotFound for none, and in the same words for one of an account that may not be used.
        """
        first = await self.of()
        with contextlib.suppress(NotFound):
            post = await first.posts.get(post_id)
            if not self._accounts:
                return first, post
            if post.login in self._accounts:
                return await self.of(post.login), post
        raise NotFound(
            f"There is no post {post_id}.",
            fix=Fix.of(
                "Give its whole id, as answers do. List those there are: {}.", Remedy(RemedyKind.LIST_POSTS)
            ),
        )

    async def proposal(self, proposal_id: str) -> "Proposal":
        """Return a proposal by its whole id. Raises NotFound, also for one about an account of others."""
        first = await self.of()
        proposal = await first.approvals.proposal(proposal_id)
        logins = {one.account for one in await first.accounts.logins() if one.name in self._accounts}
        if self._accounts and proposal.account not in logins:
            raise NotFound(f"There is no proposal {proposal_id}.", fix="Use the id that an answer gave.")
        return proposal

    def allowed_among(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """Return those of some accounts' names that may be used."""
        return tuple(name for name in names if not self._accounts or name in self._accounts)

    async def _require_login(self, name: str) -> None:
        """Raise NotFound for a name that nobody signed in under, before a session is opened for it."""
        # Of the default account, which any name may be asked about: only the names are read by it.
        usual = await self._open(None)
        known = self.allowed_among(tuple(one.name for one in await usual.accounts.logins()))
        if name not in known:
            raise NotFound(
                f"Nobody is signed in as {name!r}; there are: {', '.join(known) or 'none'}.",
                fix=Fix.of("See them by {}.", Remedy(RemedyKind.LIST_ACCOUNTS)),
            )

    def _name(self, account: str | None) -> str | None:
        if not self._accounts:
            return account
        name = account or self._accounts[0]
        if name not in self._accounts:
            raise Refused(
                f"The person did not allow account {name!r} here.",
                rule="account",
                value=name,
                limit=", ".join(self._accounts),
                fix="Use one that is allowed.",
            )
        return name
