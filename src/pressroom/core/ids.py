"""How a post or a proposal is named: by its whole id, or by enough of its start that nothing else is meant.

People may type the start, as tables show it. Programs give whole ids, which every answer to them has.
"""

from collections.abc import Callable, Sequence
from typing import Final, Protocol, TypeVar

from pressroom.core.errors import NotFound, Refused
from pressroom.core.remedies import Fix

SHORTEST_START: Final = 4
"""So many characters name something at least, unless they are its whole id."""

MOST_NAMED: Final = 5
"""How many candidates are read, to be named when a start means several."""


class _HasId(Protocol):
    @property
    def id(self) -> str: ...


Candidate = TypeVar("Candidate", bound=_HasId)


def the_one(
    candidates: Sequence[Candidate],
    start: str,
    *,
    what: str,
    kind_of: Callable[[Candidate], str],
    fix: str | Fix,
) -> Candidate:
    """Return the candidate whose whole id was given, else the only one there is.

    candidates: all whose ids begin with `start`, or the first few. what: is looked for, in words. kind_of:
    names the kind of one. fix: what to do when there is none. Raises Refused for fewer than four characters
    that are no whole id, and NotFound for none and for several, naming these.
    """
    whole = [candidate for candidate in candidates if candidate.id == start]
    if not whole and len(start) < SHORTEST_START:
        raise Refused(
            f"{start!r} is too little of an id.",
            rule="id",
            value=start,
            limit=f"{SHORTEST_START} characters or more",
            fix="Give more of the id, or all of it.",
        )
    meant = whole or candidates
    if not meant:
        raise NotFound(f"There is no {what} {start}.", fix=fix)
    if len(meant) > 1:
        named = [f"{kind_of(candidate)} {candidate.id}" for candidate in meant[:MOST_NAMED]]
        more = ", ..." if len(meant) >= MOST_NAMED else ""
        raise NotFound(
            f"Several ids start with {start!r}: {', '.join(named)}{more}.", fix="Give more of the id."
        )
    (only,) = meant
    return only
