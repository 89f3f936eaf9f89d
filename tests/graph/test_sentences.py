"""What Meta's usual sentences mean, as people paste them."""

import pytest

from pressroom.graph.error_table import TABLE
from pressroom.graph.sentences import SENTENCES, meaning_of, sentence_of
from pressroom.graph.traps import TRAPS

UNREAD = "Invalid OAuth access token - Cannot parse access token"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (
            "Error validating access token: Session has expired on Tuesday, 24-Nov-26",
            "session-expired",
        ),
        ("The session has been invalidated because the user changed their password", "password-changed"),
        ("The session is invalid because the user logged out.", "logged-out"),
        ("The user has not authorized application 1234.", "access-revoked"),
        ("You cannot access the app till you log in to www.facebook.com", "checkpointed"),
        (
            "the user hasn't engaged the app in longer than 90 days.",
            "not-engaged",
        ),
        ("(#10) Application does not have permission for this action", "missing-permission"),
        ("(#10) Not enough viewers for the media to show insights", "too-few-viewers"),
        (
            "(#200) The user hasn\N{RIGHT SINGLE QUOTATION MARK}t authorized the application",
            "permission-denied",
        ),
        ("(#4) Application request limit reached", "app-limit"),
        ("(#80002) There have been too many calls to this Instagram account.", "call-limit"),
        ("Unsupported get request. Object with ID '1' does not exist, cannot be loaded", "object-missing"),
        ("Unsupported request - method type: get", "no-role"),
        (UNREAD, "token-unreadable"),
        ("Malformed access token IGxyz", "token-unreadable"),
        ("URL Blocked: This redirect failed because the redirect URI is not whitelisted", "url-blocked"),
        ("App not active: This app is not currently accessible", "app-inactive"),
        ("App Not Setup: This app is still in development mode", "app-in-development"),
        ("Feature Unavailable", "feature-unavailable"),
        ("error_reason=user_denied&error_description=The user denied your request", "access-denied"),
        ("Invalid platform app", "wrong-app-id"),
        ("Insufficient Developer Role", "insufficient-role"),
        # By their numbers, whatever the words.
        ('{"error": {"message": "x", "code": 190, "error_subcode": 463}}', "session-expired"),
        ('{\\"code\\":4,\\"error_subcode\\":2207051}', "ActionBlocked"),
        ("Instagram answered 190/460: x", "password-changed"),
        ("Error: Media upload has failed with error code 2207026", "VideoFormatNotSupported"),
        ("code 803", "AliasNotFound"),
        # By the words of the error table.
        ("Only photo or video can be accepted as media type.", "MediaFetchFailed"),
        ("Media download has failed. The media URI doesn't meet our requirements.", "MediaFetchFailed"),
        ("The submitted image with aspect ratio ('0.5625') cannot be published.", "AspectRatioNotSupported"),
        ("We restrict certain activity to protect our community.", "ActionBlocked"),
        ("The media could not be fetched from this URI: https://example.com/a.jpg", "MediaFetchFailed"),
        ("Invalid parameter", "InvalidParameter"),
    ],
)
def test_a_sentence_of_metas_is_explained(text: str, name: str) -> None:
    meaning = meaning_of(text)
    assert meaning is not None
    assert meaning.name == name


@pytest.mark.parametrize("text", ["", "Hello", "HTTP 400", "status code 403", "24/11/2026"])
def test_what_is_no_message_of_metas_has_no_meaning(text: str) -> None:
    assert meaning_of(text) is None


def test_every_error_of_the_table_is_explained_by_its_message() -> None:
    for row in TABLE:
        meaning = meaning_of(f"{row.message} code {row.code} subcode {row.subcode}")
        assert meaning, row
        assert all(text.endswith(".") for text in (meaning.cause, meaning.consequence))


def test_every_sentence_says_cause_consequence_and_remedy_and_has_a_name_of_its_own() -> None:
    names = [trap.name for trap in (*TRAPS, *SENTENCES)]
    assert len(names) == len({*names})
    for sentence in SENTENCES:
        assert all(text.endswith(".") for text in (sentence.cause, sentence.consequence, sentence.remedy))
        assert sentence.numbers is None or sentence_of(*sentence.numbers) is sentence
