import msgspec
import pytest

from pressroom.graph.answers import (
    Container,
    ContainerStatus,
    Created,
    Insight,
    Media,
    MediaType,
    Page,
    User,
    timestamp_of,
)


def test_a_numeric_id_is_understood_exactly() -> None:
    user = msgspec.json.decode(b'{"user_id": 27640875392278831, "id": "17841"}', type=User)
    assert (user.user_id, user.id) == ("27640875392278831", "17841")
    assert msgspec.json.decode(b'{"id": 9007199254740993}', type=Created).id == "9007199254740993"


def test_unknown_fields_and_words_pass() -> None:
    container = msgspec.json.decode(b'{"id":"1","status_code":"PAUSED","new_field":[1]}', type=Container)
    assert container.status_code is ContainerStatus.UNRECOGNISED
    assert (
        msgspec.json.decode(b'{"id":"1","media_type":"HOLOGRAM"}', type=Media).media_type
        is MediaType.UNRECOGNISED
    )


def test_absent_is_none_and_never_zero() -> None:
    assert msgspec.json.decode(b'{"id":"1"}', type=Media).like_count is None


@pytest.mark.parametrize(
    ("body", "number"),
    [
        (b'{"name":"reach","values":[{"value":7}]}', 7),
        (b'{"name":"reach","total_value":{"value":9}}', 9),
        (b'{"name":"reach"}', None),
        (b'{"name":"online_followers","values":[{"value":{"0":1}}]}', None),
    ],
)
def test_an_insight_gives_its_number_wherever_it_stands(body: bytes, number: int | None) -> None:
    assert msgspec.json.decode(body, type=Insight).number == number


def test_a_page_goes_on_only_when_there_is_a_next() -> None:
    page = msgspec.json.decode(b'{"data":[],"paging":{"cursors":{"after":"a"}}}', type=Page[Media])
    assert page.after is None
    page = msgspec.json.decode(
        b'{"data":[],"paging":{"cursors":{"after":"a"},"next":"https://x"}}', type=Page[Media]
    )
    assert page.after == "a"


def test_metas_time_spelling_is_read() -> None:
    assert timestamp_of("2019-09-26T22:36:43+0000").isoformat() == "2019-09-26T22:36:43+00:00"
