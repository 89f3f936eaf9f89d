"""What a person sees: the profile, each post at its permalink, the calls. Nothing comes from elsewhere."""

import json
import re
from typing import Any

import pytest

from pressroom.sandbox.page.app import draw_picture
from tests.fakes.clock import FakeClock
from tests.sandbox.caller import Caller, consent_query
from tests.sandbox.conftest import Make

ELSEWHERE = re.compile(r"""(?:src|href|poster)=["'](?!/)""")


async def page(caller: Caller, path: str = "/_sandbox/", status: int = 200) -> str:
    got = await caller.raw("GET", path, headers={"accept": "text/html"})
    assert got.status == status, got.body
    assert got.headers["content-type"] == "text/html; charset=utf-8"
    return got.body.decode()


async def test_the_profile_shows_the_account_its_posts_and_the_calls(make: Make) -> None:
    caller = make(media=3)
    await caller.publish(image_url="https://example.com/a.jpg", caption="Fresh")
    html = await page(caller)
    assert "pressroom.sandbox" in html
    assert html.count("<li><a href=") == 4
    assert "Photo, now: Fresh" in html
    assert "/media_publish" in html
    assert "1 of 100" in html


async def test_letters_that_work_unseen_are_shown(make: Make) -> None:
    caller = make()
    await caller.publish(image_url="https://example.com/a.jpg", caption="\u202eFresh\x07")
    html = await page(caller)
    assert r"\u202eFresh\u0007" in html
    assert not set(html) & set("\u202e\x07")


async def test_a_long_profile_is_turned_page_by_page(make: Make) -> None:
    caller = make(media=125)
    seen = [await page(caller, f"/_sandbox/?skip={skip}") for skip in (0, 60, 120)]
    assert [html.count("<li><a href=") for html in seen] == [60, 60, 5]
    assert ["skip=60" in seen[0], "skip=120" in seen[1], "skip=0" in seen[1], "skip=60" in seen[2]] == [
        True
    ] * 4
    assert 'rel="next"' not in seen[2]
    assert "show=reels&amp;skip=60" not in await page(caller, "/_sandbox/?show=reels")


async def test_containers_show_where_they_stand_and_why_they_failed(make: Make) -> None:
    caller = make()
    assert "None yet" in await page(caller)
    await caller.create()
    clip = await caller.create(media_type="REELS", video_url="https://example.com/a.jpg")
    mark = (await caller.raw("GET", "/_sandbox/live")).json["mark"]
    await caller.sandbox.scene.fetching.settled()
    html = await page(caller)
    assert (clip in html, "error code 2207026" in html, ">FINISHED<" in html) == (True, True, True)
    assert (await caller.raw("GET", "/_sandbox/live")).json["mark"] != mark


async def test_a_ring_shows_while_a_story_is_live(caller: Caller, clock: FakeClock) -> None:
    story = await caller.publish(media_type="STORIES", image_url="https://example.com/a.jpg")
    assert f'href="/stories/pressroom.sandbox/{story}"' in await page(caller)
    clock.advance(24 * 3600)
    assert "/stories/" not in await page(caller)


async def test_every_permalink_opens_with_caption_numbers_and_comments(caller: Caller) -> None:
    items = [
        await caller.create(image_url="https://example.com/a.jpg", is_carousel_item="true") for _ in "ab"
    ]
    reel = await caller.create(media_type="REELS", video_url="https://example.com/a.mp4", caption="A #reel")
    await caller.sandbox.scene.fetching.settled()
    await caller.post("/me/media_publish", creation_id=reel)
    photo = await caller.publish(image_url="https://example.com/a.jpg", caption="A #photo")
    await caller.post(f"/{photo}/comments", message="First!")
    await caller.publish(media_type="CAROUSEL", children=",".join(items), caption="A #carousel")
    await caller.publish(media_type="STORIES", image_url="https://example.com/a.jpg")
    for media in caller.sandbox.media:
        permalink = (await caller.get(f"/{media.id}", fields="permalink")).json["permalink"]
        html = await page(caller, permalink.removeprefix("http://sandbox.test"))
        assert media.id in html
        assert "Views" in html
        if media.kind != "story":
            assert f'<span class="word">#{media.kind}</span>' in html
        if media.kind == "photo":
            assert "First!" in html


@pytest.mark.parametrize("path", ["/p/", "/p/AAAA/", "/p/%00/", "/reel/zzzzzzzzzz/", "/stories/x/1"])
async def test_a_permalink_of_nothing_is_not_found(caller: Caller, path: str) -> None:
    """A browser gets a page, a program an error of the API."""
    got = await caller.raw("GET", path, headers={"accept": "text/html,application/xhtml+xml"})
    assert got.status == 404
    assert "<h1>There is no such post here.</h1>" in got.body.decode()
    told = await caller.raw("GET", path, headers={"accept": "*/*"})
    assert (told.status, told.error, told.message) == (404, (803, None), "There is no such post here.")


async def test_a_permalink_is_only_read(caller: Caller) -> None:
    await caller.publish()
    told = await caller.raw("POST", caller.sandbox.media[0].permalink_path)
    assert (told.status, told.error) == (405, (803, None))


@pytest.mark.parametrize("path", ["x", "accounts/1", "accounts/x/inbox", "inbox/x", "inboxes"])
async def test_a_page_of_nothing_is_not_found(caller: Caller, path: str) -> None:
    assert "There is no such page here." in await page(caller, f"/_sandbox/{path}", 404)


async def test_a_conversation_with_nobody_is_not_found(caller: Caller) -> None:
    assert "There is no such conversation here." in await page(caller, "/_sandbox/inbox/1", 404)


async def test_a_post_is_found_under_its_own_permalink_only(caller: Caller) -> None:
    await caller.publish()
    path = caller.sandbox.media[0].permalink_path
    await page(caller, path)
    await page(caller, path.replace("/p/", "/reel/"), 404)


async def test_what_people_write_cannot_become_markup(caller: Caller) -> None:
    bad = "<script>alert(1)</script> #<b>"
    media = await caller.publish(image_url="https://example.com/a.jpg", caption=bad, alt_text='"><img>')
    await caller.post(f"/{media}/comments", message=bad)
    for path in ("/_sandbox/", caller.sandbox.media[0].permalink_path):
        html = await page(caller, path)
        assert "<script>alert" not in html
        assert "<b>" not in html.replace("<b>1</b>", "")
        assert '"><img>' not in html


async def test_pages_load_nothing_from_elsewhere_and_a_policy_says_so(make: Make) -> None:
    caller = make(media=8)
    await caller.publish()
    for path in ("/_sandbox/", caller.sandbox.media[0].permalink_path):
        got = await caller.raw("GET", path)
        policy = got.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert ELSEWHERE.search(got.body.decode().replace('href="#', 'href="/#')) is None
        assert "style=" not in got.body.decode()
        assert got.headers["referrer-policy"] == "no-referrer"


async def test_no_token_is_on_any_page(make: Make) -> None:
    caller = make(media=3)
    await caller.get("/me/media", limit=1)
    await caller.get("/refresh_access_token", grant_type="ig_refresh_token")
    tokens = list(caller.sandbox.scene.world.tokens)
    for path in ("/_sandbox/", "/_sandbox/live", caller.sandbox.media[0].permalink_path):
        body = (await caller.raw("GET", path)).body.decode()
        assert not any(token in body for token in tokens)


async def test_news_holds_the_calls_after_a_number_and_a_mark_that_changes(caller: Caller) -> None:
    await caller.get("/me")
    first = (await caller.raw("GET", "/_sandbox/live?since=0")).json
    assert (first["last"], first["rows"].count("<details")) == (1, 1)
    nothing = (await caller.raw("GET", "/_sandbox/live?since=1")).json
    assert (nothing["last"], nothing["rows"].strip(), nothing["mark"]) == (None, "", first["mark"])
    await caller.publish()
    assert (await caller.raw("GET", "/_sandbox/live?since=1")).json["mark"] != first["mark"]


@pytest.mark.parametrize(
    ("name", "content_type"),
    [("page.css", "text/css"), ("page.js", "text/javascript")],
)
async def test_its_parts_come_with_their_types_where_the_page_says(
    caller: Caller, name: str, content_type: str
) -> None:
    (address,) = set(re.findall(rf'"(/_sandbox/static/[0-9a-f]{{16}}/{name})"', await page(caller)))
    got = await caller.raw("GET", address)
    assert (got.status, got.headers["content-type"].partition(";")[0]) == (200, content_type)


async def test_the_picture_of_an_account_is_where_answers_say(caller: Caller) -> None:
    told = (await caller.get("/me", fields="profile_picture_url")).json["profile_picture_url"]
    got = await caller.raw("GET", told)
    assert (got.status, got.headers["content-type"]) == (200, "image/svg+xml")
    assert f'"{told.removeprefix("http://sandbox.test")}"' in await page(caller)


async def test_the_page_that_asks_for_consent_has_its_parts(caller: Caller) -> None:
    html = (await caller.get("/oauth/authorize", **consent_query())).body.decode()
    assert "May app" in html
    for address in re.findall(r'(?:href|src)="(/_sandbox/[^"]+)"', html):
        assert (await caller.raw("GET", address)).status == 200
    assert html.count("/_sandbox/static/") == 3


@pytest.mark.parametrize(
    "path",
    [
        "/_sandbox/static/../app.py",
        "/_sandbox/static/0123456789abcdef/page.css",
        "/_sandbox/static/base.html",
        "/_sandbox/files/../../etc/passwd",
        "/_sandbox/files/nothing.jpg",
        "/_sandbox/files/000000000000000000000000.jpg",
        "/_sandbox/art/x.jpg",
    ],
)
async def test_no_other_file_is_served(caller: Caller, path: str) -> None:
    assert (await caller.raw("GET", path)).status == 404


async def test_pages_are_only_read(caller: Caller) -> None:
    assert (await caller.raw("POST", "/_sandbox/")).status == 405
    head = await caller.raw("HEAD", "/_sandbox/")
    assert (head.status, head.body) == (200, b"")


def test_a_media_without_a_file_always_gets_the_same_picture() -> None:
    draw_picture.cache_clear()
    once = draw_picture("17900000000000001", is_tall=False)
    draw_picture.cache_clear()
    assert once == draw_picture("17900000000000001", is_tall=False)
    assert once[:3] == b"\xff\xd8\xff"
    assert once != draw_picture("17900000000000002", is_tall=False)


async def test_drawn_pictures_are_what_seeded_media_point_at(make: Make) -> None:
    caller = make(media=1)
    got = (await caller.get(f"/{caller.sandbox.media[0].id}", fields="media_url")).json["media_url"]
    picture = await caller.raw("GET", got.removeprefix("http://sandbox.test"))
    assert picture.headers["content-type"] == "image/jpeg"


JSON = {"content-type": "application/json"}


async def order(caller: Caller, name: str, **body: object) -> Any:
    return (await caller.raw("POST", f"/_sandbox/{name}", json.dumps(body).encode(), JSON)).json


async def test_the_inbox_lists_people_and_each_conversation_opens(caller: Caller, clock: FakeClock) -> None:
    assert "Nobody has written yet." in await page(caller, "/_sandbox/inbox")
    person = (await order(caller, "messages", username="anna.k", text="<b>Hello</b>"))["person_id"]
    listed = await page(caller, "/_sandbox/inbox")
    assert f'href="/_sandbox/inbox/{person}"' in listed
    assert "waits for an answer" in listed
    chat = await page(caller, f"/_sandbox/inbox/{person}")
    assert "&lt;b&gt;Hello&lt;/b&gt;" in chat
    assert "open for 1 day" in chat
    clock.advance(24 * 3600 + 1)
    assert "closed" in await page(caller, f"/_sandbox/inbox/{person}")


async def test_every_account_has_pages_of_its_own(make: Make) -> None:
    caller = make(media=1)
    made = await order(caller, "accounts", username="second.account", login="facebook", media=2)
    await order(caller, "messages", username="anna.k", text="To the second", user_id=made["user_id"])
    home = f"/_sandbox/accounts/{made['user_id']}/"
    html = await page(caller, home)
    assert html.count('<li><a href="/') >= 2
    assert "Facebook Login, person" in html
    assert "anna.k" in await page(caller, f"{home}inbox")
    assert "anna.k" not in (await page(caller, "/_sandbox/inbox")).replace('value="anna.k"', "")
    assert home in await page(caller, "/_sandbox/")


async def test_tokens_show_when_they_end_and_that_they_ended(caller: Caller, clock: FakeClock) -> None:
    assert "ends in 58 days" in await page(caller)
    clock.advance(52 * 24 * 3600)
    assert '<span class="tag soon">ends in 6 days</span>' in await page(caller)
    clock.advance(7 * 24 * 3600)
    assert '<span class="tag bad">has ended</span>' in await page(caller)


async def test_hidden_comments_are_marked_beside_the_phone_and_gone_from_it(caller: Caller) -> None:
    media = await caller.publish()
    comment = (await order(caller, "comments", media_id=media, username="anna.k", text="Rude words"))["id"]
    path = caller.sandbox.media[0].permalink_path
    assert (await page(caller, path)).count("Rude words") == 2
    await caller.post(f"/{comment}", hide="true")
    html = await page(caller, path)
    assert html.count("Rude words") == 1
    assert "· hidden" in html


async def test_somebody_elses_post_is_listed_as_tagged_and_leads_nowhere(caller: Caller) -> None:
    await order(caller, "mentions", username="anna.k", text="With @pressroom.sandbox")
    assert 'alt="anna.k: With @pressroom.sandbox"' in await page(caller, "/_sandbox/?show=tagged")
    assert "No reels yet." in await page(caller, "/_sandbox/?show=reels")
    assert "No posts yet." in await page(caller, "/_sandbox/?show=nonsense")


CROSS = {"sec-fetch-site": "cross-site"}


@pytest.mark.parametrize(
    ("mode", "destination", "status"),
    [
        ("navigate", "document", 200),
        ("navigate", "iframe", 403),
        ("cors", "empty", 403),
        ("no-cors", "script", 403),
    ],
)
async def test_another_site_may_link_to_a_page_and_do_nothing_else_with_it(
    caller: Caller, mode: str, destination: str, status: int
) -> None:
    headers = {**CROSS, "sec-fetch-mode": mode, "sec-fetch-dest": destination}
    assert (await caller.raw("GET", "/_sandbox/", headers=headers)).status == status
    assert (await caller.raw("GET", "/_sandbox/state", headers=headers)).status == 403
    assert (await caller.raw("GET", "/_sandbox/export", headers=headers)).status == 403
    strange = Caller(caller.sandbox, host="attacker.example.com")
    assert (await strange.raw("GET", "/_sandbox/", headers=headers)).status == 403
