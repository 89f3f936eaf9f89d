"""The token reaches nobody: not logs at debug level, errors, records or reprs."""

import logging
import traceback
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pressroom.core.errors import AnswerLost, PressroomError
from pressroom.core.secret import MASK, redact_json, redact_text
from pressroom.graph import calls
from pressroom.graph.answers import MediaId
from pressroom.graph.call import Call
from tests.client.desk import TOKEN, USER, Desk
from tests.fakes.transport import Step, graph_error, reply

CALLS = [
    calls.refresh_token(TOKEN),
    calls.media(MediaId("1")).with_params(access_token=TOKEN),
    calls.comment(MediaId("1"), f"my token is {TOKEN}"),
]
ANSWERS: list[Step] = [
    reply({"id": "1", "access_token": TOKEN}),
    graph_error(190, message=f"Malformed access token {TOKEN}", error_user_msg=f"?access_token={TOKEN}"),
    reply(f"<html>{TOKEN}</html>", status=502),
    AnswerLost("cut"),
]


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("answer", ANSWERS)
async def test_no_log_record_or_error_holds_the_token(
    desk: Desk, caplog: pytest.LogCaptureFixture, call: Call[Any], answer: Step
) -> None:
    shown: list[object] = []
    client = desk.client(answer)
    with caplog.at_level(logging.DEBUG):
        try:
            shown.append(await client.send(call))
        except PressroomError as error:
            shown += [error, repr(error), vars(error), error.as_json(), *traceback.format_exception(error)]
    shown += [caplog.text, desk.records, client.account, vars(client)["_builder"], desk.transport.requests]

    assert desk.records
    assert "pressroom.client" in caplog.text
    assert TOKEN not in " ".join(map(repr, shown))


async def test_a_log_line_says_what_support_asks_for(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, "pressroom.client"):
        await desk.client(graph_error(2, status=503), reply({"id": "1"})).send(calls.user(USER))

    assert f"GET /{USER} -> 503 ServiceUnavailable in 0 ms, trace Atrace" in caplog.text
    assert f"GET /{USER} -> 200 ok in 0 ms" in caplog.text


WORDS = st.text("ab=&?\"'ü ☀", max_size=8)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=10,
)


@given(JSON)
def test_redaction_leaves_everything_else_alone(value: Any) -> None:
    assert redact_json(value) == value


@given(JSON, WORDS)
def test_redaction_finds_a_secret_wherever_it_stands(value: Any, text: str) -> None:
    hidden = {"a": [value, {"b": f"{text}{TOKEN}{text}", f"{TOKEN}": 1}], "client_secret": TOKEN}
    assert TOKEN not in repr(redact_json(hidden, TOKEN))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://x/?access_token=IGabc&after=A", f"https://x/?access_token={MASK}&after=A"),
        ("https://x/?a=1&client_secret=s3", f"https://x/?a=1&client_secret={MASK}"),
        ('<a href="/?access_token=IGabc">', f'<a href="/?access_token={MASK}">'),
        ("access_token=", "access_token="),
        ("no secret here", "no secret here"),
    ],
)
def test_a_secret_in_an_address_is_masked_without_knowing_it(text: str, shown: str) -> None:
    assert redact_text(text) == shown
