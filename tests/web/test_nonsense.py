"""What makes no sense is refused in words, by every page: in its path, its parameters and its fields."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Final
from urllib.parse import urlencode

import pytest
from starlette.datastructures import QueryParams

from pressroom.web.page import Page
from pressroom.web.table import PAGES
from tests.service.consenting import a_file, a_picture
from tests.web.house import House
from tests.web.visitor import Got

pytestmark = pytest.mark.usefixtures("long_run")

# Days at both ends of the calendar overflow when a zone or a week is added.
NONSENSE: Final = (
    "nonsense",
    "9999-12-31",
    "0001-01-01",
    "\0",
    "9" * 30,
    "24:00",
    "x" * 3000,
)
FIELDS: Final = (
    "account", "accounts", "again", "at", "back", "change", "count", "day", "leave", "mark", "media",
    "month", "no_time", "open", "per_day", "period", "post", "program", "reason", "slot", "slots",
    "time", "timezone", "undo", "unit", "until", "version",
)  # fmt: skip
# Its stream does not end.
LOOKED_AT: Final = [page for page in PAGES if page.method == "GET" and page.path != "/live"]
SENT: Final = [page for page in PAGES if page.method == "POST" and page.path != "/sign-out"]


def is_said(page: Page, got: Got) -> bool:
    """Tell whether a person reads what is wrong, if anything is. A picture that is missing says nothing."""
    is_silent = page.path.endswith(("/small", "/picture", "/clip"))
    return got.status < 400 or (got.status < 500 and (is_silent or len(got.text) > 40))


def path_of(page: Page, item: str, number: str = "0") -> str:
    path = page.path.replace("{media:int}", number).replace("{number}", number)
    for name in ("{id}", "{report}", "{key}", "{what}"):
        path = path.replace(name, item)
    return path


@contextmanager
def parameters(monkeypatch: pytest.MonkeyPatch) -> Generator[set[str]]:
    """Yield the names of the parameters that pages ask for while the block runs."""
    names, get, getlist = set[str](), QueryParams.get, QueryParams.getlist

    def get_one(params: QueryParams, name: str, default: str | None = None) -> str | None:
        names.add(name)
        return get(params, name, default)

    def get_all(params: QueryParams, name: str) -> list[str]:
        names.add(name)
        return getlist(params, name)

    with monkeypatch.context() as patched:
        patched.setattr(QueryParams, "get", get_one)
        patched.setattr(QueryParams, "getlist", get_all)
        yield names


async def test_a_path_that_is_none(house: House) -> None:
    anna = await house.signed_in()
    for page in (page for page in LOOKED_AT if "{" in page.path):
        for item in ("nonsense", "%00", "0" * 32, "9" * 400, "%F0%9F%92%A9"):
            got = await anna.get(path_of(page, item, "9" * 30))
            assert is_said(page, got), (page.path, item, got.status)


async def test_parameters_that_are_none(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    post = (await house.owner.posts.submit(a_picture(a_file(house.directory)), at="+3h")).post
    # Without numbers the page of insights asks for none.
    await house.owner.insights.pull()
    anna = await house.signed_in()
    for page in LOOKED_AT:
        path = path_of(page, str(post.id))
        with parameters(monkeypatch) as names:
            await anna.get(path)
        for name, value in ((name, value) for name in names for value in NONSENSE):
            got = await anna.get(f"{path}?{urlencode({name: value})}")
            assert is_said(page, got), (page.path, name, value, got.status)


@pytest.mark.parametrize("token", ["", "of-another"])
async def test_a_form_without_the_token_of_its_page(house: House, token: str) -> None:
    anna = await house.signed_in()
    for page in SENT:
        got = await anna.post(path_of(page, "0" * 32), {"csrf": token} if token else {})
        assert (got.status, "Nothing was changed" in got.text) == (403, True), page.path


async def test_fields_that_are_none(house: House) -> None:
    post = (await house.owner.posts.submit(a_picture(a_file(house.directory)), at="+3h")).post
    anna = await house.signed_in()
    tokens = {
        decides: (await anna.get("/approvals" if decides else "/queue")).forms["/sign-out"]["csrf"]
        for decides in (True, False)
    }
    for page in SENT:
        path, token = path_of(page, str(post.id)), tokens[page.decides]
        for value in ("", *NONSENSE):
            for known in ({}, {"version": "1", "account": "ana", "accounts": "ana"}):
                fields = {**dict.fromkeys(FIELDS, value), **known, "csrf": token}
                got = await anna.post(path, fields, x_pressroom_csrf=token)
                assert is_said(page, got), (page.path, value, known, got.status)


async def test_a_queue_of_no_account_is_not_called_empty(house: House) -> None:
    anna = await house.signed_in()
    got = await anna.get("/queue?account=nobody")
    assert (got.status, "There is no account 'nobody' here." in got.text) == (404, True)
    assert "Nothing is planned." in (await anna.get("/queue?account=ana")).text
