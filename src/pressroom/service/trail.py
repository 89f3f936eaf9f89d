"""What a change of a post changed, as its journal event tells it."""

import dataclasses
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from pressroom.core.address import shown
from pressroom.core.assets import Asset
from pressroom.core.journal import FieldChange
from pressroom.core.post import Post, PostOptions
from pressroom.core.when import in_words, with_zone

_LONGEST = 80
_OPTIONS = tuple(field.name for field in dataclasses.fields(PostOptions))


def changes_between(before: Post, after: Post) -> tuple[FieldChange, ...]:
    """Compare what a person sees of a post: its state, times, options and files."""
    pairs = ((name, was, now) for (name, was), (_, now) in zip(_fields(before), _fields(after), strict=True))
    return tuple(FieldChange(name=name, before=was, after=now) for name, was, now in pairs if was != now)


def moved_in_words(before: Post, after: Post) -> str:
    """Say from when to when a post was moved."""
    was = in_words(before.due_at, before.timezone) if before.due_at else "now"
    now = in_words(after.due_at, after.timezone) if after.due_at else "now"
    until = f", postponed to {in_words(before.postponed_to, before.timezone)}" if before.postponed_to else ""
    return f" from {was}{until} to {now}"


def edited_in_words(changes: Sequence[FieldChange]) -> str:
    """Say which options were edited, each from what to what."""
    edits = [one for one in changes if one.name in (*_OPTIONS, "files")]
    said = (f"{one.name} from {_quoted(one.before)} to {_quoted(one.after)}" for one in edits)
    return f": {'; '.join(said)}" if edits else ""


def _quoted(value: str | None) -> str:
    return "nothing" if value is None else f"“{value}”"


def _fields(post: Post) -> Iterator[tuple[str, str | None]]:
    yield "state", post.state
    yield "due_at", with_zone(post.due_at, post.timezone) if post.due_at else None
    yield "postponed_to", with_zone(post.postponed_to, post.timezone) if post.postponed_to else None
    for name in _OPTIONS:
        yield name, _short(getattr(post.options, name))
    yield "files", _short(", ".join(shown(asset.source) for asset in post.assets))


def _short(value: Any) -> str | None:  # noqa: ANN401  # any option's
    if value is None or value == ():
        return None
    text = " ".join((value if isinstance(value, str) else _spelled(value)).split())
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _spelled(value: Any) -> str:  # noqa: ANN401  # any option's
    # The copy's path says nothing to a person, and the query of an address may hold a key.
    return shown(value.source) if isinstance(value, Asset) else msgspec.json.encode(value).decode()
