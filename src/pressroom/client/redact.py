"""Keeps secrets out of what people see."""

import re
from collections.abc import Mapping
from typing import Any, cast

MASK = "***"
SECRET_NAMES = frozenset(
    {
        "access_token",
        "appsecret_proof",
        "client_secret",
        "code_verifier",
        "fb_exchange_token",
        "input_token",
        "refresh_token",
    }
)
# `paging.next` and messages that quote a URL carry the token as a query parameter.
_IN_QUERY = re.compile(rf"\b({'|'.join(sorted(SECRET_NAMES))})=[^&\s\"'<>\\]+")


def redact_text(text: str, *secrets: str) -> str:
    """Mask the given secrets and every secret query parameter of a text."""
    for secret in secrets:
        if secret:
            text = text.replace(secret, MASK)
    return _IN_QUERY.sub(rf"\1={MASK}", text)


def redact_json(value: Any, *secrets: str) -> Any:  # noqa: ANN401  # any JSON value
    """Copy a JSON value with secrets masked: members named like one, URLs, and the given ones anywhere."""
    if isinstance(value, str):
        return redact_text(value, *secrets)
    if isinstance(value, list):
        return [redact_json(item, *secrets) for item in cast("list[Any]", value)]
    if isinstance(value, dict):
        return {
            redact_text(name, *secrets): MASK if name in SECRET_NAMES else redact_json(member, *secrets)
            for name, member in cast("dict[str, Any]", value).items()
        }
    return value


def redact_params(params: Mapping[str, str], names: frozenset[str], *secrets: str) -> dict[str, str]:
    """Copy a call's parameters with the named ones, and every secret, masked."""
    hidden = names | SECRET_NAMES
    return {name: MASK if name in hidden else redact_text(value, *secrets) for name, value in params.items()}
