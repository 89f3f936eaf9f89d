"""The environment's secrets: hidden in what people see, and left out of what programs find."""

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pressroom.core.address import without_sign_in
from pressroom.core.declared_settings import ADDRESS_SETTINGS, SECRET_SETTINGS
from pressroom.core.redact import redact_json, redact_text
from pressroom.core.secret import hidden_in, passwords_in


@dataclass(frozen=True, slots=True)
class Mask:
    """Masks the given secrets, and whatever `core.redact` knows or finds."""

    secrets: tuple[str, ...] = ()

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> "Mask":
        """Know the environment's secrets, passwords of proxies among them."""
        return cls(tuple(dict.fromkeys(_hidden_in(environ))))

    def __call__(self, text: str) -> str:
        """Give the text, masked."""
        return redact_text(text, *self.secrets)

    def json(self, value: object) -> object:
        """Give a copy of a JSON value, masked."""
        return redact_json(value, *self.secrets)

    def __repr__(self) -> str:
        return "Mask()"


def _hidden_in(environ: Mapping[str, str]) -> Iterator[str]:
    for name, text in environ.items():
        if name in SECRET_SETTINGS:
            yield from hidden_in(text.strip())
        elif _is_address(name):
            yield from passwords_in(text if "://" in text else f"http://{text}")


def _is_address(name: str) -> bool:
    """Tell whether a variable holds an address that may say who signs in."""
    return name in ADDRESS_SETTINGS or name.lower().endswith("_proxy")


def without_secrets(environ: Mapping[str, str]) -> dict[str, str]:
    """Give an environment as a program may have it that is not to know our secrets.

    An address stays, without who signs in there.
    """
    return {
        name: without_sign_in(text) if _is_address(name) else text
        for name, text in environ.items()
        if name not in SECRET_SETTINGS
    }


class MaskingFormatter(logging.Formatter):
    """Formats a log line, its traceback included, and masks the whole."""

    def __init__(self, mask: Mask) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")
        self._mask = mask

    def format(self, record: logging.LogRecord) -> str:
        """Give the line, masked."""
        return self._mask(super().format(record))
