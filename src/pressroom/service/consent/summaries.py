"""What people are told: of a program's proposal, of several at once, and of a change of a post.

`summary_of` shows a post so that a person can decide on it. `newest_told` says when a notice about waiting
proposals is due, all of them in one, and `line_of` puts a proposal into one line of it. `event_of` is the
journal event of a change.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, fields
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import PurePath
from typing import Any

import msgspec

from pressroom.core.actor import Actor, shown_id
from pressroom.core.address import shown_address
from pressroom.core.assets import Asset
from pressroom.core.consent import Consent, Decision, GrantUse, Proposal, ProposalState
from pressroom.core.journal import FieldChange, JournalEvent
from pressroom.core.post import Post, PostOptions
from pressroom.core.post_options import spell_tag
from pressroom.core.spelling import visible
from pressroom.core.stored_posts import content_hash
from pressroom.core.when import in_words, with_zone
from pressroom.service.ground.copies import is_fixed

_NAME_LETTERS = 12
# Follows from the files and options, which are compared by themselves.
_FOLLOWS = frozenset({"content", "warnings"})
# These have a member of their own; `cover` and `convert` show in `files`.
_APART = frozenset(
    {"caption", "first_comment", "alt_texts", "user_tags", "collaborators", "location_id", "cover", "convert"}
)
# In the order in which proposals have always named them; an option that is added comes last.
_LISTED = tuple(
    dict.fromkeys(
        (
            *("thumb_offset_ms", "share_to_feed", "fit", "quality", "target"),
            *(field.name for field in fields(PostOptions) if field.name not in (*_APART, "edits")),
        )
    )
)
_USUAL = PostOptions()
_USUAL_EDITS = asdict(_USUAL.edits)


def summary_of(post: Post) -> dict[str, Any]:
    """Return what a post shows, and when it is due; an option that nobody set is None.

    `files`: each with the sha256 of its bytes, None where they may still change, and the role `cover` or
    None.
    """
    options = post.options
    return {
        "post_id": post.id,
        "kind": post.kind,
        "account": post.account_name,
        "due_at": post.due_at.isoformat(timespec="seconds") if post.due_at else None,
        "timezone": post.timezone,
        "caption": options.caption,
        "first_comment": options.first_comment,
        "alt_texts": list(options.alt_texts),
        "user_tags": [spell_tag(tag) for tag in options.user_tags],
        "collaborators": list(options.collaborators),
        "location_id": options.location_id,
        **_changed_options(options),
        "files": [_file(asset, options) for asset in post.files],
        "content": content_name(post),
        # The approval is of what a person sees now; at an address Instagram fetches what is there later.
        "warnings": [
            f"{shown_address(asset.source)} is fetched by Instagram when it is published: it may show "
            "something else."
            for asset in post.files
            if asset.is_url and not is_fixed(asset, options)
        ],
    }


def summary_of_change(before: Post, after: Post) -> dict[str, Any]:
    """Return the summary of a post as a change makes it.

    `was`: has of each part that the change replaces what it is before; left out where it replaces none.
    """
    old, new = summary_of(before), summary_of(after)
    was = {name: old[name] for name in old if old[name] != new[name] and name not in _FOLLOWS}
    return {**new, "was": was} if was else new


def content_name(post: Post) -> str:
    """Return a short digest of what a post shows, each file by its bytes."""
    return content_hash(post).partition(":")[2][:_NAME_LETTERS]


def in_short(summary: Mapping[str, Any]) -> str:
    """Return the caption of a summary's post, or the call that is asked for."""
    return summary.get("caption") or summary.get("asks") or ""


def _changed_options(options: PostOptions) -> Mapping[str, Any]:
    """Return the options that change how files are shown; None for each that has its default."""
    edits = {name: value for name, value in asdict(options.edits).items() if value != _USUAL_EDITS[name]}
    return {
        **{
            name: None if (value := getattr(options, name)) == getattr(_USUAL, name) else value
            for name in _LISTED
        },
        "edits": edits or None,
    }


def _file(asset: Asset, options: PostOptions) -> Mapping[str, Any]:
    # A copy's name counts only where the copy is what goes out; else it would vouch for other bytes.
    is_known = is_fixed(asset, options)
    digest = PurePath(asset.copy or "").name.partition(".")[0]
    return {
        "name": asset.name,
        "source": shown_address(asset.source),
        "sha256": digest if is_known else None,
        "role": "cover" if asset is options.cover else None,
    }


# A program that plans a month proposes dozens of posts in a row, which are to be one notice. A minute of
# quiet ends the row; the second limit keeps a program that never pauses from putting the notice off for ever.
_QUIET = timedelta(minutes=1)
_LONGEST = timedelta(minutes=10)
_WIDTH = 80


def newest_told(proposals: Sequence[Proposal], now: datetime) -> Proposal | None:
    """Return the newest proposal that was still waiting at its time to be told; None where there is none yet.

    A proposal is told after a minute without another one, or at the next full ten minutes while more come.
    The result depends only on when proposals were made and decided, so every worker finds the same at any
    time. proposals: of any state, decided and expired ones too.
    """
    in_turn = sorted(proposals, key=lambda proposal: (proposal.created_at, proposal.id))
    newest: Proposal | None = None
    for proposal, quiet_at in zip(in_turn, _quiet_after(in_turn), strict=True):
        hour = proposal.created_at.replace(minute=0, second=0, microsecond=0)
        next_full_ten = hour + _LONGEST * ((proposal.created_at - hour) // _LONGEST + 1)
        told_at = min(quiet_at, next_full_ten)
        over_at = min(proposal.decided_at or proposal.expires_at, proposal.expires_at)
        if told_at <= now and over_at >= told_at:
            newest = proposal
    return newest


def _quiet_after(in_turn: Sequence[Proposal]) -> list[datetime]:
    """Return for each proposal when a minute had passed since the last one of its row."""
    times = [proposal.created_at for proposal in in_turn]
    quiet = [times[-1] + _QUIET] if times else []
    for earlier, later in reversed(list(pairwise(times))):
        quiet.append(quiet[-1] if later - earlier < _QUIET else earlier + _QUIET)
    return quiet[::-1]


def line_of(proposal: Proposal, account: str | None) -> str:
    """Describe in one short line what a program wants; its content, perhaps by strangers, is quoted."""
    about = proposal.summary
    where = f" for account {account}" if account else ""
    shows = _line(in_short(about))
    quoted = f': "{shows}"' if shows else ""
    what = _line(str(about.get("what", proposal.verb)))
    return f"{what} by {shown_id(proposal.actor)}{where}{quoted}"


def _line(text: str) -> str:
    # On one line: a caption must not break the notice into lines of its own.
    line = " ".join(visible(text).split())
    return line if len(line) <= _WIDTH else f"{line[: _WIDTH - 1]}…"


_LONGEST_VALUE = 80
_OPTIONS = tuple(field.name for field in fields(PostOptions))


def event_of(
    before: Post, after: Post, *, past: str, actor: Actor, at: datetime, consent: Consent | None
) -> JournalEvent:
    """Tell a change of a post. past: what was done, such as `moved`; consent: which permitted it."""
    # What a person sees of a post: its state, times, options and files.
    pairs = zip(_fields(before), _fields(after), strict=True)
    changes = tuple(
        FieldChange(name=name, before=was, after=now) for (name, was), (_, now) in pairs if was != now
    )
    edits = [
        f"{change.name} from {_quoted(change.before)} to {_quoted(change.after)}"
        for change in changes
        if past == "edited" and change.name in (*_OPTIONS, "files")
    ]
    more = f": {'; '.join(edits)}" if edits else ""
    if past in ("moved", "edited") and any(change.name == "due_at" for change in changes):
        more += f"{'; moved' if more else ''}{_moved_in_words(before, after)}"
    if isinstance(consent, Decision) and consent.state is ProposalState.DECLINED:
        deed = f"A person has declined and {past} it"
    elif not actor.is_program:
        deed = f"A person has {past} it"
    else:
        by = " by a standing consent" if isinstance(consent, GrantUse) else ""
        deed = f"The program {actor.shown} has {'let it go' if past == 'approved' else f'{past} it'}{by}"
    return JournalEvent(
        subject_id=before.id, at=at, step=past, text=f"{deed}{more}.", actor=actor.id, changes=changes
    )


def _moved_in_words(before: Post, after: Post) -> str:
    was = in_words(before.due_at, before.timezone) if before.due_at else "now"
    now = in_words(after.due_at, after.timezone) if after.due_at else "now"
    until = f", postponed to {in_words(before.postponed_to, before.timezone)}" if before.postponed_to else ""
    return f" from {was}{until} to {now}"


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
    match value:
        case None | ():
            return None
        case str():
            spelled = value
        # The copy's path says nothing to a person, and the query of an address may hold a key.
        case Asset():
            spelled = shown_address(value.source)
        case _:
            spelled = msgspec.json.encode(value).decode()
    text = " ".join(spelled.split())
    return text if len(text) <= _LONGEST_VALUE else f"{text[: _LONGEST_VALUE - 1]}…"
