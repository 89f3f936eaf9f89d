"""What is hidden wherever text leaves or is kept: what looks like a secret, and what a `Secret` holds."""

import gc
import json

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pressroom.core import secret as redact
from pressroom.core.address import CLOUDINARY_ADDRESS, S3_ADDRESS
from pressroom.core.errors import PressroomError, Refused
from pressroom.core.secret import MASK, Secret, redact_json, redact_json_text, redact_params, redact_text
from pressroom.graph.answers import ErrorBody
from pressroom.graph.secret_names import SECRET_NAMES, SecretName, Where
from tests.planted import planted, spellings

HUSH = "hush0Hush1Hush2Hush3"  # what must not be seen; invented
SPELLED = {
    "token of Instagram Login": f"IGAA{HUSH}",
    "older token of Instagram Login": f"IGQVJ-{HUSH}_",
    "any token of Instagram": f"IGsecond{HUSH}",
    "token without a digit": f"IG{'hush' * 9}",
    "token of Facebook Login": f"EAAB{HUSH}",
    "token in brackets": f"({f'EAAB{HUSH}'})",
    "token in an address within an address": f"https://a.example/?next=%2Fme%3Faccess_token%3DIGAA{HUSH}",
    "token on a spelled line": f"two lines:\\nIGAA{HUSH}",
    "token behind a spelled letter": f"caf\\u00e9IGAA{HUSH}",
    "token parameter": f"GET /me?fields=id&access_token={HUSH}&limit=1",
    "token in a fragment": f"https://a.example/#access_token={HUSH}",
    "app's secret": f"client_id=1&client_secret={HUSH}",
    "app's secret in JSON": f'got {{"client_secret": "{HUSH}"}}',
    "app's secret in JSON in JSON": f'"{{\\"client_secret\\": \\"{HUSH}\\"}}"',
    "proof": f"appsecret_proof={HUSH}",
    "code": f"GET /callback?code={HUSH}",
    "code in a form": f"grant_type=authorization_code code=AQ{HUSH}",
    "webhook's word": f"hub.mode=subscribe&hub.verify_token={HUSH}&hub.challenge=1",
    "header": f"Authorization: OAuth {HUSH}",
    "header of a proxy": f"Proxy-Authorization: Basic {HUSH}",
    "header without a scheme": f"authorization: {HUSH}",
    "header in JSON": f'{{"Authorization": "Bearer {HUSH}"}}',
    "proxy": f"HTTPS_PROXY=http://ana:{HUSH}@proxy.example:3128",
    "database": f"postgresql://ana:{HUSH}@db.example/pressroom",
    "password with an @": f"postgresql://ana:a@{HUSH}@db.example/pressroom",
    "address as PHP spells it": f"https:\\/\\/ana:{HUSH}@a.example\\/",
    "database, further back": f"postgresql://db.example/pressroom?user=ana&password={HUSH}",
    "password that begins like a word": f"postgresql://ana:secret!{HUSH}@db.example/pressroom",
    "secret that begins like a word": f"client_secret=SECRET.{HUSH}&a=1",
    "Cloudinary": f"cloudinary://123456789012345:{HUSH}@demo",
    "S3": f"s3://AKIAIOSFODNN7EXAMPLE:{HUSH}@bucket/p?region=eu-west-1",
    "signature of S3": f"https://b.s3.amazonaws.com/a.jpg?X-Amz-Date=1&X-Amz-Signature={HUSH}&x=1",
    "key in front of a host": f"https://{HUSH}@sentry.example/1",
}


@pytest.mark.parametrize("name", SPELLED)
def test_what_is_spelled_like_a_secret_is_masked_and_the_rest_stays(name: str) -> None:
    text = f"Before {SPELLED[name]} after."
    masked = redact_text(text)
    assert "hush" not in masked.lower()
    assert (masked[:7], masked.count(MASK), masked.endswith("after.")) == ("Before ", 1, True)
    assert redact_text(masked) == masked


@pytest.mark.parametrize("row", SECRET_NAMES, ids=lambda row: row.name)
def test_every_name_of_the_table_is_heeded_wherever_it_is_spelled(row: SecretName) -> None:
    value = planted(row)
    for text in spellings(row, value):
        masked = redact_text(f"Before {text} after.")
        assert value not in masked
        assert (masked.count(MASK), masked[:7], masked.endswith(" after.")) == (1, "Before ", True)


@pytest.mark.parametrize("row", SECRET_NAMES, ids=lambda row: row.name)
def test_every_name_of_the_table_is_heeded_among_parameters_or_members(row: SecretName) -> None:
    named = {row.name: planted(row)}
    if row.where is not Where.HEADER:
        assert redact_params(named) == {row.name: MASK}
    if row.where is not Where.ADDRESS:
        assert redact_json([named]) == [{row.name: MASK}]


def test_a_short_code_is_secret_as_a_parameter_alone() -> None:
    assert redact_params({"code": "abc"}) == {"code": MASK}
    for value in (190, "api_version", None):
        error = {"error": {"code": value, "message": f'(code={value}, "code": "{value}")'}}
        assert redact_json(error) == error


@pytest.mark.parametrize(
    "text",
    [
        "Photo 17841400000000001 in container 17880000000000001, trace AbCdEf0123456789xYz",
        "QVFIUm1yQWxSb0ZAEaEIGAyZA0lYb1BHTGZAKVGRxTXF4TjNIGQzZAnZAHRXQ1ZApYzd0MTZA3ZAVhBdXhIZA1dSZA3c",
        "IGTV_2024_summer_holiday_final_cut.mp4 and IGAAsummerholiday2024finalcut.jpg",
        "/home/ana/EAA-conference-2024-photos/IG-reels-2024/IG_export_20240101_120000.mov",
        "#IGersOfTheWorldPhotography2024 by @IGAphotographers_istanbul",
        "IGNORE THIS, says the EAA. IGNORANTIAJURISNEMINEMEXCUSAT!",
        "INSTAGRAM_ACCESS_TOKEN is not set: the access_token is missing, code=190, error code=100/33.",
        "Use code=SUMMER20 or https://shop.example/?code=SUMMERSALE20",
        "Call /me?access_token=ACCESS_TOKEN, or access_token=YOUR-ACCESS-TOKEN&fields=id",
        "Spell it s3://KEY:SECRET@BUCKET/PREFIX or cloudinary://key:secret@name.",
        "Not (access_token=ACCESS_TOKEN), nor 'client_secret=APP_SECRET'.",
        "Use postgresql://user:password@host/database, or https://NAME:YOUR_PASSWORD@host.",
        "Authorization: required. Our token of love; password: ask at the bar",
        "https://medium.com/@ana/hello and https://a.example:8080/@ana, mail ana@b.example",
        "Meet at 10:30@the pier; ssh://git@host.example/x",
        "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAAB",
    ],
)
def test_what_merely_looks_odd_survives(text: str) -> None:
    assert redact_text(text) == text


@pytest.mark.usefixtures("long_run")
def test_what_a_secret_holds_is_masked_for_as_long_as_it_lives() -> None:
    text = "They say open-sesame-123 opens it."
    secret = Secret("open-sesame-123")
    assert redact_text(text) == "They say *** opens it."
    del secret
    gc.collect()
    assert redact_text(text) == text


@pytest.mark.usefixtures("long_run")
def test_one_of_two_like_secrets_is_enough() -> None:
    first, second = Secret("open-sesame-456"), Secret("open-sesame-456")
    del first
    gc.collect()
    assert "sesame" not in redact_text(f"{second}: open-sesame-456")


@pytest.mark.parametrize(
    ("secret", "quoted"),
    [
        ("new-key-123,old-key-456", "old-key-456"),
        ("postgresql://ana:pa%2Fss-word-1@db.example/x", "pa/ss-word-1"),
        ("postgresql://ana:pa/ss@word-1@db.example/x", "pa/ss@word-1"),
    ],
)
def test_parts_of_a_secret_are_masked_too(secret: str, quoted: str) -> None:
    held = Secret(secret)
    assert redact_text(f"Not {quoted}, please.") == "Not ***, please."
    assert held


def test_a_password_that_is_a_word_is_not_taken_out_of_every_text() -> None:
    held = Secret("postgresql://pressroom:pressroom@localhost/pressroom")
    text = "Run `pressroom db check` on postgresql://pressroom:***@localhost/pressroom."
    assert redact_text(text) == text
    assert held


@pytest.mark.parametrize("example", [CLOUDINARY_ADDRESS, S3_ADDRESS])
def test_an_example_of_ours_that_was_set_as_it_stands_stays_readable_in_the_hint(example: str) -> None:
    held = Secret(example)
    assert redact_text(f"It looks so: {example}.") == f"It looks so: {example}."
    assert held


def test_an_address_that_only_begins_like_an_example_is_hidden_whole() -> None:
    held = Secret(f"https://KEY:SECRET@hooks.example/{HUSH}")
    assert HUSH not in redact_text(f"No answer from {held.reveal()}.")
    assert held


def test_no_error_holds_a_secret_wherever_it_is_raised() -> None:
    token = f"EAAB{HUSH}"
    error = Refused(f"{token} is no id.", rule="user_id", value=token, fix=f"Do not use {token}.")
    cause = PressroomError(f"by {token}")
    told = (str(error), repr(error), json.dumps(error.as_json()), str(cause), str(cause.args))
    assert not [text for text in told if HUSH in text]


def test_meta_s_own_words_stay_what_they_are() -> None:
    body = ErrorBody(message="Error validating access token: Session has expired", code=190)
    assert redact_text(body.message) == body.message


SIGNS = ("EAA", "IG", "IGAA", "access_token", "code", "Authorization", "bearer ", "://", "@", "=", ":", '"')
OTHERS = ("%3D", "%3d", "&", "?", " ", "1", "AQ", HUSH, f"B{HUSH}")


@given(st.lists(st.sampled_from(SIGNS + OTHERS), max_size=9))
@settings(max_examples=500)
def test_a_text_without_a_sign_of_a_secret_is_left_alone_by_every_shape(parts: list[str]) -> None:
    text = whole = "".join(parts)
    for shape, mask in redact._SHAPES:
        whole = shape.sub(mask, whole)
    assert redact_text(text) == whole


@given(st.lists(st.sampled_from((*SIGNS, *OTHERS, *SPELLED.values())), max_size=5))
def test_a_quick_look_at_json_misses_nothing_that_is_masked(parts: list[str]) -> None:
    value = {"caption": "".join(parts)}
    assert redact_json_text(msgspec.json.encode(value)) == msgspec.json.encode(redact_json(value))


def test_a_quick_look_finds_what_a_living_secret_holds() -> None:
    held = Secret("Kept-within-quotes-7")
    assert MASK in redact_json_text(msgspec.json.encode([f"It is {held.reveal()}."])).decode()


def test_an_answer_that_was_harmless_is_masked_once_a_secret_is_in_it() -> None:
    text = b'["the-word-of-the-day"]'
    assert redact_json_text(text) == text
    held = Secret("the-word-of-the-day")
    assert redact_json_text(text) == msgspec.json.encode([MASK])
    del held
    assert redact_json_text(text) == text
    assert redact_json_text(text, "the-word-of-the-day") == msgspec.json.encode([MASK])


@pytest.mark.parametrize("row", SECRET_NAMES, ids=lambda row: row.name)
def test_the_quick_look_heeds_every_name_of_the_table(row: SecretName) -> None:
    text = msgspec.json.encode([f"?{row.name}={HUSH}"])
    assert redact_json_text(text) == msgspec.json.encode(redact_json([f"?{row.name}={HUSH}"]))
