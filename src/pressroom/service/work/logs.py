"""A worker's log: one line for each event, as text or as JSON, with secrets masked."""

import json
import logging
import traceback
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Literal

import msgspec

from pressroom.core.journal import JournalEvent
from pressroom.core.spelling import visible
from pressroom.service.work.shapes import LineShape

LogFormat = Literal["text", "json"]

_FACTS = ("account", "post", "step")
_CODES = ("code", "subcode", "fbtrace_id", "container_id", "media_id")


def line_of(record: logging.LogRecord) -> LineShape:
    """Return the fields of a line; None for what is not known."""
    # `event` is put on the record by `logging`'s `extra`, whose names nothing declares.
    event = getattr(record, "event", None)
    entry = event if isinstance(event, JournalEvent) else None
    error = record.exc_info[1] if record.exc_info else None
    at = entry.at if entry else datetime.fromtimestamp(record.created, UTC)
    return LineShape(
        time=at.isoformat(timespec="milliseconds"),
        level=record.levelname.lower(),
        logger=record.name,
        account=getattr(record, "account", None),
        post=entry.post_id if entry else None,
        step=entry.step if entry else None,
        text=" ".join(record.getMessage().split()),
        **{name: getattr(entry, name, None) for name in _CODES},
        error=f"{type(error).__name__}: {error}" if error else None,
        traceback="".join(traceback.format_exception(error)) if error else None,
    )


class JsonFormatter(logging.Formatter):
    """One JSON object on each line. mask: hides secrets in any text."""

    def __init__(self, mask: Callable[[str], str]) -> None:
        super().__init__()
        self._mask = mask

    def format(self, record: logging.LogRecord) -> str:
        """Give the line."""
        facts = msgspec.structs.asdict(line_of(record))
        # Masked before it is JSON: escaped letters would hide a secret from the mask.
        masked = {
            name: self._mask(value) if isinstance(value, str) else value for name, value in facts.items()
        }
        return json.dumps(masked)


class TextFormatter(logging.Formatter):
    """One line for people and `grep`, without tracebacks. mask: hides secrets in any text."""

    def __init__(self, mask: Callable[[str], str]) -> None:
        super().__init__()
        self._mask = mask

    def format(self, record: logging.LogRecord) -> str:
        """Give the line."""
        line = line_of(record)
        facts = msgspec.structs.asdict(line)
        about = " ".join(f"{name}={facts[name]}" for name in _FACTS if facts[name] is not None)
        codes = ", ".join(
            f"{name.removesuffix('_id')} {facts[name]}" for name in _CODES if facts[name] is not None
        )
        words = [line.time, line.level.upper(), about or line.logger, line.text]
        in_brackets = f" ({codes})" if codes else ""
        # An error's text may have several lines, and an event is one.
        error = f" {' '.join(line.error.split())}" if line.error else ""
        return visible(self._mask(" ".join(words) + in_brackets + error))


_FORMATTERS = {"text": TextFormatter, "json": JsonFormatter}


@contextmanager
def logging_by(
    handler: logging.Handler, style: LogFormat, mask: Callable[[str], str], *, level: int
) -> Generator[None]:
    """Send Pressroom's own log to one handler alone while the block runs."""
    # Without propagation: a handler of the root logger would write each line again, unmasked.
    logger = logging.getLogger("pressroom")
    before = logger.handlers, logger.level, logger.propagate
    handler.setFormatter(_FORMATTERS[style](mask))
    logger.handlers, logger.propagate = [handler], False
    logger.setLevel(level)
    try:
        yield
    finally:
        logger.handlers, logger.propagate = before[0], before[2]
        logger.setLevel(before[1])
