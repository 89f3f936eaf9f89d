"""Secrets: held so that they cannot be printed, and masked in whatever is shown or stored.

`Secret` holds a text. `redact_text` masks those of every living Secret, and whatever looks like a token: no
other place knows how tokens look.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from itertools import chain
from threading import RLock
from typing import Any, Final, cast
from urllib.parse import unquote
from weakref import WeakValueDictionary

import msgspec

from pressroom.core.address import CLOUDINARY_ADDRESS, S3_ADDRESS, addresses_in
from pressroom.graph.secret_names import SECRET_PARAMETERS, Where, names_of, pattern_of

# Shorter texts occur in ordinary words; `postgres` and `pressroom` are common passwords, and words too.
_SHORTEST, _SHORTEST_PASSWORD = 8, 10
# Up to the first @ and up to the last: a password that was not percent-encoded may contain @.
_PASSWORDS = (re.compile(r"://[^:@/]*:(.+?)@"), re.compile(r"://[^:@/]*:(.+)@"))
# Our own examples stay readable: whoever sets one unchanged must see it in the hint that says what to set.
_NO_SECRETS = frozenset((CLOUDINARY_ADDRESS, S3_ADDRESS))


class Secret:
    """Text that must never be shown. Only `reveal` returns it; printing, formatting and pickling do not.

    While the object exists, `redact_text` masks its text in everything shown or stored.
    """

    # A WeakValueDictionary needs __weakref__ in the slots.
    __slots__ = ("__weakref__", "_hidden", "_text")

    def __init__(self, text: str) -> None:
        self._text: Final = text
        self._hidden: Final = frozenset(hidden_in(text))
        _living.add(self)

    def reveal(self) -> str:
        """Return the text, for the code that sends it."""
        return self._text

    def __bool__(self) -> bool:
        return bool(self._text)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        import hmac  # noqa: PLC0415  # loads OpenSSL, 3 ms that no help needs

        # A constant-time comparison: the time must not tell how much of a guess is right.
        return hmac.compare_digest(self._text.encode(), other._text.encode())

    def __hash__(self) -> int:
        return hash((Secret, self._text))

    def __repr__(self) -> str:
        return "Secret(***)"

    __str__ = __repr__

    def __reduce__(self) -> str | tuple[object, ...]:
        raise TypeError("a secret is not pickled")

    @staticmethod
    def hidden() -> frozenset[str]:
        """Return every text to mask, of all secrets of this process."""
        return _living.texts(lambda secret: secret._hidden)  # noqa: SLF001  # of our own kind


class _Living:
    """The secrets of this process, and a cache of the texts to mask: read for every text, seldom changed."""

    def __init__(self) -> None:
        # Weak references: a text is masked as long as its Secret exists, and no longer.
        self._secrets = WeakValueDictionary[int, Secret]()
        self._turn = RLock()
        self._made = 0
        self._seen = (0, 0)
        self._texts = frozenset[str]()

    def add(self, secret: Secret) -> None:
        with self._turn:
            # By id: two equal secrets must both end before their text is shown again.
            self._secrets[id(secret)] = secret
            self._made += 1

    def state(self) -> tuple[int, int]:
        """Return what is another one after each change: how many were made, and how many there are."""
        return self._made, len(self._secrets)

    def texts(self, hidden_by: Callable[[Secret], frozenset[str]]) -> frozenset[str]:
        with self._turn:
            seen = self.state()
            if seen != self._seen:
                held = list(self._secrets.values())
                self._texts, self._seen = frozenset[str]().union(*map(hidden_by, held)), seen
            return self._texts


_living = _Living()


def hidden_in(text: str) -> Iterator[str]:
    """Yield the texts to mask for a secret: the whole, each part of a list, an address's password."""
    if text in _NO_SECRETS:
        return
    if len(text) >= _SHORTEST:
        yield text
    if "://" in text:
        yield from passwords_in(text)
        yield from (address for address in addresses_in(text) if len(address) >= _SHORTEST)
    elif "," in text:
        yield from (key for part in text.split(",") if len(key := part.strip()) >= _SHORTEST)


def passwords_in(address: str) -> Iterator[str]:
    """Yield an address's password, as spelled and percent-decoded, unless it is as short as a word."""
    for pattern in _PASSWORDS:
        for password in pattern.findall(address):
            yield from (text for text in (password, unquote(password)) if len(text) >= _SHORTEST_PASSWORD)


MASK = "***"
_ANYWHERE, _PARAMETERS, _HEADERS = map(names_of, (Where.ANYWHERE, Where.PARAMETER, Where.HEADER))
_HEADERS_LOWERED = frozenset(name.lower() for name in _HEADERS)
_NAMES, _CODES, _ADDRESSES = map(pattern_of, (_ANYWHERE, _PARAMETERS, names_of(Where.ADDRESS)))
# Examples, not secrets: `access_token=ACCESS_TOKEN` in a caption, `s3://KEY:SECRET@BUCKET` in our own hints.
_PLACEHOLDER = r"(?:[A-Z_-]*(?:TOKEN|SECRET|PASSWORD|PROOF|VERIFIER|SIGNATURE)[A-Z_-]*|secret|password)"
# A word also starts after an escape, as inside JSON text or a URL encoded in another URL.
_BEGINNING = r"(?:(?<![A-Za-z0-9])|(?<=\\[nrt])|(?<=\\u[0-9a-fA-F]{4})|(?<=%[0-9a-fA-F]{2}))"
# A word with a file's extension is a file's name and no secret.
_FILE = r"(?!\.(?i:jpe?g|png|gif|webp|hei[cf]|avif|mp4|mov|m4v|csv|json)\b)"
# The forms of Meta's tokens. A word with only IG in front may be a hashtag, a user name or a file name too.
_BY_META = r"(?:EAA[A-Za-z0-9]|IGAA|IGQ[VW])[\w-]{20,}+"
_BY_INSTAGRAM = r"IG(?:(?=[\w-]*\d)(?=[\w-]*[A-Za-z0-9]{16})|(?=[A-Za-z0-9]{30}))[\w-]{20,}+"
META_TOKEN: Final = re.compile(rf"{_BEGINNING}(?:{_BY_META}|(?<![#@]){_BY_INSTAGRAM}){_FILE}", re.ASCII)
# A key of ours: `core.consent.Key`, or of a calendar that is fetched.
_KEY = r"pr(?:k_[0-9a-f]{8}|f)_[\w-]{40,}+"
_CODE = r"AQ[\w-]{20,}"
_END = r"[.,;)]*(?:[&\s\"'<>\\]|\Z)"
# Bounded and possessive repeats keep a long text from causing quadratic backtracking.
_SHAPES = (
    (META_TOKEN, MASK),
    (re.compile(rf"{_BEGINNING}{_KEY}", re.ASCII), MASK),
    # `paging.next` and messages that quote a URL carry secrets as query parameters; some quote JSON.
    (re.compile(rf"\b({_NAMES})(=|%3[Dd])(?!{_PLACEHOLDER}{_END})[^&\s\"'<>\\]+"), rf"\1\2{MASK}"),
    (re.compile(rf"([\"']{_NAMES}\\?[\"']\s*:\s*\\?[\"'])[^\"'\\]+"), rf"\1{MASK}"),
    # `code=190` and `"code": 190` are error codes, so only a value that looks like a login code is masked.
    (re.compile(rf"([?&]{_CODES}=)[\w%-]{{16,}}|\b({_CODES}=){_CODE}"), rf"\1\2{MASK}"),
    (re.compile(rf"([\"']{_CODES}\\?[\"']\s*:\s*\\?[\"']){_CODE}"), rf"\1{MASK}"),
    (re.compile(rf"([?&]{_ADDRESSES}=)[^&\s\"'<>\\]+"), rf"\1{MASK}"),
    (
        re.compile(
            rf"(?i)\b({pattern_of(_HEADERS)}\\?[\"']?\s*[:=]\s*\\?[\"']?)"
            r"(?:(?:bearer|oauth|basic|token|digest)\s+[^\s\"'\\,;]{8,}|(?=[^\s\"']*\d)[^\s\"'\\,;]{16,})"
        ),
        rf"\1{MASK}",
    ),
    # User and password in an address of a database, a bucket or a proxy.
    (
        re.compile(
            rf"((?:(?<=://)|(?<=:\\/\\/))[^\s/?#\"'<>\\@:]{{0,256}}):"
            rf"(?!{_PLACEHOLDER}@)[^\s/\"'<>\\]{{1,512}}@"
        ),
        rf"\1:{MASK}@",
    ),
    (re.compile(r"(?:(?<=://)|(?<=:\\/\\/))[^\s/?#\"'<>\\@:]{16,256}@"), f"{MASK}@"),
)


# No shape matches without one of these, and most texts contain none: the shapes are then skipped.
_SIGNS = re.compile(r"EAA|IG|pr[kf]_|[=:]|%3[Dd]")


def redact_text(text: str, *secrets: str) -> str:
    """Mask every secret of this process, the given ones, and whatever looks like a token."""
    present = {secret for secret in chain(secrets, Secret.hidden()) if secret and secret in text}
    # Longest first: a secret inside a longer one would leave the rest of the longer one readable.
    for secret in sorted(present, key=len, reverse=True):
        text = text.replace(secret, MASK)
    if _SIGNS.search(text):
        for shape, mask in _SHAPES:
            text = shape.sub(mask, text)
    return text


def redact_json(value: Any, *secrets: str) -> Any:  # noqa: ANN401  # any JSON value
    """Copy a JSON value with secrets masked: members with a secret name, and every text by `redact_text`."""
    if isinstance(value, str):
        return redact_text(value, *secrets)
    if isinstance(value, list | tuple):
        return [redact_json(item, *secrets) for item in cast("list[Any]", value)]
    if isinstance(value, dict):
        masked = dict[str, Any]()
        for name, member in cast("dict[str, Any]", value).items():
            is_secret = name in _ANYWHERE or name.lower() in _HEADERS_LOWERED
            if name in _PARAMETERS:
                # An error's `code` is none, by its form.
                is_secret = isinstance(member, str) and re.fullmatch(_CODE, member) is not None
            masked[redact_text(name, *secrets)] = MASK if is_secret else redact_json(member, *secrets)
        return masked
    return value


# In lower case: one of these is in whatever the shapes match, but for addresses and what begins with IG.
_QUICK_SIGNS: Final = (
    *(b"token", b"secret", b"verifier", b"signature", b"password", b"authorization", b"code="),
    *(b"eaa", b"prk_", b"prf_", b"aq"),
)


def redact_json_text(content: bytes, *secrets: str) -> bytes:
    """Mask JSON as text, as `redact_json` does; it stays as it is where a quick look finds no sign of one.

    For long answers that are given several times a second: the shapes take a hundred times as long.
    """
    look = _look if len(content) <= _KEPT_BYTES else _look.__wrapped__
    if look(content, secrets, _living.state()):
        return msgspec.json.encode(redact_json(msgspec.json.decode(content), *secrets))
    return content


# Longer answers are seldom, and the cache would hold megabytes.
_KEPT_BYTES: Final = 65_536


@lru_cache(16)  # whoever polls gets the same answer again and again
def _look(content: bytes, secrets: tuple[str, ...], _state: tuple[int, int]) -> bool:
    """Tell whether there may be a secret. _state: `_Living.state`, so that it looks anew after a change."""
    lowered = content.lower().replace(b"\\", b"")
    if b"IG" in content or any(map(lowered.__contains__, _QUICK_SIGNS)):
        return True
    if b"@" in lowered and any(b"@" in part.partition(b"/")[0] for part in lowered.split(b"://")[1:]):
        return True
    texts = (secret for secret in chain(secrets, Secret.hidden()) if secret)
    return any(text.lower().encode() in lowered for text in texts)


def redact_params(params: Mapping[str, str], *secrets: str) -> dict[str, str]:
    """Copy a call's parameters, masking those with a secret name and every secret in the others."""
    return {
        name: MASK if name in SECRET_PARAMETERS else redact_text(value, *secrets)
        for name, value in params.items()
    }
