"""The deletion of a published media: what was asked for, and what became of it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from pressroom.core.actor import ActorId
from pressroom.core.post import PostId
from pressroom.graph.answers import MediaId

SETTLES_AFTER = timedelta(seconds=60)
"""How long a media has to be missing before it counts as deleted: reads and lists lag for some seconds."""


class DeletionState(StrEnum):
    """The state of a deletion. `open` is stored before the call is made, and stays where nobody knows."""

    OPEN = "open"
    DONE = "done"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deletion:
    """One deletion, the latest of its media; it is found by account and media.

    kind, caption, permalink, published_at: the media as it was read before. post_id: our post that it is.
    actor, asked_at: who asked for it, and when last. calls: how often Instagram was called for it.
    missing_since: the first of the looks in a row that found no such media. ended_at: when it was done or
    refused. problem, code, subcode: what Instagram, or the connection, said last, word by word.
    """

    account: str
    media_id: MediaId
    post_id: PostId | None = None
    kind: str
    caption: str | None = None
    permalink: str | None = None
    published_at: datetime | None = None
    state: DeletionState = DeletionState.OPEN
    actor: ActorId
    asked_at: datetime
    calls: int = 0
    missing_since: datetime | None = None
    ended_at: datetime | None = None
    problem: str | None = None
    code: int | None = None
    subcode: int | None = None
