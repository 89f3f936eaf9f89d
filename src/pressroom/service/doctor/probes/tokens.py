"""Probes of what a token's renewal does. A new token is kept before anything else is asked."""

from dataclasses import dataclass
from datetime import timedelta

from pressroom.core.account import Account
from pressroom.core.errors import GraphError
from pressroom.core.facts import Value
from pressroom.graph import calls
from pressroom.graph.ids import ME
from pressroom.service.doctor.probes.desk import Desk, refuses
from pressroom.service.doctor.probes.renewing import Renewer
from pressroom.service.doctor.probes.told import Told, Unasked, Untold

_WORDS = "GET /refresh_access_token"
_NO_RIGHT, _NO_TOKEN = 10, 190


async def refresh(desk: Desk) -> Told:
    """Renew a token that is old enough, and ask whether the one before still works."""
    renewer = _renewer(desk)
    if not await renewer.is_old_enough():
        raise Unasked(f"The token is {_hours(await renewer.age())} old, and is renewed from 24 hours on.")
    change = await _renew(desk, renewer)
    if change.is_same:
        return Told("The token stays the same, and lasts longer.", {"refresh_makes_new_token": False})
    facts: dict[str, Value] = {"refresh_makes_new_token": True}
    if await _works(desk, change.old):
        return Told("Another token comes, and the one before still works.", facts | _ends(ends=False))
    return Told("Another token comes, and the one before has ended.", facts | _ends(ends=True))


def _ends(*, ends: bool) -> dict[str, Value]:
    return {"refresh_ends_old_token": ends}


async def early_refresh(desk: Desk) -> Told:
    """Try to renew a token that is younger than a day."""
    renewer = _renewer(desk)
    if await renewer.is_old_enough():
        age = _hours(await renewer.age())
        raise Unasked(f"The token is {age} old; sign in again, or renew it, and ask within 24 hours.")
    was_renewed_here = (await renewer.stored()).token_refreshed_at is not None
    try:
        await _renew(desk, renewer)
    except GraphError as error:
        return _refused_early(error)
    if was_renewed_here:
        return Told("A token younger than a day is renewed.", {"early_refresh": "allowed"})
    raise Untold("It was renewed, and may have been older than it has been here: now it is new, ask again.")


def _refused_early(error: GraphError) -> Told:
    if not (refuses(error) or error.code in (_NO_TOKEN, _NO_RIGHT)):
        raise error
    words = f"Instagram answers {error.code}{f'/{error.subcode}' if error.subcode else ''}."
    # Another number is told, too, and sets nothing: the sandbox plays these two.
    is_played = error.code in (100, _NO_TOKEN)
    return Told(words, {"early_refresh": int(error.code or 0)} if is_played else {})


def _renewer(desk: Desk) -> Renewer:
    if desk.renewer is None:
        raise Unasked(
            "The token is not in the store, where a new one is kept: sign in, or name a stored account."
        )
    return desk.renewer


@dataclass(frozen=True, slots=True)
class _Change:
    old: Account
    new: Account

    @property
    def is_same(self) -> bool:
        return self.old.token == self.new.token


async def _renew(desk: Desk, renewer: Renewer) -> _Change:
    """Renew, and go on with the token that is stored then. Raises as `TokenKeeper.renew`."""
    old = await renewer.account()
    if await desk.watch(_WORDS, renewer.renew()) is None:
        raise Unasked("A worker renews the token at this moment.")
    new = await renewer.account()
    desk.client = desk.open_client(new)
    return _Change(old, new)


async def _works(desk: Desk, old: Account) -> bool:
    words = "GET /me, by the token before"
    try:
        await desk.watch(words, desk.open_client(old).send(calls.user(ME, fields="id")))
    except GraphError as error:
        if error.code != _NO_TOKEN:
            raise
        return False
    return True


def _hours(age: timedelta) -> str:
    hours = int(age.total_seconds() // 3600)
    return f"{hours // 24} days" if hours >= 48 else f"{hours} hours"  # noqa: PLR2004  # two days
