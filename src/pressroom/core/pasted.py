"""Names what stands in place of a token: an address, a variable's name, an app's secret, a part of a token.

Asked only about a text that does not look like a token. No refusal shows any of it: it may be a secret.
"""

import re
from dataclasses import dataclass

from pressroom.core.errors import SettingRefused

_LIMIT = "ASCII letters and digits"
_AGAIN = "Copy the token again, whole and alone."
_FROM_DASHBOARD = "Copy the token that the app's dashboard generates for the account."


@dataclass(frozen=True, slots=True)
class _Form:
    """Something that is pasted for a token. words: complete "NAME …"; the first form that matches counts."""

    pattern: re.Pattern[str]
    words: str
    fix: str


def _form(pattern: str, words: str, fix: str) -> _Form:
    return _Form(re.compile(pattern, re.ASCII | re.DOTALL), words, fix)


# What is specific comes before what holds it: an address has a `=`, an answer in JSON has quotes.
_FORMS = (
    _form(
        r"(?i)(?:https?://|www\.).*[?&#]access_token=",
        "is an address that holds a token, and not the token alone.",
        "Copy what stands behind the name access_token and its equals sign, up to the next &.",
    ),
    _form(
        r"(?i)(?:https?://|www\.).*[?&]code=",
        "is the address that a sign-in in the browser ended at, and no token.",
        f"Sign in by the browser, and paste it there; or: {_FROM_DASHBOARD}",
    ),
    _form(r"(?i)\S*://|www\.", "is an address, and no token.", _FROM_DASHBOARD),
    _form(
        r"\s*[{\[]|.*\"access_token\"",
        "is an answer in JSON, and not the token in it.",
        "Copy the text of access_token alone, without its quotes.",
    ),
    _form(
        r"(?:export\s+)?[A-Za-z]\w{0,60}\s*=\s*\S",
        "begins with a name and `=`, which is no part of a token.",
        "Copy what stands behind the `=`, without quotes.",
    ),
    _form(
        r"(?i)(?:authorization:\s*)?(?:bearer|oauth)\s",
        "begins with the word of a header, Bearer or OAuth.",
        "Copy what stands behind that word.",
    ),
    _form(r"[\"'`].*[\"'`]\Z", "stands in quotes.", "Leave the quotes out."),
    _form(
        r"<.*>\Z|(?i:your[-_ ])|[A-Z]*(?:_[A-Z]+)*_?TOKEN\Z",
        "is the placeholder of an example, and no token.",
        f"Put the account's token in its place. {_FROM_DASHBOARD}",
    ),
    _form(
        r"[0-9a-f]{32}\Z",
        "is an app's secret by its form, 32 hexadecimal digits, and no token.",
        f"{_FROM_DASHBOARD} Where the secret was seen by others, reset it there.",
    ),
    _form(
        r"\d+\|\S+\Z",
        "is an app's own token by its form, ID|SECRET, which acts for no account.",
        _FROM_DASHBOARD,
    ),
    _form(r"\d+\Z", "is a number, as the id of an app or an account is, and no token.", _FROM_DASHBOARD),
    _form(
        r"AQ[\w-]{20,}(?:#_)?\Z",
        "is the code of a sign-in in the browser by its first letters, and no token.",
        f"Sign in by the browser, and paste the whole address there; or: {_FROM_DASHBOARD}",
    ),
    _form(
        r".*(?:\.\.\.|\N{HORIZONTAL ELLIPSIS}|\*\*\*|\N{BULLET}{2})",
        "is a token that was shortened, or hidden, where it was shown.",
        "Copy it with the button beside it, or generate another.",
    ),
    _form(r".*[\x00-\x08\x0e-\x1f\x7f]", "holds a control character, such as NUL.", _AGAIN),
    _form(r".*\s", "holds a space or the end of a line.", _AGAIN),
    _form(r".*[\"'`]", "holds a quote.", _AGAIN),
    _form(r".*[^\x00-\x7f]", "holds letters that no token has.", _AGAIN),
)


def no_token(name: str, text: str) -> SettingRefused | None:
    """Return the refusal of what is no token; None for what may be one."""
    form = next((form for form in _FORMS if form.pattern.match(text)), None)
    if form is None:
        return None
    return SettingRefused(f"{name} {form.words}", rule="token", limit=_LIMIT, fix=form.fix)


def too_long(name: str, limit: int) -> SettingRefused:
    """Return the refusal of a text that is longer than any token."""
    return SettingRefused(
        f"{name} is longer than {limit:,} characters, and no token is.",
        rule="token_length",
        limit=limit,
        fix=_AGAIN,
    )
