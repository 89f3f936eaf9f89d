"""The process that decodes untrusted files, one after another: `python -m pressroom.media.prober`.

It reads a `ProbeQuestion` and writes a `ProbeAnswer`, one line of JSON each. It ends when stdin closes, after
a minute without a question, or after much work, so that nothing accumulates in it. `examine` starts, limits
and asks it.
"""

import contextlib
import os
import resource
import signal
import sys
import time
import traceback
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from pressroom.core.errors import MediaRefused
from pressroom.core.shortage import shortage_of
from pressroom.media import leash
from pressroom.media.decision import Refusal
from pressroom.media.facts import ClipFrame, Probe, SmallPictures, StillFacts
from pressroom.media.probe import probe

READY = b"ready\n"
_IDLE_S = 60
_MOST_CPU_S = 120  # after which it ends by itself, between two files


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeQuestion:
    """Which file to probe, or, where one of the others is set, what to make of it.

    path: absolute, since the process runs in another directory. salvage, header_only: as of `probe`.
    cpu_s: the processor time it may take.
    still: makes small pictures of the still that it was found to be; most_px: the longer side of each.
    thumbnail_px: the longer side of a thumbnail. logo_px: the box of a logo. frame_at_s: of a clip's frame.
    """

    path: Path
    salvage: bool = False
    header_only: bool = False
    cpu_s: int
    still: StillFacts | None = None
    most_px: tuple[int, ...] = ()
    thumbnail_px: int | None = None
    logo_px: tuple[int, int] | None = None
    frame_at_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeAnswer:
    """Exactly one of what the question asks for, a refusal, a decoder's traceback, out of memory."""

    facts: Probe | None = None
    small: SmallPictures | None = None
    picture: bytes | None = None
    frame: ClipFrame | None = None
    refusal: Refusal | None = None
    failure: str = ""
    is_out_of_memory: bool = False


# msgspec knows neither Path nor Fraction: both go as text.
def _typed(kind: type, value: Any) -> Any:  # noqa: ANN401  # what msgspec does not know
    return kind(value) if kind in (Path, Fraction) else value


_encoder = msgspec.json.Encoder(enc_hook=str)
# msgspec 0.22 crashes when two threads decode a dataclass for the first time at the same moment. It inspects
# these here, during import, which only one thread does.
for _message in (ProbeQuestion, ProbeAnswer):
    msgspec.json.Decoder(_message, dec_hook=_typed)


def encode(message: ProbeQuestion | ProbeAnswer) -> bytes:
    """Put a message on one line."""
    return _encoder.encode(message) + b"\n"


def decode_question(line: bytes) -> ProbeQuestion:
    """Read a question."""
    return msgspec.json.decode(line, type=ProbeQuestion, dec_hook=_typed)


def decode_answer(line: bytes) -> ProbeAnswer:
    """Read an answer. Raises msgspec.ValidationError for anything else."""
    return msgspec.json.decode(line, type=ProbeAnswer, dec_hook=_typed)


def serve(questions: BinaryIO, answers: BinaryIO) -> None:
    """Answer until there are no more questions."""
    _write(answers, READY)
    while True:
        signal.alarm(_IDLE_S)  # SIGALRM ends the process
        line = questions.readline()
        signal.alarm(0)
        if not line:
            return
        question = decode_question(line)
        # The limit counts from the start of the process, so it moves with each file. The hard one stays: it
        # cannot be raised again.
        _, most = resource.getrlimit(resource.RLIMIT_CPU)
        with contextlib.suppress(ValueError):  # a limit of the whole system is lower already
            resource.setrlimit(resource.RLIMIT_CPU, (int(time.process_time()) + 1 + question.cpu_s, most))
        answer = answer_to(question)
        _write(answers, encode(answer))
        if answer.is_out_of_memory or time.process_time() > _MOST_CPU_S:
            return


def answer_to(question: ProbeQuestion) -> ProbeAnswer:
    """Probe a file, or make what is asked for. Every failure becomes an answer."""
    try:
        return _made(question)
    except MediaRefused as refusal:
        # A machine short of files or memory says nothing about this file: `examine` raises the shortage.
        if shortage_of(refusal):
            return ProbeAnswer(failure=traceback.format_exc())
        return ProbeAnswer(refusal=Refusal.of(refusal))
    except MemoryError:
        return ProbeAnswer(is_out_of_memory=True)
    except Exception:  # noqa: BLE001  # an untrusted file must not end the process
        return ProbeAnswer(failure=traceback.format_exc())


def _made(question: ProbeQuestion) -> ProbeAnswer:
    path = question.path
    # Pillow is imported for pictures only, and PyAV for clips only.
    if question.still:
        from pressroom.media.picture import make_small  # noqa: PLC0415

        return ProbeAnswer(small=make_small(path, question.still, question.most_px))
    if question.thumbnail_px:
        from pressroom.media.thumbnail import thumbnail_of  # noqa: PLC0415

        return ProbeAnswer(picture=thumbnail_of(path, question.thumbnail_px))
    if question.logo_px:
        from pressroom.media.thumbnail import logo_of  # noqa: PLC0415

        return ProbeAnswer(picture=logo_of(path, question.logo_px))
    if question.frame_at_s is not None:
        from pressroom.media.clip import frame_of  # noqa: PLC0415

        return ProbeAnswer(frame=frame_of(path, question.frame_at_s))
    return ProbeAnswer(facts=probe(path, salvage=question.salvage, header_only=question.header_only))


def _write(answers: BinaryIO, line: bytes) -> None:
    answers.write(line)
    answers.flush()


if __name__ == "__main__":
    leash.put_on(sys.argv[1:])
    with os.fdopen(os.dup(1), "wb") as _stdout:
        os.dup2(2, 1)  # what a decoder prints must not mix with the answers
        serve(sys.stdin.buffer, _stdout)
