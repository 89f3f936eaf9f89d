"""Masks secrets in what people see and in what is stored: the only place that knows how they look."""

import re
from collections.abc import Mapping
from itertools import chain
from typing import Any, cast

from pressroom.core.secret import Secret
from pressroom.graph.secret_names import SECRET_PARAMETERS, Where, names_of, pattern_of

MASK = "***"
_ANYWHERE, _PARAMETERS, _HEADERS = map(names_of, (Where.ANYWHERE, Where.PARAMETER, Where.HEADER))
_HEADERS_LOWERED = frozenset(name.lower() for name in _HEADERS)
_NAMES, _CODES, _ADDRESSES = map(pattern_of, (_ANYWHERE, _PARAMETERS, names_of(Where.ADDRESS)))
# Examples, not secrets: `access_token=ACCESS_TOKEN` in a caption, `s3://KEY:SECRET@BUCKET` in our own hints.
_PLACEHOLDER = r"(?:[A-Z_-]*(?:TOKEN|SECRET|PASSWORD|PROOF|VERIFIER|SIGNATURE)[A-Z_-]*|secret|password)"
# A word also starts after an escape, as inside JSON text or a URL encoded in another URL.
_BEGINNING = r"(?:(?<![A-Za-z0-9])|(?<=\\[nrt])|(?<=\\u[0-9a-fA-F]{4})|(?<=%[0-9a-fA-F]{2}))"
# What has a file's extension is a file's name.
_FILE = r"(?!\.(?i:jpe?g|png|gif|webp|hei[cf]|avif|mp4|mov|m4v|csv|json)\b)"
# The forms of Meta's tokens. A word with only IG in front may be a hashtag, a user name or a file name too.
_BY_META = r"(?:EAA[A-Za-z0-9]|IGAA|IGQ[VW])[\w-]{20,}+"
_BY_INSTAGRAM = r"IG(?:(?=[\w-]*\d)(?=[\w-]*[A-Za-z0-9]{16})|(?=[A-Za-z0-9]{30}))[\w-]{20,}+"
# A key of ours: pressroom.core.keys.
_KEY = r"prk_[0-9a-f]{8}_[\w-]{40,}+"
_CODE = r"AQ[\w-]{20,}"
_END = r"[.,;)]*(?:[&\s\"'<>\\]|\Z)"
# Bounded and possessive repeats keep a long text from causing quadratic backtracking.
_SHAPES = (
    (re.compile(rf"{_BEGINNING}(?:{_BY_META}|(?<![#@]){_BY_INSTAGRAM}){_FILE}", re.ASCII), MASK),
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
_SIGNS = re.compile(r"EAA|IG|prk_|[=:]|%3[Dd]")


def redact_text(text: str, *secrets: str) -> str:
    """Mask every secret of this process, the given ones, and whatever looks like a token."""
    found = {secret for secret in chain(secrets, Secret.hidden()) if secret and secret in text}
    # Longest first: a secret inside a longer one would leave the rest of that one readable.
    for secret in sorted(found, key=len, reverse=True):
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
        return {
            redact_text(name, *secrets): MASK if _is_secret(name, member) else redact_json(member, *secrets)
            for name, member in cast("dict[str, Any]", value).items()
        }
    return value


def _is_secret(name: str, member: object) -> bool:
    """Return whether a member of JSON is secret by its name; an error's `code` is not."""
    if name in _PARAMETERS:
        return isinstance(member, str) and re.fullmatch(_CODE, member) is not None
    return name in _ANYWHERE or name.lower() in _HEADERS_LOWERED


def redact_params(params: Mapping[str, str], *secrets: str) -> dict[str, str]:
    """Copy a call's parameters, masking those with a secret name and every secret in the others."""
    return {
        name: MASK if name in SECRET_PARAMETERS else redact_text(value, *secrets)
        for name, value in params.items()
    }
