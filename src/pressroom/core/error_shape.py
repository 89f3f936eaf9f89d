"""The documented JSON of an error, the same on every face."""

from collections.abc import Mapping
from typing import Any

import msgspec

from pressroom.core.remedies import Remedy


class RemedyShape(msgspec.Struct, frozen=True, kw_only=True):
    """Something to do about it. arguments: those that are known."""

    kind: str
    arguments: Mapping[str, str]

    @classmethod
    def of(cls, remedy: Remedy) -> "RemedyShape":
        """Give a remedy's."""
        return cls(kind=str(remedy.kind), arguments=dict(remedy.arguments))


class ErrorShape(msgspec.Struct, frozen=True, kw_only=True):
    """What went wrong, and what to do about it.

    type: the class. code, subcode: Meta's; our own refusals have a word as code. fix: what to do, in words;
    remedies: the same as data. fbtrace_id: what Meta knows the call by. retryable: it may pass by itself.
    rule, value, limit: of a refusal; what was held against what. diff: of files that were changed by hand.
    container_id: what failed, is unfinished or in doubt. post_id: the post that is kept for later, or waits.
    proposal_id, state, expires_at: what a person decides, whether it waits or was declined, until when.
    """

    type: str
    code: int | str | None
    subcode: int | None
    message: str
    fix: str
    remedies: list[RemedyShape]
    fbtrace_id: str | None
    retryable: bool
    rule: str | msgspec.UnsetType = msgspec.UNSET
    value: Any = msgspec.UNSET
    limit: Any = msgspec.UNSET
    diff: str | msgspec.UnsetType = msgspec.UNSET
    container_id: str | msgspec.UnsetType = msgspec.UNSET
    post_id: str | msgspec.UnsetType = msgspec.UNSET
    proposal_id: str | msgspec.UnsetType = msgspec.UNSET
    state: str | msgspec.UnsetType = msgspec.UNSET
    expires_at: str | msgspec.UnsetType = msgspec.UNSET


class FailedShape(msgspec.Struct, frozen=True, kw_only=True):
    """The answer in place of any other, where it went wrong."""

    error: ErrorShape
