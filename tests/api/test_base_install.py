"""The API without any extra: an operation that needs one says so, and all others answer."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.patience import patience

_ASKS = """
import asyncio, sys
from pathlib import Path
from tests.api.asking import OPERATIONS, well_formed
from tests.api.house import a_house
from tests.service.road import opened_road

async def main() -> None:
    async with opened_road(Path(sys.argv[1])) as road, a_house(road) as house:
        client = await house.client("shop")
        answers = {operation.name: await well_formed(operation).ask(client) for operation in OPERATIONS}
        answers["list"] = await client.ask("GET", "/reports")
        asked = await client.ask("POST", "/reports", {})
        print([name for name, answer in answers.items() if answer.status == 500], asked.json["rule"])

asyncio.run(main())
"""
# What the extras bring, but for the databases' and what only commands load.
_EXTRAS = ("babel", "duckdb", "numpy", "scipy", "vl_convert", "mcp", "apprise", "obstore", "openpyxl")


@pytest.mark.usefixtures("processes")
def test_each_operation_answers_without_the_extras(tmp_path: Path) -> None:
    without = f"import sys; sys.modules.update(dict.fromkeys({_EXTRAS!r}))"
    ran = subprocess.run(
        [sys.executable, "-c", f"{without}\n{_ASKS}", str(tmp_path / "home")],
        capture_output=True,
        text=True,
        timeout=patience(60),
        check=False,
    )
    assert ran.stdout.strip() == "[] report_extra", ran.stderr[-2000:]
