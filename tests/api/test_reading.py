"""What cannot be understood is refused by every operation, saying why, and nothing is done."""

import contextlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.requests import Request

from pressroom.api import reading
from pressroom.api.changes import PatchPost
from pressroom.api.operation import PLACES, Operation
from pressroom.api.posts import CreatePost
from pressroom.api.problems import MEDIA_TYPE
from pressroom.api.reading import MOST_BYTES, read_body
from pressroom.api.table import OPERATIONS, by_path
from pressroom.core.errors import Refused
from tests.api.asking import BY_NAME, KEYED, NOBODY, fields_of, kept, well_formed
from tests.api.house import Client, Got, House

WITH_BODY = [operation for operation in OPERATIONS if operation.body]
BOUND = [operation for operation in OPERATIONS if operation.is_bound]
TAKES_KEY = [operation for operation in KEYED if operation.takes_key]
DEEP = b'{"x": ' + b"[" * 40 + b"]" * 40 + b"}"
VERY_DEEP = b"[" * 100_000 + b"]" * 100_000
NOT_JSON: Mapping[str, bytes] = {
    "nothing": b"",
    "no JSON": b"kind=photo",
    "half of it": b'{"kind": "photo"',
    "more behind it": b"{} {}",
    "another encoding": '{"caption": "ü"}'.encode("utf-16"),
    "a byte order mark": b"\xef\xbb\xbf{}",
    "broken UTF-8": b'{"caption": "\xff"}',
    "half a pair, as bytes": b'{"caption": "\xed\xa0\xbd"}',
    "half a pair, escaped": rb'{"caption": "\ud83d"}',
    "half a pair in a name": rb'{"\ud83d": 1}',
    "NUL": rb'{"caption": "a\u0000b"}',
    "NUL in a name": rb'{"\u0000": 1}',
    "NaN": b'{"at": NaN}',
    "infinity": b'{"at": -Infinity}',
    "deep": DEEP,
    "very deep": VERY_DEEP,
    "a name twice": b'{"at": "now", "at": "now"}',
    "a name twice, inside": b'{"file": {"url": 1, "url": 2}}',
    # Whoever compares each with each takes a minute for it, in which nobody else is answered.
    "a name twice, behind 25,000 others": (
        b"{" + b"".join(b'"%x":1,' % number for number in range(25_000)) + b'"z":1,"z":1}'
    ),
    "a number of 100,000 digits": b'{"limit": ' + b"9" * 100_000 + b"}",
}
NOT_THAT: Mapping[str, bytes] = {
    "null": b"null",
    "a list": b"[]",
    "a text": b'"{}"',
    "an unknown field": b'{"confirmed": true}',
    "a huge number": b'{"confirmed": 1e400}',
}
JSON: Mapping[str, Any] = {"headers": {"content-type": "application/json", "if-match": "*"}}


def is_problem(answer: Got) -> dict[str, Any]:
    """Hold an answer against what every problem says, and return it."""
    problem = answer.json
    assert answer.headers["content-type"] == MEDIA_TYPE
    assert answer.headers["cache-control"] == "no-store"
    assert problem["status"] == answer.status
    assert all(problem[name] for name in ("type", "title", "detail", "fix")), problem
    assert not any(word in answer.content for word in (b"Traceback", b"site-packages"))
    assert len(answer.content) < 4000
    return problem


async def refused(client: Client, operation: Operation, status: int, **more: Any) -> dict[str, Any]:
    answer = await well_formed(operation).ask(client, **more)
    assert answer.status == status, (operation.name, more, answer.content[:500])
    return is_problem(answer)


async def test_a_body_that_is_no_json_or_of_another_kind_is_refused(house: House, shop: Client) -> None:
    before = kept(house.road.settings)
    for operation in WITH_BODY:
        for what, content in {**NOT_JSON, **NOT_THAT}.items():
            status, rule = (400, "json") if what in NOT_JSON else (422, "body")
            problem = await refused(shop, operation, status, content=content, **JSON)
            assert problem["rule"] == rule, (operation.name, what)
    assert kept(house.road.settings) == before


async def test_every_field_refuses_a_value_of_another_type(house: House, shop: Client) -> None:
    before = kept(house.road.settings)
    for operation in WITH_BODY:
        least = well_formed(operation)
        for name in fields_of(operation):
            body = {**least.body, name: {"no": "such"}}
            problem = (await least.ask(shop, content=json.dumps(body).encode(), **JSON)).of(422)
            assert name in problem["detail"], (operation.name, name, problem)
    assert kept(house.road.settings) == before


async def test_an_unknown_field_is_named(shop: Client) -> None:
    for operation in WITH_BODY:
        body = {**well_formed(operation).body, "captoin": "A typo"}
        problem = await refused(shop, operation, 422, content=json.dumps(body).encode(), **JSON)
        assert "`captoin`" in problem["detail"], operation.name


async def test_a_body_of_another_media_type_is_refused(shop: Client) -> None:
    forms = ("application/x-www-form-urlencoded", "multipart/form-data; boundary=x")
    for operation in WITH_BODY:
        for media_type in (
            None,
            "",
            *forms,
            "text/plain",
            "application/merge-patch+json",
            "application/json+x",
        ):
            headers = {"content-type": media_type, "if-match": "*"}
            problem = await refused(shop, operation, 415, content=b"{}", headers=headers)
            assert problem["limit"] == "application/json", (operation.name, media_type)


@pytest.mark.parametrize("media_type", ["application/json; charset=utf-8", "Application/JSON"])
async def test_json_is_known_however_it_is_spelled(shop: Client, media_type: str) -> None:
    headers = {"content-type": media_type, "if-match": "*"}
    answer = await well_formed(BY_NAME["create_post"]).ask(
        shop, content=b'{"kind": "photo", "files": [{"url": "https://example.com/a.jpg"}]}', headers=headers
    )
    answer.of(201)


async def test_a_body_may_have_so_many_bytes_and_not_one_more(shop: Client) -> None:
    for operation in WITH_BODY:
        least = json.dumps(well_formed(operation).body).encode()
        problem = await refused(shop, operation, 413, content=least.ljust(MOST_BYTES + 1), **JSON)
        assert problem["limit"] == MOST_BYTES
        answer = await well_formed(operation).ask(shop, content=least.ljust(MOST_BYTES), **JSON)
        assert answer.status not in {400, 413, 415}, operation.name


async def test_a_parameter_that_cannot_be_one_is_refused_by_name(shop: Client) -> None:
    """A name may be spelled `null`; a word of ours, a number or a time not."""
    for operation in OPERATIONS:
        wrong: list[tuple[str, Any]] = [("confirmed", "true"), ("Limit", "1"), ("limit[]", "1")]
        for name, parameter in reading._query_types(operation.query).items():
            wrong += [(name, "x\0y"), *([] if parameter.is_list else [(name, ["1", "1"])])]
            wrong += [] if reading._unannotated(parameter.member) is str else [(name, "null"), (name, "")]
        for name, texts in wrong:
            problem = await refused(shop, operation, 422, **{name: texts})
            assert (problem["rule"], problem["value"]) == ("parameter", name), (operation.name, texts)


async def test_a_body_that_nobody_would_read_is_refused_and_an_empty_one_is_none(
    house: House, shop: Client
) -> None:
    before = kept(house.road.settings)
    for operation in KEYED:
        if not operation.body and not operation.takes_file:
            for content in (b'{"caption": "Another"}', b"[]", b"caption=Another", b" " * (MOST_BYTES + 1)):
                headers = {**well_formed(operation).headers, "content-length": str(len(content))}
                problem = await refused(shop, operation, 422, content=content, headers=headers)
                assert problem["rule"] == "body", operation.name
            headers = {**well_formed(operation).headers, "content-length": "2"}
            answer = await well_formed(operation).ask(shop, content=b"{}", headers=headers)
            assert answer.status != 422 or answer.json["rule"] != "body", operation.name
    assert kept(house.road.settings) == before


async def test_a_moment_that_utc_cannot_spell_is_refused_as_a_time_and_as_a_place(shop: Client) -> None:
    moments = ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00")
    asked = [
        (operation, name, f"{moment}{end}")
        for operation in OPERATIONS
        for name, parameter in reading._query_types(operation.query).items()
        for moment in moments
        for is_it, end in ((reading._unannotated(parameter.member) is datetime, ""), (name == "after", "_x"))
        if is_it
    ]
    assert {name for _, name, _ in asked} >= {"since", "until", "due_from", "due_before", "after"}
    for operation, name, text in asked:
        answer = await well_formed(operation).ask(shop, **{name: text})
        assert answer.status in {410, 422}, (operation.name, name, answer.content[:500])
    (await shop.ask("GET", "/media", after="9999-12-31T23:59:59Z_1")).of(200)


async def test_a_change_names_the_version_that_was_seen(shop: Client) -> None:
    garbage = ("", "7", 'W/"7"', '"0"', '"-1"', f'"{"9" * 19}"', '"7", "8"', '"caption"', '"\u0667"', "**")
    twice = (["*", "*"], ['"7"', '"8"'])
    for operation in BOUND:
        for named, status in {None: 428, **dict.fromkeys(garbage, 400)}.items():
            problem = await refused(shop, operation, status, headers={"if-match": named})
            assert problem["rule"] == "if_match", (operation.name, named)
        for each in twice:
            problem = await refused(shop, operation, 400, headers={"if-match": each})
            assert problem["rule"] == "if_match", (operation.name, each)


async def test_a_key_that_cannot_be_one_is_refused(shop: Client) -> None:
    for operation in TAKES_KEY:
        for key in ("", '""', " ", "x" * 201, "a b", "ümlaut", ["a", "b"], ["a", "a"]):
            headers = {**well_formed(operation).headers, "idempotency-key": key}
            problem = await refused(shop, operation, 400, headers=headers)
            assert problem["rule"] == "idempotency_key", (operation.name, key)


async def test_another_method_is_told_which_there_are(shop: Client) -> None:
    every = {"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "PROPFIND"}
    for path, operations in by_path().items():
        allowed = {*operations, *(["HEAD"] if "GET" in operations else [])}
        for method in every - allowed:
            answer = await shop.ask(method, path.format(**NOBODY))
            assert answer.status == 405, (method, path)
            assert answer.headers["allow"] == ", ".join(sorted(allowed))
            is_problem(answer)


async def test_head_tells_what_get_would(shop: Client) -> None:
    for operation in (each for each in OPERATIONS if each.method == "GET"):
        wish = well_formed(operation)
        got = await wish.ask(shop)
        head = await shop.ask("HEAD", wish.path, headers=wish.headers, **wish.query)
        assert (head.status, head.headers) == (got.status, got.headers), wish.path


async def test_an_address_of_nothing_is_not_found(shop: Client) -> None:
    strange = ("/nothing", "/posts/", "//posts", "/posts/../posts", "/posts;x=1", "/POSTS", "/posts/x\0y/z")
    for path in strange:
        answer = await shop.ask("GET", path)
        assert answer.status == 404, path
        is_problem(answer)


async def test_what_can_name_nothing_is_not_found(shop: Client) -> None:
    """As a server gives it: percent signs are read already."""
    zeros = "0" * 32
    odd = ("0", "..", "\0", f"{zeros}\n", f"{zeros}\0", "A" * 32, f"{zeros}0", "%2e%2e", "x" * 5000, "a/b")
    for operation in OPERATIONS:
        for place in operation.places:
            for text in (text for text in odd if not PLACES[place].matches(text)):
                answer = await well_formed(operation, **{place: text}).ask(shop)
                # With a slash in it, it is another address, which may have no such method.
                assert answer.status == 404 or ("/" in text and answer.status == 405), (operation.name, text)
                is_problem(answer)


def _request(body: bytes) -> Request:
    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    headers = [(b"content-type", b"application/json")]
    return Request({"type": "http", "method": "POST", "headers": headers}, receive)


_JSONISH = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None)),
    lambda inner: (
        st.lists(inner) | st.dictionaries(st.text() | st.sampled_from(["kind", "files", "at"]), inner)
    ),
    max_leaves=20,
)


@settings(max_examples=60)
@given(
    st.binary() | _JSONISH.map(lambda value: json.dumps(value).encode()),
    st.sampled_from([CreatePost, PatchPost]),
)
async def test_whatever_a_body_is_it_is_read_or_refused(body: bytes, kind: Any) -> None:
    with contextlib.suppress(Refused):
        assert isinstance(await read_body(kind, _request(body)), kind)
