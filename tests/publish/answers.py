"""The lines of docs/reference/answers.md, and the answers that they name."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pressroom.core.errors import NotSent
from pressroom.core.protocols import Reply, Request
from pressroom.graph.error_table import find
from tests.fakes.clock import FakeClock
from tests.publish.doubts import WRONG_ANSWERS, Answer, wrong

DOCS = Path(__file__).parents[2] / "docs/reference/answers.md"


async def _never_connected(_request: Request, _clock: FakeClock) -> Reply:
    raise NotSent("No network.")


OTHER_ANSWERS: dict[str, Answer] = {
    "an error of an unknown code": WRONG_ANSWERS["400 of an unknown code"],
    "200 without an id": WRONG_ANSWERS["200 without an id"],
    "200 with an empty id": WRONG_ANSWERS["200 with an empty id"],
    "200 with a null id": WRONG_ANSWERS["200 with a null id"],
    "200 with a list": WRONG_ANSWERS["a list"],
    "200 with half an answer": WRONG_ANSWERS["truncated"],
    "200 with bytes that are no JSON": WRONG_ANSWERS["garbage"],
    "200 with nothing": WRONG_ANSWERS["empty"],
    "400 with a page": WRONG_ANSWERS["400 with a page"],
    "500 with nothing": WRONG_ANSWERS["500 empty"],
    "502 with a page": WRONG_ANSWERS["502 page"],
    "a connection that is dropped, reset or cut": WRONG_ANSWERS["dropped, reset or cut"],
    "no answer in time": WRONG_ANSWERS["hung"],
    "never connected": _never_connected,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line. ways: how its answers come, in words; each manner's word is for a call without effect."""

    names: tuple[str, ...]
    ways: tuple[str, ...]
    carried_out: str
    command: str
    helpers: str
    worker: str

    @property
    def may_have_effect(self) -> bool:
        return self.carried_out != "cannot be"

    def answers(self) -> Iterator[tuple[str, Answer]]:
        """Give each answer in each way it comes."""
        for name in self.names:
            for way in self.ways:
                yield f"{name} {way}".strip(), _answer(name, way)


def lines() -> list[Line]:
    """Read the table."""
    cells = [line.strip("| ").split(" | ") for line in DOCS.read_text().splitlines() if line.startswith("|")]
    return [
        Line(
            names=tuple(names.split("; ")),
            ways=tuple(ways.strip().split(", ")),
            carried_out=carried_out,
            command=command,
            helpers=helpers,
            worker=worker,
        )
        for names, ways, carried_out, command, helpers, worker in cells[2:]
    ]


def _answer(name: str, way: str) -> Answer:
    if not way:
        return OTHER_ANSWERS[name]
    code, subcode = _numbers(name)
    row = find(code, subcode)
    status = row.http_status if row else 400
    match way:
        case "as documented":
            return wrong(code, subcode, status=status)
        case "with HTTP 503":
            return wrong(code, subcode, status=503)
        case "with HTTP 200":
            return wrong(code, subcode, status=200)
        case "called transient":
            return wrong(code, subcode, status=status, is_transient=True)
        case "with an unknown subcode":
            return wrong(code, 9999999)
        case _:
            raise AssertionError(way)


def _numbers(name: str) -> tuple[int, int | None]:
    found = re.fullmatch(r"(-?\d+)(?:-\d+)?(?:/(\d+))?", name)
    assert found, name
    return int(found[1]), int(found[2]) if found[2] else None
