"""Looks at strangers' files, one after another, in a process of its own: `python -m pressroom.media.prober`.

A line asks, a line answers, as `answer` spells them; it ends with stdin, after a minute without a question,
or when it has done much, so that nothing piles up in it. `examine` starts it, limits it and asks.
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
from pressroom.media import leash
from pressroom.media.answer import Answer, Question, decode_question, encode
from pressroom.media.decision import Refusal
from pressroom.media.probe import probe

READY = b"ready\n"
_IDLE_S = 60
_MOST_CPU_S = 120  # the leash's own limit is far above


def answer_to(question: Question) -> Answer:
    """Look at a file. Whatever goes wrong is an answer."""
    try:
        return Answer(facts=probe(question.path, salvage=question.salvage))
    except MediaRefused as refusal:
        return Answer(refusal=Refusal.of(refusal))
    except MemoryError:
        return Answer(is_out_of_memory=True)
    except Exception:  # noqa: BLE001  # a stranger's file must not stop the asker
        return Answer(failure=traceback.format_exc())


def _limit_cpu(seconds: int) -> None:
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
    signal.alarm(_IDLE_S)
    line = questions.readline()
    signal.alarm(0)
    return line


def _write(answers: BinaryIO, line: bytes) -> None:
    answers.write(line)
    answers.flush()


if __name__ == "__main__":
    leash.put_on(sys.argv[1:])
    with os.fdopen(os.dup(1), "wb") as stdout:
        os.dup2(2, 1)  # what a decoder prints is no answer
        serve(sys.stdin.buffer, stdout)
