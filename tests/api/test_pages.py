"""What the API says of itself: its document, the page to try it, and the kinds of problems; to anybody."""

import re
from html.parser import HTMLParser

import msgspec
import pytest

from pressroom.api.described import example_of
from pressroom.api.openapi import openapi, openapi_json
from pressroom.api.operation import BASE, Operation
from pressroom.api.table import OPERATIONS
from tests.api.house import Client, Got, House

_PAGES = ("", "/", "/problems")
WITH_BODY = [operation for operation in OPERATIONS if operation.body]


class _Parts(HTMLParser):
    """The ids of a page, and the addresses that it names."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids, self.addresses = list[str](), set[str]()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what a tag names."""
        del tag
        for name, text in attrs:
            if name == "id" and text:
                self.ids.append(text)
            elif name in {"href", "src", "action"} and text:
                self.addresses.add(text)


@pytest.fixture
def anybody(house: House) -> Client:
    return Client(house.app)


async def page_of(anybody: Client, path: str) -> tuple[Got, _Parts]:
    got = await anybody.ask("GET", path)
    assert (got.status, got.headers["content-type"]) == (200, "text/html; charset=utf-8")
    return got, _Parts(got.content.decode())


async def test_the_page_names_every_operation_and_every_type(anybody: Client) -> None:
    got, page = await page_of(anybody, "")
    named = {operation.name for operation in OPERATIONS} | set(openapi()["components"]["schemas"])
    assert named <= set(page.ids)
    assert len(page.ids) == len(set(page.ids))
    for operation in OPERATIONS:
        assert f'data-method="{operation.method}" data-path="{BASE}{operation.path}"' in got.content.decode()


@pytest.mark.parametrize("path", _PAGES)
async def test_a_page_loads_nothing_from_elsewhere_and_leads_to_what_is_there(
    anybody: Client, path: str
) -> None:
    got, page = await page_of(anybody, path)
    policy = got.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    for address in page.addresses:
        beside, _, part = address.partition("#")
        if not beside:
            assert part in page.ids
            continue
        assert beside.startswith(BASE)
        answered = await anybody.ask("GET", beside.removeprefix(BASE))
        assert answered.status == 200, address
        if part:
            assert part in _Parts(answered.content.decode()).ids, address


@pytest.mark.parametrize("operation", WITH_BODY, ids=lambda operation: operation.name)
def test_the_example_of_a_body_is_one_that_is_read(operation: Operation) -> None:
    schemas = openapi()["components"]["schemas"]
    kind = operation.body
    assert kind
    example = example_of(schemas[kind.__name__], schemas)
    assert isinstance(msgspec.convert(example, kind), kind)


async def test_the_example_of_a_post_makes_a_draft(shop: Client) -> None:
    schemas = openapi()["components"]["schemas"]
    made = (await shop.post("/posts", example_of(schemas["CreatePost"], schemas))).of(201)
    assert made["state"] == "draft"


async def test_the_document_is_sent_again_only_when_it_is_another(anybody: Client) -> None:
    first = await anybody.ask("GET", "/openapi.json")
    assert (first.content, first.headers["content-type"]) == (openapi_json(), "application/json")
    known = await anybody.ask("GET", "/openapi.json", headers={"If-None-Match": first.headers["etag"]})
    assert (known.status, known.content) == (304, b"")


@pytest.mark.parametrize("path", [*_PAGES, "/openapi.json"])
async def test_a_document_is_only_read(anybody: Client, path: str) -> None:
    assert (await anybody.ask("HEAD", path)).status == 200
    refused = await anybody.ask("POST", path)
    assert refused.of(405)["type"] == "about:blank"
    assert refused.headers["allow"] == "GET, HEAD"


async def test_a_problem_is_explained_where_its_type_says(shop: Client, anybody: Client) -> None:
    _, page = await page_of(anybody, "/problems")
    missing = (await shop.ask("GET", f"/posts/{'0' * 32}")).of(404)
    unread = (await shop.ask("POST", "/posts", content=b"{}")).of(415)
    for problem in (missing, unread):
        assert problem["type"].removeprefix(f"{BASE}/problems#") in page.ids
        assert f"status-{problem['status']}" in page.ids


async def test_texts_of_the_table_are_escaped(anybody: Client) -> None:
    got, _ = await page_of(anybody, "")
    assert re.search(rb"<code>&#34;at&#34;: &#34;now&#34;</code>", got.content)
