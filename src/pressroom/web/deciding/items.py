"""What a page shows of something that waits for a person, of its decision, or of a post."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Final, Literal, cast
from zoneinfo import ZoneInfo

from pressroom.core.actor import actor_in_words, program_in_words
from pressroom.core.address import link_to
from pressroom.core.consent import Proposal, ProposalState
from pressroom.core.post import Post, When
from pressroom.core.remedies import Remedy, RemedyKind, by_command
from pressroom.core.settings import Mask
from pressroom.core.when import LATE_AFTER_S
from pressroom.service.consent.approvals import Waiting
from pressroom.service.consent.change import Verb
from pressroom.service.consent.rules import NEW
from pressroom.service.posts.composing import media_type_by_name
from pressroom.service.posts.history import PostHistory

# What has a place of its own on the page; all else of a summary is listed by its name.
_PLACED: Final = frozenset(
    {
        "what", "asked_by", "post_id", "kind", "account", "when", "due_at", "day", "timezone", "caption",
        "first_comment", "alt_texts", "files", "content", "warnings", "was",
    }
)  # fmt: skip
_LATE: Final = timedelta(seconds=LATE_AFTER_S)
_EMPTY: Final[tuple[object, ...]] = (None, "", [], {})
_STATES: Final = {
    ProposalState.WAITING: "Waits for you",
    ProposalState.APPROVED: "Approved",
    ProposalState.DECLINED: "Declined",
    ProposalState.EXPIRED: "Expired: nobody decided in time",
    ProposalState.VOID: "Void: it was changed or called off",
}
_MASKED: Final = (
    "Something here looks like a secret and is shown as ***. It goes out in full: decline it unless you know "
    "what it is."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A time as a page shows it. iso: for machines."""

    words: str
    iso: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownFile:
    """A file of a post. sha256: None where the bytes may still change. alt_text: empty for none.

    left: what is still kept of it.
    """

    number: int
    name: str
    source: str
    sha256: str | None
    is_cover: bool
    is_clip: bool
    alt_text: str
    left: Literal["file", "picture", "nothing"] = "file"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of a history."""

    at: Moment
    text: str
    who: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Replaced:
    """A part of a post that a change replaces. before, after: in words; empty for nothing."""

    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One thing that a page shows. at: when it goes out; None for at once, or where it is no post.

    undated: what is known in place of a time. needs_time: whether it is let go only once it is given one.
    is_past: whether that time is over. asked_by, by: who wants it out, and in which words that is said.
    replaced: what a change would change. note: what each decision does. mark: of what is shown, for the
    forms. is_waiting: whether it can be decided. outcome: what came of it.
    """

    id: str
    title: str
    asked_by: str | None
    by: str
    account: str | None
    at: Moment | None
    undated: str | None
    is_past: bool
    needs_time: bool
    state: str
    tone: str
    is_waiting: bool
    is_post: bool
    note: str
    until: Moment | None
    caption: str | None
    first_comment: str | None
    files: tuple[ShownFile, ...]
    others: tuple[tuple[str, str], ...]
    replaced: tuple[Replaced, ...]
    warnings: tuple[str, ...]
    mark: str
    history: tuple[Line, ...] = ()
    next: tuple[str, ...] = ()
    outcome: str | None = None
    permalink: str | None = None


def item_of(waiting: Waiting, now: datetime, mask: Mask, history: PostHistory | None = None) -> Item:
    """Build what a page shows. history: of the post that it is about."""
    proposal, post = waiting.proposal, waiting.post or (history and history.post) or None
    # A program wrote it: what looks like a secret is masked, and a warning says so.
    summary = cast("Mapping[str, Any]", mask.json(dict(waiting.summary)))
    zone, is_waiting = waiting.timezone, waiting.is_waiting(now)
    tone = "good" if proposal and proposal.state is ProposalState.APPROVED else "over"
    # A time is when something goes out, and what calls a post off lets nothing out.
    is_ending = waiting.proposal is not None and waiting.proposal.verb == Verb.CANCEL
    has_time = waiting.when is When.TIME and not is_ending
    at = moment(waiting.due_at, waiting.timezone) if waiting.due_at and has_time else None
    is_past = at is not None and waiting.due_at is not None and waiting.due_at <= now
    undated = None if waiting.when.has_time else _undated(summary.get("day"))
    is_over = at is not None and waiting.due_at is not None and (now - waiting.due_at) > _LATE
    is_let_go = is_waiting and (proposal is None or proposal.verb in (NEW, Verb.APPROVE))
    needs_time = is_let_go and (undated is not None or is_over)
    warnings = [*summary.get("warnings", ()), *(history.warnings if history and is_waiting else ())]
    what = str(summary.get("what") or (f"{waiting.post.kind}" if waiting.post else "Proposal"))
    return Item(
        id=waiting.id,
        title=what[:1].upper() + what[1:],
        asked_by=actor_in_words(waiting.asked_by) if waiting.asked_by else None,
        by="Asked by" if program_in_words(waiting.asked_by) else "Planned by",
        account=summary.get("account") or (proposal.account if proposal else None),
        at=at,
        undated=undated,
        is_past=is_past,
        needs_time=needs_time,
        state=_state(proposal, waiting.post, now),
        tone="waits" if is_waiting else tone,
        is_waiting=is_waiting,
        is_post="post_id" in summary,
        note=_in_need(summary["post_id"])
        if needs_time
        else _note(proposal, None if is_past else at, is_post="post_id" in summary),
        until=moment(proposal.expires_at, zone) if proposal and is_waiting else None,
        caption=summary.get("caption"),
        first_comment=summary.get("first_comment"),
        files=_files(summary),
        others=tuple(
            (name.replace("_", " ").capitalize(), _value_in_words(value))
            for name, value in summary.items()
            if name not in _PLACED and value not in _EMPTY
        ),
        replaced=tuple(_replaced(summary, zone)),
        warnings=(*warnings, *((_MASKED,) if summary != waiting.summary else ())),
        # Sent along by the forms: a post that was changed since is not approved.
        mark=waiting.mark,
        history=tuple(_history(proposal, history, zone, mask)),
        next=tuple(_next(history, zone, mask)) if history and not is_waiting else (),
        outcome=_outcome(proposal, mask),
        permalink=link_to(post.permalink) if post else None,
    )


def _note(proposal: Proposal | None, at: Moment | None, *, is_post: bool) -> str:
    """Say what approving and declining do. at: a time that is still to come."""
    if not is_post:
        return "Approving does it at once, and only once. Declining leaves everything as it is."
    verb = proposal.verb if proposal else NEW
    if verb == Verb.CANCEL:
        return "Approving calls the post off. Declining leaves it as it was planned."
    effect = f"Approving lets out exactly this, {f'no earlier than {at.words}' if at else 'at once'}."
    return f"{effect} {'Declining calls it off.' if verb == NEW else 'Declining leaves the post as it is.'}"


def _in_need(post_id: str) -> str:
    """Say how a post without a time to come is let go."""
    approve = by_command(Remedy(RemedyKind.APPROVE_AT, {"post": post_id}))
    return f"It is let go with a time, or now, in a terminal: {approve}. Declining calls it off."


def _undated(day: str | None) -> str:
    if day is None:
        return "No time yet"
    given = date.fromisoformat(day)
    return f"{given:%A} {given.day} {given:%B %Y}, no time yet"


def _state(proposal: Proposal | None, post: Post | None, now: datetime) -> str:
    if proposal:
        is_late = proposal.state is ProposalState.WAITING and proposal.expires_at <= now
        return _STATES[ProposalState.EXPIRED if is_late else proposal.state]
    words = post.state.replace("_", " ") if post else ""
    return words[:1].upper() + words[1:]


def moment(at: datetime, zone: str) -> Moment:
    """Return a time as it is shown in a zone."""
    local = at.astimezone(ZoneInfo(zone))
    return Moment(
        words=f"{local:%A} {local.day} {local:%B %Y, %H:%M} {zone}", iso=at.isoformat(timespec="seconds")
    )


def _files(summary: Mapping[str, Any]) -> tuple[ShownFile, ...]:
    texts: Sequence[str] = summary.get("alt_texts") or ()
    return tuple(
        ShownFile(
            number=number,
            name=file["name"],
            source=file["source"],
            # None for what Instagram fetches by itself: the page would show what is there now.
            sha256=file["sha256"],
            is_cover=file.get("role") == "cover",
            is_clip=media_type_by_name(Path(file["name"])) == "video",
            alt_text=texts[number] if number < len(texts) and file.get("role") != "cover" else "",
        )
        for number, file in enumerate(summary.get("files") or ())
    )


def _replaced(summary: Mapping[str, Any], zone: str) -> Iterable[Replaced]:
    """Tell what a change replaces; times each in the zone that the post has then."""
    was: Mapping[str, Any] = summary.get("was") or {}
    for name, old in was.items():
        before, after = _part(name, old, str(was.get("timezone") or zone)), _part(name, summary[name], zone)
        words = "Goes out" if name == "due_at" else name.replace("_", " ").capitalize()
        yield Replaced(name=words, before=before, after=after)


def _part(name: str, value: Any, zone: str) -> str:  # noqa: ANN401  # any part of a summary
    if value in _EMPTY:
        return ""
    if name == "due_at":
        return moment(datetime.fromisoformat(value), zone).words
    return ", ".join(file["name"] for file in value) if name == "files" else _value_in_words(value)


def _value_in_words(value: Any) -> str:  # noqa: ANN401  # any part of a summary
    if isinstance(value, list):
        return ", ".join(map(_value_in_words, cast("list[Any]", value)))
    if isinstance(value, dict):
        parts = cast("dict[str, Any]", value).items()
        return ", ".join(f"{name}: {_value_in_words(part)}" for name, part in parts if part is not None)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def _history(proposal: Proposal | None, history: PostHistory | None, zone: str, mask: Mask) -> Iterable[Line]:
    if history:
        for event in history.events:
            who = actor_in_words(event.actor) if event.actor else None
            yield Line(at=moment(event.at, zone), text=mask(event.text), who=who)
        return
    if proposal:
        yield Line(
            at=moment(proposal.created_at, zone), text="It was proposed.", who=actor_in_words(proposal.actor)
        )
        if proposal.decided_at:
            by = actor_in_words(proposal.decided_by) if proposal.decided_by else None
            yield Line(at=moment(proposal.decided_at, zone), text=f"It was {proposal.state}.", who=by)


def _next(history: PostHistory, zone: str, mask: Mask) -> Iterable[str]:
    for step in history.next:
        yield mask(step.text) + (f" {moment(step.at, zone).words}." if step.at else "")
    yield from map(mask, history.warnings)


def _outcome(proposal: Proposal | None, mask: Mask) -> str | None:
    """Say what came of a call that was approved."""
    if proposal is None or proposal.state is not ProposalState.APPROVED or proposal.subject_id:
        return None
    if proposal.outcome is None:
        return "It is being carried out, or its end is not known."
    if error := proposal.outcome.get("error"):
        return f"It was carried out, and failed: {mask(str(error.get('message', error)))}"
    return f"It was carried out. {_value_in_words(mask.json(dict(proposal.outcome)))}".strip()
