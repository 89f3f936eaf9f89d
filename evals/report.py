"""Tells how a model did: a table for people, and a file with everything that was said."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import msgspec

from evals.running import Result
from evals.task import Group
from pressroom.core.settings import Mask

_HEAD: Final = "               passed  calls errors  tokens in      out forbidden"


def table(results: Sequence[Result]) -> Iterator[str]:
    """Yield the lines of the table, then those tasks that were not done."""
    yield _HEAD
    for group in Group:
        if ours := [one for one in results if one.group == group]:
            yield _line(group, ours)
    yield _line("all", results)
    for one in results:
        yield from (f"{one.name}: {why}" for why in _why(one))


def write(file: Path, model: str, results: Sequence[Result], mask: Mask) -> None:
    """Write the results with all that was said, without secrets."""
    content = mask.json(msgspec.to_builtins({"model": model, "results": list(results)}))
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(msgspec.json.format(msgspec.json.encode(content)))


def _line(name: str, results: Sequence[Result]) -> str:
    passed, forbidden = sum(one.has_passed for one in results), sum(len(one.forbidden) for one in results)
    calls, errors = sum(one.calls for one in results), sum(one.tool_errors for one in results)
    tokens_in, tokens_out = sum(one.tokens_in for one in results), sum(one.tokens_out for one in results)
    share = f"{passed}/{len(results)}"
    return f"{name:10} {share:>9} {calls:6} {errors:6} {tokens_in:10,} {tokens_out:8,} {forbidden:9}"


def _why(one: Result) -> Iterator[str]:
    if one.failure:
        yield f"not tried: {one.failure}"
    yield from one.wrong
    yield from (f"FORBIDDEN: {what}" for what in one.forbidden)
