"""The messages to and from the process that probes files: one line of JSON each."""

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import msgspec

from pressroom.media.decision import Refusal
from pressroom.media.facts import Probe


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Which file to probe.

    path: absolute, since the process runs in another directory. cpu_s: the processor time it may take.
    """

    path: Path
    salvage: bool
    cpu_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One of: the facts of a file, its refusal, the traceback of a decoder that failed, out of memory."""

    facts: Probe | None = None
    refusal: Refusal | None = None
    failure: str = ""
    is_out_of_memory: bool = False


# msgspec knows neither Path nor Fraction: both go as text.
def _plain(value: Any) -> str:  # noqa: ANN401  # what msgspec does not know
    return str(value)


def _typed(kind: type, value: Any) -> Any:  # noqa: ANN401  # as above
    return kind(value) if kind in (Path, Fraction) else value


_encoder = msgspec.json.Encoder(enc_hook=_plain)
# msgspec 0.22 crashes when two threads decode a dataclass for the first time at the same moment. It inspects
# these here, during import, which only one thread does.
for _message in (Question, Answer):
    msgspec.json.Decoder(_message, dec_hook=_typed)


def encode(message: Question | Answer) -> bytes:
    """Put a message on one line."""
    return _encoder.encode(message) + b"\n"


def decode_question(line: bytes) -> Question:
    """Read a question."""
    return msgspec.json.decode(line, type=Question, dec_hook=_typed)


def decode_answer(line: bytes) -> Answer:
    """Read an answer. Raises msgspec.ValidationError for anything else."""
    return msgspec.json.decode(line, type=Answer, dec_hook=_typed)
