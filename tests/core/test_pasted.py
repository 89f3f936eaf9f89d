"""What is pasted in place of a token is named for what it is, and none of it is shown."""

import pytest

from pressroom.core.errors import SettingRefused
from pressroom.core.reading_settings import LONGEST_TOKEN, token

SECRET = "0123456789abcdef0123456789abcdef"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (f"https://graph.instagram.com/me?access_token={SECRET}", "an address that holds a token"),
        (f"https://app.example/back/?code=AQ{SECRET}#_", "a sign-in in the browser ended at"),
        ("https://developers.facebook.com/apps/", "is an address"),
        (f"INSTAGRAM_ACCESS_TOKEN=IG{SECRET}", "a name and `=`"),
        (f"export TOKEN='IG{SECRET}'", "a name and `=`"),
        (f"access_token=EAA{SECRET}", "a name and `=`"),
        (f"Bearer IG{SECRET}", "Bearer"),
        (f'{{"access_token": "IG{SECRET}"}}', "JSON"),
        (f'"IG{SECRET}"', "stands in quotes"),
        (SECRET, "an app's secret"),
        (f"1500000000000001|{SECRET}", "an app's own token"),
        ("17841400000000001", "is a number"),
        (f"AQ{SECRET}#_", "the code of a sign-in"),
        ("YOUR_ACCESS_TOKEN", "placeholder"),
        ("<token>", "placeholder"),
        (f"EAA{SECRET}...", "shortened"),
        (f"IG{SECRET}\0", "NUL"),
        (f"IG {SECRET}", "a space"),
        (f"IG{SECRET}\N{EURO SIGN}", "letters that no token has"),
    ],
)
def test_what_is_no_token_is_named(text: str, words: str) -> None:
    with pytest.raises(SettingRefused) as refused:
        token("What was pasted", text)
    assert words in refused.value.message
    assert refused.value.fix
    assert SECRET not in f"{refused.value.shape()}"


@pytest.mark.parametrize(
    "text", [f"IGAA{SECRET}", f"EAAG{SECRET}", "IGQ-with_all-signs", "a-token.of/others"]
)
def test_what_may_be_a_token_is_taken(text: str) -> None:
    assert token("It", text).reveal() == text


def test_a_text_longer_than_any_token_is_refused_with_the_limit() -> None:
    assert token("It", "a" * LONGEST_TOKEN)
    with pytest.raises(SettingRefused, match="64,000") as refused:
        token("It", "a" * (LONGEST_TOKEN + 1))
    assert refused.value.limit == LONGEST_TOKEN
