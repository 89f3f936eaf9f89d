"""Who may see and change what: without a sign-in, with a forged one, from another site."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.types import Receive, Scope, Send

from pressroom.core.errors import NeedsApproval
from pressroom.core.post import PostState
from pressroom.service.consent.pages import SignInCodes, SignIns
from pressroom.serving.parts import beside
from pressroom.serving.reach import Reach
from pressroom.web.app import routes, web_app
from pressroom.web.site import Site
from tests.service.consenting import program
from tests.web.house import ADDRESS, House

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")


def is_untouched(house: House) -> bool:
    """Tell whether nothing was decided."""
    return [post.state for post in house.road.posts] == [PostState.AWAITING_APPROVAL]


async def test_one_item_needs_a_sign_in_and_its_address_says_how(house: House) -> None:
    asked = await house.proposed(caption="Hello")
    got = await house.visitor().get(f"/approvals/{asked.proposal_id}")
    assert (got.status, got.forms) == (401, {})
    assert "Hello" not in got.text
    assert "pressroom serve link" in got.text


async def test_nobody_who_is_not_signed_in_changes_anything_by_any_method_and_path(house: House) -> None:
    asked = await house.proposed()
    site = Site(house.owner, house.road.clock, "cookie")
    known = {"id": asked.proposal_id or "", "number:int": "0"}
    for route in routes(site):
        if isinstance(route, Mount):
            continue
        assert isinstance(route, Route)
        path = route.path
        for name, value in known.items():
            path = path.replace(f"{{{name}}}", value)
        for method in METHODS:
            for cookie in ({}, {"pressroom-8484": "guessed"}):
                visitor = house.visitor()
                visitor.cookies |= cookie
                form = {"csrf": "", "mark": ""}
                got = await (
                    visitor.post(path, form) if method == "POST" else visitor.get(path, method=method)
                )
                assert got.status in (200, 303, 401, 404, 405), (method, path)
                if method not in ("GET", "HEAD"):
                    assert got.status in (401, 405), (method, path)
    assert is_untouched(house)
    assert await house.owner.approvals.allowed() == ()


@pytest.mark.parametrize(
    "path", ["/", "/queue", "/activity", "/accounts", "/keys", "/approvals", "/consents"]
)
async def test_lists_need_a_sign_in(house: House, path: str) -> None:
    await house.proposed(caption="Hello")
    got = await house.visitor().get(path)
    assert got.status == 401
    assert "Hello" not in got.text


async def test_the_start_of_an_id_finds_nothing(house: House) -> None:
    asked = await house.proposed()
    (post,) = house.road.posts
    anna = await house.signed_in()
    for path in (f"/approvals/{(asked.proposal_id or '')[:31]}", f"/posts/{post.id[:8]}"):
        for one in (path, f"{path}/files/0/picture"):
            assert (await anna.get(one)).status == 404


async def test_a_link_signs_in_once_and_leads_on_without_its_code(house: House) -> None:
    link, first, second = await house.owner.pages.link(), house.visitor(), house.visitor()
    path = link.address.removeprefix(ADDRESS)
    opened = await first.get(path)
    assert (opened.status, opened.headers["location"]) == (303, "/sign-in")
    assert opened.headers["referrer-policy"] == "no-referrer"
    got = await first.press(await first.get("/sign-in"), "/sign-in")
    assert (got.status, got.headers["location"]) == (303, "/")
    (cookie,) = (line for line in got.cookies if line.startswith("pressroom-8484="))
    assert {part.strip().lower() for part in cookie.split(";")[1:]} == {
        "httponly", "max-age=43200", "path=/", "samesite=lax",
    }  # fmt: skip
    assert [*first.cookies] == ["pressroom-8484"], "the code is gone"
    assert (await first.get("/approvals")).status == 200
    again = await second.follow(path)
    assert (again.status, second.cookies) == (403, {})
    assert "used up" in again.text


async def test_behind_a_proxy_the_cookie_is_for_https_alone_and_none_of_a_neighbour_is_taken(
    house: House,
) -> None:
    link, ben = await house.owner.pages.link(), house.visitor()
    reach = Reach("https://press.example", (ip_network("127.0.0.0/8"),))
    ben.app, ben.host = web_app(house.owner, clock=house.road.clock, reach=reach), "press.example"
    path = link.address.removeprefix(ADDRESS)
    for cookie in (*(await ben.get(path)).cookies, *(await ben.follow(path)).cookies):
        assert cookie.startswith("__Host-pressroom-")
        assert {"secure", "path=/"} <= {part.strip().lower() for part in cookie.split(";")[1:]}
    assert (await ben.get("/approvals")).status == 200


async def test_a_key_opens_no_page_and_a_cookie_nothing_else(house: House) -> None:
    anna, ben = await house.signed_in(), house.visitor()
    key = (await house.owner.keys.add("planner")).token.reveal()
    seen = list[str]()

    async def keyed(scope: Scope, receive: Receive, send: Send) -> None:
        seen.extend(name for name in Headers(scope=scope) if name in ("cookie", "authorization"))
        await Response()(scope, receive, send)

    for visitor in (anna, ben):
        visitor.app = beside(house.app, {"/api": keyed})
    assert (await ben.get("/approvals", authorization=f"Bearer {key}")).status == 401
    await anna.get("/api/v1/posts")
    assert seen == []


async def test_a_link_is_over_after_ten_minutes(house: House) -> None:
    link = await house.owner.pages.link()
    await house.road.clock.sleep(601)
    assert (await house.visitor().follow(link.address.removeprefix(ADDRESS))).status == 403


@pytest.mark.parametrize("code", ["", "a", "%00", "%2e%2e%2f", "é" * 9, "x" * 5000])
async def test_what_is_no_code_signs_nobody_in(house: House, code: str) -> None:
    await house.owner.pages.link()
    ben = house.visitor()
    await ben.get(f"/sign-in?code={code}")
    assert ben.cookies == {}
    assert (await ben.post("/sign-in", {})).status == 401


async def test_a_guessed_code_signs_nobody_in(house: House) -> None:
    await house.owner.pages.link()
    ben = house.visitor()
    assert (await ben.follow(f"/sign-in?code={'A' * 32}")).status == 403
    assert ben.cookies == {}


async def test_a_program_that_opens_links_to_preview_them_does_not_use_one_up(house: House) -> None:
    link = await house.owner.pages.link()
    path = link.address.removeprefix(ADDRESS)
    for method in ("HEAD", "GET", "GET"):
        bot = house.visitor()
        await bot.get((await bot.get(path, method=method)).headers["location"])
        assert "pressroom-8484" not in bot.cookies
    assert (await house.visitor().follow(path)).status == 303


async def test_only_the_hash_of_a_code_is_kept_and_for_this_user_alone(house: House) -> None:
    link = await house.owner.pages.link()
    code = link.address.partition("code=")[2]
    assert len(code) * 6 >= 128
    (kept,) = (house.road.settings.home / "sign-in").iterdir()
    assert code not in kept.name
    assert kept.read_bytes() == b""
    assert kept.stat().st_mode & 0o777 == 0o600
    assert kept.parent.stat().st_mode & 0o777 == 0o700
    assert code not in repr(link)


async def test_codes_end_with_the_page_that_they_were_for(house: House) -> None:
    codes = SignInCodes(house.road.settings.home / "sign-in")
    code = codes.mint(house.road.clock.now())
    codes.drop_all()
    assert not codes.use(code, house.road.clock.now())


async def test_a_code_does_not_live_longer_when_the_clock_is_set_back(house: House) -> None:
    codes = SignInCodes(house.road.settings.home / "sign-in")
    now = house.road.clock.now()
    code = codes.mint(now)
    assert not codes.use(code, now.replace(year=now.year - 1))


async def test_a_sign_in_ends_after_twelve_hours(house: House) -> None:
    anna = await house.signed_in()
    await house.road.clock.sleep(12 * 3600 - 1)
    assert (await anna.get("/approvals")).status == 200
    await house.road.clock.sleep(2)
    assert (await anna.get("/approvals")).status == 401


async def test_a_sign_in_outlives_the_server_and_only_its_hash_is_kept(house: House) -> None:
    asked, anna = await house.proposed(), await house.signed_in()
    item = f"/approvals/{asked.proposal_id}"
    page = await anna.get(item)
    anna.app = web_app(house.owner, clock=house.road.clock, reach=Reach(ADDRESS))
    # The form of a page that was open all the while does what it says.
    assert (await anna.press(page, f"{item}/decline")).status == 303
    (cookie,) = anna.cookies.values()
    (kept,) = (house.road.settings.home / "signed-in").iterdir()
    assert cookie.partition(".")[2] not in kept.name
    assert kept.read_bytes() == b""
    assert (kept.stat().st_mode & 0o777, kept.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    await house.road.clock.sleep(12 * 3600 + 1)
    await house.signed_in()
    assert not kept.exists()


async def test_whoever_was_signed_in_is_out_at_once_when_another_process_says_so(house: House) -> None:
    anna, link = await house.signed_in(), await house.owner.pages.link()
    async with program(house.road) as other:
        assert await other.pages.sign_out_all() == 1
    assert (await anna.get("/approvals")).status == 401
    assert (await house.visitor().follow(link.address.removeprefix(ADDRESS))).status == 403


@pytest.mark.parametrize(
    "forged", ["", "99999999999.{rest}", "{ends}.{rest}x", "../{whole}", "{whole}/..", "."]
)
async def test_a_cookie_that_was_changed_lets_nobody_in(house: House, forged: str) -> None:
    anna = await house.signed_in()
    ((name, whole),) = anna.cookies.items()
    ends, _, rest = whole.partition(".")
    anna.cookies[name] = forged.format(whole=whole, ends=ends, rest=rest)
    assert (await anna.get("/approvals")).status == 401


@pytest.mark.parametrize("back", [timedelta(minutes=2), timedelta(days=1)])
def test_no_sign_in_lives_longer_when_the_clock_is_set_back(tmp_path: Path, back: timedelta) -> None:
    sign_ins, now = SignIns(tmp_path), datetime(2026, 11, 24, 12, tzinfo=UTC)
    cookie = sign_ins.begin(now)
    later = now + timedelta(hours=11)
    assert sign_ins.find(cookie, later - timedelta(seconds=30))
    assert sign_ins.find(cookie, later)
    assert sign_ins.find(cookie, later - timedelta(seconds=30)), "as a clock that is set right"
    assert sign_ins.find(cookie, later - back) is None
    assert sign_ins.find(cookie, later) is None


async def test_who_signs_out_is_out_with_a_copied_cookie_too(house: House) -> None:
    anna, copied = await house.signed_in(), house.visitor()
    copied.cookies |= anna.cookies
    page = await anna.get("/approvals")
    assert (await anna.press(page, "/sign-out")).status == 303
    assert (await copied.get("/approvals")).status == 401


@pytest.mark.parametrize("csrf", [None, "", "forged", "é"])
async def test_a_form_without_the_sessions_token_changes_nothing(house: House, csrf: str | None) -> None:
    asked, anna = await house.proposed(), await house.signed_in()
    page = await anna.get(f"/approvals/{asked.proposal_id}")
    action = f"/approvals/{asked.proposal_id}/approve"
    fields = (
        {**page.forms[action], "csrf": csrf} if csrf is not None else {"mark": page.forms[action]["mark"]}
    )
    assert (await anna.post(action, {name: value or "" for name, value in fields.items()})).status == 403
    assert is_untouched(house)


async def test_a_form_of_another_session_changes_nothing(house: House) -> None:
    asked, anna, ben = await house.proposed(), await house.signed_in(), await house.signed_in()
    page = await ben.get(f"/approvals/{asked.proposal_id}")
    assert (await anna.press(page, f"/approvals/{asked.proposal_id}/approve")).status == 403
    assert is_untouched(house)


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"sec_fetch_site": "cross-site"},
        {"sec_fetch_site": "cross-site", "sec_fetch_mode": "navigate", "sec_fetch_dest": "document"},
        {"content_type": "text/plain"},
    ],
)
async def test_another_site_cannot_send_a_form(house: House, headers: dict[str, str]) -> None:
    asked, anna = await house.proposed(), await house.signed_in()
    page = await anna.get(f"/approvals/{asked.proposal_id}")
    action = f"/approvals/{asked.proposal_id}/approve"
    assert (await anna.post(action, page.forms[action], **headers)).status == 403
    assert is_untouched(house)


@pytest.mark.parametrize("host", ["evil.example:8484", "127.0.0.1.evil.example", "", "[::1"])
async def test_a_foreign_host_name_is_refused(house: House, host: str) -> None:
    asked = await house.proposed()
    visitor = replace(house.visitor(), host=host)
    got = await visitor.get(f"/approvals/{asked.proposal_id}")
    assert got.status == 403
    assert "Hello" not in got.text


async def test_a_link_in_a_mail_opens_an_item_for_a_signed_in_user(house: House) -> None:
    asked, anna = await house.proposed(caption="Hello"), await house.signed_in()
    followed = {"sec_fetch_site": "cross-site", "sec_fetch_mode": "navigate", "sec_fetch_dest": "document"}
    path = f"/approvals/{asked.proposal_id}"
    got = await anna.get(path, **followed)
    assert (got.status, "Hello" in got.text) == (200, True)
    assert (await house.visitor().get(path, **followed)).status == 401
    # What the page of another site sends is refused, with the cookie and the right token, too.
    refused = await anna.post(f"{path}/approve", got.forms[f"{path}/approve"], **followed)
    assert refused.status == 403
    assert is_untouched(house)


async def test_a_body_that_is_too_long_is_refused(house: House) -> None:
    anna = await house.signed_in()
    assert (await anna.post("/consents", {"program": "x" * 70_000})).status == 413


async def test_every_answer_has_the_policy_and_none_is_kept_or_framed(house: House) -> None:
    asked, anna = await house.proposed(), await house.signed_in()
    item = f"/approvals/{asked.proposal_id}"
    shown, deciding = f"{item}/files/0/picture", ("/approvals", item, "/consents", "/sign-in", "/nothing")
    for path in (*deciding, shown, "/", "/calendar/month", f"/posts/{asked.post_id}"):
        headers = (await anna.get(path)).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        # What decides has no script; all else runs files of ours alone.
        assert ("script-src 'self';" in policy) is (path not in deciding)
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert "form-action 'self'" in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"
    for path in ("/approvals", item, "/consents"):
        page = (await anna.get(path)).html
        assert "<script" not in page
        assert "style=" not in page


async def test_a_program_gets_no_link(house: House) -> None:
    async with program(house.road) as planner:
        with pytest.raises(NeedsApproval):
            await planner.pages.link()


async def test_whoever_asks_too_much_at_once_is_told_so_as_a_page_or_to_a_script(house: House) -> None:
    class Full:
        def admit(self, _: object) -> bool:
            return False

    async def crowded(scope: Any, receive: Any, send: Any) -> None:
        await house.app({**scope, "state": {"pressroom.connection": Full()}}, receive, send)

    anna = await house.signed_in()
    anna.app = crowded
    page, told = await anna.get("/queue"), await anna.get("/queue", accept="application/json")
    assert (
        (page.status, page.headers["retry-after"]) == (told.status, told.headers["retry-after"]) == (429, "5")
    )
    assert "That was too much at once." in page.text
    assert json.loads(told.body) == {
        "title": "That was too much at once.",
        "text": "Nothing was changed. Wait for what is being loaded, and do it again.",
    }
