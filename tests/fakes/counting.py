"""Counts what is costly: stores that are opened, and looks at files."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from pressroom.media.examine import Prober
from pressroom.media.prober import decode_question
from pressroom.store import store as stores


@dataclass
class Counted:
    """openings: the stores. looks: the names of our own files: a sandbox looks at what it is given too."""

    openings: list[Any] = field(default_factory=list[Any])
    looks: list[str] = field(default_factory=list[str])


def counting(monkeypatch: pytest.MonkeyPatch, directory: Path) -> Counted:
    """Count until the test ends. directory: where our files are."""
    counted, open_store, ask = Counted(), stores.open_store, Prober.ask

    def opening(where: Any, **more: Any) -> stores.Store:
        counted.openings.append(where)
        return open_store(where, **more)

    def asking(prober: Prober, line: bytes) -> bytes:
        question, answer = decode_question(line), ask(prober, line)
        # One that ended before it heard of the file saw nothing, and making pictures is no look.
        if answer and question.still is None and question.path.is_relative_to(directory):
            counted.looks.append(question.path.name)
        return answer

    monkeypatch.setattr(stores, "open_store", opening)
    monkeypatch.setattr(Prober, "ask", asking)
    return counted
