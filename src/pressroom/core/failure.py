"""The error that ended a post, stored with it: a process that waits for another one raises it too."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from pressroom.core import errors
from pressroom.core.errors import ErrorShape, PressroomError
from pressroom.core.graph_errors import CLASSES, TooManyCalls
from pressroom.core.remedies import Fix, Remedy, RemedyKind
from pressroom.graph.error_table import TABLE, HelperPrefix, Retry


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """An error as stored. kind: the name of its class."""

    # The class name, since it alone tells exit code and retry rule: see `_ORIGINS`.
    kind: str
    message: str
    fix: str
    code: int | str | None = None
    subcode: int | None = None
    fbtrace_id: str | None = None
    retryable: bool = False
    helper_prefix: HelperPrefix | None = None
    remedies: tuple[Remedy, ...] = ()

    @classmethod
    def of(cls, error: PressroomError) -> "Failure":
        """Convert an error."""
        return cls(
            kind=type(error).__name__,
            message=error.message,
            fix=error.advice.text,
            code=error.code,
            subcode=error.subcode,
            fbtrace_id=error.fbtrace_id,
            retryable=error.retryable,
            helper_prefix=error.helper_prefix,
            remedies=error.remedies,
        )

    @classmethod
    def from_json(cls, error: Mapping[str, Any]) -> "Failure":
        """Parse the documented JSON of an error."""
        shape = msgspec.convert(error, ErrorShape)
        return cls(
            kind=shape.type,
            message=shape.message,
            fix=shape.fix,
            code=shape.code,
            subcode=shape.subcode,
            fbtrace_id=shape.fbtrace_id,
            retryable=shape.retryable,
            remedies=tuple(Remedy(RemedyKind(remedy.kind), remedy.arguments) for remedy in shape.remedies),
        )


class EarlierFailure(PressroomError):
    """A stored error, of another process or an earlier run.

    origin: its class; PressroomError for one that this release does not know.
    retry: when to retry, for an error of Meta's; else None.
    """

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.message, fix=Fix(failure.fix, failure.remedies))
        self.kind: str = failure.kind
        self.origin: type[PressroomError] = _ORIGINS.get(failure.kind, PressroomError)
        self.retry: Retry | None = _RETRIES.get(failure.kind)
        self.code: int | str | None = failure.code
        self.subcode: int | None = failure.subcode
        self.fbtrace_id: str | None = failure.fbtrace_id
        self.retryable: bool = failure.retryable
        self.helper_prefix: HelperPrefix | None = failure.helper_prefix

    def shape(self) -> ErrorShape:
        """Return the documented error object with the original type."""
        return msgspec.structs.replace(super().shape(), type=self.kind)


# Only the class name is stored and the rest looked up, so failures of earlier releases read like today's.
_ORIGINS: dict[str, type[PressroomError]] = {
    name: cls
    for name, cls in {**vars(errors), **CLASSES}.items()
    if isinstance(cls, type) and issubclass(cls, PressroomError)
}
_RETRIES: dict[str, Retry] = {row.name: row.retry for row in TABLE} | {"TooManyCalls": TooManyCalls.retry}
