"""`RequestService`: a program's requests, repeated under an idempotency key when an answer was lost.

An effect is committed with its request (`store.requests`), so that whoever repeats one learns what the first
run did, wherever that was cut off. Why: docs/decisions/0041-requests.md.
"""

import asyncio
import contextlib
import logging
import uuid
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pressroom.core.consent import ProposalId
from pressroom.core.errors import Refused, StoreFailed
from pressroom.core.requests import LONGEST_REQUEST_KEY, RequestEffect, RequestName
from pressroom.service.consent.gate import Gate
from pressroom.service.ground.resources import Resources
from pressroom.store.requests import REQUEST_LEASE_S, Run, running

if TYPE_CHECKING:
    from pressroom.store.store import Store

log: Final = logging.getLogger(__name__)


@dataclass(slots=True)
class KeyedRequest:
    """A request while it is carried out.

    earlier: what its first run did; nothing is to be done again then. subject: as `settle` keeps it.
    """

    earlier: RequestEffect | None
    subject: RequestEffect | None = None

    def settle(self, kind: str, subject_id: str, proposal_id: ProposalId | None = None) -> None:
        """Say what the request is about, for repeats of one that had nothing to change."""
        self.subject = RequestEffect(subject_kind=kind, subject_id=subject_id, proposal_id=proposal_id)


class RequestService:
    """The requests of a session's program."""

    def __init__(self, resources: Resources, gate: Gate) -> None:
        self._resources = resources
        self._gate = gate

    @asynccontextmanager
    async def begin(self, operation: str, key: str, content: str) -> AsyncGenerator[KeyedRequest]:
        """Carry a request out in the block, once; `earlier` is set, and nothing done, where it was before.

        operation: whose keys are its own. content: a hash of what is asked. The first change or proposal that
        the block makes as the session's actor is the request's effect. Left by an error without one, it may
        be repeated.

        Raises Refused for a bad key, KeyReused for a key of other content, RequestUnderWay where another run
        has the request, in the block, too: what that would have changed is as it was.
        """
        if not (key.strip() and key.isprintable() and len(key) <= LONGEST_REQUEST_KEY):
            raise Refused(
                "The idempotency key cannot be used.",
                rule="idempotency_key",
                value=repr(key[:LONGEST_REQUEST_KEY]),
                limit=f"1 to {LONGEST_REQUEST_KEY} printable characters that are not all blank",
                fix="Give each request a key of its own, such as a random id.",
            )
        store = await self._resources.store()
        run = Run(RequestName((await self._gate.actor()).id, operation, key), uuid.uuid4().hex)
        request = KeyedRequest(await store.run(store.requests.begin, run, content))
        if request.earlier:
            yield request
            return
        # Before it is set, so that the keeper itself carries nothing out.
        keeper = asyncio.create_task(_keep_renewing(store, run))
        running.set(run)
        ended = None
        try:
            yield request
            ended = request.subject
        finally:
            # What the block started and left running has no part in it any more.
            run.is_over = True
            running.set(None)
            keeper.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await keeper
            try:
                await store.run(store.requests.end, run, ended)
            except StoreFailed as error:  # its lease runs out by itself, and what it did stands
                log.warning("a request could not be ended: %s", error)


async def _keep_renewing(store: "Store", run: Run) -> None:
    while True:
        # In real seconds, as the store counts leases. Most requests are over before the first.
        await asyncio.sleep(REQUEST_LEASE_S / 3)
        try:
            if not await store.run(store.requests.renew, run):
                return
        except StoreFailed as error:
            log.warning("the lease of a request could not be renewed: %s", error)
