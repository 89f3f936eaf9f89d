"""`AccountOverviews`: the one account that a session acts for, as it stands."""

from dataclasses import dataclass

from pressroom.core.account import shown_account
from pressroom.service.acting import Acting
from pressroom.service.obstacles import Obstacles
from pressroom.service.resources import Resources
from pressroom.service.standings import Standing, Standings


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountOverview:
    """An account as it stands. name: of its login, else its user id. obstacles: what keeps its posts back.

    others: the names of the other stored logins.
    """

    name: str
    standing: Standing
    obstacles: tuple[str, ...]
    others: tuple[str, ...]


class AccountOverviews:
    """Use-cases of the account that a session acts for. Any may raise SignInRequired, NotFound."""

    _resources: Resources
    _acting: Acting

    async def name(self) -> str:
        """Return the account's name: of its stored login, else its user id; makes a call the first time."""
        known = await (await self._acting.identity()).known()
        return known.login or shown_account(known.id)

    async def overview(self) -> AccountOverview:
        """Tell how the account stands, by one call, and what keeps its posts from going out."""
        await self._acting.account()  # for its errors: nobody is signed in, or there is no such account
        known = await (await self._acting.identity()).known()
        name = known.login or shown_account(known.id)
        store = await self._resources.store()
        logins = await store.run(store.accounts.list)
        return AccountOverview(
            name=name,
            standing=await Standings(self._resources, self._acting).ours(),
            obstacles=await Obstacles(self._resources, self._acting).of(known.id),
            others=tuple(one.name for one in logins if one.name != name),
        )
