"""What a person is shown of a program's proposal, enough to decide on it."""

from collections.abc import Mapping
from dataclasses import asdict, fields
from pathlib import PurePath
from typing import Any

from pressroom.core.address import shown_address
from pressroom.core.assets import Asset
from pressroom.core.post import Post, PostOptions
from pressroom.core.stored_posts import content_hash
from pressroom.core.tags import spell_tag
from pressroom.service.as_it_is import is_fixed

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
