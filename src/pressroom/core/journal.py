"""What happened to a post, one event a step. No event ever holds a token."""

from dataclasses import dataclass
from datetime import datetime

from pressroom.core.post import PostId


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalEvent:
    """One step. `step` is a word such as `container_created`; `text` says it for people."""

    post_id: PostId
    at: datetime
    step: str
    text: str
    container_id: str | None = None
    media_id: str | None = None
    code: int | None = None
    subcode: int | None = None
    fbtrace_id: str | None = None
