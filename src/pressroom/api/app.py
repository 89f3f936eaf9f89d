"""Answers requests: who asks, what is asked, once, and how the answer is told. Start at `api_app`.

A key is all that counts here: no cookie is read. Host and Origin are checked by whoever serves it.
"""

import hashlib
import logging
from collections.abc import Mapping
from typing import Any, Final

import msgspec
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route, Router
from starlette.types import ASGIApp, Receive, Send
from starlette.types import Scope as HttpScope

from pressroom.api import pages, reading
from pressroom.api.answers import answer_again, answer_proposal
from pressroom.api.operation import BASE, PLACES, Answer, Call, Method, Operation
from pressroom.api.problems import (
    RETRIED_LATER,
    answer_problem,
    plain_problem,
    problem_of,
    reason_kept_back,
    refuse_method,
)
from pressroom.api.table import by_path
from pressroom.core.consent import ProposalState
from pressroom.core.errors import NeedsApproval, NotFound, PressroomError
from pressroom.core.secret import redact_json_text
from pressroom.core.settings import Mask
from pressroom.service.programs.programs import Program, Programs
from pressroom.serving.rates import ANYBODY, STRANGERS, Takes, count_request

log: Final = logging.getLogger("pressroom.api")

_HEADERS: Final = {"cache-control": "no-store", "x-content-type-options": "nosniff"}
_HOW_TO_SHOW: Final = "Send the header `Authorization: Bearer KEY`; a person makes a key."


def api_app(programs: Programs, *, mask: Mask, takes: Takes | None = None) -> ASGIApp:
    """Make the app of the API. programs: whoever made them closes them. takes: the rate limit."""
    api = _Api(programs, mask, takes)
    routes: list[BaseRoute] = [
        Route(BASE + path, _Resource(api, operations)) for path, operations in by_path().items()
    ]
    routes += pages.routes()
    return Router(routes, redirect_slashes=False, default=_nowhere)


async def _nowhere(scope: HttpScope, receive: Receive, send: Send) -> None:
    problem = plain_problem(
        404, f"There is no {scope['path'][:200]!r} here.", f"{BASE}/openapi.json lists what there is."
    )
    await answer_problem(problem, _HEADERS)(scope, receive, send)


class _Resource:
    """A path, whose operations are told apart by their methods."""

    def __init__(self, api: "_Api", operations: Mapping[Method, Operation]) -> None:
        self._api = api
        self._operations: dict[str, Operation] = {**operations}
        if "GET" in operations:
            self._operations["HEAD"] = operations["GET"]

    async def __call__(self, scope: HttpScope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        if operation := self._operations.get(request.method):
            response = await self._api.respond(operation, request)
        else:
            response = refuse_method(request.method, self._operations)
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        await response(scope, receive, send)


class _Api:
    """Answers operations, for whoever shows a key."""

    def __init__(self, programs: Programs, mask: Mask, takes: Takes | None) -> None:
        self._programs = programs
        self._mask = mask
        self._takes = takes

    async def respond(self, operation: Operation, request: Request) -> Response:
        """Answer a request, or say what is wrong with it."""
        try:
            program = await self._program_of(request) if operation.scope else None
            if refusal := self._refusal_of(operation, request, program):
                return refusal
            try:
                response = await self._answer(operation, request, program)
            except PressroomError as error:
                response = self._problem(error)
            # Of what was read after the key was revoked or expired, nothing is answered. A change is done.
            is_read = program is not None and operation.method == "GET"
            return _no_key() if is_read and await self._program_of(request) is not program else response
        except PressroomError as error:
            return self._problem(error)
        except ClientDisconnect:
            raise
        except Exception:
            log.exception("%s was not answered", operation.name)
            words = "Pressroom failed to answer. Its log has the reason; what was asked may have been done."
            return answer_problem(plain_problem(500, words, "Read how it stands before you ask again."))

    async def _program_of(self, request: Request) -> Program | None:
        with reason_kept_back():
            return await self._programs.shown_by(request.headers.get("authorization", ""))

    def _refusal_of(self, operation: Operation, request: Request, program: Program | None) -> Response | None:
        """Say why a request is not even read; None where it is."""
        # Who guesses keys leaves what needs none to others, such as a monitor.
        stranger = STRANGERS if operation.scope else ANYBODY
        if wait_s := count_request(request.scope, program.actor.id if program else stranger, self._takes):
            fix = f"Ask again in {wait_s} s."
            problem = plain_problem(429, "Too many requests come at once.", fix, retryable=True)
            return answer_problem(problem, {"retry-after": str(wait_s)})
        if operation.scope and program is None:
            return _no_key()
        return None

    async def _answer(self, operation: Operation, request: Request, program: Program | None) -> Response:
        assert program is not None or operation.scope is None
        if program and operation.scope:
            program.require(operation.scope)
        call = await _read(operation, request, self._programs, program)
        try:
            answer = await (_once(operation, call) if call.key else operation.run(call))
        except NeedsApproval as error:
            if error.state != ProposalState.WAITING or error.proposal_id is None:
                raise
            proposal = await call.program.sessions.proposal(error.proposal_id)
            answer = await answer_proposal(call, proposal)
        return self._response(answer, request)

    def _response(self, answer: Answer | Response, request: Request) -> Response:
        if isinstance(answer, Response):
            return answer
        tag = answer.headers.get("etag")
        if tag and request.method in {"GET", "HEAD"} and tag in request.headers.get("if-none-match", ""):
            return Response(None, 304, answer.headers)
        # Whoever plans a post may have put a secret into it.
        content = redact_json_text(msgspec.json.encode(answer.value), *self._mask.secrets)
        return Response(content, answer.status, answer.headers, "application/json")

    def _problem(self, error: PressroomError) -> Response:
        problem = problem_of(error)
        headers = dict[str, str]()
        if problem.retryable and problem.status in RETRIED_LATER:
            headers["retry-after"] = str(getattr(error, "retry_after_s", None) or 5)
        return answer_problem(problem, headers)


def _no_key() -> Response:
    problem = plain_problem(401, "The request shows no key that lets in.", _HOW_TO_SHOW)
    return answer_problem(problem, {"www-authenticate": "Bearer"})


async def _read(
    operation: Operation, request: Request, programs: Programs, program: Program | None
) -> Call[Any, Any]:
    """Read all that a request says. Raises Refused, and NotFound for a path that can name nothing."""
    for name, text in request.path_params.items():
        if not PLACES[name].matches(text):
            kind = name.removesuffix("_id")
            raise NotFound(
                f"There is no {kind} {text[:80]!r}.", fix=f"The path takes this: {PLACES[name].words}"
            )
    if not (operation.body or operation.takes_file):
        await reading.require_no_body(request)
    return Call(
        program=program,  # pyright: ignore[reportArgumentType]  # operations without a scope do not look
        request=request,
        path=request.path_params,
        query=reading.read_query(operation.query, request.query_params),
        version=reading.read_version(request.headers) if operation.is_bound else None,
        key=reading.read_key(request.headers) if operation.takes_key else None,
        body=await reading.read_body(operation.body, request) if operation.body else None,
        programs=programs,
    )


async def _once(operation: Operation, call: Call[Any, Any]) -> Answer | Response:
    """Carry out an operation unless its key stands for an effect already, which is told as it is now."""
    assert call.key
    asked = [operation.name, dict(call.path), call.query, call.version, call.body]
    content = msgspec.json.encode(asked, order="sorted")
    pressroom = await call.session()
    async with pressroom.requests.begin(
        operation.name, call.key, hashlib.sha256(content).hexdigest()
    ) as request:
        if request.earlier is None:
            answer = await operation.run(call)
            subject = answer.subject if isinstance(answer, Answer) else None
            if subject is None:  # the first that its path names
                place, subject_id = next(iter(call.path.items()))
                subject = place.removesuffix("_id"), subject_id
            request.settle(*subject)
            return answer
    return await answer_again(operation, call, request.earlier)
