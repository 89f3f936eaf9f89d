"""What the month of a calendar takes, whatever the machine: bytes, and questions to the store."""

import gzip
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Dialect, Engine, event

from pressroom.accounts.vault import open_vault
from pressroom.core.account import Account
from pressroom.core.post import Post, PostOptions
from pressroom.core.secret import Secret
from pressroom.store.database import Prepared
from tests.fakes.clock import START
from tests.store.posts import a_post
from tests.web.house import House

ACCOUNTS, POSTS, MOST_BYTES = 20, 500, 60_000
CAPTION = "The first tables stand outside again. Come by, the coffee is on us until noon."


@asynccontextmanager
async def noted() -> AsyncGenerator[list[str]]:
    """Note each statement, whichever way it goes to the driver."""
    asked, plain = list[str](), Prepared.for_driver

    def note(_c: object, _cursor: object, statement: str, *_more: object) -> None:
        asked.append(statement)

    def for_driver(self: Prepared, dialect: Dialect, values: Mapping[str, Any]) -> Any:
        text, given = plain(self, dialect, values)
        asked.append(text)
        return text, given

    event.listen(Engine, "before_cursor_execute", note)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Prepared, "for_driver", for_driver)
        yield asked
    event.remove(Engine, "before_cursor_execute", note)


def some_posts() -> list[Post]:
    """Spread posts of many accounts over a month."""
    accounts = [account_of(number).key for number in range(ACCOUNTS)]
    return [
        a_post(
            account=accounts[number % ACCOUNTS],
            due_at=START.replace(day=1) + timedelta(hours=1.4 * number),
            options=PostOptions(caption=f"{number}. {CAPTION}"),
        )
        for number in range(POSTS)
    ]


def account_of(number: int) -> Account:
    return Account(token=Secret("a-token-of-tests"), user_id=f"1784140000000{number:02}")


async def test_a_month_of_500_posts_of_20_accounts_is_small_and_asks_the_store_as_often_as_one_of_one(
    house: House,
) -> None:
    anna, month = await house.signed_in(), f"/calendar/month?of={START:%Y-%m-%d}"
    house.road.store.posts.add(a_post())
    await anna.get(month)
    async with noted() as few:
        await anna.get(month)
    vault = open_vault(house.road.store, house.road.settings)
    for number in range(ACCOUNTS):
        vault.keep(f"shop-{number}", account_of(number), obtained_at=START)
    house.road.store.posts.add_all([(post, "") for post in some_posts()])
    async with noted() as many:
        got = await anna.get(month, accept_encoding="gzip")
    assert few == many
    html = gzip.decompress(got.body).decode()
    assert html.count('class="chip ') > 100
    assert len(got.body) < MOST_BYTES
