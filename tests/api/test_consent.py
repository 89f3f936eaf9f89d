"""Consent over HTTP, which programs only read: their own proposals, and what they may do without asking."""

from functools import partial

from tests.api.house import Client, House
from tests.api.test_posts import CAT


async def ask_to_publish(client: Client, caption: str) -> str:
    asked = await client.post("/posts", {**CAT, "caption": caption, "at": "now"})
    return asked.of(202)["proposal"]["proposal_id"]


async def test_a_program_sees_what_it_asked_for_and_what_became_of_it(house: House, shop: Client) -> None:
    first, second = await ask_to_publish(shop, "One"), await ask_to_publish(shop, "Two")
    page = await shop.get("/proposals", limit=1)
    rest = await shop.get("/proposals", limit=1, after=page["next"])
    listed = [each["proposal_id"] for each in (*page["proposals"], *rest["proposals"])]
    assert (sorted(listed), rest["next"]) == (sorted([first, second]), None)

    await house.owner.approvals.decline(first)
    assert (await shop.get(f"/proposals/{first}"))["state"] == "declined"
    [waiting] = (await shop.get("/proposals", state="waiting"))["proposals"]
    assert waiting["proposal_id"] == second
    other = await house.client("other")
    assert await other.get("/proposals") == {"proposals": [], "next": None}
    (await shop.ask("GET", "/proposals", after="0" * 32)).of(422)


async def test_a_program_sees_its_own_standing_consents(house: House, shop: Client) -> None:
    allow = partial(house.owner.approvals.allow, verbs=["publish"], accounts=["ana"], per_day=2)
    grant = await allow("program:shop")
    await allow("program:other")
    [own] = (await shop.get("/consents"))["consents"]
    assert (own["grant_id"], own["per_day"], own["revoked_at"]) == (grant.id, 2, None)
    await house.owner.approvals.withdraw(grant.id)
    assert (await shop.get("/consents"))["consents"][0]["revoked_at"]
