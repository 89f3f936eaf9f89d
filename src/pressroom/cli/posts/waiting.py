"""What a person is shown of what waits for approval: a row of a list, one of several, or one in full."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pressroom.cli.posts.listing import away, in_words
from pressroom.cli.shell.tables import Column
from pressroom.core.actor import actor_in_words
from pressroom.core.post import SHORT_ID
from pressroom.service.approvals import Waiting
from pressroom.service.shapes.moments import spelled
from pressroom.service.summaries import in_short

COLUMNS = (
    "id",
    Column("what", rank=2),
    Column("account", rank=1),
    # Of no rank: what a program wants is never shown without its name.
    Column("asked by", shortest=12),
    "when",
    Column("shows", shortest=12),
)
# Told in places of their own: as warnings, with the zone, by their whole names, or beside what is changed.
_APART = frozenset({"what", "asked_by", "warnings", "timezone", "was"})
# What the first line says of one of several, and what only whoever looks at one asks for.
_IN_HEAD = frozenset({"account", "due at", "post id", "kind", "content"})


def row_of(one: Waiting, now: datetime) -> tuple[str, ...]:
    """Return what `COLUMNS` show of something that waits."""
    return (
        one.id[:SHORT_ID],
        _what(one),
        str(one.summary.get("account") or "-"),
        _who(one),
        _when(one, now),
        " ".join(in_short(one.summary).split()),
    )


def _what(one: Waiting) -> str:
    return str(one.summary.get("what") or (f"{one.post.kind}, held back" if one.post else "-"))


def _who(one: Waiting) -> str:
    return actor_in_words(one.asked_by) if one.asked_by else "-"


def _when(one: Waiting, now: datetime) -> str:
    words = in_words(one.due_at, one.timezone)
    return f"past: {words}" if is_past(one, now) else words


def is_past(one: Waiting, now: datetime) -> bool:
    """Tell whether it waits and its time is over, so that it would go out at once."""
    return one.is_waiting(now) and one.due_at is not None and one.due_at < now


def in_view(one: Waiting, now: datetime) -> list[str]:
    """Show all that decides about one of several."""
    head = f"{_when(one, now) if one.due_at else 'at once'}  {_what(one)} {one.id[:SHORT_ID]}"
    account = f" for account {one.summary['account']}" if one.summary.get("account") else ""
    facts = {name: text for name, text in _facts(one).items() if name not in _IN_HEAD}
    warnings = [f"    Warning: {_told(warning)}" for warning in one.summary.get("warnings", [])]
    return [f"{head}{account}, asked by {_who(one)}", *(f"    {line}" for line in _aligned(facts)), *warnings]


def whole_of(one: Waiting, now: datetime) -> list[str]:
    """Show a single one in full."""
    state = one.proposal.state if one.proposal else one.post and one.post.state
    until = one.proposal and spelled(one.proposal.expires_at, "UTC")
    head = {"id": one.id, "state": state, "until": until, "what": one.summary.get("what")}
    due_at = f"{_when(one, now)} ({away(one.due_at, now)})" if one.due_at else None
    about = {"asked by": _who(one), **_facts(one), **({"due at": due_at} if due_at else {})}
    return _aligned({**head, **about})


def _facts(one: Waiting) -> dict[str, object]:
    """Return what a summary tells, by its names in words; what a change replaces stands behind the new."""
    was: Mapping[str, Any] = one.summary.get("was", {})
    zone = str(was.get("timezone") or one.timezone)
    facts = dict[str, object]()
    for name, value in one.summary.items():
        if name in _APART:
            continue
        facts[name.replace("_", " ")] = value
        if name in was:
            old = was[name]
            is_time = name == "due_at" and old
            told = in_words(datetime.fromisoformat(old), zone) if is_time else old
            facts[f"{name.replace('_', ' ')} before"] = told or "nothing"
    return facts


def _aligned(facts: Mapping[str, object]) -> list[str]:
    lines = [(name, _told(value)) for name, value in facts.items() if value not in (None, "", [], ())]
    width = max((len(name) for name, _ in lines), default=0)
    return [f"{name.ljust(width)}  {text}" for name, text in lines]


def _told(value: Any) -> str:  # noqa: ANN401  # any part of a summary
    if isinstance(value, list):
        return ", ".join(_told(one) for one in value)  # pyright: ignore[reportUnknownVariableType]
    if isinstance(value, dict):
        return ", ".join(f"{name} {_told(part)}" for name, part in value.items() if part is not None)  # pyright: ignore[reportUnknownVariableType]
    # On one line: a program wrote this, and a line break in it could imitate a field of ours.
    return " ".join(str(value).split())
