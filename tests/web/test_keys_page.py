"""The page of the keys: which there are, and how one ends."""

from pressroom.core.secret import Secret
from tests.web.house import House


async def test_keys_are_listed_without_what_lets_in_and_end_by_a_form(house: House) -> None:
    key = await house.owner.keys.add("planner", accounts=["ana"], ends_at="+30d")
    token = key.token.reveal()
    await house.owner.keys.holder(Secret(token))
    anna = await house.signed_in()
    page = await anna.get("/keys")
    assert "planner read draft publish For ana last used 24 Nov 2026" in page.text
    assert "ends 24 Dec 2026, 15:00" in page.text  # the account's zone, since no browser told one
    assert token.removeprefix("prk_") not in page.html
    assert "<script" not in page.html
    got = await anna.press(page, f"/keys/{key.key.id}/end")
    assert (got.status, got.headers["location"]) == (303, "/keys")
    assert await house.owner.keys.holder(Secret(token)) is None
    page = await anna.get("/keys")
    assert "ended by a person 24 Nov 2026" in page.text
    assert set(page.forms) == {"/sign-out"}


async def test_a_key_is_ended_by_no_token_of_another_page(house: House) -> None:
    key = await house.owner.keys.add("planner")
    anna = await house.signed_in()
    path, token = f"/keys/{key.key.id}/end", (await anna.get("/queue")).forms["/sign-out"]["csrf"]
    assert (await anna.post(path, {"csrf": token})).status == 403
    assert (await house.visitor().post(path, {"csrf": token})).status == 401
    assert await house.owner.keys.holder(key.token) is not None
    deciding = (await anna.get("/keys")).forms[path]["csrf"]
    assert (await anna.post("/keys/00000000/end", {"csrf": deciding})).status == 404
