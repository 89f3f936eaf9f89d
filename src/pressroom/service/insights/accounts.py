"""Which accounts are meant by names, of those of which something is collected."""

from collections.abc import Sequence

from pressroom.core.account import AccountId, shown_account
from pressroom.core.errors import NotFound
from pressroom.core.remedies import Fix, Remedy, RemedyKind
from pressroom.service.acting.acting import Acting, KnownAccount


async def find_accounts(acting: Acting, names: Sequence[str]) -> list[KnownAccount]:
    """Return the accounts of names, else the session's named account, else all.

    names: of logins, or ids. Raises NotFound for an unknown one, and where nothing at all is collected.
    """
    # A store is not made where there is none: nothing would be in it.
    if not acting.resources.has_store:
        raise nothing_collected(acting.name)
    store = await acting.resources.store()
    kept = await store.run(store.readings.accounts)
    own = (acting.name,) if acting.name else ()
    named = [await _find_account(acting, name, kept) for name in names or own]
    accounts = named or [KnownAccount(AccountId(account)) for account in kept]
    if not accounts:
        raise nothing_collected(acting.name)
    return accounts


async def _find_account(acting: Acting, name: str, kept: Sequence[str]) -> KnownAccount:
    if login := await acting.login(name):
        return KnownAccount(login.account, login.name)
    # An account that has signed out keeps its numbers, and is named by its id.
    named = [account for account in kept if name in (account, shown_account(account))]
    # The tables have the user id alone, also of a sandbox's account.
    named = named or [account for account in kept if name == account.partition("@")[0]]
    if len(named) != 1:
        raise NotFound(
            f"No account {name!r} is signed in, or has insights.",
            fix=Fix.of("List them: {}.", Remedy(RemedyKind.LIST_ACCOUNTS)),
        )
    return KnownAccount(AccountId(named[0]))


def nothing_collected(login: str | None, name: str | None = None) -> NotFound:
    """Return the error for insights that were never collected. name: the account, if the error is about one.

    login: name of the stored login, which the suggested command names; None if there is none.
    """
    return NotFound(
        f"Nothing is collected of {name} yet." if name else "Nothing is collected yet.",
        fix=Fix.of("Begin with {}; from then on a worker goes on.", pull_insights_of(login)),
    )


def pull_insights_of(login: str | None) -> Remedy:
    """Return the remedy that collects an account's insights. login: None for the default account."""
    return Remedy(RemedyKind.PULL_INSIGHTS, {"account": login} if login else {})
