"""How an error is answered: problem details (RFC 9457), made from the shape that every face shows of it."""

import logging
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final

import msgspec
from starlette.responses import Response

from pressroom.api.operation import BASE
from pressroom.api.reading import Unreadable
from pressroom.api.remedies import by_request
from pressroom.core import errors
from pressroom.core.errors import ErrorDetails, PressroomError, RemedyShape
from pressroom.core.journal import UnusableCursor
from pressroom.core.secret import redact_json_text
from pressroom.core.stored_posts import PostChanged
from pressroom.service.shapes.posts import PostShape

log: Final = logging.getLogger("pressroom.api")

MEDIA_TYPE: Final = "application/problem+json"


# Not `kw_only`, which would put its members behind those of its base.
class Problem(ErrorDetails, frozen=True):
    """What went wrong, as RFC 9457 has it, and what to do about it.

    type: where the kind of problem is explained; its last part is the error's class. title: of the kind.
    detail: what happened. code, subcode: Meta's; our own refusals have a word as code. fix: what to do, in
    words; remedies: the same as data. retryable: the same request may succeed later. rule, value, limit: a
    refusal's rule, the value seen, the value allowed. post: as it is now, where it is not what was seen. The
    others are those of an error in every face.
    """

    type: str
    title: str
    status: int
    detail: str
    code: int | str | None = None
    subcode: int | None = None
    fix: str = ""
    remedies: Sequence[RemedyShape] = ()
    retryable: bool = False
    fbtrace_id: str | None = None
    post: PostShape | msgspec.UnsetType = msgspec.UNSET


# By class, the most exact first: an error has the status of the first class that it is of.
_STATUSES: Final[Mapping[type[PressroomError], tuple[int, str]]] = {
    PostChanged: (412, "The post is not what was seen"),
    UnusableCursor: (410, "The cursor cannot be gone on from"),
    errors.SettingRefused: (503, "The server's settings do not allow it"),
    errors.StoreRefused: (503, "The store cannot be used"),
    errors.StoreFailed: (503, "The store failed"),
    errors.Shortage: (507, "The server is short of something"),
    errors.MediaRefused: (422, "The file cannot be used"),
    errors.KeyReused: (422, "The idempotency key stands for something else"),
    Unreadable: (400, "The request cannot be read"),
    errors.Refused: (422, "It is refused"),
    errors.NotFound: (404, "There is no such thing"),
    errors.Conflict: (409, "It cannot be done as things stand"),
    errors.NeedsApproval: (403, "A person has not approved it"),
    errors.SignInRequired: (409, "The account has to be signed in again"),
    errors.RateLimitHolds: (503, "Instagram takes no more calls for now"),
    errors.StillProcessing: (503, "Instagram is not done yet"),
    errors.StillWaiting: (409, "It waits"),
    errors.OutcomeUnknown: (502, "Nobody knows whether it happened"),
    errors.AnswerLost: (502, "Instagram's answer was lost"),
    errors.TransportError: (502, "Instagram was not reached"),
    errors.GraphError: (502, "Instagram refused"),
    errors.ContainerFailed: (502, "Instagram could not process the media"),
    errors.HostFailed: (502, "The host of the files failed"),
}
RETRIED_LATER: Final = frozenset({409, 429, 503, 507})
"""Statuses that have a `Retry-After` where the same request may succeed later."""
TITLES: Final[Mapping[int, str]] = {
    400: "The request cannot be read",
    401: "A key is needed",
    403: "The key is not for this",
    404: "There is no such thing",
    405: "The method is not for this address",
    413: "That is too large",
    415: "The body is of another type",
    428: "The version that was seen has to be named",
    429: "That was too much at once",
    500: "Something broke here",
    503: "It cannot be answered now",
}


def status_of(kind: type[PressroomError]) -> tuple[int, str]:
    """Return the status and the title of the problems of an error's class."""
    return next((row for base, row in _STATUSES.items() if issubclass(kind, base)), (500, TITLES[500]))


def problem_of(error: PressroomError) -> Problem:
    """Return how an error is answered."""
    status, title = status_of(type(error))
    if isinstance(error, Unreadable):
        status, title = error.status, TITLES[error.status]
    elif isinstance(error, errors.Refused) and error.rule in {"key_scopes", "key_accounts"}:
        status, title = 403, TITLES[403]
    elif isinstance(error, errors.Refused) and error.rule == "source_size":
        status, title = 413, TITLES[413]
    members: dict[str, Any] = msgspec.structs.asdict(error.shape())
    del members["diff"]
    members |= {
        "type": f"{BASE}/problems#{members['type']}",
        "title": title,
        "status": status,
        "detail": members.pop("message"),
        "fix": error.fix_by(by_request),
    }
    if isinstance(error, PostChanged):
        members["post"] = PostShape.of(error.post)
    return Problem(**members)


def plain_problem(status: int, detail: str, fix: str = "", **more: Any) -> Problem:  # noqa: ANN401  # members
    """Return a problem of HTTP itself."""
    title = TITLES[status]
    return Problem(
        type="about:blank", title=title, status=status, detail=detail, fix=fix, code=f"http_{status}", **more
    )


def answer_problem(problem: Problem, headers: Mapping[str, str] | None = None) -> Response:
    """Make the response of a problem."""
    return Response(redact_json_text(msgspec.json.encode(problem)), problem.status, headers, MEDIA_TYPE)


@contextmanager
def reason_kept_back() -> Generator[None]:
    """Say of a store that fails only that it does: the reason names its place, and strangers may ask."""
    try:
        yield
    except (errors.StoreFailed, errors.StoreRefused) as error:
        log.warning("the store does not answer: %s", error)
        raise errors.StoreFailed(
            "The store does not answer.", fix="The log of the server says why."
        ) from None


def refuse_method(method: str, methods: Iterable[str]) -> Response:
    """Make the response to a method that is none of those of an address."""
    allowed = ", ".join(sorted(methods))
    problem = plain_problem(405, f"{method} is not answered at this address.", f"Use {allowed}.")
    return answer_problem(problem, {"allow": allowed})
