"""`pressroom worker`, as processes of its own."""

import json
import signal
from pathlib import Path

from pressroom.core.errors import ExitCode
from tests.cli.processes import ended, environ, running
from tests.cli.shapes import assert_documented


def test_a_second_worker_says_who_works_and_the_first_ends_when_told(tmp_path: Path) -> None:
    env = environ(tmp_path)
    with running("worker", "--json", env=env) as first:
        assert first.stdout is not None
        started = json.loads("".join(first.stdout.readline() for _ in range(4)))
        assert_documented("worker", started)
        second = ended("worker", "--json", env=env)
        assert second.returncode == ExitCode.FAILED
        assert json.loads(second.stderr)["error"]["message"].startswith(f"Process {started['pid']} works")
        first.send_signal(signal.SIGTERM)
        assert first.wait(timeout=30) == ExitCode.DONE
