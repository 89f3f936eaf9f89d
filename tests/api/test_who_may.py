"""Who may ask for what: each scope times each operation, without a key, and with what is another's.

All of it comes from the table: a new operation is asked, too.
"""

from collections.abc import Mapping
from typing import Any

import pytest

from pressroom.core.actor import Scope
from pressroom.core.secret import redact_text
from tests.api.asking import KEYED, Wish, kept, well_formed
from tests.api.filled import Filled
from tests.api.house import Client, House
from tests.service.walked import let_out, pause, seen

# Whoever may ask for more may look, too.
KEYS = [(Scope.READ,), (Scope.READ, Scope.DRAFT), (Scope.READ, Scope.PUBLISH)]


@pytest.mark.parametrize("scopes", KEYS, ids="+".join)
async def test_a_key_without_the_scope_of_an_operation_is_refused(
    full: Filled, scopes: tuple[Scope, ...]
) -> None:
    client = await full.house.client("limited", *scopes)
    before = kept(full.world.road.settings)
    refused = [wish for wish in _wishes(full) if wish.operation.scope not in {*scopes, None}]
    for wish in refused:
        problem = (await wish.ask(client)).of(403)
        assert (problem["rule"], problem["limit"]) == ("key_scopes", wish.operation.scope), wish.path
    assert kept(full.world.road.settings) == before


@pytest.mark.parametrize("scope", Scope)
async def test_a_key_with_the_scope_of_an_operation_alone_is_heard(full: Filled, scope: Scope) -> None:
    client = await full.house.client("limited", scope)
    for operation in (each for each in KEYED if each.scope is scope):
        answer = await well_formed(operation).ask(client)
        is_refused = answer.status == 403 and answer.json["limit"] == scope
        assert not is_refused, (operation.name, answer.content)
        assert answer.status != 401, operation.name


async def test_nobody_is_let_in_without_a_key_that_is_good(full: Filled) -> None:
    shop, revoked = await full.house.client(), await full.house.client("revoked")
    ended = await full.house.client("ended", ends_at="+1h")
    await full.house.owner.keys.revoke("revoked")
    full.world.road.clock.advance(3601)
    tokens: Mapping[str, Mapping[str, Any]] = {
        "none": {},
        "empty": {"authorization": "Bearer "},
        "wrong": {"authorization": f"Bearer {shop.token}0"},
        "another scheme": {"authorization": f"Basic {shop.token}"},
        "no scheme": {"authorization": str(shop.token)},
        "revoked": {"authorization": f"Bearer {revoked.token}"},
        "ended": {"authorization": f"Bearer {ended.token}"},
        "a cookie": {"cookie": f"pressroom={shop.token}; session={shop.token}"},
        "a parameter": {},
    }
    before, stranger = kept(full.world.road.settings), Client(full.house.app)
    for wish in _wishes(full):
        for name, headers in tokens.items():
            more = {"key": shop.token} if name == "a parameter" else {}
            answer = await wish.ask(stranger, headers={**wish.headers, **headers}, **more)
            problem = answer.of(401)
            assert answer.headers["www-authenticate"] == "Bearer", (wish.path, name)
            assert problem["detail"] == "The request shows no key that lets in.", (wish.path, name)
    assert kept(full.world.road.settings) == before


async def test_a_cookie_beside_a_key_changes_nothing(house: House, shop: Client) -> None:
    with_cookies = Client(house.app, shop.token, {"cookie": "session=somebody"})
    assert (await with_cookies.ask("GET", "/posts")).of(200) == await shop.get("/posts")


async def test_no_operation_on_a_post_of_any_state_lets_anything_out(full: Filled) -> None:
    """Nobody approved anything, and the program holds no standing consent."""
    pause(full.world.road)
    changes = [each for each in KEYED if each.method != "GET"]
    before = seen(full.world.road)
    for operation in changes:
        for post_id in full.things["post_id"] if "post_id" in operation.places else ["none"]:
            await well_formed(operation, **{**first(full), "post_id": post_id}).ask(full.planner)
    after = seen(full.world.road)
    assert let_out(before, after) == []
    assert after.decided == before.decided


def first(full: Filled) -> dict[str, str]:
    return {place: things[0] for place, things in full.things.items()}


def _wishes(full: Filled) -> list[Wish]:
    """Return a request of each operation with a scope, of what there is."""
    return [well_formed(operation, **first(full)) for operation in KEYED]


@pytest.mark.parametrize("shown", ["prk_x,scheduled,draft", "prk_://x:a-word-of-a-post@example.com"])
async def test_nobody_chooses_by_a_header_what_is_masked_for_others(house: House, shown: str) -> None:
    shop, stranger = await house.client("shop"), Client(house.app, shown)
    words = {"caption": "a-word-of-a-post", "kind": "photo", "files": [{"url": "https://example.com/a.jpg"}]}
    path = f"/posts/{(await shop.post('/posts', words)).of(201)['post_id']}"
    (await stranger.ask("GET", path)).of(401)
    assert (await shop.get(path))["caption"] == "a-word-of-a-post"
    assert redact_text("scheduled a-word-of-a-post") == "scheduled a-word-of-a-post"
