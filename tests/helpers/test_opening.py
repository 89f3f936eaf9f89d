"""How errors become texts: three keep the names they have in the helpers' contract, all others do without."""

import asyncio
import logging
from typing import Any

import pytest

from pressroom.core.errors import (
    ContainerFailed,
    MediaRefused,
    OutcomeUnknown,
    PressroomError,
    Refused,
    SignInRequired,
)
from pressroom.core.graph_errors import error_for
from pressroom.graph.answers import ContainerId, ErrorBody
from pressroom.graph.error_table import TABLE, ErrorRow, HelperPrefix, find
from pressroom.helpers.opening import answered, text_of

NAMES = tuple(HelperPrefix)
CONTAINER = ContainerId("17889455560051444")
NAMED = {
    **dict.fromkeys([(190, None), (190, 463), (102, None), (104, None)], "OAuthException"),
    **dict.fromkeys([(352, 2207026), (36001, 2207005)], "MediaTypeNotSupported"),
    **dict.fromkeys([(4, None), (17, None), (32, None), (341, None), (613, None)], "RateLimitError"),
    **dict.fromkeys([(80002, None), (9, 2207042), (9, 2207069)], "RateLimitError"),
}
UNNAMED = [(4, 2207051), (36000, 2207004), (10, None), (200, None), (24, 2207008), (80001, None), (77777, 1)]


def answer(code: int, subcode: int | None = None, message: str = "no") -> PressroomError:
    """An error as Meta sends it: whatever happened, its `type` is OAuthException."""
    return error_for(ErrorBody(message=message, type="OAuthException", code=code, error_subcode=subcode))


@pytest.mark.parametrize(("numbers", "name"), NAMED.items())
def test_named_errors_start_with_their_name(numbers: tuple[int, int | None], name: str) -> None:
    assert text_of(answer(*numbers)).startswith(f"{name}: Instagram answered {numbers[0]}")


@pytest.mark.parametrize("numbers", UNNAMED)
def test_other_errors_hold_none_of_the_names(numbers: tuple[int, int | None]) -> None:
    text = text_of(answer(*numbers, message=f"(#{numbers[0]}) OAuthException, RateLimitError"))
    assert not any(name in text for name in NAMES)


@pytest.mark.parametrize("row", [row for row in TABLE if row.code is not None], ids=lambda row: row.name)
def test_every_row_of_the_table_holds_its_own_name_at_the_start_or_none(row: ErrorRow) -> None:
    assert row.code is not None
    text = text_of(answer(row.code, row.subcode, message=" ".join([row.message, *NAMES])))
    found = [name for name in NAMES if name in text]
    assert found == ([row.helper_prefix] if row.helper_prefix else [])
    assert text.startswith(f"{row.helper_prefix}: " if row.helper_prefix else "Instagram answered")


def test_the_names_are_recognised_in_any_case() -> None:
    assert "oauthexception" not in text_of(answer(10, message="OAUTHEXCEPTION, oauthexception")).lower()


def test_a_container_that_failed_for_its_format_is_named_so() -> None:
    error = ContainerFailed("It failed.", container_id=CONTAINER, row=find(None, 2207026))
    assert text_of(error).startswith("MediaTypeNotSupported: It failed. ")


def test_our_own_format_refusals_are_named_and_other_refusals_are_not() -> None:
    format_ = MediaRefused("It is text.", rule="not_media", fix="Give a picture.")
    missing = MediaRefused("It is not there.", rule="missing", fix="Check the path.", helper_prefix=None)
    caption = Refused("Too long.", rule="caption_length", fix="Shorten it.")
    assert text_of(format_) == "MediaTypeNotSupported: It is text. Give a picture."
    assert text_of(missing) == "It is not there. Check the path."
    assert text_of(caption) == "Too long. Shorten it."


def test_a_missing_token_is_no_expired_one() -> None:
    assert text_of(SignInRequired("There is no token.", fix="Set one.")) == "There is no token. Set one."


def test_an_unknown_outcome_says_so_and_names_the_container() -> None:
    error = OutcomeUnknown(f"Container {CONTAINER} was sent.", container_id=CONTAINER, fix="Look.")
    assert text_of(error) == f"OutcomeUnknown: Container {CONTAINER} was sent. Look."


def test_no_secret_of_the_environment_is_in_a_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INSTAGRAM_ACCESS_TOKEN", "IGtokenTOKENtoken")
    monkeypatch.setenv("CLOUDINARY_URL", "cloudinary://key:s3cr3t-of-cloudinary@cloud")
    url = "https://h/?access_token=other"
    text = text_of(ValueError(f"netloc 'key:s3cr3t-of-cloudinary@cloud', {url} IGtokenTOKENtoken"))
    assert not any(secret in text for secret in ("IGtoken", "s3cr3t", "other"))


async def test_what_was_not_expected_is_a_failure_too_and_the_log_says_where(
    caplog: pytest.LogCaptureFixture,
) -> None:
    words = "odd"

    async def work() -> dict[str, Any]:
        raise LookupError(words)

    with caplog.at_level(logging.ERROR, "pressroom.helpers"):
        result = await answered(work())

    assert result.keys() == {"success", "error"}
    assert "LookupError: odd" in result["error"]
    assert "in work" in caplog.text
    assert words not in caplog.text, "its own words may hold anything"


@pytest.mark.parametrize("interruption", [asyncio.CancelledError, KeyboardInterrupt, SystemExit])
def test_interruptions_pass_through(interruption: type[BaseException]) -> None:
    async def work() -> dict[str, Any]:
        raise interruption

    with pytest.raises(interruption):
        answered(work()).send(None)
