"""What Meta's errors and pages say, sentence by sentence, and what each means.

`meaning_of` explains a text that somebody pastes: by the numbers in it, by the words of `graph.traps` and of
`SENTENCES`, else by the error table. `sentence_of` explains an error by its code and subcode.
Source: https://developers.facebook.com/docs/facebook-login/access-tokens/debugging-and-error-handling,
https://developers.facebook.com/docs/development/create-an-app/app-dashboard/app-states, and public reports.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches

from pressroom.graph import error_table
from pressroom.graph.certainty import Certainty
from pressroom.graph.error_table import ErrorRow, Retry
from pressroom.graph.traps import TRAPS, Trap, plain, recognised

_TOO_FEW_VIEWERS = "too-few-viewers"
_NO_CALL = "No call works, so that nothing is published."
SIGN_IN_AGAIN = "Sign in again."
"""The remedy of those of which it is all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence(Trap):
    """A trap that any call may meet. numbers: its code and subcode, where the error has some of its own."""

    numbers: tuple[int, int | None] | None = None


SENTENCES = (
    Sentence(
        name="session-expired",
        title="Session has expired",
        texts=("Session has expired",),
        numbers=(190, 463),
        cause="The token has come to its end: a short-lived one after hours, a long-lived one after 60 days. "
        "One that has ended cannot be renewed.",
        consequence=_NO_CALL,
        remedy=SIGN_IN_AGAIN,
        certainty=Certainty.DOCUMENTED,
    ),
    Sentence(
        name="password-changed",
        title="The session has been invalidated",
        texts=("session has been invalidated because the user changed",),
        numbers=(190, 460),
        cause="The person changed the password, or Meta ended the sessions for security: either ends every "
        "token.",
        consequence=_NO_CALL,
        remedy=SIGN_IN_AGAIN,
        certainty=Certainty.DOCUMENTED,
    ),
    Sentence(
        name="logged-out",
        title="The user logged out",
        texts=("session is invalid because the user logged out",),
        numbers=(190, 467),
        cause="The session that the token was made in is over: the person logged out, or ended the app's "
        "access.",
        consequence=_NO_CALL,
        remedy=SIGN_IN_AGAIN,
        certainty=Certainty.DOCUMENTED,
    ),
    Sentence(
        name="access-revoked",
        title="The user has not authorized application",
        texts=("has not authorized application",),
        numbers=(190, 458),
        cause="The person removed the app from the account, or never allowed it.",
        consequence=_NO_CALL,
        remedy="Sign in again, and allow the app.",
        certainty=Certainty.DOCUMENTED,
    ),
    Sentence(
        name="checkpointed",
        title="You cannot access the app till you log in",
        texts=("cannot access the app till you log in",),
        numbers=(190, 459),
        cause="Meta has stopped the account, or the person who signed in, at a checkpoint: somebody has to "
        "show who it is.",
        consequence=_NO_CALL,
        remedy="Open Instagram, and www.facebook.com, as this person, and do what is asked there. Then look "
        "again: the token may go on working; if not, sign in again.",
        certainty=Certainty.DOCUMENTED,
    ),
    Sentence(
        name="unconfirmed",
        title="The user is not a confirmed user",
        texts=("is not a confirmed user",),
        numbers=(190, 464),
        cause="The person who signed in has not confirmed the account at Facebook, by mail or telephone.",
        consequence=_NO_CALL,
        remedy="Open www.facebook.com as this person and confirm the account. Then look again.",
        certainty=Certainty.DOCUMENTED,
    ),
    Sentence(
        name="page-role-lost",
        title="The user must be an administrator, editor, or moderator of the page",
        texts=("must be an administrator, editor, or moderator",),
        numbers=(190, 492),
        cause="The token is of a Page, and the person who made it has no role on that Page any more.",
        consequence=_NO_CALL,
        remedy="Have an administrator of the Page give the person a role again, and sign in again.",
        certainty=Certainty.DOCUMENTED,
    ),
    Sentence(
        name="not-engaged",
        title="The user hasn't engaged the app in longer than 90 days",
        texts=("engaged the app in longer than 90 days",),
        numbers=(190, 493),
        cause="Facebook Login gives an app access to a person's data for 90 days after they were last there.",
        consequence="Reads fail, publishing too.",
        remedy="Sign in again, which renews the access for 90 days.",
        certainty=Certainty.THIRD_PARTY,
    ),
    Sentence(
        name="session-invalid",
        title="Session key invalid",
        texts=("Session key invalid",),
        numbers=(102, None),
        cause="The token's session is over.",
        consequence=_NO_CALL,
        remedy=SIGN_IN_AGAIN,
        certainty=Certainty.DOCUMENTED,
    ),
    Sentence(
        name="token-missing",
        title="An active access token must be used",
        texts=(
            "active access token must be used",
            "access token is required to request this resource",
            "Requires valid signature",
        ),
        numbers=(104, None),
        cause="The call came without a token, or with an empty one.",
        consequence="The call fails.",
        remedy="Send the account's token in the header Authorization, behind the word Bearer; or sign in.",
        certainty=Certainty.GENERAL,
    ),
    Sentence(
        name="token-unreadable",
        title="Cannot parse access token",
        texts=(
            "Cannot parse access token",
            "Malformed access token",
            "access token could not be decrypted",
        ),
        cause="Meta cannot read the token: it is mistyped, cut off, of another app, or no token at all. Or "
        "it went to the other login's host: one that starts with IG works on graph.instagram.com alone, one "
        "that starts with EAA on graph.facebook.com.",
        consequence=_NO_CALL,
        remedy="Copy the token again, whole and alone, and sign in with it, without INSTAGRAM_API_BASE: its "
        "first letters tell its host.",
        certainty=Certainty.GENERAL,
    ),
    Sentence(
        name=_TOO_FEW_VIEWERS,
        title="Not enough viewers for the media to show insights",
        texts=("Not enough viewers",),
        cause="Instagram shows some numbers only from a number of viewers on. The permission is there.",
        consequence="These numbers are not shown yet; others are.",
        remedy="Ask again when more people have seen it.",
        certainty=Certainty.DOCUMENTED,
    ),
    Sentence(
        name="permission-denied",
        title="(#200) Permissions error",
        texts=("(#200)", "authorized the application to perform this action"),
        numbers=(200, None),
        cause="The token lacks a permission, or the person lacks a task on the Page.",
        consequence="What needs it fails; the rest works.",
        remedy="Sign in again and grant it; on the Page, have an administrator give the person one of the "
        "tasks MANAGE and CREATE_CONTENT.",
        certainty=Certainty.DOCUMENTED,
    ),
    Sentence(
        name="app-limit",
        title="(#4) Application request limit reached",
        texts=("Application request limit reached",),
        numbers=(4, None),
        cause="The app has made all the calls that Meta allows it for now, whichever accounts they were for. "
        "With the subcode 2207051 it is another thing: Instagram's protection from spam stopped the action.",
        consequence="Calls of every account of the app are refused for a while.",
        remedy="Make no calls until it is over: each lengthens the block. After 2207051 look at the profile "
        "first, since the post may be live, and leave the account alone for a day.",
        certainty=Certainty.DOCUMENTED,
    ),
    Sentence(
        name="call-limit",
        title="There have been too many calls",
        texts=(
            "There have been too many calls",
            "User request limit reached",
            "Page request limit reached",
            "have exceeded the rate limit",
        ),
        numbers=(80002, None),
        cause="More calls were made for the account than Meta allows: the allowance follows how many people "
        "see what it publishes.",
        consequence="Calls of this account are refused for a while.",
        remedy="Make no calls until it is over: each lengthens the block. Stop other programs that call for "
        "the account.",
        certainty=Certainty.DOCUMENTED,
    ),
    Sentence(
        name="object-missing",
        title="Unsupported get request. Object with ID ... does not exist",
        texts=(
            "does not exist, cannot be loaded due to missing permissions",
            "Unsupported get request",
            "Unsupported post request",
            "Unsupported delete request",
        ),
        numbers=(100, 33),
        cause="For this token there is no such object, or it takes no such call: the id is mistyped, it was "
        "deleted, it is of another account or login, or the login does not offer the call, as deleting under "
        "Instagram Login. What was made a moment ago may not be seen yet.",
        consequence="This call fails; others work.",
        remedy="Check the id and whose it is, and ask again in a minute if it is new.",
        certainty=Certainty.DOCUMENTED,
    ),
    Sentence(
        name="unknown-field",
        title="Tried accessing nonexisting field",
        texts=("Tried accessing nonexisting field",),
        cause="The field is misspelled, or this login, version or kind of object does not have it.",
        consequence="The whole call fails, for one field.",
        remedy="Leave the field out, or spell it as the reference does.",
        certainty=Certainty.GENERAL,
    ),
    Sentence(
        name="access-denied",
        title="The user denied your request",
        texts=("denied your request", "access_denied"),
        cause="In the window of the sign-in the person did not allow the access, or closed it.",
        consequence="This sign-in is over; nothing is stored.",
        remedy="Sign in again, and allow the access.",
        certainty=Certainty.DOCUMENTED,
    ),
    Sentence(
        name="url-blocked",
        title="URL Blocked",
        texts=("URL Blocked", "not whitelisted in the app", "The domain of this URL isn't included"),
        cause="The redirect URI is not among those that are registered for Facebook Login, byte for byte; or "
        "Client OAuth Login or Web OAuth Login is off.",
        consequence="Nobody can sign in by the browser.",
        remedy="In the app's dashboard, under Facebook Login > Settings, add the address to Valid OAuth "
        "Redirect URIs exactly as it is given here, and switch both logins on.",
        certainty=Certainty.THIRD_PARTY,
    ),
    Sentence(
        name="app-inactive",
        title="App not active",
        texts=("App not active", "This app is not currently accessible"),
        cause="The app is inactive, archived or restricted: one that nobody used for 90 days becomes "
        "inactive, and all its tokens end.",
        consequence="Nobody can sign in, and no call of the app's works.",
        remedy="Open the app in the dashboard as an administrator, look at its alerts, and restore it. Then "
        "sign in again.",
        certainty=Certainty.GENERAL,
    ),
    Sentence(
        name="app-in-development",
        title="App Not Set Up: This app is still in development mode",
        texts=("still in development mode", "App Not Set"),
        cause="The app is in development mode, and the person who signs in has no role in it.",
        consequence="Only people with a role in the app can sign in.",
        remedy="Add the person under the app's roles, or switch the app to Live in the dashboard.",
        certainty=Certainty.THIRD_PARTY,
    ),
    Sentence(
        name="feature-unavailable",
        title="Feature Unavailable: Facebook Login is currently unavailable for this app",
        texts=("currently unavailable for this app", "Feature Unavailable"),
        cause="Meta has something open with the app: a check of its data use, the verification of the "
        "business, or the review of a permission that it asks for.",
        consequence="Nobody without a role in the app can sign in.",
        remedy="Look at the alerts and required actions in the app's dashboard, and do what they ask. "
        "Meanwhile a person with a role in the app may sign in.",
        certainty=Certainty.THIRD_PARTY,
    ),
    Sentence(
        name="app-unavailable",
        title="It looks like this app isn't available",
        texts=("this app isn't available", "needs at least one supported permission"),
        cause="The app asks for no permission that it may ask of this person: none was added to it, or each "
        "wants Advanced Access by App Review.",
        consequence="Nobody without a role in the app can sign in.",
        remedy="Add the permissions to the app's use case, and the person under the app's roles.",
        certainty=Certainty.THIRD_PARTY,
    ),
)

_CONSEQUENCES = {
    Retry.SOON: "This call failed; the same one may work in a moment.",
    Retry.WHEN_READY: "Nothing is published yet; the same call works once the container is ready.",
    Retry.NEW_CONTAINER: "This container is of no use any more.",
    Retry.NEXT_WINDOW: "Calls or posts are refused until there is room again.",
    Retry.AFTER_FIX: "The call fails each time, until what it sends is changed.",
    Retry.AFTER_SIGN_IN: _NO_CALL,
    Retry.AFTER_HUMAN: "It fails each time, until a person has acted.",
}


def sentence_of(code: int | None, subcode: int | None) -> Sentence | None:
    """Return the sentence of an error with exactly these numbers; None for none."""
    return next((sentence for sentence in SENTENCES if sentence.numbers == (code, subcode)), None)


def sentence_in(text: str) -> Sentence | None:
    """Return the first sentence whose words a text holds; None for none."""
    whole = plain(text)
    by_words = (each for each in SENTENCES if any(plain(words) in whole for words in each.texts))
    return next(by_words, None)


def says_too_few_viewers(text: str) -> bool:
    """Tell whether an error says that too few people have seen a media, by a code that has other causes."""
    (sentence,) = (each for each in SENTENCES if each.name == _TOO_FEW_VIEWERS)
    return any(plain(words) in plain(text) for words in sentence.texts)


def meaning_of(text: str) -> Trap | None:
    """Return what a text of Meta's means: an error's JSON, its numbers, or a sentence; None for none.

    A part of a title or message will do where it is of one alone.
    """
    code, subcode = _numbers_in(text)
    if subcode is not None:
        exact = next((row for row in error_table.TABLE if row.subcode == subcode and row.code == code), None)
        of_subcode = exact or next((row for row in error_table.TABLE if row.subcode == subcode), None)
        if of_subcode is not None:
            return sentence_of(of_subcode.code, subcode) or _meaning_of_row(of_subcode)
    # Of a trap's words some have another cause, too, which only the sentence tells.
    by_words = sentence_in(text) or recognised(text)
    if by_words is not None:
        return by_words
    row = _row_that_says(plain(text)) or error_table.find(code)
    if row is not None:
        return sentence_of(row.code, row.subcode) or _meaning_of_row(row)
    parts = _holding(text)
    return parts[0] if len(parts) == 1 else None


def closest_to(text: str) -> tuple[Trap, ...]:
    """Return up to three meanings whose titles or messages hold a text, or are most like it."""
    by_title = {plain(trap.title): trap for trap in _every_meaning()}
    alike = get_close_matches(plain(text), by_title, n=_MOST_ALIKE, cutoff=_ALIKE)
    nearest = {trap.title: trap for trap in (*_holding(text), *(by_title[title] for title in alike))}
    return tuple(nearest.values())[:_MOST_ALIKE]


_MOST_ALIKE = 3
_ALIKE = 0.4
_SHORTEST_PART = 5  # letters: shorter parts are of half the table


def _holding(text: str) -> list[Trap]:
    """Find what has the text as a part of its title, words or message."""
    part = plain(text).strip(" .")
    if len(part) < _SHORTEST_PART:
        return []
    by_name = dict[str, Trap]()
    for trap in _every_meaning():
        if any(part in plain(words) for words in (trap.title, *trap.texts)):
            by_name.setdefault(trap.name, trap)
    for row in error_table.TABLE:
        if part in plain(row.message) or part in plain(row.user_message or ""):
            trap = sentence_of(row.code, row.subcode) or _meaning_of_row(row)
            by_name.setdefault(trap.name, trap)
    return list(by_name.values())


def _every_meaning() -> Iterator[Trap]:
    yield from (*SENTENCES, *TRAPS)
    for row in error_table.TABLE:
        if sentence_of(row.code, row.subcode) is None:
            yield _meaning_of_row(row)


_CODE = re.compile(r"(?:\bcode\\?[\"']?\s*[:=]?\s*|\(#|answered )(-?\d{1,6})\b", re.IGNORECASE)
_ALONE = re.compile(r"\(?#?(-?\d{1,7})(?:/(\d{2,7}))?\)?")
_SUBCODE = re.compile(
    r"(?:subcode\\?[\"']?\s*[:=]?\s*|error code |\d/)(\d{2,7})\b|\b(22070\d\d)\b", re.IGNORECASE
)


def _numbers_in(text: str) -> tuple[int | None, int | None]:
    """Find code and subcode in an error's JSON, in a log, in our own messages, or alone: `190/463`, `#10`."""
    if alone := _ALONE.fullmatch(text.strip()):
        code, subcode = int(alone[1]), int(alone[2]) if alone[2] else None
        is_subcode = subcode is None and error_table.find(code) is None
        return (None, code) if is_subcode else (code, subcode)
    code = next((int(match[1]) for match in _CODE.finditer(text)), None)
    subcode = next((int(match[1] or match[2]) for match in _SUBCODE.finditer(text)), None)
    return code, subcode


_SHORTEST = 12  # letters: shorter ones are found in other sentences, too


def _row_that_says(whole: str) -> ErrorRow | None:
    """Find the row one of whose texts, but for what differs from error to error, is in a text."""
    # Some rows share a message, which is then that of the code alone.
    rows = sorted(error_table.TABLE, key=lambda row: row.subcode is not None)
    # A title that is only inferred is too short to tell an error by.
    by_title = {
        row.title: row for row in rows if row.title_text and row.title_text.mark != Certainty.INFERRED
    }
    first_sentences = ((row.user_message.partition(". ")[0], row) for row in rows if row.user_message)
    by_user_message = {_longest_part(sentence): row for sentence, row in first_sentences}
    by_message = {_longest_part(row.message): row for row in reversed(rows)}
    for words, row in (*by_title.items(), *by_user_message.items(), *by_message.items()):
        if words and len(words) >= _SHORTEST and plain(words.strip(" .")) in whole:
            return row
    return None


def _longest_part(text: str) -> str:
    """Return the longest part of a text without a name in braces."""
    return max(re.split(r"\{\w+\}", text), key=len)


def _meaning_of_row(row: ErrorRow) -> Trap:
    numbers = "/".join(str(number) for number in (row.code, row.subcode) if number is not None)
    return Trap(
        name=row.name,
        title=row.title or row.message,
        cause=f"It is Meta's error {numbers}, {row.name}{f': {row.explanation}' if row.title else ''}".rstrip(
            "."
        )
        + ".",
        consequence=_CONSEQUENCES[row.retry],
        remedy=row.fix,
        certainty=row.mark,
    )
