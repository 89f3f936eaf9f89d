"""`StandingConsents`: what programs may do without asking, as a person allows and withdraws it."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from pressroom.core.actor import ActorId, actor_of
from pressroom.core.consent import Grant, GrantId
from pressroom.core.errors import NotFound, Refused
from pressroom.core.post import Post, PostId, PostState
from pressroom.core.when import parse_end, require_end, zone_named
from pressroom.service.consent.changing import Changes, Verb
from pressroom.service.consent.gate import NEW, Carriers, Gate
from pressroom.service.ground.resources import Resources

_SENT: Final = (PostState.PUBLISHING, PostState.PUBLISHED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Released:
    """The posts that went under a standing consent, each group in the order in which they go out.

    unsent: still to go out. held: since it was withdrawn they wait for a person. sent: the ids of those that
    are live, or being sent at this moment; nothing calls them back.
    """

    unsent: tuple[Post, ...]
    held: tuple[Post, ...]
    sent: tuple[PostId, ...]


class StandingConsents:
    """The use-cases of standing consents."""

    _resources: Resources
    _gate: Gate
    _changes: Changes
    _carriers: Carriers

    async def allow(
        self,
        actor: str,
        *,
        verbs: Sequence[str],
        accounts: Sequence[str],
        per_day: int,
        ends_at: datetime | str | None = None,
        timezone: str | None = None,
    ) -> Grant:
        """Give a program a standing consent: so many uses a day, until a time.

        actor: its id, `program:NAME`. verbs: those of proposals. accounts: names or ids that somebody is
        signed in to. ends_at: in words in the timezone, else the accounts' own; a day alone is where it
        begins. Raises Refused for a consent that could never apply, NeedsApproval for a program.
        """
        await self._gate.require_person("Only a person gives a standing consent.")
        _require_sense(verbs, accounts, per_day)
        _require_known(verbs, [NEW, *Verb, *self._carriers()])
        await self._require_signed_in(accounts)
        store, now, by = await self._resources.store(), self._resources.clock.now(), await self._gate.actor()
        if isinstance(ends_at, str):
            ends_at = parse_end(
                ends_at,
                now=now,
                zone=zone_named(timezone) if timezone else await self._zone_of(accounts),
                why_none="and the accounts have several",
            )
        require_end(ends_at, now, what="A standing consent", rule="standing_consent")
        grant = Grant(
            id=GrantId(uuid.uuid4().hex),
            actor=actor_of(ActorId(actor)).id,
            verbs=tuple(verbs),
            accounts=tuple(accounts),
            per_day=per_day,
            granted_by=by.id,
            created_at=now,
            ends_at=ends_at,
        )
        await store.run(store.consents.grant, grant)
        # Read back, since the store has turned the accounts' names into ids.
        return next(one for one in await store.run(store.consents.grants) if one.id == grant.id)

    async def allowed(self) -> tuple[Grant, ...]:
        """Return all standing consents, ended ones too."""
        store = await self._resources.store()
        return await store.run(store.consents.grants)

    async def released(self, grant_id: str) -> Released:
        """Return the posts that went under a standing consent; none of those that are over and not live."""
        store = await self._resources.store()
        return await self._posts_of(await store.run(store.consents.released, GrantId(grant_id)))

    async def withdraw(self, grant_id: str, *, leave: bool = False) -> Released:
        """End a standing consent, hold back what went under it and is not sent yet, and return all that.

        leave: let that go out all the same. Raises NotFound, NeedsApproval for a program.
        """
        await self._gate.require_person("Only a person withdraws a standing consent.")
        store, now = await self._resources.store(), self._resources.clock.now()
        # From this commit on no send of these posts is opened: what follows may take its time, or be killed.
        released = await store.run(store.consents.revoke, GrantId(grant_id), now, leaves=leave)
        if released is None:
            raise NotFound(f"There is no standing consent {grant_id}.", fix="List them first.")
        if leave:
            return await self._posts_of(released)
        for post in [post for post, state in released.items() if state.is_waiting]:
            await self._changes.hold_back(post)
        return await self.released(grant_id)

    async def _posts_of(self, states: Mapping[PostId, PostState]) -> Released:
        store = await self._resources.store()
        unsent = [post for post, state in states.items() if state.is_waiting]
        held = [post for post, state in states.items() if state is PostState.AWAITING_APPROVAL]
        return Released(
            unsent=tuple([await store.run(store.posts.get, post) for post in unsent]),
            held=tuple([await store.run(store.posts.get, post) for post in held]),
            sent=tuple(post for post, state in states.items() if state in _SENT),
        )

    async def _zone_of(self, accounts: Sequence[str]) -> ZoneInfo | None:
        """Return the zone that accounts share; None for accounts of several zones."""
        store = await self._resources.store()
        logins = [
            one for one in await store.run(store.accounts.list) if {one.name, one.account} & {*accounts}
        ]
        zones = {one.timezone for one in logins}
        return zone_named(zones.pop()) if len(zones) == 1 else None

    async def _require_signed_in(self, accounts: Sequence[str]) -> None:
        store = await self._resources.store()
        logins = await store.run(store.accounts.list)
        known = {name for one in logins for name in (one.name, one.account)}
        if strange := [who for who in accounts if who not in known]:
            raise Refused(
                f"Nobody is signed in to {', '.join(strange)}.",
                rule="standing_consent",
                value=strange,
                limit=sorted(one.name for one in logins),
                fix="Sign in first, or name an account that is signed in.",
            )


def _require_sense(verbs: Sequence[str], accounts: Sequence[str], per_day: int) -> None:
    if verbs and accounts and per_day > 0:
        return
    raise Refused(
        "A standing consent names what may be done, for which accounts, and how often a day.",
        rule="standing_consent",
        value=[list(verbs), list(accounts), per_day],
        limit="one verb, one account and once a day at least",
        fix="Name all three.",
    )


def _require_known(verbs: Sequence[str], known: Sequence[str]) -> None:
    if strange := [verb for verb in verbs if verb not in known]:
        raise Refused(
            f"Nothing that programs ask for is called {', '.join(strange)}.",
            rule="standing_consent",
            value=strange,
            limit=[str(verb) for verb in known],
            fix=f"Name some of: {', '.join(known)}.",
        )
