"""The start page, the queue and the activity: counts that are true, what stops posts, and what was done."""

import re
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from pressroom.core.post import Post, PostState, When
from pressroom.serving.reach import Reach
from pressroom.web.app import web_app
from pressroom.web.table import MENU
from tests.service.consenting import ANNA, a_file, a_picture, person
from tests.service.road import opened_road
from tests.service.walked import stored
from tests.store.obstacles import put_in_place_of, remove
from tests.web.house import ADDRESS, House
from tests.web.visitor import Got, Visitor

S = PostState
HOSTILE = '<b onclick="x">Studio</b> & "co"'


def put(house: House, *states: PostState) -> None:
    """Put posts where their maker, or publishing, would have brought them: due in three hours."""
    file = a_file(house.directory)
    for state in states:
        stored(house.road, ANNA, state, file)


def sections(page: Got) -> dict[str, int]:
    """Return the counts of a queue's sections."""
    found = re.findall(r'<section id="(\w+)".*?<span class="many[^>]*>([\d,]+)<', page.html, re.DOTALL)
    return {name: int(count.replace(",", "")) for name, count in found}


async def test_the_start_page_counts_what_needs_a_person_and_leads_on(house: House) -> None:
    anna = await house.signed_in()
    assert "Nothing waits for you." in (await anna.get("/")).text
    await house.proposed(caption="Asked for")
    put(house, S.NEEDS_ATTENTION, S.FAILED, S.FAILED, S.MISSED, S.SCHEDULED, S.PUBLISHED, S.CANCELLED)
    house.road.clock.advance(4 * 3600)
    page = await anna.get("/")
    tiles = re.findall(r'class="need[^"]*" href="([^"]+)"><strong>(\d+)</strong> <span>([^<]+)', page.html)
    assert tiles == [
        ("/approvals", "1", "for you to approve"),
        ("/queue#doubt", "1", "may be live: look, and decide"),
        ("/queue#late", "1", "late"),
        ("/queue#failed", "3", "failed or missed"),
    ]
    queue = await anna.get("/queue")
    assert all(f'id="{path.partition("#")[2]}"' in queue.html for path, *_ in tiles[1:])


async def test_what_goes_out_next_is_on_the_readers_clock_with_the_accounts_beside_it(house: House) -> None:
    anna = await house.signed_in()
    anna.cookies["pressroom-reader"] = "zone=Asia/Tokyo|first=0"
    await house.owner.posts.submit(a_picture(a_file(house.directory), "Open studio"), at="+3h")
    for path in ("/", "/queue"):
        text = (await anna.get(path)).text
        assert "Open studio" in text
        assert "Tomorrow, 00:00 Tue 18:00 Istanbul ana photo" in text
    assert "Tuesday 24 November" in (await anna.get("/")).text


async def test_the_queue_has_a_section_for_each_thing_with_its_true_count(house: House) -> None:
    anna = await house.signed_in()
    assert sections(await anna.get("/queue")) == {"next": 0}
    put(house, *S, *[S.SCHEDULED] * 9)
    assert sections(await anna.get("/queue")) == {
        "doubt": 1, "failed": 2, "going": 1, "next": 12, "held": 2,
    }  # fmt: skip
    house.road.clock.advance(4 * 3600)
    assert sections(await anna.get("/queue"))["late"] == 12


async def test_a_section_is_read_page_by_page_each_post_once(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pressroom.web.desk.pages._PAGE", 4)
    put(house, *[S.SCHEDULED] * 10)
    anna, path, found = await house.signed_in(), "/queue?only=next", list[str]()
    assert 'href="/queue?only=next">All 10' in (await anna.get("/queue")).html
    while path:
        page = await anna.get(path)
        found += re.findall(r'id="row-(\w+)"', page.html)
        assert "10 in all" in page.text
        more = re.search(r'href="([^"]+)">The next ones', page.html)
        path = more.group(1).replace("&amp;", "&") if more else ""
    assert sorted(found) == sorted(post.id for post in house.road.posts)
    assert (await anna.get("/queue?only=next&after=nonsense")).status == 200


def put_live(house: House, *captions: str, account: str = "ana", permalink: str = "") -> None:
    """Store published posts, each a minute after the one before."""
    file = a_file(house.directory)
    for caption in captions:
        live = replace(
            stored_content(a_picture(file, caption), house.road.clock.now()),
            account=account,
            permalink=permalink or f"https://www.instagram.com/p/{caption.replace(' ', '-')}/",
        )
        house.road.store.posts.add(live)
        house.road.clock.advance(60)


def stored_content(post: Post, at: datetime) -> Post:
    return replace(post, state=S.PUBLISHED, actor=ANNA.id, when=When.TIME, due_at=at, followups=())


async def test_the_start_page_and_the_published_list_show_live_posts_with_their_permalinks(
    house: House,
) -> None:
    anna = await house.signed_in()
    for path in ("/", "/published"):
        assert "Nothing is published yet." in (await anna.get(path)).text
    put(house, S.DELETED, S.SCHEDULED)
    put_live(house, "First print", "Second print")
    for path in ("/", "/published"):
        page = await anna.get(path)
        links = re.findall(r'<a href="(https:[^"]+)" rel="noreferrer">View on Instagram', page.html)
        names = ("Second-print", "First-print")
        assert links == [f"https://www.instagram.com/p/{name}/" for name in names], path
    assert sections(page) == {"live": 2}
    assert '<a href="/published" aria-current="page">Published</a>' in page.html


@pytest.mark.parametrize(
    ("permalink", "is_linked"),
    [
        ("http://127.0.0.1:8123/p/abc/", True),
        ("http://localhost:8123/p/abc/", True),
        ("http://example.com/p/abc/", False),
        ("http://127.0.0.1:80@example.com/", False),
        ("javascript:alert(1)", False),
        ("javascript://127.0.0.1/%0aalert(1)", False),
    ],
)
async def test_a_page_links_only_to_https_and_to_http_of_this_machine(
    house: House, permalink: str, is_linked: bool
) -> None:
    put_live(house, "Of the sandbox", permalink=permalink)
    (post,) = house.road.posts
    anna = await house.signed_in()
    for path in ("/", "/published", f"/posts/{post.id}"):
        assert (f'href="{permalink}"' in (await anna.get(path)).html) == is_linked, path


async def test_published_posts_are_read_page_by_page_and_for_one_account(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pressroom.web.desk.pages._PAGE", 2)
    put_live(house, "One", "Two", "Three")
    put_live(house, "Of another", account="shop")
    anna, path, found = await house.signed_in(), "/published?account=ana", list[str]()
    while path:
        page = await anna.get(path)
        found += re.findall(r'<span class="words" dir="auto">([^<]+)</span></a></h3>', page.html)
        assert "3 in all" in page.text
        more = re.search(r'href="([^"]+)">The next ones', page.html)
        path = more.group(1).replace("&amp;", "&") if more else ""
    assert found == ["Three", "Two", "One"]
    assert (await anna.get("/published?account=nobody")).status == 404


async def test_each_post_has_what_can_be_done_to_it_for_its_version(house: House) -> None:
    put(house, S.FAILED)
    (post,) = house.road.posts
    page = await (await house.signed_in()).get("/queue")
    retry = page.forms[f"/posts/{post.id}/retry"]
    assert (retry["version"], retry["back"]) == (str(post.version), "/queue")
    buttons = page.html.partition('class="buttons"')[2].partition("</ul>")[0]
    names = [re.sub("<[^>]+>.*", "", name) for name in re.findall(r">([A-Z][^<]+)<span", buttons)]
    assert set(names) == {"Plan again", "Edit", "Cancel", "Try at once"}


async def test_one_account_alone_is_shown_on_request(house: House) -> None:
    house.road.store.posts.add(replace(a_picture("https://example.com/a.jpg", "Of another"), account="shop"))
    put(house, S.FAILED)
    anna = await house.signed_in()
    assert "Of another" not in (await anna.get("/queue?account=ana")).text
    assert sections(await anna.get("/queue?account=shop")) == {"next": 0, "held": 1}


async def test_banners_tell_what_stops_posts_and_go_with_it(house: House) -> None:
    anna = await house.signed_in()
    await house.owner.accounts.pause("ana", "The cellar is flooded <b>")
    for path in ("/", "/queue"):
        text = (await anna.get(path)).text
        assert "No worker runs, so nothing is published. pressroom worker" in text
        assert "Account ana is paused: The cellar is flooded <b>. To the account" in text
    await house.owner.accounts.resume("ana")
    async with house.road.worker():
        assert "Stopped" not in (await anna.get("/queue")).text
    house.road.clock.advance(55 * 86_400)
    text = (await (await house.signed_in()).get("/")).text
    assert "Soon: " in text
    assert house.road.told == []  # nothing was asked of Instagram


async def test_a_banner_says_that_no_send_can_be_logged(house: House) -> None:
    anna, home = await house.signed_in(), house.road.settings.home
    log = home / f"pressroom.db.sends-{house.road.clock.now():%Y-%m}"
    put_in_place_of(log, "a FIFO")
    banner = f"Nothing is published. {log} cannot be used as the send log: it is a FIFO"
    assert banner in (await anna.get("/")).text
    remove(log)
    assert banner not in (await anna.get("/")).text


async def test_activity_says_who_did_what_newest_first_of_all_or_of_one(house: House) -> None:
    post = (await house.owner.posts.submit(a_picture(a_file(house.directory), HOSTILE), at="+3h")).post
    house.road.clock.advance(86_400)
    await house.owner.posts.cancel(post.id)
    await house.proposed(caption="By a program")
    anna = await house.signed_in()
    page = await anna.get("/activity")
    assert re.findall(r'href="/posts/(\w+)"', page.html)[-2:] == [post.id, post.id]
    assert HOSTILE in page.text
    assert "program planner" in page.text
    assert 'onclick="x' not in page.html
    days = re.findall(r'<time datetime="(\d{4}-\d\d-\d\d)">', page.html)
    assert days == ["2026-11-25", "2026-11-24"]
    assert (await anna.get("/activity?account=nobody")).status == 404
    assert "A person has cancelled it." in (await anna.get("/activity?account=ana")).text
    # Where entries of several days stand together, what is not of today has its day.
    assert "Lately 15:00" in (start := (await anna.get("/")).text)
    assert "24 Nov 15:00" in start


async def test_without_an_account_the_start_page_says_how_to_begin(tmp_path: Path) -> None:
    async with opened_road(tmp_path / "home") as road, person(replace(road, account=None)) as owner:
        with owner.pages.announce(ADDRESS):
            visitor = Visitor(web_app(owner, clock=road.clock, reach=Reach(ADDRESS)))
            await visitor.follow((await owner.pages.link()).address.removeprefix(ADDRESS))
            text = (await visitor.get("/")).text
            assert "pressroom demo" in text
            assert "pressroom auth login" in text
            # Empty lists of what is planned and done would say nothing yet.
            assert "Nothing waits" not in text
            queue = (await visitor.get("/queue")).text
            assert "No account is signed in, so nothing can be published. How to begin" in queue
            for path in ("/queue", "/activity", "/accounts", "/keys", "/search?q=hello"):
                assert (await visitor.get(path)).status == 200, path


async def test_every_page_has_the_menu_the_search_and_a_new_post(house: House) -> None:
    anna = await house.signed_in()
    for path in ("/", *MENU):
        got = await anna.get(path)
        if got.status == 303:
            got = await anna.get(got.headers["location"])
        assert re.findall(r'<nav aria-label="Pages".*?</nav>', got.html, re.DOTALL)[0].count("<a ") == len(
            MENU
        )
        assert 'action="/search"' in got.html, path
        assert 'href="/posts/new"' in got.html
    everyday, seldom = (
        ["Calendar", "Queue", "Published", "Approvals", "Insights"],
        ["Standing consent", "Keys", "Feeds", "Phone"],
    )
    assert [*MENU.values()] == [*everyday, "Activity", "Accounts", *seldom]
