"""The OpenAPI document says of every operation what it is, once, in a form that strangers' tools take."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
import pytest

from pressroom.api.operation import BASE, PLACES
from pressroom.api.problems import MEDIA_TYPE
from pressroom.api.table import OPERATIONS, TAGS
from tests.api.asking import DOCUMENT, NOBODY

DESCRIBED = {
    f"{method} {path}": described
    for path, methods in DOCUMENT["paths"].items()
    for method, described in methods.items()
}
SCHEMAS: Mapping[str, Any] = DOCUMENT["components"]["schemas"]
_SCHEMA = "#/components/schemas/"
_SAYS_WHAT = {"$ref", "type", "anyOf", "enum", "const"}


def test_it_is_openapi() -> None:
    assert DOCUMENT["openapi"] == "3.1.0"
    assert DOCUMENT["servers"] == [{"url": BASE}]


def test_every_row_of_the_table_is_an_operation_of_its_own() -> None:
    assert len(DESCRIBED) == len(OPERATIONS)
    names = Counter(described["operationId"] for described in DESCRIBED.values())
    assert not [name for name, count in names.items() if count > 1]


@pytest.mark.parametrize("name", DESCRIBED)
def test_an_operation_is_described_in_words(name: str) -> None:
    described = DESCRIBED[name]
    assert described["summary"]
    assert not described["summary"].endswith(".")
    assert set(described["tags"]) <= set(TAGS)
    assert {parameter["name"] for parameter in described["parameters"] if parameter["in"] == "path"} == {
        part[1:-1] for part in name.split("/") if part.startswith("{")
    }
    for status, answer in described["responses"].items():
        assert answer["description"], status
        assert set(answer.get("content", {})) == {MEDIA_TYPE} or int(status) < 400, status


def test_groups_are_those_of_the_operations() -> None:
    assert set(TAGS) == {operation.tag for operation in OPERATIONS}


def test_every_parameter_and_field_has_a_type() -> None:
    untyped = [where for where, schema in _leaves() if not _SAYS_WHAT & set(schema)]
    # What was refused is whatever was given, and so is its limit.
    assert {where.partition(".")[2] for where in untyped} == {"value", "limit"}, untyped


def _leaves() -> Iterator[tuple[str, Mapping[str, Any]]]:
    for name, described in DESCRIBED.items():
        for parameter in described["parameters"]:
            yield f"{name} {parameter['name']}", parameter["schema"]
    for name, schema in SCHEMAS.items():
        for field, declared in schema.get("properties", {}).items():
            yield f"{name}.{field}", declared
            for member in (declared.get("items"), *declared.get("anyOf", ())):
                if member:
                    yield f"{name}.{field}[]", member


def test_every_schema_is_as_generators_of_clients_take_it() -> None:
    """They make a class of each by its name; some know objects alone, or take a default for a value."""
    assert [name for name in SCHEMAS if not name.isidentifier()] == []
    assert [where for where, schema in _leaves() if schema.get("items") is False] == []
    assert [where for where, schema in _leaves() if "default" in schema and schema["default"] is None] == []


def test_every_body_and_query_says_what_each_of_its_fields_is() -> None:
    bodies = {operation.body.__name__ for operation in OPERATIONS if operation.body}
    silent = [
        f"{name}.{field}"
        for name in sorted(bodies)
        for field, declared in SCHEMAS[name]["properties"].items()
        if not any("description" in part for part in (declared, *declared.get("anyOf", ())))
        and field not in _OBVIOUS
    ]
    silent += [
        f"{name} {parameter['name']}"
        for name, described in DESCRIBED.items()
        for parameter in described["parameters"]
        if not parameter.get("description") and parameter["name"] not in _OBVIOUS
    ]
    assert silent == []


_OBVIOUS = {"kind", "limit", "timeout_s", "caption"}


def test_every_schema_is_used_and_every_reference_is_there() -> None:
    used = set(_references(DOCUMENT["paths"])) | set(_references(SCHEMAS))
    assert used == set(SCHEMAS)


def _references(part: Any) -> Iterator[str]:
    # As text: a reference is all that begins like one.
    for word in msgspec.json.encode(part).decode().split('"'):
        if word.startswith(_SCHEMA):
            yield word.removeprefix(_SCHEMA)


def test_every_link_leads_to_a_parameter_of_an_operation() -> None:
    parameters = {
        described["operationId"]: {parameter["name"] for parameter in described["parameters"]}
        for described in DESCRIBED.values()
    }
    for name, described in DESCRIBED.items():
        for answer in described["responses"].values():
            for link in answer.get("links", {}).values():
                assert set(link["parameters"]) <= parameters[link["operationId"]], name


def test_every_parameter_of_a_path_can_be_asked_for_by_these_tests() -> None:
    assert set(NOBODY) == set(PLACES)
    assert all(PLACES[name].matches(text) for name, text in NOBODY.items())
