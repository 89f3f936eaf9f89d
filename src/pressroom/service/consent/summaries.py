"""What a person is shown of a program's proposal, enough to decide on it.

When a person is told about waiting proposals, all of them in one notice, and in what words.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import PurePath
from typing import Any

from pressroom.core.actor import shown_id
from pressroom.core.address import shown_address
from pressroom.core.assets import Asset
from pressroom.core.consent import Proposal
from pressroom.core.post import Post, PostOptions
from pressroom.core.spelling import visible
from pressroom.core.stored_posts import content_hash
from pressroom.core.tags import spell_tag
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
        **_set(options),
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


def _set(options: PostOptions) -> Mapping[str, Any]:
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
    in_turn = sorted(proposals, key=lambda one: (one.created_at, one.id))
    newest: Proposal | None = None
    for one, quiet_at in zip(in_turn, _quiet_after(in_turn), strict=True):
        told_at = min(quiet_at, _full_ten(one.created_at))
        if told_at <= now and _over_at(one) >= told_at:
            newest = one
    return newest


def _quiet_after(in_turn: Sequence[Proposal]) -> list[datetime]:
    """Return for each proposal when a minute had passed since the last one of its row."""
    times = [one.created_at for one in in_turn]
    found = [times[-1] + _QUIET] if times else []
    for earlier, later in reversed(list(pairwise(times))):
        found.append(found[-1] if later - earlier < _QUIET else earlier + _QUIET)
    return found[::-1]


def _full_ten(moment: datetime) -> datetime:
    start = moment.replace(minute=0, second=0, microsecond=0)
    return start + _LONGEST * ((moment - start) // _LONGEST + 1)


def _over_at(proposal: Proposal) -> datetime:
    return min(proposal.decided_at or proposal.expires_at, proposal.expires_at)


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
