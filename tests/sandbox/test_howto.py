"""The how-to says what is so: its Python runs, its tables name what exists."""

import re
from pathlib import Path
from typing import Any

from pressroom.sandbox.control.actions import ACTIONS
from pressroom.sandbox.faults import OUTAGES, FaultKind
from pressroom.sandbox.settings import SandboxSettings

HOWTO = (Path(__file__).parents[2] / "docs" / "howto" / "sandbox.md").read_text()


def test_its_python_runs() -> None:
    names: dict[str, Any] = {}
    for block in re.findall(r"(?<!suite -->\n)```python\n(.*?)```", HOWTO, re.DOTALL):
        exec(block, names)  # noqa: S102  # our own document
    assert len(names["sandbox"].faults.list()) == 5


def test_every_kind_of_fault_is_explained() -> None:
    for kind in FaultKind:
        assert f"| `{kind.value}` |" in HOWTO


def test_every_control_call_is_listed() -> None:
    table = HOWTO[HOWTO.index("| Call | Does |") :]
    for method, name in ACTIONS:
        assert method in table
        assert re.search(rf"`[^`]*{name}", table)


def test_every_outage_is_explained_with_how_long_it_lasts() -> None:
    for name, faults in OUTAGES.items():
        [line] = [one for one in HOWTO.splitlines() if one.startswith(f"| `{name}` |")]
        days = {int((fault.lasts_s or 0) // 86400) for fault in faults}
        assert days <= {7} if "a week" in line else all(f"{one} days" in line for one in days)


def test_the_settings_it_names_exist() -> None:
    table = HOWTO[HOWTO.index("| Setting |") : HOWTO.index("## Make things go wrong")]
    for name in re.findall(r"^\| `(\w+)`", table, re.MULTILINE):
        assert name in SandboxSettings.__dataclass_fields__
