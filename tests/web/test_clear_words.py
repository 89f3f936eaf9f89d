"""What a page says: texts as they go out, no secret, and a sentence where something fails."""

from collections.abc import Awaitable, Callable

import pytest

from pressroom.core.errors import StoreFailed
from pressroom.service import Pressroom
from pressroom.service.ground.served import AnotherPage, address_of, find_page_server
from pressroom.store.store import Store
from tests.service.consenting import a_file, a_picture, program, proposed
from tests.web.house import ADDRESS, House

TOKEN = "IGAA" + "aB3" * 20


async def test_a_caption_is_shown_as_it_goes_out_with_all_its_blanks(house: House) -> None:
    caption = "\n  two blanks\n\n\ttab  <b>bold</b> {{ 7 * 7 }} & \N{MAN}\u200d\N{GIRL} \u05e9\u05dc ends"
    asked = await house.proposed(caption=caption, first_comment=caption)
    got = await (await house.signed_in()).get(f"/approvals/{asked.proposal_id}")
    escaped = caption.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert got.html.count(f'<div class="words" dir="auto">{escaped}</div>') == 2
    assert "<b>" not in got.html


async def test_letters_that_work_unseen_are_shown_on_every_page(house: House) -> None:
    photo = a_file(house.directory, name="cat\u202egnp.\x1b[2J.jpg")
    asked = await house.proposed(a_picture(photo, caption="Free \u202efor all\x07\u2028of you"))
    anna = await house.signed_in()
    for path in ("/approvals", f"/approvals/{asked.proposal_id}", f"/posts/{asked.post_id}"):
        html = (await anna.get(path)).html
        assert r"Free \u202efor all\u0007\u2028of you" in html
        assert not set(html) & set("\u202e\u2028\x1b\x07")
    assert r"cat\u202egnp.\u001b[2J.jpg" in html


async def test_a_program_whose_name_is_of_several_scripts_is_marked_where_it_asks(house: House) -> None:
    name = "cl\N{CYRILLIC SMALL LETTER A}ude"
    async with program(house.road, name) as planner:
        asked = await proposed(planner.posts.submit(a_picture(a_file(house.directory)), at="+3h"))
    anna = await house.signed_in()
    await house.owner.approvals.allow(f"program:{name}", verbs=["publish"], accounts=["ana"], per_day=1)
    for path in ("/approvals", f"/approvals/{asked.proposal_id}", f"/posts/{asked.post_id}", "/consents"):
        assert f"[Cyrillic and Latin letters] {name}" in (await anna.get(path)).text, path


async def test_a_token_in_a_caption_is_hidden_and_the_person_is_warned(house: House) -> None:
    asked, anna = await house.proposed(caption=f"Look: {TOKEN}"), await house.signed_in()
    for path in ("/approvals", f"/approvals/{asked.proposal_id}", f"/posts/{asked.post_id}"):
        got = await anna.get(path)
        assert TOKEN not in got.html, path
    assert "looks like a secret" in (await anna.get(f"/approvals/{asked.proposal_id}")).text


async def test_the_accounts_token_and_the_cookie_are_on_no_page(house: House) -> None:
    asked, anna = await house.proposed(), await house.signed_in()
    paths = (
        "/approvals",
        f"/approvals/{asked.proposal_id}",
        f"/posts/{asked.post_id}",
        "/consents",
        "/sign-in",
    )
    for path in paths:
        page = (await anna.get(path)).html
        assert house.road.sandbox.token not in page
        assert all(value not in page for value in anna.cookies.values())


@pytest.mark.parametrize(
    "path", ["/nothing", "/approvals/" + "0" * 32, "/posts/" + "f" * 32, "/approvals/x/y"]
)
async def test_what_is_not_there_is_said_on_a_page(house: House, path: str) -> None:
    got = await (await house.signed_in()).get(path)
    assert got.status == 404
    assert "Pressroom" in got.text


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (StoreFailed("The disk is full.", fix="Make room, then try again."), 503),
        (RuntimeError("inside"), 500),
    ],
)
async def test_what_fails_is_a_sentence_and_no_traceback(
    house: House, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int
) -> None:
    asked, anna = await house.proposed(), await house.signed_in()
    page = await anna.get(f"/approvals/{asked.proposal_id}")

    async def fails(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(Store, "run", fails)
    action = f"/approvals/{asked.proposal_id}/approve"
    for got in (await anna.get("/approvals"), await anna.press(page, action)):
        assert got.status == status
        assert "Traceback" not in got.text
        assert "inside" not in got.text
        assert "Make room" in got.text or status == 500


async def test_a_second_page_of_a_data_directory_is_refused(house: House) -> None:
    settings = house.road.settings
    assert address_of(settings, "/approvals") == f"{ADDRESS}/approvals"
    with pytest.raises(AnotherPage, match="serves the pages"), house.owner.pages.announce(ADDRESS):
        pass
    found = find_page_server(settings)
    assert found is not None
    assert found.address == ADDRESS


async def test_a_page_that_was_killed_leaves_no_address(house: House) -> None:
    (house.road.settings.home / "page.lock").rename(house.road.settings.home / "old")
    (house.road.settings.home / "page.lock").write_text('{"address": "http://127.0.0.1:1", "pid": 1}')
    assert house.owner.approvals.address("x") is None
    asked = await house.proposed(a_picture(a_file(house.directory)))
    assert asked.address is None
    assert "page" not in asked.fix


@pytest.mark.parametrize(
    ("verb", "approving", "declining"),
    [
        ("cancel", "Approving calls the post off.", "Declining leaves it as it was planned."),
        ("edit", "Approving lets out exactly this, no earlier than", "Declining leaves the post as it is."),
        ("move", "Approving lets out exactly this, no earlier than", "Declining leaves the post as it is."),
    ],
)
async def test_what_each_decision_does_is_said_by_what_is_asked(
    house: House, verb: str, approving: str, declining: str
) -> None:
    planned = (await house.owner.posts.submit(a_picture(a_file(house.directory)), at="+3h")).post
    asks: dict[str, Callable[[Pressroom], Awaitable[object]]] = {
        "cancel": lambda planner: planner.posts.cancel(planned.id),
        "edit": lambda planner: planner.posts.edit(planned.id, caption="Other"),
        "move": lambda planner: planner.posts.move(planned.id, "+1h"),
    }
    async with program(house.road, account_name="ana") as planner:
        asked = await proposed(asks[verb](planner))
    shown = (await (await house.signed_in()).get(f"/approvals/{asked.proposal_id}")).text
    assert approving in shown
    assert declining in shown
    assert "Declining calls it off" not in shown


async def test_a_new_post_that_is_declined_is_called_off(house: House) -> None:
    asked = await house.proposed()
    shown = (await (await house.signed_in()).get(f"/approvals/{asked.proposal_id}")).text
    assert "Declining calls it off." in shown
