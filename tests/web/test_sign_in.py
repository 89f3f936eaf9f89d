"""Signing in returns to the requested page, never to another site; a signed-in page signs in a phone."""

import re
from dataclasses import replace
from ipaddress import ip_network
from pathlib import Path
from urllib.parse import quote

import pytest

from pressroom.core.post import PostState
from pressroom.core.secret import redact_text
from pressroom.serving.reach import Reach
from tests.web.house import ADDRESS, House, opened_house
from tests.web.visitor import Got, Visitor

PUBLIC = "https://press.example"
PHONE = "/sign-in/phone"
RETURN = "pressroom-8484-return"


async def signed_in_as(house: House, visitor: Visitor) -> Got:
    """Let a visitor sign in by a link of the terminal."""
    return await visitor.follow((await house.owner.pages.link()).address.removeprefix(ADDRESS))


def links_in(page: Got) -> list[str]:
    return re.findall(r"<code>(http\S+/sign-in\?code=[\w-]+)</code>", page.html)


async def made_for_a_phone(visitor: Visitor) -> Got:
    return await visitor.press(await visitor.get(PHONE), PHONE)


async def test_signing_in_returns_to_the_page_that_was_opened(house: House) -> None:
    for path in ("/approvals", "/calendar/week?of=2026-12-01&zone=Asia/Tokyo", "/search?q=a%20b"):
        ben = house.visitor()
        assert (await ben.get(path)).status == 401
        got = await signed_in_as(house, ben)
        assert (got.status, got.headers["location"]) == (303, path)
        assert (await ben.get(got.headers["location"])).status == 200
        assert RETURN not in ben.cookies, "it is for one sign-in"


async def test_signing_in_without_a_page_leads_to_the_start_page(house: House) -> None:
    assert (await signed_in_as(house, house.visitor())).headers["location"] == "/"


async def test_the_page_of_half_an_hour_ago_is_not_returned_to(house: House) -> None:
    (cookie,) = (await house.visitor().get("/queue")).cookies
    assert {part.strip().lower() for part in cookie.split(";")} == {
        f"{RETURN}=%2fqueue", "max-age=1800", "path=/", "httponly", "samesite=lax",
    }  # fmt: skip


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "https://evil.example/",
        "https:evil.example",
        "javascript:alert(1)",
        "/\t/evil.example",
        "/\r\nlocation: https://evil.example",
        "//evil.example/%2f..",
        "evil.example",
        "",
    ],
)
async def test_signing_in_leads_to_no_other_site_whatever_the_cookie_says(house: House, target: str) -> None:
    for text in (target, quote(target, safe=""), quote(target, safe="/")):
        if text.isprintable():
            ben = house.visitor()
            ben.cookies[RETURN] = text
            got = await signed_in_as(house, ben)
            assert (got.status, got.headers["location"]) == (303, "/"), text


@pytest.mark.parametrize("target", ["/%2fevil.example", "/%5cevil.example", "%252f%252fevil.example"])
async def test_a_path_that_is_encoded_twice_stays_a_path_of_this_site(house: House, target: str) -> None:
    ben = house.visitor()
    ben.cookies[RETURN] = quote(target, safe="")
    location = (await signed_in_as(house, ben)).headers["location"]
    assert re.fullmatch(r"/(%2f|%5c)evil\.example|/", location), location


async def test_only_an_opened_page_is_returned_to(house: House) -> None:
    """Neither a picture of a page, nor a part that its script reads, nor a form."""
    ben = house.visitor()
    by_script = {"sec_fetch_mode": "cors", "sec_fetch_dest": "empty", "sec_fetch_site": "same-origin"}
    picture = {"sec_fetch_mode": "no-cors", "sec_fetch_dest": "image", "sec_fetch_site": "same-origin"}
    for headers in (by_script, picture, {"accept": "application/json"}):
        assert (await ben.get("/queue", **headers)).status == 401
    await ben.post("/consents", {})
    await ben.get(f"/search?q={'a' * 2000}")
    assert ben.cookies == {}


async def test_a_form_of_an_earlier_session_is_refused_with_a_link_to_its_page(house: House) -> None:
    waits, anna = await house.proposed(), await house.signed_in()
    path = f"/approvals/{waits.proposal_id}"
    page = await anna.get(path)
    await house.owner.pages.sign_out_all()
    anna.cookies |= (await house.signed_in()).cookies
    form = page.forms[f"{path}/approve"]
    refused = await anna.post(f"{path}/approve", form, referer=f"{ADDRESS}{path}")
    assert (refused.status, refused.headers["x-pressroom-token"]) == (403, "stale")
    assert "This page is out of date" in refused.text
    assert "Nothing was changed: you signed in again since." in refused.text
    assert f'href="{path}">Open the page again' in refused.html
    (post,) = house.road.posts
    assert post.state is PostState.AWAITING_APPROVAL
    elsewhere = await anna.post(f"{path}/approve", form, referer=f"https://evil.example{path}")
    assert "Open the page again</a>" not in elsewhere.html
    by_script = await anna.post(f"/posts/{post.id}/move", form, accept="application/json")
    assert (by_script.status, by_script.headers["x-pressroom-token"]) == (403, "stale")


async def test_a_form_that_is_sent_while_signed_out_leads_back_to_its_page(house: House) -> None:
    anna = await house.signed_in()
    page = await anna.get("/accounts")
    await house.owner.pages.sign_out_all()
    (path,) = [action for action in page.forms if action.endswith("/pause")]
    got = await anna.post(path, page.forms[path], referer=f"{ADDRESS}/accounts")
    assert got.status == 401
    assert "You were signed out, so nothing was changed." in got.text
    assert (await signed_in_as(house, anna)).headers["location"] == "/accounts"


async def test_each_data_directory_is_another_user_of_what_a_browser_keeps(
    house: House, tmp_path: Path
) -> None:
    def user_of(got: Got) -> str:
        (user,) = re.findall(r'<meta name="pressroom-user" content="(\w+)">', got.html)
        return user

    (tmp_path / "other").mkdir()
    async with opened_house(tmp_path / "other") as other:
        theirs = user_of(await (await other.signed_in()).get("/posts/new"))
    ours = [user_of(await (await house.signed_in()).get("/posts/new")) for _ in range(2)]
    assert ours[0] == ours[1] != theirs
    assert "pressroom-user" not in (await house.visitor().get("/posts/new")).html


async def test_a_browser_that_is_signed_in_keeps_no_code_for_after_its_sign_out(house: House) -> None:
    anna, link = await house.signed_in(), await house.owner.pages.link()
    path = link.address.removeprefix(ADDRESS)
    moved = await anna.get(path)
    page = await anna.get(moved.headers["location"])
    assert "You are signed in." in page.text
    await anna.press(page, "/sign-out")
    assert "/sign-in" not in (await anna.get("/sign-in")).forms
    assert (await house.visitor().follow(path)).status == 303, "the link was not used up"


async def test_the_link_for_a_phone_signs_in_another_device_once(house: House) -> None:
    anna, phone, thief = await house.signed_in(), house.visitor(), house.visitor()
    (link,) = links_in(await made_for_a_phone(anna))
    path = link.removeprefix(ADDRESS)
    await phone.get("/approvals")
    got = await phone.follow(path)
    assert (got.status, got.headers["location"]) == (303, "/approvals")
    assert (await phone.get("/approvals")).status == 200
    assert (await anna.get("/approvals")).status == 200
    assert (await thief.follow(path)).status == 403
    assert (await thief.get("/approvals")).status == 401


async def test_the_link_for_a_phone_ends_after_five_minutes_and_ends_no_other(house: House) -> None:
    from_terminal, anna = await house.owner.pages.link(), await house.signed_in()
    (early,), (late,) = links_in(await made_for_a_phone(anna)), links_in(await made_for_a_phone(anna))
    await house.road.clock.sleep(299)
    assert (await house.visitor().follow(early.removeprefix(ADDRESS))).status == 303
    await house.road.clock.sleep(2)
    assert (await house.visitor().follow(late.removeprefix(ADDRESS))).status == 403
    assert (await house.visitor().follow(from_terminal.address.removeprefix(ADDRESS))).status == 303


async def test_only_the_form_of_a_signed_in_page_makes_a_link_for_a_phone(house: House) -> None:
    anna, ben = await house.signed_in(), house.visitor()
    before = len([*(house.road.settings.home / "sign-in").iterdir()])
    assert links_in(await anna.get(PHONE)) == []
    planning = (await anna.get(PHONE)).forms["/sign-out"]["csrf"]
    assert (await ben.post(PHONE, {})).status == 401
    assert (await anna.post(PHONE, {"csrf": planning})).status == 403, "the token of pages with script"
    assert len([*(house.road.settings.home / "sign-in").iterdir()]) == before


async def test_the_code_of_a_phone_is_a_drawing_in_a_page_without_script(house: House) -> None:
    page = await made_for_a_phone(await house.signed_in())
    (drawing,) = re.findall(
        r'<div class="qr-code" role="img" aria-label="[^"]+">(<svg.*?</svg>)</div>', page.html
    )
    assert "style" not in drawing
    assert "<script" not in page.html
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert page.headers["cache-control"] == "no-store"


async def test_no_log_line_shows_the_code_of_a_link(house: House) -> None:
    (link,) = links_in(await made_for_a_phone(await house.signed_in()))
    assert link.partition("code=")[2] not in redact_text(f"GET {link.removeprefix(ADDRESS)} 303")


async def test_on_this_computer_alone_it_says_that_a_phone_cannot_reach_the_server(house: House) -> None:
    anna = await house.signed_in()
    anna.host = "localhost:9000"
    page = await made_for_a_phone(anna)
    assert "A phone cannot reach this server yet. Its address http://localhost:9000 works only" in page.text
    assert "pressroom serve --base-url" in page.text
    assert "ssh -L 9000:127.0.0.1:9000" in page.text
    # By the address of this browser, so that it works behind a forwarded port.
    assert all(link.startswith("http://localhost:9000/sign-in?") for link in links_in(page))


@pytest.mark.parametrize("host", ["press.example", "127.0.0.1:8484"])
async def test_behind_a_proxy_the_link_has_the_proxys_address(tmp_path: Path, host: str) -> None:
    reach, by_https = Reach(PUBLIC, (ip_network("127.0.0.0/8"),)), {"x_forwarded_proto": "https"}
    async with opened_house(tmp_path, reach=reach) as house:
        anna, phone = (replace(house.visitor(), host=name) for name in (host, "press.example"))
        link = await house.owner.pages.link()
        await anna.get(link.address.removeprefix(PUBLIC), **by_https)
        await anna.post("/sign-in", {}, **by_https)
        page = await anna.get(PHONE, **by_https)
        made = await anna.post(PHONE, page.forms[PHONE], **by_https)
        assert "A phone cannot reach" not in made.text
        (for_phone,) = links_in(made)
        assert for_phone.startswith(f"{PUBLIC}/sign-in?code=")
        await phone.get(for_phone.removeprefix(PUBLIC), **by_https)
        await phone.post("/sign-in", {}, **by_https)
        assert (await phone.get("/approvals", **by_https)).status == 200
