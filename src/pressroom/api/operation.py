"""What an operation is: a row of `table`, from which its route and its documentation come."""

import inspect
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final, Generic, Literal, NamedTuple, TypeAlias, TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from pressroom.core.actor import Scope
from pressroom.core.requests import RequestEffect
from pressroom.service import Pressroom
from pressroom.service.programs.programs import Program, Programs

BASE: Final = "/api/v1"

Method: TypeAlias = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]


class Fields(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a query or a body may hold. An unknown name is refused: a client that errs has to learn of it."""


QueryT = TypeVar("QueryT", bound=Fields)
BodyT = TypeVar("BodyT")


@dataclass(frozen=True, slots=True, kw_only=True)
class Call(Generic[QueryT, BodyT]):
    """A request that was read.

    programs: all that are let in. version: what `If-Match` names; None for any. key: its `Idempotency-Key`.
    """

    programs: Programs
    program: Program
    request: Request
    path: Mapping[str, str]
    query: QueryT
    body: BodyT
    version: int | None = None
    key: str | None = None

    async def session(self, account: str | None = None) -> Pressroom:
        """Return the session of an account, or of the default one. Raises NotFound."""
        return await self.program.sessions.of(account)


class Answer(NamedTuple):
    """An answer in JSON. subject: kind and id of what it is about, where the path does not name that."""

    value: msgspec.Struct
    status: int = 200
    headers: Mapping[str, str] = MappingProxyType({})
    subject: tuple[str, str] | None = None


Handler: TypeAlias = Callable[[Call[Any, Any]], Awaitable[Answer | Response]]
RepeatHandler: TypeAlias = Callable[[Call[Any, Any], RequestEffect], Awaitable[Answer | Response]]


class Content(NamedTuple):
    """An answer that is no JSON, or none at all. words: what it is."""

    media_type: str | None
    words: str


NOTHING: Final = Content(None, "It is gone.")


async def gone_before(_call: Call[Any, Any], _effect: RequestEffect) -> Response:
    """Answer a repeated deletion: it is gone."""
    return Response(None, 204)


class Link(NamedTuple):
    """Where an answer leads: an operation, and the parameter that the named field of the answer fills."""

    operation: str
    parameter: str
    field: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One operation. Its name and words are those of the function that carries it out.

    scope: that the key needs; None where no key is asked. answers: by status, the first is the usual one.
    errors: statuses beside those that `statuses` works out. is_bound: to the version that was seen, as
    `If-Match` names it. takes_file: a streamed body in place of JSON. again: answers a repeat, from what the
    first one did; None for the post as it is now. lets_go: it asks a person to let a whole post go, as
    creating one does; what any other operation makes a post wait for anew is not what that operation waits
    for.
    """

    method: Method
    path: str
    run: Handler
    tag: str
    scope: Scope | None
    answers: Mapping[int, type[msgspec.Struct] | Content]
    query: type[Fields] = Fields
    body: type[Fields] | None = None
    errors: Sequence[int] = ()
    is_bound: bool = False
    takes_file: bool = False
    again: RepeatHandler | None = None
    lets_go: bool = False
    links: Sequence[Link] = field(default=())

    @property
    def name(self) -> str:
        """The operation's id."""
        return self.run.__name__

    @property
    def words(self) -> tuple[str, str]:
        """Its summary, and what else is said of it."""
        summary, _, rest = (inspect.getdoc(self.run) or "").partition("\n")
        return summary.removesuffix("."), rest.strip()

    @property
    def takes_key(self) -> bool:
        """Whether it takes an `Idempotency-Key`."""
        return self.method in {"POST", "PATCH", "DELETE"}

    @property
    def places(self) -> tuple[str, ...]:
        """The names of the parameters in its path."""
        return tuple(part[1:-1] for part in self.path.split("/") if part.startswith("{"))

    @property
    def statuses(self) -> tuple[int, ...]:
        """The statuses of the problems that it may be answered with."""
        statuses = {422, 429, 500, 503, *self.errors}
        if self.scope:
            statuses |= {401, 403, 404}  # the account that a key is for may be gone
        if self.body:
            statuses |= {400, 413, 415}
        if self.takes_file:
            statuses |= {400, 409, 413, 507}
        if self.takes_key:
            statuses |= {400, 409}
        if self.is_bound:
            statuses |= {400, 409, 412, 428}
        return tuple(sorted(statuses))


class Place(NamedTuple):
    """A parameter in a path. pattern: of its whole text; any other names nothing that there is."""

    pattern: str
    words: str

    def matches(self, text: str) -> bool:
        """Tell whether a text may name something."""
        return re.fullmatch(self.pattern, text) is not None


_UUID: Final = "[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-4[0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}"
PLACES: Final[Mapping[str, Place]] = {
    "post_id": Place("[0-9a-f]{32}", "The whole id of a post, as answers give it."),
    "proposal_id": Place("[0-9a-f]{32}", "The whole id of a proposal, as answers give it."),
    "upload_id": Place(_UUID, "A random UUID (version 4), which the client makes."),
    "account": Place("[^/\\x00-\\x1f]{1,64}", "The name of a signed-in account."),
    "media_id": Place("[0-9]{1,32}", "Instagram's id of a published media."),
    "report_id": Place("[0-9a-f]{32}", "The id of a report that was asked for."),
}
"""Every parameter that a path may have."""
