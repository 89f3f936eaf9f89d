"""What a change of a post changed, as its journal event tells it."""

import dataclasses
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import msgspec

from pressroom.core.actor import Actor
from pressroom.core.address import shown_address
from pressroom.core.assets import Asset
from pressroom.core.consent import Consent, Decision, GrantUse, ProposalState
from pressroom.core.journal import FieldChange, JournalEvent
from pressroom.core.post import Post, PostOptions
from pressroom.core.when import in_words, with_zone

_LONGEST = 80
_OPTIONS = tuple(field.name for field in dataclasses.fields(PostOptions))


def event_of(
    before: Post, after: Post, *, past: str, actor: Actor, at: datetime, consent: Consent | None
) -> JournalEvent:
    """Tell a change of a post. past: what was done, such as `moved`; consent: which permitted it."""
    changes = changes_between(before, after)
    more = edited_in_words(changes) if past == "edited" else ""
    if any(one.name == "due_at" for one in changes) and past in ("moved", "edited"):
        more += f"{'; moved' if more else ''}{moved_in_words(before, after)}"
    return JournalEvent(
        subject_id=before.id,
        at=at,
        step=past,
        text=f"{_who_did(past, actor, consent)}{more}.",
        actor=actor.id,
        changes=changes,
    )


def _who_did(past: str, actor: Actor, consent: Consent | None) -> str:
    if isinstance(consent, Decision) and consent.state is ProposalState.DECLINED:
        return f"A person has declined and {past} it"
    if not actor.is_program:
        return f"A person has {past} it"
    done = "let it go" if past == "approved" else f"{past} it"
    by = " by a standing consent" if isinstance(consent, GrantUse) else ""
    return f"The program {actor.shown} has {done}{by}"


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
    yield "files", _short(", ".join(shown_address(asset.source) for asset in post.assets))


def _short(value: Any) -> str | None:  # noqa: ANN401  # any option's
    if value is None or value == ():
        return None
    text = " ".join((value if isinstance(value, str) else _spelled(value)).split())
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _spelled(value: Any) -> str:  # noqa: ANN401  # any option's
    # The copy's path says nothing to a person, and the query of an address may hold a key.
    return shown_address(value.source) if isinstance(value, Asset) else msgspec.json.encode(value).decode()
