"""Attacks on every page of the table, so that a new page is covered by its row."""

import re
from collections.abc import AsyncGenerator, Iterator
from dataclasses import dataclass, replace
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest

from pressroom.core.post import Post, PostState, When
from pressroom.web.page import Page
from pressroom.web.site import static_files
from pressroom.web.table import PAGES
from tests.service.consenting import a_file, a_picture
from tests.web.house import ADDRESS, House, opened_house
from tests.web.visitor import Got, Visitor

pytestmark = pytest.mark.usefixtures("long_run")
# A stream has no end, and shows nothing that a page does not.
STREAMS = ("/live",)
MARKUP = "\"'><script>evil()</script><img src=x onerror=evil()><style>*{}</style><a href=javascript:evil()>"
TURNED = "\u202egnp.tac\u202c \u2066\u200f\x1b[31m\x07\x00"
ANYWHERE = ("of", "account", "state", "kind", "zone", "q", "at", "day", "back", "size", "v", "after", "code")
# What pages lead to, and load, is of this site; or is a scheme that runs nothing.
OWN = re.compile(r"(?:[/#?][^/\\]|/?$|https?://|blob:)")


class Reader(HTMLParser):
    """Reads a page as a browser does, and notes what no page of ours has."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.strange = list[str]()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            is_link = name in ("href", "src", "action", "formaction", "poster", "srcset", "data-live")
            is_foreign = is_link and not OWN.match(value or "")
            if name.startswith("on") or name in ("style", "srcdoc") or is_foreign:
                self.strange.append(f"<{tag} {name}={value!r}>")
        if tag in ("style", "iframe", "object", "embed", "base") or (
            tag == "script" and "src" not in dict(attrs)
        ):
            self.strange.append(f"<{tag}>")


@dataclass
class Besieged:
    """A house with a post of which each text is an attack."""

    house: House
    post: Post
    proposal_id: str

    def path(self, page: Page, fill: str | None = None) -> str:
        """Return an address of a page: of the post, or of the proposal that is about it."""
        usual = self.proposal_id if page.path.startswith("/approvals") else self.post.id
        parts = {"number": "0", "key": "prf_" + "A" * 43}
        return re.sub(r"\{(\w+)(?::\w+)?\}", lambda part: fill or parts.get(part[1], usual), page.path)

    async def kept(self) -> tuple[object, ...]:
        """Return all that a form changes."""
        owner = self.house.owner
        return (
            self.house.road.posts,
            await owner.keys.list(),
            await owner.feeds.list(),
            await owner.approvals.allowed(),
            await owner.accounts.logins(),
        )


@pytest.fixture
async def besieged(tmp_path: Path) -> AsyncGenerator[Besieged]:
    async with opened_house(tmp_path) as house:
        house.road.sign_in('"><script>evil()</script>', timezone="Europe/Istanbul")
        asked = await house.proposed(caption=f"{MARKUP}{TURNED}")
        (waiting,) = house.road.posts
        source = a_file(tmp_path, '"><img src=x onerror=evil()>\u202egpj.jpg')
        wanted = a_picture(source, f"{MARKUP}{TURNED}" + "W" * 1_000_000, first_comment=MARKUP * 9)
        due = house.road.clock.now()
        post = replace(
            wanted, state=PostState.AWAITING_APPROVAL, account=waiting.account, when=When.TIME, due_at=due
        )
        stored = house.road.store.posts.add(post).post
        yield Besieged(house, stored, asked.proposal_id or "")


def pages(method: str | None = None) -> Iterator[Page]:
    return (page for page in PAGES if method in (None, page.method))


async def ask(visitor: Visitor, page: Page, path: str, **headers: str) -> Got:
    return await (visitor.get(path, **headers) if page.method == "GET" else visitor.post(path, {}, **headers))


async def tokens_of(visitor: Visitor) -> dict[bool, str]:
    """Return the tokens of a visitor's forms: by whether they are for what decides."""
    planning = (await visitor.get("/consents")).forms["/sign-out"]["csrf"]
    return {False: planning, True: (await visitor.get("/consents")).forms["/consents"]["csrf"]}


async def test_without_a_cookie_there_is_no_page_but_what_its_address_lets_one_see(
    besieged: Besieged,
) -> None:
    for page in pages():
        got = await ask(besieged.house.visitor(), page, besieged.path(page))
        if page.method == "POST" or not page.is_open:
            assert got.status == 401, page.path
            assert "evil" not in got.html, page.path
        assert b"<button" not in got.body, page.path


async def test_a_form_without_the_right_token_changes_nothing_on_any_page(besieged: Besieged) -> None:
    anna, ben = await besieged.house.signed_in(), await besieged.house.signed_in()
    hers, his, before = await tokens_of(anna), await tokens_of(ben), await besieged.kept()
    for page in pages("POST"):
        path = besieged.path(page)
        for token in ("", his[page.decides], hers[not page.decides]):
            assert (await anna.post(path, {"csrf": token})).status == 403, path
            assert (await anna.post(path, {}, x_pressroom_csrf=token)).status == 403, path
    assert await besieged.kept() == before


async def test_no_page_with_script_lets_out_what_waits_for_a_person(besieged: Besieged) -> None:
    anna, held = await besieged.house.signed_in(), {post.id for post in besieged.house.road.posts}
    token = (await tokens_of(anna))[False]
    fields = {
        "csrf": token,
        "day": "2026-11-25",
        "time": "18:00",
        "at": "+1h",
        "state": "scheduled",
        "yes": "1",
    }
    for page in pages("POST"):
        if not page.decides and page.path != "/sign-out":
            for version in ("1", "2", "3"):
                got = await anna.post(besieged.path(page), {**fields, "version": version})
                assert got.status < 500, page.path
    for post in besieged.house.road.posts:
        assert post.id not in held or post.state in (PostState.AWAITING_APPROVAL, PostState.CANCELLED)


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example", "sec_fetch_site": "cross-site"},
        {"origin": "null"},
        {"sec_fetch_site": "same-site", "sec_fetch_mode": "navigate", "sec_fetch_dest": "iframe"},
        {"sec_fetch_site": "cross-site", "sec_fetch_mode": "no-cors", "sec_fetch_dest": "image"},
        {"host": "evil.example:8484"},
        {"host": "127.0.0.1.nip.example"},
    ],
)
async def test_no_page_answers_another_site_or_another_name(
    besieged: Besieged, headers: dict[str, str]
) -> None:
    anna = await besieged.house.signed_in()
    tokens, before = await tokens_of(anna), await besieged.kept()
    for page in pages():
        token = {"x_pressroom_csrf": tokens[page.decides]} if page.method == "POST" else {}
        got = await ask(anna, page, besieged.path(page), **headers, **token)
        assert got.status == 403, page.path
        assert b"evil()" not in got.body, page.path
    assert await besieged.kept() == before


async def test_every_page_shows_hostile_texts_as_text_and_lets_itself_be_neither_framed_nor_kept(
    besieged: Besieged,
) -> None:
    assert len(Reader(MARKUP).strange) == 5
    anna = await besieged.house.signed_in()
    shown = set[str]()
    query = "&".join(f"{name}={quote(MARKUP + TURNED)}" for name in ANYWHERE)
    for page in pages("GET"):
        for path in (besieged.path(page), f"{besieged.path(page)}?{query}"):
            if page.path in STREAMS:
                continue
            got = await anna.get(path)
            assert got.status < 500, path
            headers = got.headers
            assert "frame-ancestors 'none'" in headers["content-security-policy"], path
            assert "unsafe" not in headers["content-security-policy"], path
            assert headers["x-content-type-options"] == "nosniff", path
            assert "public" not in headers["cache-control"], path
            if headers.get("content-type", "").startswith("text/html"):
                assert Reader(got.html).strange == [], path
                # What is written in a field is what will be sent, turning marks and all.
                written = re.sub(r"<textarea.*?</textarea>", "", got.html, flags=re.DOTALL)
                assert not {"\u202e", "\x1b", "\x07", "\x00"} & set(written), path
                assert len(got.body) < 2_500_000, path
                shown |= {page.path} if MARKUP in got.text else set()
    assert {"/posts/{id}", "/approvals/{id}", "/approvals"} <= shown, "or nothing was tried"


async def test_no_form_leads_to_another_site(besieged: Besieged) -> None:
    for page in pages("POST"):
        for back in ("//evil.example", "https://evil.example/", "/\\evil.example", "/%09/evil.example\t"):
            anna = await besieged.house.signed_in()
            token = (await tokens_of(anna))[page.decides]
            got = await anna.post(besieged.path(page), {"csrf": token, "back": back})
            assert got.status < 500, page.path
            parts = urlsplit(got.headers.get("location", "/"))
            assert (parts.scheme, parts.netloc) == ("", ""), page.path
            assert not parts.path.startswith(("//", "/\\")), page.path


@pytest.mark.parametrize(
    "part",
    ["..", "....//", "%2e%2e%2f%2e%2e%2fpressroom.db", "..\\..\\pressroom.db", "\x00", "*", "a" * 5000],
)
async def test_no_part_of_a_path_leads_out_of_what_is_served(besieged: Besieged, part: str) -> None:
    anna = await besieged.house.signed_in()
    tokens, before = await tokens_of(anna), await besieged.kept()
    for page in pages():
        if "{" not in page.path:
            continue
        token = {"x_pressroom_csrf": tokens[page.decides]} if page.method == "POST" else {}
        got = await ask(anna, page, besieged.path(page, part), **token)
        # 401 and 403 where the path is another page's by then.
        assert got.status in (400, 401, 403, 404, 405, 409, 422), (page.path, got.text)
        assert b"SQLite format" not in got.body
    assert await besieged.kept() == before
    static = f"/static/{static_files().version}"
    for path in (
        f"{static}/{part}",
        f"{static}/{part}/page.css",
        f"/static/{part}/page.css",
        f"{static}/vendored/{part}",
    ):
        assert (await anna.get(path)).status == 404, path


async def test_the_link_that_signs_in_is_not_leaked_and_its_code_is_shown_nowhere(house: House) -> None:
    link = await house.owner.pages.link()
    path, code = link.address.removeprefix(ADDRESS), link.address.partition("code=")[2]
    for method in ("HEAD", "GET", "GET"):  # looked at, used, used again
        got = await house.visitor().get(path, method=method)
        assert got.headers["referrer-policy"] == "no-referrer"
        assert got.headers["cache-control"] == "no-store"
        assert code not in got.html + got.headers.get("location", "")
        assert "<script" not in got.html
