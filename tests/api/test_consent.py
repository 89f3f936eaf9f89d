"""Consent over HTTP, which programs only read: their own proposals, and what they may do without asking."""

from functools import partial

from tests.api.asking import NOBODY
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


async def test_a_client_reads_by_id_only_the_proposals_that_its_list_shows(
    house: House, shop: Client
) -> None:
    other = await house.client("other")
    asked = [await ask_to_publish(shop, "One"), await ask_to_publish(other, "Two")]
    for client, own, foreign in ((shop, *asked), (other, *reversed(asked))):
        [listed] = (await client.get("/proposals"))["proposals"]
        assert (await client.get(f"/proposals/{own}")) == listed
        refused = await client.ask("GET", f"/proposals/{foreign}")
        unknown = await client.ask("GET", f"/proposals/{NOBODY['proposal_id']}")
        assert refused.status == unknown.status == 404
        assert refused.content.replace(foreign.encode(), NOBODY["proposal_id"].encode()) == unknown.content


async def test_a_release_of_a_post_that_waits_for_another_client_names_the_post_and_no_proposal(
    house: House, shop: Client
) -> None:
    asked = (await shop.post("/posts", {**CAT, "at": "now"})).of(202)
    post, proposal_id = asked["post"], asked["proposal"]["proposal_id"]
    other = await house.client("other")
    answer = await other.post(f"/posts/{post['post_id']}/release", {"at": "now"}, seen=post["version"])
    problem = answer.of(403)
    assert (problem["code"], problem["post_id"]) == ("needs_approval", post["post_id"])
    assert proposal_id not in answer.content.decode()


async def test_a_program_sees_its_own_standing_consents(house: House, shop: Client) -> None:
    allow = partial(house.owner.approvals.allow, verbs=["publish"], accounts=["ana"], per_day=2)
    grant = await allow("program:shop")
    await allow("program:other")
    [own] = (await shop.get("/consents"))["consents"]
    assert (own["grant_id"], own["per_day"], own["revoked_at"]) == (grant.id, 2, None)
    await house.owner.approvals.withdraw(grant.id)
    assert (await shop.get("/consents"))["consents"][0]["revoked_at"]
