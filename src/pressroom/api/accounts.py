"""Accounts that a key is for: how they stand, and their weekly slots."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta

from pressroom.api.operation import Answer, Call, Fields, Operation
from pressroom.core.actor import Scope
from pressroom.core.errors import NotFound
from pressroom.core.remedies import Fix, Remedy, RemedyKind
from pressroom.core.requests import RequestEffect
from pressroom.core.slots import Slot, parse_slots
from pressroom.service.posts.planning import Slots, Week
from pressroom.service.shapes.accounts import StandingShape
from pressroom.service.shapes.posts import WeekShape


class AccountsList(msgspec.Struct, frozen=True, kw_only=True):
    """All accounts that the key is for. next: null, since all are there."""

    accounts: tuple[StandingShape, ...]
    next: str | None = None


class Asking(Fields, frozen=True, kw_only=True):
    """What is asked of Instagram."""

    ask: Annotated[
        bool,
        Meta(description="Ask Instagram whether it takes each token; else `token` is what is known here."),
    ] = False


async def list_accounts(call: Call[Asking, None]) -> Answer:
    """List the signed-in accounts that the key is for, what each can do, and what pauses it."""
    sessions, names = call.program.sessions, None
    if sessions.accounts is not None:
        names = [login.name for login in await sessions.logins()]
    pressroom = await sessions.of()
    standings = await pressroom.accounts.standings(names, asks=call.query.ask)
    return Answer(AccountsList(accounts=tuple(map(StandingShape.of, standings))))


async def get_account(call: Call[Asking, None]) -> Answer:
    """Tell how an account stands."""
    name = call.path["account"]
    pressroom = await call.session(name)
    logins = await call.program.sessions.logins()
    names = [login.name for login in logins if name in (login.name, login.account)]
    standings = await pressroom.accounts.standings(names[:1] or [name], asks=call.query.ask)
    # The session may be older than a sign-out.
    if not standings:
        see = Fix.of("See who is by {}.", Remedy(RemedyKind.LIST_ACCOUNTS))
        raise NotFound(f"Nobody is signed in as {name!r}.", fix=see)
    return Answer(StandingShape.of(standings[0]))


async def get_slots(call: Call[Fields, None]) -> Answer:
    """Tell the weekly slots of an account, and the next free moments."""
    pressroom = await call.session(call.path["account"])
    return Answer(WeekShape.of(await pressroom.posts.slots.week(call.path["account"])))


SlotWords = Annotated[
    tuple[Annotated[str, Meta(max_length=100)], ...],
    Meta(
        min_length=1,
        max_length=50,
        description="Each a day or several and a time, in the account's zone: `monday 18:00`, "
        "`mon,thu 12:30`, `weekdays 9:00`, `daily 20:00`.",
        examples=[["mon,thu 12:30"]],
    ),
]


class AddSlots(Fields, frozen=True, kw_only=True):
    """Slots to be added."""

    slots: SlotWords


async def add_slots(call: Call[Fields, AddSlots]) -> Answer:
    """Give an account more weekly slots, which posts take that are planned for `next slot`."""
    return await _changed(Slots.add, call, call.body.slots)


class RemoveSlots(Fields, frozen=True, kw_only=True):
    """Slots to be removed."""

    slot: SlotWords


async def remove_slots(call: Call[RemoveSlots, None]) -> Answer:
    """Take weekly slots from an account. Posts that are due then stay."""
    return await _changed(Slots.remove, call, call.query.slot)


async def slots_now(call: Call[Fields, None], _effect: RequestEffect) -> Answer:
    """Answer a repeat: the slots as they are."""
    return await get_slots(call)


async def _changed(
    change: Callable[[Slots, list[Slot]], Awaitable[Week]], call: Call[Any, Any], texts: tuple[str, ...]
) -> Answer:
    slots = [slot for text in texts for slot in parse_slots(text)]
    pressroom = await call.session(call.path["account"])
    return Answer(WeekShape.of(await change(pressroom.posts.slots, slots)))


_TAG: Final = "accounts"
_SLOTS: Final = "/accounts/{account}/slots"

OPERATIONS: Final = (
    Operation(
        method="GET",
        path="/accounts",
        run=list_accounts,
        tag=_TAG,
        scope=Scope.READ,
        query=Asking,
        answers={200: AccountsList},
    ),
    Operation(
        method="GET",
        path="/accounts/{account}",
        run=get_account,
        tag=_TAG,
        scope=Scope.READ,
        query=Asking,
        answers={200: StandingShape},
    ),
    Operation(method="GET", path=_SLOTS, run=get_slots, tag=_TAG, scope=Scope.READ, answers={200: WeekShape}),
    Operation(
        method="POST",
        path=_SLOTS,
        run=add_slots,
        tag=_TAG,
        scope=Scope.DRAFT,
        body=AddSlots,
        answers={200: WeekShape},
        again=slots_now,
    ),
    Operation(
        method="DELETE",
        path=_SLOTS,
        run=remove_slots,
        tag=_TAG,
        scope=Scope.DRAFT,
        query=RemoveSlots,
        answers={200: WeekShape},
        again=slots_now,
    ),
)
