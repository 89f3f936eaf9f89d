"""What `pressroom sandbox exec` and `serve` say at their end: a success that proves nothing is told so."""

import json
import signal
import sys
from pathlib import Path

import pytest

from tests.cli.processes import control, ended, environ, running
from tests.patience import patience

pytestmark = pytest.mark.usefixtures("processes")


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    return environ(tmp_path)


PLANS = """
import json, os, urllib.request
order = json.dumps({"on": "user", "kind": "drop"}).encode()
url = os.environ["INSTAGRAM_API_BASE"] + "/_sandbox/faults"
urllib.request.urlopen(urllib.request.Request(url, order, {"content-type": "application/json"}))
"""
DISTRUSTS = """
import ssl, sys, urllib.request
try:
    urllib.request.urlopen("https://graph.instagram.com/me", context=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))
except OSError:
    sys.exit(3)
"""


def test_a_command_that_calls_nothing_and_a_fault_that_never_happens_are_told(env: dict[str, str]) -> None:
    done = ended("sandbox", "exec", "--", sys.executable, "-c", PLANS, env=env)
    assert done.returncode == 0
    assert "Warning: No call reached the sandbox." in done.stderr
    assert "Warning: A planned fault never happened: drop on user." in done.stderr


def test_a_command_that_does_not_trust_the_authority_is_told_from_one_that_does_not_call(
    env: dict[str, str],
) -> None:
    done = ended("sandbox", "exec", "--", sys.executable, "-c", DISTRUSTS, env=env)
    assert done.returncode == 3
    assert "Warning: A program does not trust the sandbox's authority." in done.stderr


def test_a_sandbox_tells_at_its_end_of_faults_that_never_happened(env: dict[str, str]) -> None:
    with running("sandbox", "serve", "--port", "0", "--json", env=env) as process:
        assert process.stdout
        url = ""
        lines = list[str]()
        while not url:
            lines.append(process.stdout.readline())
            try:
                url = json.loads("".join(lines))["url"]
            except ValueError:
                continue
        control(url, "faults", {"on": "media_publish", "kind": "error", "code": 9, "subcode": 2207042})
        process.send_signal(signal.SIGTERM)
        told = process.communicate(timeout=patience(20))[1]
    assert "Warning: A planned fault never happened: error 9/2207042 on media_publish." in told
