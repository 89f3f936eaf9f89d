"""Keeps the environment's secrets out of what people see, what is logged and what child processes get."""

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pressroom.core.address import without_sign_in
from pressroom.core.secret import hidden_in, passwords_in, redact_json, redact_text
from pressroom.core.settings import ADDRESS_SETTINGS, SECRET_SETTINGS
from pressroom.core.spelling import visible


@dataclass(frozen=True, slots=True)
class Mask:
    """Masks the given secrets, and what `redact_text` recognises."""

    secrets: tuple[str, ...] = ()

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> "Mask":
        """Collect the environment's secrets, including passwords in proxy addresses."""
        return cls(tuple(dict.fromkeys(_hidden_in(environ))))

    def __call__(self, text: str) -> str:
        """Return the text, masked."""
        return redact_text(text, *self.secrets)

    def json(self, value: object) -> object:
        """Return a copy of a JSON value, masked."""
        return redact_json(value, *self.secrets)

    # The generated repr would print the secrets.
    def __repr__(self) -> str:
        return "Mask()"


def _hidden_in(environ: Mapping[str, str]) -> Iterator[str]:
    for name, text in environ.items():
        if name in SECRET_SETTINGS:
            yield from hidden_in(text.strip())
        elif _is_address(name):
            # HTTPS_PROXY and the like are written with and without a scheme.
            yield from passwords_in(text if "://" in text else f"http://{text}")


def _is_address(name: str) -> bool:
    """Return whether a variable holds an address that may contain a password."""
    return name in ADDRESS_SETTINGS or name.lower().endswith("_proxy")


def without_secrets(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment for a child process: without our secrets, addresses without their passwords."""
    return {
        name: without_sign_in(text) if _is_address(name) else text
        for name, text in environ.items()
        if name not in SECRET_SETTINGS
    }


class MaskingFormatter(logging.Formatter):
    """Formats a log line with its traceback, masks all of it, and shows each letter as what it is."""

    def __init__(self, mask: Mask) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")
        self._mask = mask

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, masked and visible."""
        # After formatting, since a traceback and its arguments hold secrets too.
        return visible(self._mask(super().format(record)))


def log_warnings_only(library: str) -> None:
    """Log nothing of a library below WARNING, unless the program has set a level for it."""
    # As SQLAlchemy and psycopg do for themselves: a host that logs INFO at the root means its own lines.
    logger = logging.getLogger(library)
    if logger.level == logging.NOTSET:
        logger.setLevel(logging.WARNING)
