"""The table of pages: what lets something out is out of reach of every page that has script."""

import pytest

from pressroom.web.site import own_path
from pressroom.web.table import PAGES
from tests.web.house import House

DECIDING = ("/approvals", "/consents", "/keys", "/accounts/resume", "/feeds", "/sign-in")


def test_all_that_decides_says_so() -> None:
    for page in PAGES:
        is_file = page.path.endswith(("/picture", "/clip", ".ics"))
        assert page.decides is (page.path.startswith(DECIDING) and not is_file), page.path


def test_no_address_answers_twice() -> None:
    addresses = [(page.method, page.path) for page in PAGES]
    assert len(addresses) == len(set(addresses))


@pytest.mark.parametrize("mode", ["cors", "same-origin", "no-cors"])
async def test_a_script_of_another_page_cannot_read_what_decides(house: House, mode: str) -> None:
    asked, anna = await house.proposed(), await house.signed_in()
    by_script = {"sec_fetch_mode": mode, "sec_fetch_dest": "empty", "sec_fetch_site": "same-origin"}
    for path in ("/approvals", f"/approvals/{asked.proposal_id}", "/consents", "/keys", "/accounts/resume"):
        got = await anna.get(path, **by_script)
        assert (got.status, set(got.forms)) == (403, {"/sign-out"})
    framed = {**by_script, "sec_fetch_mode": "navigate", "sec_fetch_dest": "iframe"}
    assert (await anna.get("/approvals", **framed)).status == 403


async def test_the_token_of_other_pages_decides_nothing(house: House) -> None:
    asked, anna = await house.proposed(), await house.signed_in()
    token = (await anna.get("/calendar/month")).forms["/sign-out"]["csrf"]
    path = f"/approvals/{asked.proposal_id}"
    mark = (await anna.get(path)).forms[f"{path}/approve"]["mark"]
    assert (await anna.post(f"{path}/approve", {"csrf": token, "mark": mark})).status == 403
    assert (await anna.get(path)).headers["cross-origin-opener-policy"] == "same-origin"


@pytest.mark.parametrize(
    "text",
    [
        "//evil.example",
        "https://evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "",
        "/a\r\nset-cookie: b",
        "///e",
    ],
)
def test_a_path_to_go_back_to_leads_nowhere_else(text: str) -> None:
    assert own_path(text, "/calendar") == "/calendar"


def test_a_path_of_ours_is_gone_back_to() -> None:
    assert own_path("/calendar/week?of=2026-12-01", "/") == "/calendar/week?of=2026-12-01"
