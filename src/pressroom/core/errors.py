"""The tree of all our errors.

PressroomError
├── GraphError                  Meta answered with an error; its classes are in `graph_errors`
├── TransportError              no usable answer
│   ├── NotSent                 no byte was written: nothing happened
│   ├── AnswerLost              some bytes were written: the outcome is not known
│   └── UnexpectedAnswer        an answer that is not what the API documents
├── Refused                     we refused before any call; names rule, value, limit and fix
│   ├── MediaRefused            a file that cannot be made acceptable, with a code
│   ├── SettingRefused          a setting that cannot be used
│   ├── TimeIsOver              a due time in the past, which nobody said is meant
│   ├── PublishedLately         the same content went out moments ago (in `core.stored_posts`)
│   ├── UnusableCursor          a place in the journal that cannot be gone on from (in `core.journal`)
│   └── StoreRefused            a store this program must not open: a newer one, or another program's file
├── StoreFailed                 the store is locked, full, read-only or unreachable
├── HostFailed                  a media host did not accept a file, or does not serve it
├── Shortage                    this machine is short of files, memory, processes or room for now
├── NotFound                    no such post or account
├── KeyReused                   an idempotency key that stands for other content
├── Conflict                    somebody else changed it since it was read; nothing was written
│   ├── AnotherSendOpen         another post of the account is being published now
│   └── PostChanged             a post is not any more what was seen of it (in `core.stored_posts`)
├── SignInRequired              there is no token to act with
├── NeedsApproval               a program needs a person's approval
├── ContainerFailed             Instagram could not make the media
├── StillProcessing             Instagram accepted the media and is still processing it
├── StillWaiting                the post is stored and will be published later
├── AnotherWorker               another process publishes what is due (in `service.work`)
├── AnotherPage                 another process serves this directory's pages (in `service.ground.served`)
├── BeingRenewed                a worker is renewing the token right now (in `service.accounts.signing_in`)
├── OutcomeUnknown              a call that publishes or deletes was sent, and its outcome is not known
└── EarlierFailure              an error that was stored, of another process or an earlier run
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Self

import msgspec

from pressroom.core.remedies import Fix, Remedy, RemedyKind, Wording, by_command, by_parameter
from pressroom.core.secret import redact_text
from pressroom.graph.answers import ContainerId, ContainerStatus, ErrorBody
from pressroom.graph.error_table import ErrorRow, HelperPrefix, Proves, Retry, find_by_subcode


class RemedyShape(msgspec.Struct, frozen=True, kw_only=True):
    """A remedy as JSON. arguments: those that are known."""

    kind: str
    arguments: Mapping[str, str]

    @classmethod
    def of(cls, remedy: Remedy) -> "RemedyShape":
        """Convert a remedy."""
        return cls(kind=str(remedy.kind), arguments=dict(remedy.arguments))


class ErrorDetails(msgspec.Struct, frozen=True, kw_only=True):
    """What only some errors say, as `ErrorShape` explains it."""

    # UNSET members are left out of the JSON; None would print null.
    rule: str | msgspec.UnsetType = msgspec.UNSET
    value: Any = msgspec.UNSET
    limit: Any = msgspec.UNSET
    container_id: str | msgspec.UnsetType = msgspec.UNSET
    post_id: str | msgspec.UnsetType = msgspec.UNSET
    proposal_id: str | msgspec.UnsetType = msgspec.UNSET
    state: str | msgspec.UnsetType = msgspec.UNSET
    expires_at: str | msgspec.UnsetType = msgspec.UNSET
    goes_out_at: str | msgspec.UnsetType = msgspec.UNSET
    address: str | msgspec.UnsetType = msgspec.UNSET


# Not `kw_only`, which would put its members behind those of its base.
class ErrorShape(ErrorDetails, frozen=True):
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
    diff: str | msgspec.UnsetType = msgspec.UNSET


class PressroomError(Exception):
    """Base of all our errors: `message` says what happened, `fix` what to do about it, both without secrets.

    advice: the fix with its remedies, for passing on to another error.
    """

    helper_prefix: HelperPrefix | None = None
    code: int | str | None = None
    subcode: int | None = None
    fbtrace_id: str | None = None
    retryable: bool = False

    def __init__(self, message: str, *, fix: Fix | str = "") -> None:
        # Masked once, here, so that no face, log or store can show a secret that a message quotes.
        self.message: str = redact_text(message)
        self.advice: Fix = (fix if isinstance(fix, Fix) else Fix(fix)).redacted()
        super().__init__(self.message)

    def __str__(self) -> str:
        return self.said_by(by_parameter)

    def __reduce__(self) -> tuple[Any, ...]:
        # Exception's own calls the class with the message alone, and most classes need more: an error of a
        # task or of a process pool would arrive as another one.
        return BaseException.__new__, (type(self), *self.args), self.__dict__

    @property
    def fix(self) -> str:
        """What to do: by commands, which anybody can run, and by parameters in place of options."""
        return self.fix_by(by_parameter)

    @property
    def remedies(self) -> tuple[Remedy, ...]:
        """The remedies that `fix` names."""
        return self.advice.remedies

    def fix_by(self, wording: Wording) -> str:
        """Word the fix for one face."""
        return self.advice.by(wording)

    def said_by(self, wording: Wording) -> str:
        """Say what happened and what to do, worded for one face."""
        return f"{self.message} {self.fix_by(wording)}".strip()

    def details(self) -> dict[str, Any]:
        """Return the members a class adds to the error object; `ErrorShape` has a field for each."""
        return {}

    def shape(self) -> ErrorShape:
        """Return the documented error object."""
        return ErrorShape(
            type=type(self).__name__,
            code=self.code,
            subcode=self.subcode,
            message=self.message,
            fix=self.fix_by(by_command),
            remedies=list(map(RemedyShape.of, self.remedies)),
            fbtrace_id=self.fbtrace_id,
            retryable=self.retryable,
            **self.details(),
        )

    def as_json(self) -> dict[str, Any]:
        """Return the documented error object as JSON values."""
        return msgspec.to_builtins(self.shape())


class GraphError(PressroomError):
    """Meta answered with an error. The class is chosen from the error table by code and subcode.

    proves: what it proves about the `media_publish` or comment it answered. The row's verdict counts only for
    exactly its code and subcode, HTTP 4xx and no `is_transient`; else UNKNOWN. lacks: the missing permission.
    """

    retry: Retry = Retry.AFTER_FIX
    proves: Proves = Proves.UNKNOWN
    lacks: str | None = None

    def __init__(
        self, body: ErrorBody, *, row: ErrorRow | None = None, http_status: int | None = None
    ) -> None:
        # `message` is Meta's text for developers; the texts for people come along only with some errors.
        for_people = body.error_user_msg or body.error_user_title
        more = f" ({for_people.rstrip('.')})" if for_people and for_people != body.message else ""
        # The hosts of sign-in and of uploads have no codes: the status is the only number then.
        numbers = str(body.code) if body.code else f"HTTP {http_status}" if http_status else "an error"
        if body.error_subcode:
            numbers = f"{numbers}/{body.error_subcode}"
        super().__init__(
            f"Instagram answered {numbers}: {body.message.rstrip('.') + more or 'no message'}.",
            fix=fix_of(row) if row else "See the message; try again later.",
        )
        self.body = body
        self.http_status = http_status
        self.code: int | str | None = body.code
        self.subcode: int | None = body.error_subcode
        self.fbtrace_id: str | None = body.fbtrace_id
        self.helper_prefix: HelperPrefix | None = row.helper_prefix if row else None
        if row:
            self.retry = row.retry
            # The row's verdict if code, subcode, status and `is_transient` all agree with it. A 5xx, a 200
            # with an error body, or an unknown subcode has come with the effect carried out all the same;
            # believing it would publish the post twice: docs/decisions/0010.
            is_exact = row.matches(body.code, body.error_subcode)
            is_refusal = http_status in _REFUSALS and not body.is_transient
            self.proves = row.proves if is_exact and is_refusal else Proves.UNKNOWN
        # For an error that is not in the table, Meta's own flag is all there is to go by.
        elif body.is_transient:
            self.retry = Retry.SOON
        self.retryable: bool = self.retry in _RETRYABLE

    def say_about(self, subject: str | None) -> None:
        """Prefix Instagram's message with what the error is about."""
        if subject:
            self.message: str = f"{subject}: {self.message}"


class Shortage(PressroomError):
    """This machine is short of something for now, which says nothing about the post that met it.

    code: `too_many_files`, `no_memory`, `too_many_processes` or `disk_full`.
    """

    retryable = True

    def __init__(self, message: str, *, fix: Fix | str, kind: str) -> None:
        super().__init__(message, fix=fix)
        self.code: int | str | None = kind


class TransportError(PressroomError):
    """There is no usable answer."""

    retryable = True
    # Bytes may have arrived, and the post may be live: docs/decisions/0010.
    proves: Proves = Proves.UNKNOWN


class NotSent(TransportError):
    """No byte was written, so nothing happened. shortage: of this machine, which was the reason."""

    proves = Proves.REFUSED
    shortage: Shortage | None = None


class AnswerLost(TransportError):
    """At least a part of the request was written, and no whole answer came back."""


class UnexpectedAnswer(TransportError):
    """An answer that is not what the API documents, such as a proxy's page."""

    def __init__(self, message: str, *, fix: Fix | str = "", http_status: int | None = None) -> None:
        super().__init__(message, fix=fix)
        self.http_status = http_status


class RateLimitHolds(PressroomError):
    """Instagram limits an account's calls, and more of them would lengthen that."""

    code: int | str | None = "rate_limit_holds"
    retryable = True


class Refused(PressroomError):
    """We refused before any call. `rule` names the rule, `value` what was seen, `limit` what is allowed."""

    def __init__(
        self, message: str, *, rule: str, value: object = None, limit: object = None, fix: Fix | str
    ) -> None:
        super().__init__(message, fix=fix)
        self.rule = rule
        self.value: object = redact_text(value) if isinstance(value, str) else value
        self.limit = limit
        self.code: int | str | None = rule

    def details(self) -> dict[str, Any]:
        """Return the rule with the value seen and the value allowed."""
        return {"rule": self.rule, "value": self.value, "limit": self.limit}


class TimeIsOver(Refused):
    """A due time that is over: a post is given it only where somebody says that it is meant."""


class MediaRefused(Refused):
    """A file that cannot be converted to be accepted. `rule`: `too_long`, `not_media`, `disk_full`, ...

    helper_prefix: set for format refusals, never for a missing file or a full disk.
    """

    def __init__(
        self,
        message: str,
        *,
        rule: str,
        value: object = None,
        limit: object = None,
        fix: Fix | str,
        helper_prefix: HelperPrefix | None = HelperPrefix.MEDIA_TYPE,
    ) -> None:
        super().__init__(message, rule=rule, value=value, limit=limit, fix=fix)
        self.helper_prefix = helper_prefix


class SettingRefused(Refused):
    """A setting that cannot be used as it stands."""


class StoreRefused(Refused):
    """A store that this program must not open; `rule` says why."""


class StoreFailed(PressroomError):
    """A store operation failed and was rolled back. `retryable`: the cause may pass."""

    def __init__(self, message: str, *, fix: Fix | str, retryable: bool = False) -> None:
        super().__init__(message, fix=fix)
        self.retryable = retryable


class HostFailed(PressroomError):
    """A media host did not accept a file, or does not serve it."""

    retryable = True


class NotFound(PressroomError):
    """The store has no such record, or the start of an id means several."""


class KeyReused(PressroomError):
    """An idempotency key was used again with other content."""

    @classmethod
    def by(cls, key: str, post_id: str) -> "KeyReused":
        """Make the error, naming the post that the key stands for."""
        return cls(
            f"The idempotency key {key!r} stands for post {post_id}, which has other content.",
            fix="Use a new key for a new post; a key is kept for 90 days.",
        )


class Conflict(PressroomError):
    """Somebody else changed it since it was read; nothing was written. Read it again, then decide."""

    retryable = True


class AnotherSendOpen(Conflict):
    """Another post of the account has an open send, and an account has one at a time."""


class SnapshotOutdated(Conflict):
    """Another post of the account went live since the snapshot for a send was taken."""


class AccountPaused(Conflict):
    """An error of Instagram's pauses the account: its message is the reason."""


class ConsentWithdrawn(Conflict):
    """The standing consent that a post was let go under was withdrawn: a person decides on the post."""


class SignInRequired(PressroomError):
    """There is no token to act with."""


class NeedsApproval(PressroomError):
    """A program needs a person's approval, which is outstanding or was declined.

    proposal_id: the proposal to decide; None where no program can get approval. state: `waiting` or
    `declined`. expires_at: until when it can be decided, in UTC. goes_out_at: of a change, when the post goes
    out meanwhile as it was approved, in UTC. address: of the page that shows it, and where a person who is
    signed in decides; None where no page is served.
    """

    code: int | str | None = "needs_approval"

    def __init__(
        self,
        message: str,
        *,
        fix: Fix | str,
        proposal_id: str | None = None,
        state: str | None = None,
        post_id: str | None = None,
        expires_at: datetime | None = None,
        goes_out_at: datetime | None = None,
        address: str | None = None,
    ) -> None:
        super().__init__(message, fix=fix)
        self.proposal_id = proposal_id
        self.state = state
        self.post_id = post_id
        self.expires_at = expires_at
        self.goes_out_at = goes_out_at
        self.address = address

    def details(self) -> dict[str, Any]:
        """Return the proposal, its state, and the post that waits for it, as far as they are known."""
        members = {
            "post_id": self.post_id,
            "proposal_id": self.proposal_id,
            "state": self.state,
            "expires_at": self.expires_at and self.expires_at.isoformat(timespec="seconds"),
            "goes_out_at": self.goes_out_at and self.goes_out_at.isoformat(timespec="seconds"),
            "address": self.address,
        }
        return {name: value for name, value in members.items() if value is not None}


class ContainerFailed(PressroomError):
    """Instagram could not process the media: the container ended in ERROR or EXPIRED.

    subcode: as the container's `status` text names it. code: the one that Meta documents with that subcode.
    """

    def __init__(
        self,
        message: str,
        *,
        container_id: ContainerId,
        row: ErrorRow | None = None,
        subcode: int | None = None,
    ) -> None:
        super().__init__(message, fix=fix_of(row) if row else "Publish again, which makes a new container.")
        self.container_id = container_id
        self.row = row
        self.code: int | str | None = row.code if row else None
        self.subcode: int | None = subcode
        self.helper_prefix: HelperPrefix | None = row.helper_prefix if row else None

    @classmethod
    def of(cls, container_id: ContainerId, status: ContainerStatus | None, subcode: int | None) -> Self:
        """Build the error of a container that ended so. subcode: None where its text names none."""
        row = find_by_subcode(subcode) if subcode else None
        why = row.explanation.removeprefix("Error: ").rstrip(".") if row else f"It ended as {status}"
        numbers = "/".join(str(number) for number in (row and row.code, subcode) if number)
        return cls(
            f"Instagram could not make the media of container {container_id}"
            f"{f' ({numbers})' if numbers else ''}: {why}.",
            container_id=container_id,
            row=row,
            subcode=subcode,
        )

    def details(self) -> dict[str, Any]:
        """Return the container that failed."""
        return {"container_id": self.container_id}


class StillProcessing(PressroomError):
    """Instagram accepted the media and is still processing it; nothing is published yet."""

    retryable = True

    def __init__(self, message: str, *, container_id: ContainerId, fix: Fix | str) -> None:
        super().__init__(message, fix=fix)
        self.container_id = container_id

    def details(self) -> dict[str, Any]:
        """Return the container that is still processing."""
        return {"container_id": self.container_id}


class StillWaiting(PressroomError):
    """The post is stored and will be published later. It must not be published again."""

    def __init__(self, message: str, *, post_id: str, fix: Fix | str) -> None:
        super().__init__(message, fix=fix)
        self.post_id = post_id

    def details(self) -> dict[str, Any]:
        """Return the post."""
        return {"post_id": self.post_id}


class OutcomeUnknown(PressroomError):
    """A call that publishes or deletes was sent and its outcome is not known. It is never just repeated.

    container_id: of a post; None where the store has lost it, and for a deletion.
    """

    def __init__(self, message: str, *, container_id: ContainerId | None, fix: Fix | str) -> None:
        super().__init__(message, fix=fix)
        self.container_id = container_id

    def details(self) -> dict[str, Any]:
        """Return the container whose publishing is in doubt."""
        return {"container_id": self.container_id} if self.container_id else {}


_REFUSALS = range(400, 500)
# The kinds that may pass without a change of the post and without a person.
_RETRYABLE = frozenset({Retry.SOON, Retry.WHEN_READY, Retry.NEW_CONTAINER, Retry.NEXT_WINDOW})


def fix_of(row: ErrorRow) -> Fix:
    """Return the fix of a row of the error table."""
    return Fix(row.fix, tuple(Remedy(RemedyKind(kind)) for kind in row.remedies))
