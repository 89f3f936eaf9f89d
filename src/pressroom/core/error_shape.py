"""The documented JSON of an error, the same for the command line, the library and every other face."""

from collections.abc import Mapping
from typing import Any

import msgspec

from pressroom.core.remedies import Remedy


class RemedyShape(msgspec.Struct, frozen=True, kw_only=True):
    """A remedy as JSON. arguments: those that are known."""

    kind: str
    arguments: Mapping[str, str]

    @classmethod
    def of(cls, remedy: Remedy) -> "RemedyShape":
        """Convert a remedy."""
        return cls(kind=str(remedy.kind), arguments=dict(remedy.arguments))


class ErrorShape(msgspec.Struct, frozen=True, kw_only=True):
    """What went wrong, and what to do about it.

    type: the error's class. code, subcode: Meta's; our own refusals have a word as code. fix: what to do, in
    words; remedies: the same as data. fbtrace_id: Meta's id of the call. retryable: a retry may succeed.
    rule, value, limit: a refusal's rule, the value seen, the value allowed. diff: of files changed by hand.
    container_id: the container that failed, is unfinished or in doubt. post_id: the post that is stored.
    proposal_id, state, expires_at: the proposal a person decides, its state, and until when. address: of the
    page that shows it, while one is served. goes_out_at: of a change, when the post goes out without it.
    """

    type: str
    code: int | str | None
    subcode: int | None
    message: str
    fix: str
    remedies: list[RemedyShape]
    fbtrace_id: str | None
    retryable: bool
    # UNSET members are left out of the JSON; None would print null.
    rule: str | msgspec.UnsetType = msgspec.UNSET
    value: Any = msgspec.UNSET
    limit: Any = msgspec.UNSET
    diff: str | msgspec.UnsetType = msgspec.UNSET
    container_id: str | msgspec.UnsetType = msgspec.UNSET
    post_id: str | msgspec.UnsetType = msgspec.UNSET
    proposal_id: str | msgspec.UnsetType = msgspec.UNSET
    state: str | msgspec.UnsetType = msgspec.UNSET
    expires_at: str | msgspec.UnsetType = msgspec.UNSET
    goes_out_at: str | msgspec.UnsetType = msgspec.UNSET
    address: str | msgspec.UnsetType = msgspec.UNSET


class FailedShape(msgspec.Struct, frozen=True, kw_only=True):
    """The answer of a command that failed."""

    error: ErrorShape
