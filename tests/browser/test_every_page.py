"""Every page of the table, as it is with something of each kind: axe finds nothing, and it fits."""

from dataclasses import replace

import pytest

from pressroom.core.post import PostState
from pressroom.core.slots import parse_slots
from pressroom.web.table import PAGES
from tests.browser.conftest import SHOTS, Judge, Open, Theme
from tests.browser.planned import Planned
from tests.service.consenting import ANNA, a_picture, program, proposed
from tests.service.walked import stored

pytestmark = pytest.mark.asyncio(loop_scope="session")
WIDEST = 2560
LOOKS: tuple[tuple[Theme, int], ...] = (("light", WIDEST), ("light", 1280), ("dark", 375))
SCROLLS = "document.documentElement.scrollWidth > innerWidth"
EDGE = "document.querySelector('h1').getBoundingClientRect().left"
# Some 75 letters are read with ease, each about 0.6 of its height wide.
LONGEST_EM = 45
LONGEST_LINE = """Math.max(0, ...[...document.querySelectorAll('main p:not(.facts)')].map(
    (p) => p.clientWidth / parseFloat(getComputedStyle(p).fontSize)))"""
# Files and parts of pages; a report, which has tests of its own; and what leads to another page.
NO_PAGES = (
    *("/picture", "/clip", "/small", ".ics", "/new/file", "/live", "/reports/{report}", "/calendar"),
    "/events/{reference}",
)
# Pages that answer a button, by the page where it is.
PRESSED = {"/feeds": "Make the address", "/accounts": "Run the doctor", "/sign-in/phone": "Make a code"}
ASKED = {"/search": "q=studio", "/accounts/resume": "account=ana"}


async def fill(planned: Planned) -> dict[str, str]:
    """Plan something of each kind. Returns the ids for the addresses, by how those begin."""
    for state in (PostState.NEEDS_ATTENTION, PostState.FAILED, PostState.MISSED, PostState.PUBLISHING):
        stored(planned.road, ANNA, state, str(planned.photo))
    live = stored(planned.road, ANNA, PostState.PUBLISHED, str(planned.photo))
    linked = replace(live, permalink="http://127.0.0.1:8123/p/DRx2/", revision=live.revision + 1)
    planned.road.store.posts.save(linked, live)
    captions = "Open studio on Friday: come and pull a print of your own", "First light", "שרה שנייה #דפס", ""
    posts = [
        await planned.plan(caption, f"+{number * 9 + 3}h", collaborators=["pier.house"])
        for number, caption in enumerate(captions)
    ]
    await planned.plan("Held back", "+40h", state=PostState.AWAITING_APPROVAL)
    draft = await planned.plan("Not yet", "open", state=PostState.DRAFT)
    async with program(planned.road, account_name="ana") as planner:
        asked = await proposed(planner.posts.submit(a_picture(str(planned.photo), "Asked for"), at="+50h"))
    await planned.owner.posts.slots.add(parse_slots("weekdays 18:00"))
    await planned.owner.keys.add("planner", ends_at="+90d")
    await planned.owner.keys.revoke((await planned.owner.keys.add("n8n")).key.id)
    await planned.owner.feeds.add("ana")
    await planned.owner.accounts.pause("ana", "The cellar is flooded")
    return {"/approvals": str(asked.proposal_id), "/posts": posts[0].id, "/posts/{id}/edit": draft.id}


async def test_every_page_fits_and_axe_finds_nothing(planned: Planned, open_page: Open, judge: Judge) -> None:
    SHOTS.mkdir(parents=True, exist_ok=True)
    ids = await fill(planned)
    edges = set[tuple[int, float]]()
    async with open_page(f"{planned.base}/sign-in") as page:
        await planned.sign_in(page)
        for path in [row.path for row in PAGES if row.method == "GET" and not row.path.endswith(NO_PAGES)]:
            named = path.format(id=ids.get(path) or ids.get(f"/{path.split('/')[1]}"), what="cancel")
            response = await page.goto(f"{planned.base}{named}?{ASKED.get(path, '')}")
            assert response
            assert response.ok, path
            # Colours are those of a theme and places those of a width: each at least once.
            for theme, width in LOOKS:
                await page.emulate_media(color_scheme=theme)
                await page.set_viewport_size({"width": width, "height": 900})
                assert not await page.evaluate(SCROLLS), (path, width)
                assert await page.evaluate(LONGEST_LINE) <= LONGEST_EM, (path, width)
                if not path.startswith("/calendar"):
                    edges.add((width, await page.evaluate(EDGE)))
                if width < WIDEST:
                    assert await judge(page) == [], (path, theme, width)
                    name = path[1:].replace("/", "-").replace("{id}", "of") or "start"
                    await page.screenshot(path=SHOTS / f"pages-{name}-{theme}-{width}.png", full_page=True)
        for path, button in PRESSED.items():
            await page.goto(f"{planned.base}{path}")
            async with page.expect_navigation() as pressed:
                await page.get_by_role("button", name=button).click()
            answer = await pressed.value
            assert (answer.request.method, answer.ok) == ("POST", True), button
            for theme, width in LOOKS[1:]:
                await page.emulate_media(color_scheme=theme)
                await page.set_viewport_size({"width": width, "height": 900})
                assert not await page.evaluate(SCROLLS), (button, width)
                assert await judge(page) == [], (button, theme, width)
    assert len(edges) == len(LOOKS), edges
