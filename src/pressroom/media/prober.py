"""Probes untrusted files, one after another, in a process of its own: `python -m pressroom.media.prober`.

Reads a `Question` and writes an `Answer`, one line each. It ends when stdin closes, after a minute without a
question, or after much work, so that nothing accumulates in it. `examine` starts, limits and asks it.
"""

import contextlib
import os
import resource
import signal
import sys
import time
import traceback
from typing import BinaryIO

from pressroom.core.errors import MediaRefused
from pressroom.core.shortage import shortage_of
from pressroom.media import leash
from pressroom.media.answer import Answer, Question, decode_question, encode
from pressroom.media.decision import Refusal
from pressroom.media.probe import probe

READY = b"ready\n"
_IDLE_S = 60
_MOST_CPU_S = 120  # after which it ends by itself, between two files


def answer_to(question: Question) -> Answer:
    """Probe a file. Every failure becomes an answer."""
    try:
        return Answer(facts=probe(question.path, salvage=question.salvage))
    except MediaRefused as refusal:
        if shortage_of(refusal):
            return Answer(failure=traceback.format_exc())
        return Answer(refusal=Refusal.of(refusal))
    except MemoryError:
        return Answer(is_out_of_memory=True)
    except Exception:  # noqa: BLE001  # an untrusted file must not end the process
        return Answer(failure=traceback.format_exc())


def _limit_cpu(seconds: int) -> None:
    # The limit counts from the start of the process, so it moves with each file. The hard one stays, since it
    # cannot be raised again.
    _, most = resource.getrlimit(resource.RLIMIT_CPU)
    with contextlib.suppress(ValueError):  # a limit of the whole system is lower already
        resource.setrlimit(resource.RLIMIT_CPU, (int(time.process_time()) + 1 + seconds, most))


def serve(questions: BinaryIO, answers: BinaryIO) -> None:
    """Answer until there are no more questions."""
    _write(answers, READY)
    while line := _next(questions):
        question = decode_question(line)
        _limit_cpu(question.cpu_s)
        answer = answer_to(question)
        _write(answers, encode(answer))
        if answer.is_out_of_memory or time.process_time() > _MOST_CPU_S:
            return


def _next(questions: BinaryIO) -> bytes:
    signal.alarm(_IDLE_S)  # SIGALRM ends the process
    line = questions.readline()
    signal.alarm(0)
    return line


def _write(answers: BinaryIO, line: bytes) -> None:
    answers.write(line)
    answers.flush()


if __name__ == "__main__":
    leash.put_on(sys.argv[1:])
    with os.fdopen(os.dup(1), "wb") as _stdout:
        os.dup2(2, 1)  # what a decoder prints must not mix with the answers
        serve(sys.stdin.buffer, _stdout)
