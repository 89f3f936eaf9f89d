"""What a worker says outside of commands: the JSON of its health, notices and letters, and its log.

`logging_by` writes the log: one line for each event, as text or as JSON, with secrets masked.
"""

import json
import logging
import traceback
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal, Self

import msgspec

from pressroom.core.errors import PressroomError
from pressroom.core.journal import JournalEvent
from pressroom.core.post import Attention, PostKind, PostState
from pressroom.core.spelling import visible
from pressroom.service.ground.shaping import Shape, shape_of

if TYPE_CHECKING:
    from pressroom.service.acting.obstacles import Health


class HealthShape(Shape["Health"], frozen=True, kw_only=True):
    """The state of the work.

    overdue: posts more than a minute past their time, null where the store does not answer. reasons: what is
    wrong, one sentence each.
    """

    healthy: bool
    worker_running: bool
    overdue: int | None
    reasons: tuple[str, ...]

    @classmethod
    def of(cls, health: "Health") -> Self:
        """Build the shape of what was read."""
        return shape_of(cls, health, healthy=health.is_healthy, worker_running=health.is_driven)

    @classmethod
    def unknown(cls, error: PressroomError, *, is_driven: bool) -> "HealthShape":
        """Build the shape of a store that does not answer, with the reason."""
        return cls(healthy=False, worker_running=is_driven, overdue=None, reasons=(str(error),))


class ToldPostShape(msgspec.Struct, frozen=True, kw_only=True):
    """The post that a notice is about.

    actor: who wants it out, `program:NAME` or `person:NAME`; null for one that was stored without. due_at: as
    planned, ISO 8601 in UTC, empty for now. postponed_to: where a full quota moved it, else null.
    """

    post_id: str
    kind: PostKind
    state: PostState
    actor: str | None
    due_at: str
    postponed_to: str | None
    attention: Attention | None
    problem: str | None


class ToldMissedPostShape(msgspec.Struct, frozen=True, kw_only=True):
    """A post that goes out after its account's access ends. goes_out_at: ISO 8601 in UTC, empty for now."""

    post_id: str
    goes_out_at: str


class ToldProposalShape(msgspec.Struct, frozen=True, kw_only=True):
    """A waiting proposal. actor: the program. expires_at: ISO 8601 in UTC."""

    proposal_id: str
    actor: str
    expires_at: str


class NoticeShape(msgspec.Struct, frozen=True, kw_only=True):
    """A notice for a person.

    at: ISO 8601 in UTC, as are all times. account: null for several. command: what to run to see more, or to
    repair it. paused_until: null until somebody resumes the account. days_left: until a token ends or a
    permission lapses, negative when it has. would_miss: the next posts that go out later, or during a pause.
    proposals: up to five of those that wait. address: of the page with all that wait, null where none is
    served, and for all other notices.
    """

    event: str
    at: str
    account: str | None
    text: str
    command: str
    post: ToldPostShape | None
    paused_until: str | None
    days_left: int | None
    would_miss: tuple[ToldMissedPostShape, ...]
    proposals: tuple[ToldProposalShape, ...]
    address: str | None


class LetterFileShape(msgspec.Struct, frozen=True, kw_only=True):
    """The file of a letter. path: on the machine that sent it."""

    path: str
    name: str
    media_type: str
    size_bytes: int


class LetterShape(msgspec.Struct, frozen=True, kw_only=True):
    """What is told once, such as a report; its first members are those of a notice.

    event: `letter`. account: null. text: for whoever shows no HTML. command: what to run to see more, empty
    for nothing. html: says what text says.
    """

    event: str
    at: str
    account: str | None
    text: str
    command: str
    title: str
    html: str | None
    file: LetterFileShape | None


class LineShape(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the log.

    time: ISO 8601 to the millisecond, in UTC. post, step: of an event; code, subcode, fbtrace_id: of Meta's
    error. error: the class and its text; traceback: where it came from.
    """

    time: str
    level: str
    logger: str
    account: str | None
    post: str | None
    step: str | None
    text: str
    code: int | None
    subcode: int | None
    fbtrace_id: str | None
    container_id: str | None
    media_id: str | None
    error: str | None
    traceback: str | None


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
