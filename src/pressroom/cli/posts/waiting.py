"""What a person is shown of what waits for approval: a row of a list, one of several, or one in full."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pressroom.cli.posts.listing import away, in_words
from pressroom.cli.shell.console import Column
from pressroom.core.actor import actor_in_words
from pressroom.core.post import SHORT_ID
from pressroom.service.consent.approvals import Waiting
from pressroom.service.consent.summaries import in_short
from pressroom.service.ground.shaping import spelled

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


def row_of(item: Waiting, now: datetime) -> tuple[str, ...]:
    """Return what `COLUMNS` show of something that waits."""
    return (
        item.id[:SHORT_ID],
        _what(item),
        str(item.summary.get("account") or "-"),
        _who(item),
        _when(item, now),
        " ".join(in_short(item.summary).split()),
    )


def _what(item: Waiting) -> str:
    return str(item.summary.get("what") or (f"{item.post.kind}, held back" if item.post else "-"))


def _who(item: Waiting) -> str:
    return actor_in_words(item.asked_by) if item.asked_by else "-"


def _when(item: Waiting, now: datetime) -> str:
    words = in_words(item.due_at, item.timezone)
    return f"past: {words}" if is_past(item, now) else words


def is_past(item: Waiting, now: datetime) -> bool:
    """Tell whether it waits and its time is over, so that it would go out at once."""
    return item.is_waiting(now) and item.due_at is not None and item.due_at < now


def in_view(item: Waiting, now: datetime) -> list[str]:
    """Show all that decides about item of several."""
    head = f"{_when(item, now) if item.due_at else 'at once'}  {_what(item)} {item.id[:SHORT_ID]}"
    account = f" for account {item.summary['account']}" if item.summary.get("account") else ""
    facts = {name: text for name, text in _facts(item).items() if name not in _IN_HEAD}
    warnings = [f"    Warning: {_told(warning)}" for warning in item.summary.get("warnings", [])]
    return [
        f"{head}{account}, asked by {_who(item)}",
        *(f"    {line}" for line in _aligned(facts)),
        *warnings,
    ]


def whole_of(item: Waiting, now: datetime) -> list[str]:
    """Show a single one in full."""
    state = item.proposal.state if item.proposal else item.post and item.post.state
    until = item.proposal and spelled(item.proposal.expires_at, "UTC")
    head = {"id": item.id, "state": state, "until": until, "what": item.summary.get("what")}
    due_at = f"{_when(item, now)} ({away(item.due_at, now)})" if item.due_at else None
    about = {"asked by": _who(item), **_facts(item), **({"due at": due_at} if due_at else {})}
    return _aligned({**head, **about})


def _facts(item: Waiting) -> dict[str, object]:
    """Return what a summary tells, by its names in words; what a change replaces stands behind the new."""
    was: Mapping[str, Any] = item.summary.get("was", {})
    zone = str(was.get("timezone") or item.timezone)
    facts = dict[str, object]()
    for name, value in item.summary.items():
        if name in _APART:
            continue
        words = name.replace("_", " ")
        facts[words] = value
        if name in was:
            old = was[name]
            is_time = name == "due_at" and old
            facts[words] = value or "nothing"
            facts[f"{words} before"] = (
                in_words(datetime.fromisoformat(old), zone) if is_time else old
            ) or "nothing"
    return facts


def _aligned(facts: Mapping[str, object]) -> list[str]:
    lines = [(name, _told(value)) for name, value in facts.items() if value not in (None, "", [], ())]
    width = max((len(name) for name, _ in lines), default=0)
    return [f"{name.ljust(width)}  {text}" for name, text in lines]


def _told(value: Any) -> str:  # noqa: ANN401  # any part of a summary
    if isinstance(value, list):
        return ", ".join(_told(part) for part in value)  # pyright: ignore[reportUnknownVariableType]
    if isinstance(value, dict):
        return ", ".join(f"{name} {_told(part)}" for name, part in value.items() if part is not None)  # pyright: ignore[reportUnknownVariableType]
    # On item line: a program wrote this, and a line break in it could imitate a field of ours.
    return " ".join(str(value).split())
