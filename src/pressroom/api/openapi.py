"""The OpenAPI 3.1 document, made from the table of operations and the shapes of their answers."""

from collections.abc import Iterable, Mapping
from functools import cache
from http import HTTPStatus
from typing import Any, Final, cast

import msgspec

from pressroom.api.answers import ProposedShape
from pressroom.api.operation import BASE, PLACES, Content, Operation
from pressroom.api.problems import MEDIA_TYPE, RETRIED_LATER, Problem
from pressroom.api.table import OPERATIONS, TAGS
from pressroom.version import __version__

_REFERENCE: Final = "#/components/schemas/{name}"
_IF_MATCH: Final = {
    "name": "If-Match",
    "in": "header",
    "required": True,
    "description": 'The version that was seen, as `ETag` gives it: `"7"`; `*` for any.',
    "schema": {"type": "string", "pattern": '^(\\*|"[1-9][0-9]{0,17}")$'},
}
_KEY: Final = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "A random text for each wish. A repeat with it has no second effect.",
    "schema": {"type": "string", "pattern": "^[!-~]{1,200}$"},
}
_FILE: Final = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}


@cache
def openapi_json() -> bytes:
    """Return the document."""
    return msgspec.json.encode(openapi())


def openapi() -> dict[str, Any]:
    """Make the document."""
    kinds = sorted({kind for operation in OPERATIONS for kind in _kinds_of(operation)} | {Problem}, key=str)
    schemas, components = msgspec.json.schema_components(kinds, ref_template=_REFERENCE)
    schema_of = dict(zip(kinds, schemas, strict=True))
    paths = dict[str, dict[str, Any]]()
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _described(
            operation, schema_of, components
        )
    queries = {operation.query.__name__ for operation in OPERATIONS}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Pressroom",
            "version": __version__,
            "description": "Publish to Instagram and measure it: never twice, never lost.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": BASE}],
        "tags": [{"name": name, "description": words} for name, words in TAGS.items()],
        "security": [{"key": []}],
        "paths": paths,
        "components": {
            "schemas": {
                name: _for_generators(schema) for name, schema in components.items() if name not in queries
            },
            "securitySchemes": {
                "key": {"type": "http", "scheme": "bearer", "description": "A key that a person made."}
            },
        },
    }


def _for_generators(schema: Any) -> Any:  # noqa: ANN401  # a part of a schema
    """Leave out what says nothing, and what generators of clients stumble over.

    `items: false` of an array of a fixed length: some know schemas as objects alone. `default: null` of what
    may be null or left out: some take whatever has a default for always there.
    """
    if isinstance(schema, dict):
        parts = cast("dict[str, Any]", schema).items()
        return {name: _for_generators(part) for name, part in parts if (name, part) not in _UNSAID}
    if isinstance(schema, list):
        return [_for_generators(part) for part in cast("list[Any]", schema)]
    return schema


_UNSAID: Final = (("items", False), ("default", None))


def _kinds_of(operation: Operation) -> Iterable[type[msgspec.Struct]]:
    yield operation.query
    if operation.body:
        yield operation.body
    yield from (kind for kind in operation.answers.values() if not isinstance(kind, Content))


def _described(
    operation: Operation, schema_of: Mapping[Any, dict[str, Any]], components: Mapping[str, Any]
) -> dict[str, Any]:
    summary, words = operation.words
    described: dict[str, Any] = {
        "operationId": operation.name,
        "summary": summary,
        "tags": [operation.tag],
        "parameters": [*_places(operation), *_query(operation, components), *_headers(operation)],
        "responses": {
            **{str(status): _answer(operation, status, schema_of) for status in operation.answers},
            **{str(status): _problem(status) for status in operation.statuses},
        },
    }
    if words:
        described["description"] = words
    if operation.body:
        content = {"application/json": {"schema": schema_of[operation.body]}}
        described["requestBody"] = {"required": True, "content": content}
    elif operation.takes_file:
        described["requestBody"] = {"required": True, "content": _FILE}
    if operation.scope is None:
        described["security"] = []
    else:
        described["x-scope"] = str(operation.scope)
    return described


def _places(operation: Operation) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "in": "path",
            "required": True,
            "description": PLACES[name].words,
            "schema": {"type": "string", "pattern": f"^{PLACES[name].pattern}$"},
        }
        for name in operation.places
    ]


def _query(operation: Operation, components: Mapping[str, Any]) -> list[dict[str, Any]]:
    schema = components[operation.query.__name__]
    required, parameters = schema.get("required", ()), list[dict[str, Any]]()
    for name, declared in schema.get("properties", {}).items():
        # Nobody can say null in a query: it is left out.
        bare = _without_null(declared)
        parameter = {"name": name, "in": "query", "required": name in required, "schema": bare}
        if words := bare.pop("description", None):
            parameter["description"] = words
        parameters.append(parameter)
    return parameters


def _without_null(schema: Mapping[str, Any]) -> dict[str, Any]:
    bare = {name: value for name, value in schema.items() if (name, value) != ("default", None)}
    members = [member for member in bare.pop("anyOf", ()) if member.get("type") != "null"]
    if len(members) == 1:
        return bare | members[0]
    return bare | ({"anyOf": members} if members else {})


def _headers(operation: Operation) -> list[dict[str, Any]]:
    return [
        *([_IF_MATCH] if operation.is_bound else ()),
        *([_KEY] if operation.takes_key else ()),
    ]


def _answer(operation: Operation, status: int, schema_of: Mapping[Any, dict[str, Any]]) -> dict[str, Any]:
    kind = operation.answers[status]
    if isinstance(kind, Content):
        answer: dict[str, Any] = {"description": kind.words}
        if kind.media_type:
            # A stream of events has no schema that a checker could hold it against.
            schema = (
                {}
                if kind.media_type.startswith("text/")
                else {"schema": {"type": "string", "format": "binary"}}
            )
            answer["content"] = {kind.media_type: schema}
        return answer
    words = "A person has to approve it." if kind is ProposedShape else HTTPStatus(status).phrase
    answer = {"description": words, "content": {"application/json": {"schema": schema_of[kind]}}}
    links = {
        f"{link.operation}_{link.parameter}": {
            "operationId": link.operation,
            "parameters": {link.parameter: f"$response.body#/{link.field}"},
        }
        for link in operation.links
        if link.field in kind.__struct_fields__
    }
    return answer | ({"links": links} if links else {})


def _problem(status: int) -> dict[str, Any]:
    schema = {"$ref": _REFERENCE.format(name=Problem.__name__)}
    answer: dict[str, Any] = {
        "description": HTTPStatus(status).phrase,
        "content": {MEDIA_TYPE: {"schema": schema}},
    }
    if status in RETRIED_LATER:
        answer["headers"] = {"Retry-After": {"schema": {"type": "integer"}, "description": "In seconds."}}
    return answer
