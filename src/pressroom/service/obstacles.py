"""What keeps posts from going out: no worker, no token, a pause."""

import asyncio
from dataclasses import dataclass

from pressroom.core.account import shown_account, sign_in
from pressroom.core.remedies import Fix, Remedy, RemedyKind
from pressroom.core.stored_accounts import Pause
from pressroom.dispatch.locks import driver_lock
from pressroom.service.acting import Acting
from pressroom.service.pausing import paused_in_words
from pressroom.service.resources import Resources

_NO_WORKER = Fix.of(
    "No worker runs, so nothing is published. Start one: {}.", Remedy(RemedyKind.START_WORKER)
)
_TO_STORE = Fix.of("To store it: {}.", Remedy(RemedyKind.SIGN_IN))


@dataclass(frozen=True, slots=True)
class Obstacles:
    """Finds what keeps the posts of a session's store from going out."""

    resources: Resources
    acting: Acting

    async def of(self, account: str) -> tuple[str, ...]:
        """Describe everything that keeps an account's posts from going out, one sentence each."""
        by_error = [pause for pause in await self._pauses(account) if pause.by is None]
        called = await self._called(account)
        return (*await self.lacking(account), *(paused_in_words(called, pause) for pause in by_error))

    async def lacking(self, account: str) -> tuple[str, ...]:
        """Describe what only a person can mend: no worker, no token, a pause by hand; one sentence each."""
        found = list[str]()
        # A session with a worker inside (`works`) publishes by itself, by the environment's token, too.
        if not self.resources.works and not await self.is_worker_running():
            found.append(str(_NO_WORKER))
        own, called = (await self.acting.identity()).own, shown_account(account)
        if account in own and not self.resources.works:
            found.append(
                f"The token of account {called!r} is not stored: only a worker that is started with the same "
                f"INSTAGRAM_* variables publishes it. {_TO_STORE}"
            )
        elif not await self.has_token(account):
            to_sign_in = Fix.of("Sign in: {}.", sign_in(account))
            found.append(f"No token is stored for account {called!r}. {to_sign_in}")
        by_hand = [pause for pause in await self._pauses(account) if pause.by]
        return (*found, *[paused_in_words(await self._called(account), pause) for pause in by_hand])

    async def _pauses(self, account: str) -> list[Pause]:
        store, now = await self.resources.store(), self.resources.clock.now()
        return [one for one in await store.run(store.accounts.pauses_of, account) if one.until > now]

    async def _called(self, account: str) -> str:
        stored = await self.acting.login(account)
        return stored.name if stored else shown_account(account)

    async def has_token(self, account: str) -> bool:
        """Tell whether there is a token for an account: this session's own, or a stored one."""
        own = (await self.acting.identity()).own
        return account in own or await self.acting.login(account) is not None

    async def worker_pid(self) -> int | None:
        """Return the process id of the worker on this machine; None when none runs."""
        return await asyncio.to_thread(driver_lock(self.resources.settings).holder)

    async def is_worker_running(self) -> bool:
        """Tell whether a worker runs: on this machine, or on any where the store is on a server."""
        store = await self.resources.store()
        if not store.is_shared:
            return await self.worker_pid() is not None
        # The driver's lock is a file of this machine; on a server a worker anywhere publishes the post.
        from pressroom.dispatch.locks import is_any_worker_alive  # noqa: PLC0415  # loads SQLAlchemy

        return await store.run(is_any_worker_alive, store.database)
