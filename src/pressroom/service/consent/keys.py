"""`KeyService`: gives programs the keys by which they come over HTTP, and takes them back."""

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from pressroom.core.account import AccountId
from pressroom.core.actor import KEY_FORM, KEY_PREFIX, Actor, ActorKind, KeyId, Scope
from pressroom.core.consent import Key
from pressroom.core.errors import NotFound, Refused
from pressroom.core.journal import FieldChange, JournalEvent, SubjectKind
from pressroom.core.remedies import Fix, Remedy, RemedyKind
from pressroom.core.secret import Secret
from pressroom.core.when import parse_end, require_end, zone_named
from pressroom.service.consent.gate import Gate
from pressroom.service.consent.rules import require_logins
from pressroom.service.ground.resources import Resources

_ID_BYTES, _SECRET_BYTES = 4, 32
# The last use of a key is stored no more often: a busy program uses its key many times a second.
_NOTED_EACH: Final = timedelta(minutes=1)
# Stands in for the digest of a key that there is not, so that the comparison takes as long.
_NO_DIGEST: Final = "0" * 64


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key that was made. token: shown once, and kept nowhere."""

    key: Key
    token: Secret


class KeyService:
    """The use-cases of keys. Any of them may raise StoreRefused or StoreFailed."""

    def __init__(self, resources: Resources, gate: Gate) -> None:
        self._resources = resources
        self._gate = gate

    async def add(
        self,
        name: str,
        *,
        scopes: Sequence[str] = tuple(Scope),
        ends_at: datetime | str | None = None,
        timezone: str = "UTC",
        accounts: Sequence[str] = (),
    ) -> NewKey:
        """Make a key for the program `name`; whoever shows it acts as that program.

        scopes: what it may be used for. ends_at: in words in the timezone; None for never. accounts: names or
        ids that somebody is signed in to; the key sees and touches those accounts alone, whatever their
        logins are called later. Empty for all, later ones too.
        Raises Refused for a name that has a key or cannot be one, and for an account that nobody is signed
        in to; NeedsApproval for a program.
        """
        await self._gate.require_person("Only a person gives a program a key.")
        actor, now = Actor(ActorKind.PROGRAM, name), self._resources.clock.now()
        key_id, secret = secrets.token_hex(_ID_BYTES), secrets.token_urlsafe(_SECRET_BYTES)
        if isinstance(ends_at, str):
            ends_at = parse_end(ends_at, now=now, zone=zone_named(timezone))
        require_end(ends_at, now, what="A key", rule="key_end")
        await self._require_none(actor, now)
        store = await self._resources.store()
        if accounts:
            require_logins(accounts, await store.run(store.accounts.list), rule="key_accounts")
        key = Key(
            id=KeyId(key_id),
            actor=actor.id,
            digest=_digest(secret),
            scopes=_scopes(scopes),
            accounts=tuple(map(AccountId, accounts)),
            created_at=now,
            ends_at=ends_at,
        )
        key = await store.run(store.keys.add, key, [await self._event(key, "key_made", after=key.name)])
        return NewKey(key, Secret(f"{KEY_PREFIX}{key_id}_{secret}"))

    async def list(self) -> tuple[Key, ...]:
        """Return all keys, the newest first, ended ones too."""
        store = await self._resources.store()
        return tuple(await store.run(store.keys.list))

    async def revoke(self, id_or_name: str) -> Key:
        """End a key by its whole id, or the key of a program by its name.

        Raises NotFound for none, and for a name that is another key's id; NeedsApproval for a program.
        """
        await self._gate.require_person("Only a person takes a key back.")
        now, store = self._resources.clock.now(), await self._resources.store()
        keys = [key for key in await self.list() if id_or_name in (key.id, key.name) and key.is_good(now)]
        if len(keys) > 1:
            named = ", ".join(f"key {key.id} of {key.name}" for key in keys)
            raise NotFound(
                f"Several keys are called {id_or_name!r}: {named}.",
                fix="Name the other id, or the other name.",
            )
        events = [await self._event(key, "key_revoked", before=key.name) for key in keys]
        if not keys or not await store.run(store.keys.revoke, keys[0].id, now, events):
            raise NotFound(
                f"There is no key {id_or_name!r} that lets in.",
                fix=Fix.of("List them: {}.", Remedy(RemedyKind.LIST_KEYS)),
            )
        return keys[0]

    async def holder(self, token: Secret) -> Key | None:
        """Return the key that a program shows; None for one that lets nobody in, or not any more."""
        shown = KEY_FORM.fullmatch(token.reveal())
        if shown is None:
            return None
        key_id, secret = shown.groups()
        store, now = await self._resources.store(), self._resources.clock.now()
        key = await store.run(store.keys.get, KeyId(key_id))
        is_it = hmac.compare_digest(key.digest if key else _NO_DIGEST, _digest(secret))
        if key is None or not is_it or not key.is_good(now):
            return None
        if key.last_used_at is None or now - key.last_used_at >= _NOTED_EACH:
            await store.run(store.keys.use, key.id, now)
        return key

    async def _event(
        self, key: Key, step: str, *, before: str | None = None, after: str | None = None
    ) -> JournalEvent:
        return JournalEvent(
            subject_id=key.id,
            subject_kind=SubjectKind.KEY,
            at=self._resources.clock.now(),
            step=step,
            actor=(await self._gate.actor()).id,
            changes=(FieldChange(name="key", before=before, after=after),),
        )

    async def _require_none(self, actor: Actor, now: datetime) -> None:
        if any(key.actor == actor.id and key.is_good(now) for key in await self.list()):
            raise Refused(
                f"{actor.name!r} has a key already.",
                rule="key_name",
                value=actor.name,
                limit="a name without a key",
                fix=Fix.of(
                    "Take that one back first: {}, or choose another name.",
                    Remedy(RemedyKind.REVOKE_KEY, {"name": actor.name}),
                ),
            )


def _digest(secret: str) -> str:
    # A plain hash is enough: what is hashed has 256 random bits.
    return hashlib.sha256(secret.encode()).hexdigest()


def _scopes(names: Sequence[str]) -> tuple[Scope, ...]:
    known_names = [str(scope) for scope in Scope]
    strange = [name for name in names if name not in known_names]
    if strange or not names:
        raise Refused(
            f"A key is for some of {', '.join(known_names)}.",
            rule="key_scopes",
            value=strange,
            limit=known_names,
            fix="Name those.",
        )
    # Whoever may ask for more may look, too.
    return tuple(scope for scope in Scope if scope in names or scope is Scope.READ)
