"""A session of another account beside the first, as a page has it for the posts of each."""

from pathlib import Path

from tests.service.consenting import a_file, a_picture, person
from tests.service.road import Road


async def test_a_session_acts_for_another_account_and_shares_the_store(road: Road, tmp_path: Path) -> None:
    road.sign_in("ana", timezone="Europe/Istanbul")
    async with person(road, account_name="ana") as owner:
        ana = road.store.accounts.get("ana")
        assert await owner.acting_for(ana.account).posts.zone() == "Europe/Istanbul"
        stranger = owner.acting_for("nobody")
        assert await stranger.posts.zone() == "UTC"
        planned = await owner.posts.submit(a_picture(a_file(tmp_path)), at="+3h")
        assert (await stranger.posts.get(planned.post.id)).id == planned.post.id
