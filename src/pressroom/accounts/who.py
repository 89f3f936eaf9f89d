"""Asks Instagram whose a token is, once, before anything is stored under its account.

Source: https://developers.facebook.com/documentation/instagram-platform/reference/me
"""

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pressroom.core.errors import SettingRefused
from pressroom.core.graph_errors import InvalidParameter, ObjectNotFound, PathOrTokenMissing
from pressroom.graph import calls
from pressroom.graph.answers import ME, UserId
from pressroom.graph.hosts import LoginType

if TYPE_CHECKING:
    from pressroom.client.client import Client


@dataclass(frozen=True, slots=True, kw_only=True)
class Who:
    """user_id: the professional account's id, the same for every app and login."""

    user_id: UserId
    username: str | None = None
    account_type: str | None = None


async def who(client: "Client", *, fields: str = "id,user_id,username") -> Who:
    """Ask whose a client's token is. fields: of Instagram Login's `me`.

    Raises GraphError for an invalid token, TransportError, and SettingRefused for a token of
    another account than the client's, or of several.
    """
    if client.account.login_type is not LoginType.INSTAGRAM:
        return await _of_facebook(client)
    user = await client.send(calls.user(ME, fields=fields))
    user_id = user.user_id or user.id or client.account.user_id
    # `id` is app-scoped: fine for calls, but another app or login has another one for the same user.
    if client.account.user_id not in (ME, user_id, user.id):
        raise _of_another(client.account.user, f"The token belongs to account {user_id}", user_id)
    return Who(user_id=UserId(user_id), username=user.username, account_type=user.account_type)


async def require_right_id(client: "Client") -> None:
    """Check that a client's user id is its account's, and not the app-scoped one.

    Raises SettingRefused, and what `who` raises.
    """
    given, right = client.account.user_id, (await who(client)).user_id
    if given not in (ME, right):
        raise SettingRefused(
            f"INSTAGRAM_USER_ID is {given}, the app-scoped `id` of the token's account, which Instagram does "
            f"not take everywhere. Its user id is {right}.",
            rule="user_id",
            value=given,
            limit=right,
            fix=f"Set INSTAGRAM_USER_ID={right}, or unset it.",
        )


def _of_another(wrong: UserId, whose: str, right: str) -> SettingRefused:
    return SettingRefused(
        f"{whose}, and INSTAGRAM_USER_ID is {wrong}.",
        rule="user_id",
        value=wrong,
        limit=right,
        fix=f"Set INSTAGRAM_USER_ID={right}, or use the token of account {wrong}. For several accounts unset "
        "it: each token says whose it is.",
    )


async def _of_facebook(client: "Client") -> Who:
    user_id = client.account.user
    if user_id == ME and client.account.login_type is LoginType.UNIFIED:
        # `me` is the account, or a system user, of whom there are Pages to ask; which is not documented.
        with suppress(InvalidParameter):  # a system user has no media
            user = await client.send(calls.user(ME, fields="id,username,media_count"))
            if own := user.user_id or user.id:
                return Who(user_id=UserId(own), username=user.username)
    if user_id == ME:
        linked = await _linked(client)
        if len(linked) != 1:
            named = ", ".join(f"{user_id} of Page {name}" for user_id, name in linked.items())
            raise SettingRefused(
                f"The token's Pages have several Instagram accounts: {named}."
                if linked
                else "No Page of the token's has an Instagram account linked to it.",
                rule="user_id",
                limit="one account",
                fix="Set INSTAGRAM_USER_ID to the one that is meant."
                if linked
                else "Link the account to a Page, and let the app see that Page when you sign in.",
            )
        user_id = UserId(next(iter(linked)))
    try:
        user = await client.send(calls.user(user_id, fields="id,username"))
    except ObjectNotFound as error:
        linked = await _linked(client)
        if not linked or user_id in linked:
            raise
        right = " or ".join(linked)
        raise _of_another(user_id, f"The token's Pages have the Instagram account {right}", right) from error
    return Who(user_id=UserId(user.id or user_id), username=user.username)


async def _linked(client: "Client") -> dict[str, str]:
    """Return the Instagram accounts of a Facebook Login token's Pages: the name of the Page by user id."""
    try:
        pages = [page async for page in client.pages(calls.pages())]
    except (InvalidParameter, PathOrTokenMissing):  # a Page's own token has no /me/accounts
        pages = [await client.send(calls.own_page())]
    return {
        str(page.instagram_business_account.id): f"{page.name or page.id}"
        for page in pages
        if page.instagram_business_account and page.instagram_business_account.id
    }
