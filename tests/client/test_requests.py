"""How a call is spelled as HTTP."""

from dataclasses import replace
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pressroom.client.request import RequestBuilder
from pressroom.core.account import Account
from pressroom.core.errors import Refused
from pressroom.core.secret import Secret
from pressroom.graph import calls
from pressroom.graph.answers import Done
from pressroom.graph.calls import Call, Endpoint
from pressroom.graph.ids import CommentId, ContainerId, MediaId
from tests.client.desk import ACCOUNT, TOKEN, USER
from tests.fakes.transport import sent_params

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


def test_neither_a_request_nor_its_builder_shows_the_token() -> None:
    builder = RequestBuilder(Account(token=Secret(TOKEN)))
    shown = f"{builder!r} {builder.build(calls.refresh_token(TOKEN))!r}"

    assert TOKEN not in shown
    assert "Request(GET https://graph.instagram.com/refresh_access_token)" in shown
