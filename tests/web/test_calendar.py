"""The calendar: whose days and times it shows, what it leaves out, and what it weighs."""

import hashlib
import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from pressroom.core.post import Post, PostState, Send, Snapshot, When
from pressroom.core.slots import parse_slots
from pressroom.core.stored_posts import listed_at
from pressroom.graph.answers import ContainerId
from pressroom.web.calendar.chips import clocks_on, hours_of, shown_accounts
from pressroom.web.calendar.span import Span, View
from pressroom.web.reader import Reader
from tests.fakes.clock import START
from tests.service.consenting import a_file, a_picture
from tests.service.road import a_photo
from tests.web.house import House
from tests.web.visitor import Got, Visitor

BERLIN = ZoneInfo("Europe/Berlin")
HOSTILE = "<script>alert(1)</script>\u202e\" onerror='x' {{ 7 * 7 }}"


def day_in(got: Got, day: str) -> str:
    """What a page shows within a day, or (`shelf`) on the shelf."""
    start = got.html.index(f'id="d-{day}"')
    end = re.compile(r'<(li class="day|section)|</(ol|section)>').search(got.html, start)
    return got.html[start : end.start() if end else None]


def words(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


async def planned(house: House, caption: str = "Hello", at: Any = "2026-11-26 12:00", **options: Any) -> Post:
    """Plan a picture, by default as a draft, at a time in Istanbul."""
    state = options.pop("state", PostState.DRAFT)
    post = a_picture(a_file(house.directory), caption, **options)
    return (await house.owner.posts.submit(post, at=at, state=state)).post


async def read_in(house: House, zone: str, first: int = 0) -> Visitor:
    """Somebody signed in whose browser has a zone and a first day of the week."""
    visitor = await house.signed_in()
    visitor.cookies["pressroom-reader"] = f"zone={zone}|first={first}"
    return visitor


@pytest.mark.parametrize(
    ("zone", "day", "time"),
    [
        ("Europe/Istanbul", "2026-11-26", "00:30"),
        ("Europe/Berlin", "2026-11-25", "22:30 Thu 00:30 Istanbul"),
        ("Asia/Tokyo", "2026-11-26", "06:30 00:30 Istanbul"),
    ],
)
@pytest.mark.parametrize("view", View)
async def test_a_post_stands_on_the_readers_day_with_its_own_time_beside(
    house: House, view: View, zone: str, day: str, time: str
) -> None:
    await planned(house, at="2026-11-26 00:30")
    page = await (await read_in(house, zone)).get(f"/calendar/{view}?of={day}")
    assert f"photo, {time} Hello draft" in words(day_in(page, day))
    assert page.html.count("data-post=") == 1


async def test_the_address_may_name_a_zone_that_every_link_keeps(house: House) -> None:
    visitor = await read_in(house, "Europe/Berlin")
    page = await visitor.get("/calendar/week?zone=Asia/Tokyo&kind=reel&state=trouble&account=ana")
    assert "Times of Asia/Tokyo" in page.text
    links = re.findall(r'href="(/calendar/[^"]+)"', page.html)
    kept = [link for link in links if "account=ana&amp;state=trouble&amp;kind=reel" in link]
    assert all("zone=Asia%2FTokyo" in link for link in links)
    assert {*links} - {*kept} == {"/calendar/week?zone=Asia%2FTokyo"}  # which shows all
    assert len(kept) > 10
    assert (await visitor.get("/calendar/week?zone=Mars/Base")).status == 422


@pytest.mark.parametrize(("first", "days"), [(0, "Mon Tue"), (5, "Sat Sun"), (6, "Sun Mon")])
async def test_a_week_begins_on_the_readers_first_day(house: House, first: int, days: str) -> None:
    page = await (await read_in(house, "Europe/Berlin", first)).get("/calendar/month?of=2026-11-01")
    assert f"{days} " in words(page.html[page.html.index("weekdays") :])[:60]
    shown = re.findall(r'data-day="([^"]+)"', page.html)
    assert date.fromisoformat(shown[0]).weekday() == first
    assert len(shown) % 7 == 0


@pytest.mark.parametrize(
    ("view", "day", "first", "last", "before", "after"),
    [
        (View.MONTH, "2026-12-31", "2026-11-30", "2027-01-03", "2026-11-01", "2027-01-01"),
        (View.MONTH, "2027-02-10", "2027-02-01", "2027-02-28", "2027-01-01", "2027-03-01"),
        (View.MONTH, "2028-02-29", "2028-01-31", "2028-03-05", "2028-01-01", "2028-03-01"),
        (View.WEEK, "2027-01-01", "2026-12-28", "2027-01-03", "2026-12-21", "2027-01-04"),
        (View.DAY, "2026-12-31", "2026-12-31", "2026-12-31", "2026-12-30", "2027-01-01"),
        (View.AGENDA, "2026-12-15", "2026-12-15", "2027-01-11", "2026-11-17", "2027-01-12"),
    ],
)
def test_views_meet_at_the_edges_of_months_and_years(  # noqa: PLR0917  # a row of a table
    view: View, day: str, first: str, last: str, before: str, after: str
) -> None:
    span = Span.of(view, date.fromisoformat(day), Reader(zone=BERLIN))
    assert [str(each) for each in (span.first, span.last, span.before, span.after)] == [
        first,
        last,
        before,
        after,
    ]


def test_the_day_on_which_clocks_go_forward_lacks_an_hour() -> None:
    day = date(2026, 3, 29)
    assert clocks_on(day, BERLIN) == "23 hours: clocks go forward"
    untimed, *hours = hours_of(day, BERLIN, (), (), START)
    assert (untimed.time, len(hours)) == ("", 24)
    assert [hour.time for hour in hours if hour.is_skipped] == ["02:00"]
    assert clocks_on(date(2026, 3, 28), BERLIN) == clocks_on(date(2026, 3, 30), BERLIN) == ""


async def test_in_the_hour_that_comes_twice_each_time_says_which(house: House) -> None:
    for utc in ("2027-10-31T00:15Z", "2027-10-31T01:15Z"):
        await planned(house, at=datetime.fromisoformat(utc), caption=utc)
    visitor = await read_in(house, "Europe/Berlin")
    for view in View:
        shown = words(day_in(await visitor.get(f"/calendar/{view}?of=2027-10-31"), "2027-10-31"))
        assert "25 hours: clocks go back" in shown
        times = [
            shown.index(f"photo, 02:15 {zone} {there}") for zone, there in (("CEST", "03"), ("CET", "04"))
        ]
        assert times == sorted(times)
    assert "02:00 twice" in words((await visitor.get("/calendar/day?of=2027-10-31")).html)


async def test_the_edge_of_a_month_is_midnight_where_one_reads(house: House) -> None:
    await planned(house, "First", at=datetime(2026, 11, 30, 22, 59, tzinfo=UTC))
    await planned(house, "Second", at=datetime(2026, 11, 30, 23, 0, tzinfo=UTC))
    page = await (await read_in(house, "Europe/Berlin")).get("/calendar/month?of=2026-11-01")
    assert "First" in day_in(page, "2026-11-30")
    assert "Second" in day_in(page, "2026-12-01")


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "America/Los_Angeles"])
async def test_a_day_without_a_time_is_that_day_wherever_one_reads(house: House, zone: str) -> None:
    await planned(house, "Some time", at=date(2026, 11, 26))
    page = await (await read_in(house, zone)).get("/calendar/week?of=2026-11-26")
    shown = day_in(page, "2026-11-26")
    assert "Some time" in shown
    assert "<time datetime" not in shown[shown.index("Some time") - 500 : shown.index("Some time")]


def test_what_is_out_stands_at_when_it_went_out() -> None:
    due, sent = datetime(2026, 11, 20, 9, tzinfo=UTC), datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
    send = Send(
        container_id=ContainerId("1"),
        number=1,
        started_at=sent,
        deadline=sent,
        snapshot=Snapshot(),
    )
    post = replace(a_photo(), due_at=due, when=When.TIME, created_at=due, sends=(send,))
    assert listed_at(replace(post, state=PostState.FAILED)) == due
    assert listed_at(replace(post, state=PostState.PUBLISHED)) == sent


async def test_drafts_without_a_day_stand_on_the_shelf_and_nowhere_else(house: House) -> None:
    post = await planned(house, "Someday", at="open")
    visitor = await house.signed_in()
    for view in View:
        page = await visitor.get(f"/calendar/{view}")
        assert page.html.count(f'id="p-{post.id}"') == 1
        assert f'id="p-{post.id}"' in day_in(page, "shelf")
        assert 'data-day=""' in day_in(page, "shelf")
    for number in range(13):
        await planned(house, f"Someday {number}", at="open")
    page = await visitor.get("/calendar/month")
    assert "+2 more on Without a day" in words(day_in(page, "shelf"))
    page = await visitor.get("/calendar/month?open=shelf")
    assert day_in(page, "shelf").count("data-post") == 14


def test_accounts_have_short_names_that_tell_them_apart_and_a_dozen_colours() -> None:
    names = ("harbour.prints", "zoo", "acme.north.paris", "acme.south.paris", *map(str, range(12)))
    accounts = shown_accounts(names)
    shorts = {account.short for account in accounts.values()}
    assert len(shorts) == len(names)
    assert {"harb…rints", "zoo", "acme.north.paris"} < shorts
    assert {account.hue for account in accounts.values()} == set(range(1, 13))
    assert shown_accounts(reversed(names)) == accounts


async def test_filters_narrow_what_is_shown_and_refuse_what_is_none(house: House) -> None:
    draft, waiting = await planned(house, "One"), await planned(house, "Two", state=PostState.SCHEDULED)
    visitor = await house.signed_in()

    async def shown(query: str) -> set[str]:
        page = await visitor.get(f"/calendar/month?{query}")
        return set(re.findall(r'data-post="(\w+)"', page.html))

    assert await shown("") == {draft.id, waiting.id}
    assert await shown("state=draft") == await shown("state=draft&state=trouble") == {draft.id}
    assert await shown("state=planned") == await shown("state=scheduled") == {waiting.id}
    assert await shown("kind=photo&account=ana") == {draft.id, waiting.id}
    assert await shown("kind=reel") == await shown("account=nobody") == set()
    led = await visitor.get("/calendar?kind=reel&state=draft&open=shelf")
    assert led.headers["location"] == "/calendar/month?state=draft&kind=reel&open=shelf#today"
    assert "Nothing of what you filter by" in (await visitor.get("/calendar/month?kind=reel")).text
    for query in ("state=gone", "kind=film", "of=someday"):
        assert (await visitor.get(f"/calendar/month?{query}")).status == 422
    assert "one of these: photo, reel," in (await visitor.get("/calendar/month?kind=film")).text


async def test_a_hostile_caption_is_shown_as_it_is_and_turns_nothing(house: House) -> None:
    await planned(house, HOSTILE)
    for view in View:
        page = await (await house.signed_in()).get(f"/calendar/{view}?of=2026-11-26")
        assert "&lt;script&gt;alert(1)&lt;/script&gt;\\u202e" in page.html
        assert "<script>alert" not in page.html
        assert 'dir="auto"' in day_in(page, "2026-11-26")


async def test_more_than_fits_is_counted_and_opened_by_a_link(house: House) -> None:
    for number in range(7):
        await planned(house, f"Number {number}", at=f"2026-11-26 1{number}:00")
    visitor = await house.signed_in()
    page = await visitor.get("/calendar/month?state=draft")
    day = day_in(page, "2026-11-26")
    assert day.count("data-post") == 4
    assert "+3 more on Thursday 26 November" in words(day)
    link = re.search(r'class="more"[^>]+href="([^"#]+)', day)
    assert link
    opened = await visitor.get(link[1].replace("&amp;", "&"))
    assert day_in(opened, "2026-11-26").count("data-post") == 7
    assert opened.html.count("data-post") == 7
    assert "Close Thursday 26 November" in words(day_in(opened, "2026-11-26"))


async def test_free_slots_lead_to_a_new_post_for_that_time_and_account(house: House) -> None:
    await house.owner.posts.slots.add(parse_slots("daily 18:00"))
    await planned(house, at="2026-11-25 18:00")
    visitor = await read_in(house, "Europe/Berlin")
    page = await visitor.get("/calendar/week?of=2026-11-24")
    free = re.findall(r'href="(/posts/new\?at=[^"]+account=ana)"', page.html)
    assert free == [f"/posts/new?at=2026-11-{day}T15%3A00Z&amp;account=ana" for day in (24, 26, 27)]
    assert "Free: 16:00 18:00 Istanbul" in words(day_in(page, "2026-11-24"))
    assert 'href="/posts/new?day=2026-11-24"' in page.html
    assert "/posts/new?day=2026-11-23" not in page.html  # which is over
    assert "Free:" not in (await visitor.get("/calendar/week?of=2026-11-10")).text


async def test_a_page_that_is_open_reads_only_the_days_that_stand_otherwise(house: House) -> None:
    post = await planned(house, at="2026-11-26 12:00")
    for number in range(6):
        await planned(house, f"Number {number}", at="2026-11-28 12:00")
    visitor = await house.signed_in()

    def marks(page: Got) -> list[str]:
        return re.findall(r'data-mark="([^"]+)"', page.html)

    seen = marks(await visitor.get("/calendar/month"))
    assert len(seen) == 45
    assert marks(await visitor.get(f"/calendar/month?marks={','.join(seen)}")) == []
    await house.owner.posts.move(post.id, "2026-11-28 09:00")
    fresh = await visitor.get(f"/calendar/month?marks={','.join(seen)}")
    assert [mark.partition(".")[0] for mark in marks(fresh)] == ["2026-11-26", "2026-11-28"]
    assert "+3 more" in fresh.text
    assert len(fresh.body) < 9_000
    await house.owner.posts.move(post.id, When.OPEN)
    fresh = await visitor.get(f"/calendar/month?marks={','.join(seen)}")
    assert {mark.partition(".")[0] for mark in marks(fresh)} == {"2026-11-26", "shelf"}


async def test_an_account_that_is_new_comes_to_an_open_page_with_its_name_and_colour(house: House) -> None:
    await planned(house)
    visitor = await house.signed_in()
    page = await visitor.get("/calendar/month")
    assert 'class="legend"' not in page.html
    seen = ",".join(re.findall(r'data-mark="([^"]+)"', page.html))
    house.road.store.posts.add(replace(a_photo("Of another"), account="shop", due_at=START))
    fresh = await visitor.get(f"/calendar/month?marks={seen}")
    assert '<ul class="legend"' in fresh.html
    assert '<input type="checkbox" name="account" value="shop">' in fresh.html
    assert 'class="chip is-draft hue-1"' in day_in(fresh, "2026-11-26")


async def test_an_account_that_is_none_is_said_with_those_that_there_are(house: House) -> None:
    post = await planned(house)
    visitor = await house.signed_in()
    got = await visitor.get("/calendar/week?account=anna&account=%3Cb%3E")
    said = "There is no account anna here. There is no account &lt;b&gt; here. There is ana ."
    assert (got.status, said in words(got.html)) == (404, True)
    assert '<a href="/calendar/week?account=ana">' in got.html
    assert (await visitor.get("/calendar/week?account=ana")).status == 200
    # Its posts are still there, under its number.
    await house.owner.accounts.sign_out("ana")
    assert (await visitor.get(f"/calendar/week?of=2027-05-05&account={post.account}")).status == 200


async def test_a_line_shows_now_and_an_open_page_reads_today_alone_for_it(house: House) -> None:
    visitor = await read_in(house, "Europe/Berlin")
    page = await visitor.get("/calendar/week")
    assert 'aria-current="date"' in day_in(page, "2026-11-24")
    assert page.html.count("<line ") == 1
    assert re.search(r'data-time="13:00"><svg class="now"[^>]+><line x2="100%" y1="0%"', page.html)
    seen = ",".join(re.findall(r'data-mark="([^"]+)"', page.html))
    house.road.clock.advance(49 * 60)
    fresh = await visitor.get(f"/calendar/week?marks={seen}")
    assert re.findall(r'data-day="([^"]+)"', fresh.html) == ["2026-11-24"]
    assert 'y1="75%"' in fresh.html
    for path in ("month", "agenda", "week?of=2026-12-24"):
        assert 'class="now"' not in (await visitor.get(f"/calendar/{path}")).html
    # In the hour that comes twice it stands as far down as that hour is over.
    hours = hours_of(date(2027, 10, 31), BERLIN, (), (), datetime(2027, 10, 31, 1, 15, tzinfo=UTC))
    assert [hour.now for hour in hours if hour.now is not None] == [62]


async def test_each_hour_that_is_to_come_leads_to_a_new_post_for_it(house: House) -> None:
    page = await (await read_in(house, "Europe/Berlin")).get("/calendar/week")
    begun = re.findall(r'href="/posts/new\?at=([^"&]+)" tabindex="-1"', page.html)
    assert begun[:2] == ["2026-11-24T13%3A00Z", "2026-11-24T14%3A00Z"]
    assert len(begun) == 10 + 5 * 24
    assert "New post on Tuesday 24 November at 14:00" in words(page.html)
    clocks_go_back = hours_of(date(2027, 10, 31), BERLIN, (), (), START)
    assert [hour.path[-9:] for hour in clocks_go_back[3:5]] == ["T00%3A00Z", "T02%3A00Z"]
    assert hours_of(date(2027, 3, 28), BERLIN, (), (), START)[3].path == ""


async def test_a_small_picture_is_kept_by_the_browser_and_absent_where_there_is_none(house: House) -> None:
    post, visitor = await planned(house), await house.signed_in()
    sizes = list[int]()
    for size in ("chip", "card", "page"):
        got = await visitor.get(f"/posts/{post.id}/small?size={size}&v={post.version}")
        assert (got.status, got.headers["content-type"], got.body[:2]) == (200, "image/jpeg", b"\xff\xd8")
        assert "private" in got.headers["cache-control"]
        sizes.append(len(got.body))
    assert sizes == sorted(sizes)
    assert (await visitor.get(f"/posts/{post.id}/small")).headers["cache-control"] == "no-store"
    by_address = await house.owner.posts.submit(
        a_picture("https://example.com/a.jpg"), at="+3d", state=PostState.DRAFT
    )
    for path in (f"{by_address.post.id}/small?v=1", f"{post.id}/small?size=huge", f"{'0' * 32}/small"):
        assert (await visitor.get(f"/posts/{path}")).status == 404
    assert (await house.visitor().get(f"/posts/{post.id}/small")).status == 401


async def test_without_an_account_it_says_how_to_sign_in(house: House) -> None:
    visitor = await house.signed_in()
    assert "Nothing is planned in these days" in (await visitor.get("/calendar/month")).text
    await house.owner.accounts.sign_out("ana")
    assert "pressroom auth login" in (await visitor.get("/calendar/month")).text


async def test_a_month_of_500_posts_and_20_accounts_is_light(house: House) -> None:
    begin, visitor = datetime(2026, 12, 1, 8, tzinfo=UTC), await house.signed_in()
    posts = [
        replace(
            a_photo(f"{number} {hashlib.sha256(str(number).encode()).hexdigest()[:35]}"),
            account=f"studio_{number % 20:02}",
            state=PostState.SCHEDULED,
            when=When.TIME,
            due_at=begin + timedelta(minutes=88 * number),
            timezone=("Europe/Istanbul", "Europe/Berlin", "Asia/Tokyo")[number % 3],
        )
        for number in range(500)
    ]
    house.road.store.posts.add_all([(post, "") for post in posts])
    weights = dict[View, int]()
    for view in View:
        page = await visitor.get(f"/calendar/{view}?of=2026-12-01", accept_encoding="gzip")
        weights[view] = len(page.body)
    shown = await visitor.get("/calendar/month?of=2026-12-01")
    assert shown.text.count(" more on ") > 25
    assert {*re.findall(r'class="hue-(\d+)"', shown.html)} == {str(hue) for hue in range(1, 13)}
    # Styles and scripts of all pages are another 30 kB.
    assert weights[View.MONTH] < 20_000, weights
    assert max(weights.values()) < 60_000, weights
