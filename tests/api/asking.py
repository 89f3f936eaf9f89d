"""Requests of any operation of the table, as its own description says that they are made."""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec

from pressroom.api.openapi import openapi_json
from pressroom.api.operation import Operation
from pressroom.api.table import OPERATIONS
from pressroom.core.settings import Settings
from tests.api.house import Client, Got

DOCUMENT: dict[str, Any] = msgspec.json.decode(openapi_json())
BY_NAME: Mapping[str, Operation] = {operation.name: operation for operation in OPERATIONS}
KEYED = [operation for operation in OPERATIONS if operation.scope]
URL = "https://example.com/cat.jpg"
NOBODY: Mapping[str, str] = {
    "post_id": "0" * 32,
    "proposal_id": "0" * 32,
    "report_id": "0" * 32,
    "upload_id": "00000000-0000-4000-8000-000000000000",
    "account": "nobody",
    "media_id": "99999999999999999",
}
"""What names nothing that there is, for each parameter of a path."""
# Words that no type tells.
_KNOWN: Mapping[str, Any] = {
    "at": "+3h",
    "file": {"url": URL},
    "files": [{"url": URL}],
    "kind": "photo",
    "sha256": "0" * 64,
    "slot": ["monday 18:00"],
    "slots": ["monday 18:00"],
    "timeout_s": 0,
}


@dataclass(frozen=True)
class Wish:
    """A request that is still to be made. places: for the parameters of the path."""

    operation: Operation
    places: Mapping[str, str] = field(default_factory=lambda: NOBODY)
    query: Mapping[str, Any] = field(default_factory=dict[str, Any])
    headers: Mapping[str, Any] = field(default_factory=dict[str, Any])
    content: bytes | None = None
    body: Any = None

    @property
    def path(self) -> str:
        return self.operation.path.format(**self.places)

    def of(self, **places: str) -> "Wish":
        return replace(self, places={**self.places, **places})

    async def ask(self, client: Client, **more: Any) -> Got:
        """Make it, and hold its status against those that the document tells.

        more: for `Client.ask`, in place of its own; None takes a header away.
        """
        given: dict[str, Any] = {**self.query, "headers": self.headers, "content": self.content, **more}
        given["headers"] = {name: text for name, text in given["headers"].items() if text is not None}
        body = None if given["content"] is not None else self.body
        got = await client.ask(self.operation.method, self.path, body, **given)
        # With a slash in a place it is another address.
        is_told = got.status in {*self.operation.answers, *self.operation.statuses}
        assert is_told or "a/b" in self.path, (self.operation.name, got.status, got.content[:500])
        return got


def well_formed(operation: Operation, **places: str) -> Wish:
    """Return the least that an operation takes, with nothing in it that its description does not allow."""
    described = DOCUMENT["paths"][operation.path][operation.method.lower()]
    body: Any = an_example(_schema_of(operation)) if operation.body else None
    if operation.method == "PATCH":
        body = {**body, "caption": "Another"}
    return Wish(
        operation=operation,
        places={**NOBODY, **places},
        query={
            parameter["name"]: an_example(parameter["schema"], parameter["name"])
            for parameter in described["parameters"]
            if parameter["in"] == "query" and (parameter["required"] or parameter["name"] == "timeout_s")
        },
        headers={"if-match": "*"} if operation.is_bound else {},
        content=b"bytes" if operation.takes_file else None,
        body=body,
    )


def an_example(schema: Mapping[str, Any], name: str = "") -> Any:
    """Return the least value that a schema allows."""
    example: Any
    match schema:
        case _ if name in _KNOWN:
            example = _KNOWN[name]
        case {"$ref": reference}:
            example = an_example(DOCUMENT["components"]["schemas"][reference.rpartition("/")[2]])
        case {"enum": [example, *_]}:
            pass
        case {"anyOf": [member, *_]}:
            example = an_example(member)
        case {"type": "object"}:
            required = schema.get("required", ())
            example = {each: an_example(schema["properties"][each], each) for each in required}
        case {"type": "array"}:
            example = [an_example(schema["items"])] * schema.get("minItems", 0)
        case _:
            simple = {"string": "1", "integer": schema.get("minimum", 1), "boolean": False, "null": None}
            example = simple[schema["type"]]
    return example


def _schema_of(operation: Operation) -> Mapping[str, Any]:
    described = DOCUMENT["paths"][operation.path][operation.method.lower()]
    return described["requestBody"]["content"]["application/json"]["schema"]


def fields_of(operation: Operation) -> Mapping[str, Any]:
    """Return the schemas of the fields of an operation's body."""
    schema = _schema_of(operation)
    name = schema["$ref"].rpartition("/")[2]
    return DOCUMENT["components"]["schemas"][name]["properties"]


def kept(settings: Settings) -> list[str]:
    """Return all that a store keeps, but when each key was used last."""
    with sqlite3.connect(settings.home / "pressroom.db") as store:
        return [line for line in store.iterdump() if not line.startswith('INSERT INTO "keys"')]
