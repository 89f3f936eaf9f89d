"""Several calls in one, on the Facebook host: `ids=` and batch."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import msgspec

from pressroom.graph.hosts import LoginType, logins_of_token
from pressroom.sandbox.calls.call import Arrival, split_path
from pressroom.sandbox.calls.resolve import METHODS
from pressroom.sandbox.faults import ConnectionDropped
from pressroom.sandbox.wire.answer import Answer
from pressroom.sandbox.wire.params import Params, items, objects, read_params
from pressroom.sandbox.wire.refusals import invalid

MOST_IN_A_BATCH = 50  # Batch Requests
MOST_IDS = 50
PerformOne = Callable[[Arrival], Awaitable[Answer]]
_FORM = "application/x-www-form-urlencoded"
_INHERITED = ("access_token", "appsecret_proof")  # by a request of a batch, which may bring its own
_NOT_INHERITED = frozenset({"ids", "batch", "include_headers"})


def is_several(arrival: Arrival) -> bool:
    """Tell whether a call is a batch, or asks for several nodes by `ids`."""
    if arrival.method == "POST":
        return "batch" in arrival.params and not arrival.segments
    return "ids" in arrival.params and (not arrival.segments or _is_edge(arrival.segments))


def _is_edge(segments: list[str]) -> bool:
    """Tell whether a path is an edge alone, as in `/insights?ids=1,2`."""
    return len(segments) == 1 and segments != ["me"] and not segments[0].isdigit()


async def several(arrival: Arrival, perform: PerformOne, *, works_everywhere: bool) -> Answer:
    """Answer a batch, or an object by id. `works_everywhere`: under Instagram Login too.

    Raises GraphRefusal for a malformed one.
    """
    by_token = logins_of_token(arrival.token or "")
    logins = arrival.host_logins if arrival.has_real_name else by_token
    is_instagram = logins == (LoginType.INSTAGRAM,) and not works_everywhere
    if arrival.method == "POST":
        if is_instagram:
            return Answer(200, b"")  # graph.instagram.com is reported to answer a batch with an empty 200
        return await _batch(arrival, perform)
    if is_instagram:
        raise invalid("The parameter ids is not supported")
    return await _by_id(arrival, perform)


async def _by_id(arrival: Arrival, perform: PerformOne) -> Answer:
    names = items(arrival.params, "ids")
    if not 1 <= len(names) <= MOST_IDS:
        raise invalid(f"Param ids must hold 1 to {MOST_IDS} ids")
    params = {name: value for name, value in arrival.params.items() if name not in _NOT_INHERITED}
    found: dict[str, msgspec.Raw] = {}
    for name in names:
        answer = await perform(replace(arrival, segments=[name, *arrival.segments], params=params))
        if answer.status != 200:  # noqa: PLR2004  # HTTP's number
            return answer  # one bad id fails all, as on the Graph API
        found[name] = msgspec.Raw(answer.body)
    return Answer(200, msgspec.json.encode(found))


async def _batch(arrival: Arrival, perform: PerformOne) -> Answer:
    orders = objects(arrival.params, "batch")
    if not orders:
        raise invalid("The parameter batch must hold at least one request")
    if len(orders) > MOST_IN_A_BATCH:
        raise invalid(f"Too many requests in batch message. Maximum batch size is {MOST_IN_A_BATCH}")
    has_headers = str(arrival.params.get("include_headers", "true")).lower() != "false"
    answers = [await _one_of_batch(arrival, order, perform, has_headers=has_headers) for order in orders]
    return Answer(200, msgspec.json.encode(answers))


async def _one_of_batch(
    arrival: Arrival, order: Mapping[str, Any], perform: PerformOne, *, has_headers: bool
) -> dict[str, Any] | None:
    try:
        answer = await perform(_arrival_of(arrival, order))
    except ConnectionDropped:
        return None  # Batch Requests: null for a request that timed out
    shown: dict[str, Any] = {"code": answer.status, "body": answer.body.decode("utf-8", "replace")}
    if has_headers:
        shown["headers"] = [{"name": "Content-Type", "value": answer.content_type.decode()}]
    return shown


def _arrival_of(arrival: Arrival, order: Mapping[str, Any]) -> Arrival:
    method, address = str(order.get("method", "GET")).upper(), order.get("relative_url")
    if not isinstance(address, str) or method not in METHODS:
        raise invalid("Each request of a batch needs a method and a relative_url")
    url = urlsplit("/" + address.lstrip("/"))
    segments, version = split_path(url.path)
    params = {name: arrival.params[name] for name in _INHERITED if name in arrival.params}
    if isinstance(order.get("access_token"), str):
        params["access_token"] = order["access_token"]
    try:
        params |= _params_of(url.query, order.get("body"))
    except UnicodeEncodeError:
        raise invalid("A request of the batch cannot be read") from None
    return replace(
        arrival, method=method, segments=segments, version=version or arrival.version, params=params
    )


def _params_of(query: str, body: object) -> Params:
    """Parse the parameters of one request; its body is a form, or an object where the whole call is JSON."""
    if isinstance(body, dict):
        return read_params(query.encode(), "application/json", msgspec.json.encode(body))
    return read_params(query.encode(), _FORM, body.encode() if isinstance(body, str) else b"")
