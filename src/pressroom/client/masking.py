"""The second net under everything written to stderr: nothing that looks like a token passes."""

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass

from pressroom.client.redact import MASK, redact_text

# At the start of a word, also after an end of a line that is spelled `\\n`, as in JSON.
_LOOKS_LIKE_A_TOKEN = re.compile(r"(?:\b|(?<=\\[nrt]))(?:EAA|IG)[A-Za-z0-9_-]{20,}")
SECRET_SETTINGS = (
    "INSTAGRAM_ACCESS_TOKEN",
    "CLOUDINARY_URL",
    "PRESSROOM_S3_URL",
    "PRESSROOM_KEY",
    "PRESSROOM_DATABASE_URL",
    "PRESSROOM_NOTIFY_URL",
    "PRESSROOM_NOTIFY_SECRET",
)


@dataclass(frozen=True, slots=True)
class Mask:
    """Masks known secrets, secret query parameters, and whatever is spelled like a token."""

    secrets: tuple[str, ...] = ()

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> "Mask":
        """Know the environment's secrets."""
        return cls(tuple(text for name in SECRET_SETTINGS if (text := environ.get(name, "").strip())))

    def __call__(self, text: str) -> str:
        """Give the text, masked."""
        return _LOOKS_LIKE_A_TOKEN.sub(MASK, redact_text(text, *self.secrets))

    def __repr__(self) -> str:
        return "Mask()"


def without_secrets(environ: Mapping[str, str]) -> dict[str, str]:
    """Give an environment as a program may have it that is not to know our secrets."""
    return {name: text for name, text in environ.items() if name not in SECRET_SETTINGS}


class MaskingFormatter(logging.Formatter):
    """Formats a log line, its traceback included, and masks the whole."""

    def __init__(self, mask: Mask) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")
        self._mask = mask

    def format(self, record: logging.LogRecord) -> str:
        """Give the line, masked."""
        return self._mask(super().format(record))
