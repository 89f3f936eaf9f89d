"""The pages without any extra: each opens, and one that needs an extra says how to install it."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.patience import patience

_LOOKS = """
import asyncio, sys
from pathlib import Path
from pressroom.web.table import PAGES
from tests.service.consenting import a_file, a_picture
from tests.web.house import opened_house

async def main() -> None:
    async with opened_house(Path(sys.argv[1])) as house:
        await house.owner.insights.pull()
        asked = await house.proposed()
        post = (await house.owner.posts.submit(a_picture(a_file(house.directory)), at="+3h")).post
        anna = await house.signed_in()
        faults = []
        # The stream of changes does not end.
        for page in [page for page in PAGES if page.method == "GET" and page.path != "/live"]:
            item = asked.proposal_id if page.path.startswith("/approvals") else post.id
            path = page.path.replace("{number}", "0").replace("{what}", "cancel").replace("{id}", str(item))
            got = await anna.get(path.replace("{media:int}", "17"))
            faults += [page.path] if got.status >= 500 else []
        print(faults)
        token = (await anna.get("/insights")).forms["/sign-out"]["csrf"]
        print((await anna.get("/insights")).text)
        print((await anna.post("/insights/reports", {"csrf": token})).text)

asyncio.run(main())
"""
# What the extras bring, but for the databases' and what only commands load.
_EXTRAS = ("babel", "duckdb", "numpy", "scipy", "vl_convert", "mcp", "apprise", "obstore", "openpyxl")


@pytest.mark.usefixtures("processes")
def test_each_page_answers_without_the_extras(tmp_path: Path) -> None:
    without = f"import sys; sys.modules.update(dict.fromkeys({_EXTRAS!r}))"
    ran = subprocess.run(
        [sys.executable, "-c", f"{without}\n{_LOOKS}", str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=patience(60),
        check=False,
    )
    faults, insights, report = ran.stdout.splitlines()
    assert faults == "[]", ran.stderr[-2000:]
    for text in (insights, report):
        assert "A report needs" in text
        assert "Install it" in text
        assert "[report]" in text
    assert "median day, n = 28 of 28 days" in insights
