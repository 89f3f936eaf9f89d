"""The page of the keys: which programs come by one over HTTP, and the form that ends one."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from starlette.responses import RedirectResponse, Response

from pressroom.core.account import shown_account
from pressroom.core.remedies import Remedy, RemedyKind, command_of
from pressroom.web.page import Page
from pressroom.web.reader import Reader
from pressroom.web.site import PageRequest, Site

_PATH: Final = "/keys"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownKey:
    """A key. accounts: in words. made, used, ends: times on the reader's clock, or what stands for none."""

    id: str
    name: str
    scopes: tuple[str, ...]
    accounts: str
    made: str
    used: str
    ends: str
    is_over: bool


async def list_keys(site: Site, request: PageRequest) -> Response:
    """Show all keys, those that let in before those that are over."""
    reader, now = await request.reader(site), site.clock.now()
    names = {str(login.account): login.name for login in await site.pressroom.accounts.logins()}
    keys = [
        ShownKey(
            id=key.id,
            name=key.name,
            scopes=tuple(key.scopes),
            accounts=", ".join(names.get(account, shown_account(account)) for account in key.accounts)
            or "all accounts, later ones too",
            made=reader.spell(key.created_at),
            used=f"last used {reader.spell(key.last_used_at)}" if key.last_used_at else "never used",
            ends=_ends(reader, key.ends_at, key.revoked_at, now),
            is_over=not key.is_good(now),
        )
        for key in await site.pressroom.keys.list()
    ]
    return request.page(
        "deciding/keys.html",
        title="Keys",
        keys=sorted(keys, key=lambda key: key.is_over),
        to_make=command_of(Remedy(RemedyKind.ADD_KEY, {"name": "planner"})),
        zone=reader.zone.key,
    )


def _ends(reader: Reader, ends_at: datetime | None, revoked_at: datetime | None, now: datetime) -> str:
    if revoked_at:
        return f"ended by a person {reader.spell(revoked_at)}"
    if ends_at is None:
        return "until a person ends it"
    return f"{'ends' if ends_at > now else 'ended'} {reader.spell(ends_at)}"


async def end_key(site: Site, request: PageRequest) -> Response:
    """End a key: who shows it is not let in any more."""
    await site.pressroom.keys.revoke(request.path_part("id"))
    return RedirectResponse(_PATH, 303)


PAGES: Final = (
    Page(path=_PATH, answer=list_keys, decides=True, menu="Keys"),
    Page(path=f"{_PATH}/{{id}}/end", answer=end_key, method="POST", decides=True),
)
