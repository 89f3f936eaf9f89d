"""What is asked of the process that looks at files, and what it answers: a line of JSON each."""

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import msgspec

from pressroom.media.decision import Refusal
from pressroom.media.facts import Probe


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Which file to look at. path: absolute, since the process stands elsewhere. cpu_s: what it may take."""

    path: Path
    salvage: bool
    cpu_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a file is, or why it is refused, or the traceback of a decoder that gave up."""

    facts: Probe | None = None
    refusal: Refusal | None = None
    failure: str = ""
    is_out_of_memory: bool = False


def _plain(value: Any) -> str:  # noqa: ANN401  # what msgspec does not know
    return str(value)


def _typed(kind: type, value: Any) -> Any:  # noqa: ANN401  # as above
    return kind(value) if kind in (Path, Fraction) else value


_encoder = msgspec.json.Encoder(enc_hook=_plain)
# Threads that learn a dataclass at once crash in msgspec 0.22: these are learnt while one alone imports.
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
