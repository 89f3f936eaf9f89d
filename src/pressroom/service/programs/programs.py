"""Programs that come to a face: who each is by its key, what it may ask for, and the sessions it acts by.

`Programs` lets them in. A person limits a program in two ways. The command line names logins; whoever names
another is told which. A key is limited to accounts, whatever their logins are called: what is of another is
NotFound, in the same words as what does not exist.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Collection
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from pressroom.core.account import AccountId, StoredAccount
from pressroom.core.actor import KEY_FORM, Actor, KeyId, Scope, actor_of
from pressroom.core.clock import SYSTEM_CLOCK, Clock
from pressroom.core.errors import NotFound, Refused
from pressroom.core.remedies import Fix, Remedy, RemedyKind
from pressroom.core.secret import Secret

if TYPE_CHECKING:
    from pressroom.core.consent import Key, Proposal
    from pressroom.core.post import Post
    from pressroom.service.session import Pressroom


log: Final = logging.getLogger("pressroom.programs")


class Sessions:
    """Opens each session when it is first needed; `aclose` closes them all.

    opens: makes the program's session of an account's name or id, or (None) of the default account. names: of
    the only logins for use; empty for all. accounts: the only ones that a key is for; None for all.
    """

    def __init__(
        self,
        opens: Callable[[str | None], "Pressroom"],
        names: tuple[str, ...] = (),
        *,
        accounts: tuple[AccountId, ...] | None = None,
    ) -> None:
        self._opens = opens
        self._names = names
        self.accounts: Final = accounts
        # By account, too: the name of a login may be another account's by now.
        self._opened = dict[tuple[str | None, AccountId | None], "Pressroom"]()
        self._opening = asyncio.Lock()
        self._stack = AsyncExitStack()

    async def aclose(self) -> None:
        """Close the sessions that are open."""
        await self._stack.aclose()

    async def of(self, name: str | None = None) -> "Pressroom":
        """Return the session of a login, or of an account by its id; of the default or first one for None.

        Raises Refused for a name that the command line does not allow, NotFound where nobody is signed in
        under it to an account that the key is for.
        """
        if self.accounts is None:
            if name is None:
                name = next(iter(self._names), None)
            if self._names and name not in self._names:
                raise Refused(
                    f"The person did not allow account {name!r} here.",
                    rule="account",
                    value=name,
                    limit=", ".join(self._names),
                    fix="Use one that is allowed.",
                )
            if name is None or (name, None) in self._opened:
                return await self._session(name)
        # Nobody may have signed in under the name.
        logins = await self.logins()
        usual = sorted(logins, key=lambda login: not login.is_default)
        meant = usual if name is None else [login for login in logins if login.name == name]
        # Answers name some accounts by their ids.
        meant = meant or [login for login in usual if login.account == name]
        if not meant and self.accounts is None:
            anyone = await self._session(None)
            # A token in the environment is an account's, too, and is not stored.
            if name and await anyone.accounts.standings([name], asks=False):
                return anyone
        if not meant:
            who = "to an account that this key is for" if name is None else f"as {name!r}"
            there_are = ", ".join(login.name for login in logins) or "none"
            raise NotFound(
                f"Nobody is signed in {who}; there are: {there_are}.",
                fix=Fix.of("See them by {}.", Remedy(RemedyKind.LIST_ACCOUNTS)),
            )
        return await self._session(meant[0].name, meant[0].account if self.accounts else None)

    async def logins(self) -> tuple[StoredAccount, ...]:
        """Return the logins that may be used, by name; asks nobody."""
        anyone = await self._session(None)
        logins = await anyone.accounts.logins()
        return tuple(login for login in logins if self._allows(login.account, login.name))

    async def of_post(self, post_id: str) -> "tuple[Pressroom, Post]":
        """Return a post by its whole id, with a session that may act on it.

        Raises NotFound for none, and in the same words for one of an account that may not be used.
        """
        anyone = await self._session(None)
        with contextlib.suppress(NotFound):
            post = await anyone.lists.get(post_id)
            if self._allows(post.account, post.login):
                if self.accounts is not None:
                    # By the id where nobody is signed in: the default session would act for another account.
                    account = AccountId(post.account)
                    return await self._session(post.login or account, account), post
                # Where every account may be used, the default session may act on any post.
                return await self.of(post.login) if self._names else anyone, post
        raise NotFound(
            f"There is no post {post_id}.",
            fix=Fix.of(
                "Give its whole id, as answers do. List those there are: {}.", Remedy(RemedyKind.LIST_POSTS)
            ),
        )

    async def proposal(self, proposal_id: str) -> "Proposal":
        """Return a proposal by its whole id.

        Raises NotFound, also where another API client made it or its account may not be used.
        """
        anyone = await self._session(None)
        with contextlib.suppress(NotFound):
            proposal = await anyone.approvals.proposal(proposal_id)
            allowed = {login.account for login in await self.logins()} if self._names else self.accounts
            if allowed is None or proposal.account in allowed:
                return proposal
        raise NotFound(f"There is no proposal {proposal_id}.", fix="Use the id that an answer gave.")

    def _allows(self, account: str, login: str | None) -> bool:
        is_named = not self._names or login in self._names
        return is_named and (self.accounts is None or account in self.accounts)

    async def _session(self, name: str | None, account: AccountId | None = None) -> "Pressroom":
        # Two calls at once must not open two sessions of an account.
        async with self._opening:
            if (name, account) not in self._opened:
                session = await self._stack.enter_async_context(self._opens(name))
                self._opened[name, account] = session
            return self._opened[name, account]


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A program at a face. key: None for one that a person's machine started, which shows no key.

    scopes: what its key is for; all without a key.
    """

    actor: Actor
    sessions: Sessions
    scopes: frozenset[Scope] = frozenset(Scope)
    key: "Key | None" = None

    def require(self, scope: Scope) -> None:
        """Raise Refused where its key is not for this."""
        if scope not in self.scopes:
            raise Refused(
                f"The key of this connection is not for {scope}.",
                rule="key_scopes",
                value=sorted(self.scopes),
                limit=scope,
                fix=Fix.of(
                    "Do what the key is for. For another one {}.",
                    Remedy(RemedyKind.ADD_KEY, {"scope": scope}),
                ),
            )


Opens = Callable[[Actor, str | None], "Pressroom"]
"""Makes a session of an actor: of an account's name or id, or (None) of the default account."""
# So long after its key was shown last a program's sessions may be closed. Every call is over by then, since a
# stream shows its key again and again, but for an upload that takes longer: it is cut off.
_LEFT_OPEN_S: Final = 3600.0


@lru_cache(16)  # with each new Secret all texts that are masked are gathered anew
def _key_in(authorization: str) -> Secret:
    """Return the key that an `Authorization` header shows; an empty one for none."""
    scheme, _, token = authorization.partition(" ")
    is_key = scheme.lower() == "bearer" and KEY_FORM.fullmatch(token.strip())
    # What a Secret holds is masked in all answers: no stranger may choose words for that.
    return Secret(token.strip() if is_key else "")


@dataclass(slots=True)
class _Living:
    """A program whose sessions are open. shown_s: when its key was shown last, by the monotonic clock."""

    program: Program
    shown_s: float


class Programs:
    """The programs that have come with a key, each with its sessions. Any method may raise StoreFailed.

    owner: an open session, for the keys. names: of the only logins for use; empty for all.
    """

    def __init__(
        self, owner: "Pressroom", opens: Opens, names: tuple[str, ...] = (), *, clock: Clock = SYSTEM_CLOCK
    ) -> None:
        self.owner: Final = owner
        self._opens = opens
        self._names = names
        self._clock = clock
        # An account that turned out to be another one has another id since, in its keys too.
        self._living = dict[tuple[KeyId, tuple[AccountId, ...]], _Living]()

    def living(self) -> Collection[Program]:
        """Return the programs whose sessions are open."""
        return {living.program for living in self._living.values()}

    async def aclose(self) -> None:
        """Close the sessions of all."""
        async with AsyncExitStack() as stack:
            for living in self._living.values():
                stack.push_async_callback(living.program.sessions.aclose)

    async def shown_by(self, authorization: str) -> Program | None:
        """Return whose key an `Authorization` header shows; None for one that lets nobody in."""
        return await self.of(_key_in(authorization))

    async def of(self, token: Secret) -> Program | None:
        """Return whose key it is; None for one that lets nobody in, or not any more."""
        key = await self.owner.keys.holder(token)
        if key is None:
            return None
        living = self._living.get((key.id, key.accounts))
        if living:
            living.shown_s = self._clock.monotonic()
            return living.program
        program = self._added(key)
        # Whoever makes and takes back keys for months would else have the sessions of all stay open.
        await self._close_ended()
        return program

    async def wait_for_end(self, program: Program) -> None:
        """Return once the program's key is revoked or has expired, or the owner's session ends."""
        async for _ in self.owner.work.changes(key=program.key):
            pass

    def _added(self, key: "Key") -> Program:
        actor = actor_of(key.actor)
        sessions = Sessions(lambda name: self._opens(actor, name), self._names, accounts=key.accounts or None)
        program = Program(actor=actor, sessions=sessions, scopes=frozenset(key.scopes), key=key)
        self._living[key.id, key.accounts] = _Living(program, self._clock.monotonic())
        return program

    async def _close_ended(self) -> None:
        """Close the sessions of keys that let nobody in any more."""
        now, shown_before_s = self._clock.now(), self._clock.monotonic() - _LEFT_OPEN_S
        good = {(key.id, key.accounts) for key in await self.owner.keys.list() if key.is_good(now)}
        idle = [identity for identity, living in self._living.items() if living.shown_s <= shown_before_s]
        # Taken out before anything is waited for: another call looks for them, too.
        ended = [self._living.pop(identity) for identity in idle if identity not in good]
        for living in ended:
            try:
                await living.program.sessions.aclose()
            except Exception:  # it is nothing to the program that has just come
                log.exception("sessions of %s did not close", living.program.actor.id)
