"""Which accounts are looked at, each with its token or why that cannot be read. Nothing is stored."""

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pressroom.accounts.keyplace import KeyPlace
from pressroom.core.account import Account, shown_account
from pressroom.core.errors import NotFound, PressroomError, SignInRequired
from pressroom.core.remedies import Fix, Remedy, RemedyKind
from pressroom.core.stored_accounts import StoredAccount
from pressroom.graph.ids import ME
from pressroom.service.acting.acting import Acting, names_account
from pressroom.service.doctor.judge_facts import Source
from pressroom.service.doctor.machine import key_or_error
from pressroom.service.ground.resources import Resources

if TYPE_CHECKING:
    from pressroom.store.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """One account to look at. account: with its token, or why there is none. stored: as the store has it."""

    name: str
    source: Source
    account: Account | PressroomError
    stored: StoredAccount | None = None

    @property
    def held(self) -> Account | StoredAccount:
        """What tells its login, base, version and user id: the account, else the stored one."""
        held = self.account if isinstance(self.account, Account) else self.stored
        assert held
        return held


@dataclass(frozen=True, slots=True, kw_only=True)
class Subjects:
    """Those that are looked at. stored: every login; None where the store cannot be read."""

    chosen: tuple[Subject, ...] = ()
    stored: tuple[StoredAccount, ...] | None = ()
    environment: PressroomError | None = None


async def subjects(
    resources: Resources,
    acting: Acting,
    store: "Store | None",
    *,
    asked: str | None,
    every: bool,
    is_readable: bool,
) -> Subjects:
    """Choose whom to look at. asked: a stored login's name; None for the one that the session acts for.

    is_readable: False where there is a store that could not be opened. Raises NotFound for an unknown name.
    """
    stored = await store.run(store.accounts.list) if store else () if is_readable else None
    name = asked or acting.name
    own, refused = _own(resources, acting) if name is None else (None, None)
    if name is not None and not every:
        logins = (_named(name, stored),)
    elif every:
        logins = stored or ()
    else:
        logins = () if own or refused else _default(stored or ())
    chosen = [await _of_login(resources, store, one) for one in logins if store]
    return Subjects(chosen=(*([own] if own else []), *chosen), stored=stored, environment=refused)


def _own(resources: Resources, acting: Acting) -> tuple[Subject | None, PressroomError | None]:
    """Return the account that was handed in, or the environment's; or why that cannot be used."""
    source = (
        Source.ENVIRONMENT if acting.handed_in is None or names_account(resources.environ) else Source.GIVEN
    )
    try:
        own = acting.own
    except PressroomError as error:
        return None, error
    if own is None:
        return None, None
    name = "me" if own.user_id == ME else shown_account(own.key)
    return Subject(name=name, source=source, account=own), None


def _named(name: str, stored: tuple[StoredAccount, ...] | None) -> StoredAccount:
    found = next((one for one in stored or () if name in (one.name, one.account, one.user_id)), None)
    if found is None:
        why = "" if stored is not None else " The store cannot be read."
        raise NotFound(
            f"No account {name!r} is signed in.{why}",
            fix=Fix.of("List them: {}.", Remedy(RemedyKind.LIST_ACCOUNTS)),
        )
    return found


def _default(stored: tuple[StoredAccount, ...]) -> tuple[StoredAccount, ...]:
    """Return the default login; where there is none, all of them."""
    return tuple(one for one in stored if one.is_default) or stored


async def _of_login(resources: Resources, store: "Store", stored: StoredAccount) -> Subject:
    return Subject(
        name=stored.name,
        source=Source.STORE,
        account=await _opened(resources, store, stored),
        stored=stored,
    )


async def _opened(resources: Resources, store: "Store", stored: StoredAccount) -> Account | PressroomError:
    # Opening the vault would make a key where there is none, and no token could be read with that one.
    place = await asyncio.to_thread(key_or_error, resources.settings)
    if isinstance(place, PressroomError):
        return place
    if place is KeyPlace.NONE:
        return SignInRequired(
            f"The key that sealed the token of {stored.name} is gone.",
            fix=Fix.of("Put it back, or sign in again: {}.", _again(stored)),
        )
    try:
        vault = await resources.vault()
        return await store.run(vault.account, stored.name)
    except PressroomError as error:
        return error


def _again(stored: StoredAccount) -> Remedy:
    return Remedy(RemedyKind.SIGN_IN, {"account": stored.name})
