"""How a call is spelled as HTTP, and how an answer is read."""

import gc
import json
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from weakref import ReferenceType, ref

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pressroom.client.wire import RequestBuilder, decode
from pressroom.core.account import Account
from pressroom.core.errors import GraphError, Refused, UnexpectedAnswer
from pressroom.core.graph_errors import PublishLimitReached, TokenExpired, TokenInvalid, TooManyCalls
from pressroom.core.protocols import Reply
from pressroom.core.secret import Secret
from pressroom.graph import calls
from pressroom.graph.answers import CommentId, ContainerId, Done, MediaId
from pressroom.graph.call import Call, Endpoint
from pressroom.graph.error_table import Proves, Retry
from tests.client.desk import ACCOUNT, TOKEN, USER
from tests.fakes.transport import graph_error, reply, sent_params

BUILDER = RequestBuilder(ACCOUNT)


def test_a_read_has_its_params_in_the_query_its_token_in_the_header_and_no_body() -> None:
    request = BUILDER.build(calls.media(MediaId("179"), fields="id,permalink"))

    assert request.method == "GET"
    assert request.url == "https://graph.instagram.com/v21.0/179?fields=id,permalink"
    assert request.headers["authorization"] == f"Bearer {TOKEN}"
    assert request.body is None


def test_a_post_has_its_params_in_a_form_and_nothing_in_the_url() -> None:
    request = BUILDER.build(calls.create_photo(USER, image_url="https://e.com/a.jpg", caption="#sea & sky ☀"))

    assert request.url == f"https://graph.instagram.com/v21.0/{USER}/media"
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"
    assert sent_params(request) == {"image_url": "https://e.com/a.jpg", "caption": "#sea & sky ☀"}


def test_a_delete_has_no_body() -> None:
    request = BUILDER.build(calls.delete_comment(CommentId("18")))

    assert (request.method, request.url) == ("DELETE", "https://graph.instagram.com/v21.0/18")
    assert request.body is None


def test_metas_token_call_has_its_secret_in_the_query_alone() -> None:
    request = BUILDER.build(calls.refresh_token(TOKEN))

    assert urlsplit(request.url).path == "/refresh_access_token"
    assert sent_params(request) == {"grant_type": "ig_refresh_token", "access_token": TOKEN}
    assert "authorization" not in request.headers


def test_an_upload_goes_to_the_upload_host_with_its_own_scheme_word() -> None:
    call = Call(method="POST", path="/ig-api-upload/1", answer=Done, endpoint=Endpoint.UPLOAD)
    request = BUILDER.build(call)

    assert request.url == "https://rupload.facebook.com/v21.0/ig-api-upload/1"
    assert request.headers["authorization"] == f"OAuth {TOKEN}"


def test_a_sandbox_serves_every_host() -> None:
    builder = RequestBuilder(replace(ACCOUNT, api_base="http://127.0.0.1:8055"))
    call = Call(method="POST", path="/x", answer=Done, endpoint=Endpoint.UPLOAD)

    assert builder.build(call).url == "http://127.0.0.1:8055/v21.0/x"
    assert builder.build(calls.refresh_token(TOKEN)).url.startswith(
        "http://127.0.0.1:8055/refresh_access_token"
    )


def test_only_what_cannot_be_undone_needs_a_fresh_connection() -> None:
    assert BUILDER.build(calls.publish(USER, ContainerId("1"))).needs_fresh_connection
    assert BUILDER.build(calls.comment(MediaId("1"), "Nice")).needs_fresh_connection
    assert not BUILDER.build(calls.create_photo(USER, image_url="https://e.com/a.jpg")).needs_fresh_connection
    assert not BUILDER.build(calls.user(USER)).needs_fresh_connection


@given(st.text(st.characters(codec="utf-8")))
def test_any_caption_arrives_as_it_was_written(caption: str) -> None:
    request = BUILDER.build(calls.comment(MediaId("1"), caption))
    assert request.body is not None

    assert parse_qsl(request.body.decode("ascii"), keep_blank_values=True) == [("message", caption)]


def test_half_an_emoji_is_refused_before_any_call() -> None:
    with pytest.raises(Refused, match="half a character") as caught:
        BUILDER.build(calls.comment(MediaId("1"), "\ud83c"))
    assert caught.value.rule == "text_encoding"


def test_a_token_that_no_header_can_hold_is_refused_before_any_call() -> None:
    for text in ("IG\0AA", "IG\udce9", "IG\r\nHost: elsewhere"):
        with pytest.raises(Refused) as caught:
            RequestBuilder(Account(token=Secret(text)))
        assert caught.value.rule == "token"


def test_neither_a_request_nor_its_builder_shows_the_token() -> None:
    builder = RequestBuilder(Account(token=Secret(TOKEN)))
    shown = f"{builder!r} {builder.build(calls.refresh_token(TOKEN))!r}"

    assert TOKEN not in shown
    assert "Request(GET https://graph.instagram.com/refresh_access_token)" in shown


PUBLISH = calls.publish(USER, ContainerId("1"))
MEDIA = calls.media(MediaId("1"))


def read(call: Call[Any], answer: Reply) -> Any:
    return decode(call, answer, token=TOKEN)


def test_an_answer_becomes_its_struct_and_a_numeric_id_its_text() -> None:
    assert (
        read(PUBLISH, reply('{"id": 17901234567890123456, "new_in_2027": [1]}')).id == "17901234567890123456"
    )


def test_an_error_is_chosen_by_code_and_subcode_whatever_the_status_says() -> None:
    with pytest.raises(PublishLimitReached):
        read(PUBLISH, graph_error(9, 2207042, status=200))
    with pytest.raises(TokenExpired):
        read(PUBLISH, graph_error(190, 463, status=500))


def test_an_error_is_gone_when_nobody_has_it_any_more() -> None:
    """It holds what its frames had, such as a page of 50 media; a worker looks for garbage once a minute."""

    def caught() -> ReferenceType[GraphError]:
        try:
            read(PUBLISH, graph_error(9, 2207042))
        except GraphError as error:
            return ref(error)
        raise AssertionError

    gc.disable()
    try:
        assert caught()() is None
    finally:
        gc.enable()


def test_an_error_keeps_what_support_asks_for() -> None:
    with pytest.raises(TokenInvalid) as caught:
        read(MEDIA, graph_error(190, 9999, status=401))

    error = caught.value
    assert (error.code, error.subcode, error.fbtrace_id, error.http_status) == (190, 9999, "Atrace", 401)


def test_an_error_the_table_lacks_follows_is_transient() -> None:
    with pytest.raises(GraphError) as caught:
        read(MEDIA, graph_error(4711, is_transient=True))
    assert caught.value.retry is Retry.SOON


def test_numbers_that_come_as_text_are_understood() -> None:
    with pytest.raises(TokenExpired):
        read(MEDIA, reply({"error": {"message": "x", "code": "190", "error_subcode": "463"}}, status=400))


def test_the_login_hosts_envelope_is_an_error_whose_code_says_nothing() -> None:
    body = {"error_type": "OAuthException", "code": 400, "error_message": "Matching code was not found"}
    with pytest.raises(GraphError, match="Matching code was not found") as caught:
        read(MEDIA, reply(body, status=400))
    assert caught.value.code == 0
    assert caught.value.message == "Instagram answered HTTP 400: Matching code was not found."


def test_the_upload_hosts_envelope_is_an_error() -> None:
    info = {"retriable": True, "type": "ProcessingFailedError", "message": "Try later"}
    with pytest.raises(GraphError, match="Try later") as caught:
        read(MEDIA, reply({"debug_info": info}, status=400))
    assert caught.value.retry is Retry.SOON


def test_the_upload_host_refusing_the_token_asks_for_a_sign_in() -> None:
    info = {"retriable": False, "type": "NotAuthorizedError", "message": "User not authorized"}
    with pytest.raises(TokenInvalid):
        read(MEDIA, reply({"debug_info": info}, status=400))


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, "<html>Sign in to the hotel</html>"),
        (200, ""),
        (200, b"\xff\xfe"),
        (200, '{"id": {"nested": true}}'),
        (200, "[]"),
        (204, ""),
        (302, ""),
        (404, "Not Found"),
        (500, '{"detail": "Internal Server Error"}'),
        (503, "<html>error</html>"),
        (400, '{"error": "invalid_request"}'),
    ],
)
def test_what_the_api_does_not_document_is_unexpected_and_proves_nothing(
    status: int, body: str | bytes
) -> None:
    with pytest.raises(UnexpectedAnswer) as caught:
        read(PUBLISH, reply(body, status=status))

    assert caught.value.http_status == status
    assert caught.value.proves is Proves.UNKNOWN


@pytest.mark.parametrize(
    "answer",
    [
        reply("", status=429),
        reply("<html>Slow down</html>", status=429),
        reply({"error": {"message": "Slow down", "code": 80099, "is_transient": True}}, status=429),
        reply("<html>Busy</html>", status=503, headers={"retry-after": "120"}),
    ],
)
def test_a_status_that_tells_of_too_many_calls_is_a_rate_limit_and_proves_nothing(answer: Reply) -> None:
    with pytest.raises(TooManyCalls, match=f"HTTP {answer.status}|80099") as caught:
        read(PUBLISH, answer)

    assert (caught.value.retry, caught.value.retryable) == (Retry.NEXT_WINDOW, True)
    assert caught.value.proves is Proves.UNKNOWN
    assert caught.value.fix.startswith("Wait before calling again")


def test_a_documented_code_says_more_than_a_status() -> None:
    with pytest.raises(PublishLimitReached):
        read(PUBLISH, graph_error(9, 2207042, status=429))


def test_a_missing_member_is_named_without_the_answers_values() -> None:
    with pytest.raises(UnexpectedAnswer, match="missing required field `id`") as caught:
        read(MEDIA, reply({"caption": "private words"}))
    assert "private words" not in str(caught.value)


@given(
    st.text(st.characters(codec="utf-8"))
    | st.sampled_from(['"error"', '{"error": {"code": 190}}', "debug_info"])
)
def test_no_caption_is_taken_for_an_error(caption: str) -> None:
    assert read(MEDIA, reply({"id": "1", "caption": caption})).caption == caption


def test_a_member_named_error_deeper_down_is_no_error() -> None:
    call = calls.container_status(ContainerId("1"))
    body = {"id": "1", "status_code": "FINISHED", "video_status": {"uploading_phase": {"error": None}}}
    assert read(call, reply(body)).id == "1"


def test_a_message_that_quotes_the_token_is_masked() -> None:
    answer = graph_error(190, message=f"Malformed access token {TOKEN}: ?access_token={TOKEN}x&a=1")
    with pytest.raises(TokenInvalid) as caught:
        read(MEDIA, answer)

    assert TOKEN not in json.dumps(caught.value.as_json()) + repr(caught.value.body)
