"""`pressroom sandbox`: where it is, what to export, and that only our own processes are ended."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from http.client import HTTPConnection
from pathlib import Path

import pytest

from pressroom.cli.sandbox.background import PLAIN, find_alike, options_of
from pressroom.cli.sandbox.running import Running, find_running, recorded, records_in
from pressroom.cli.shell.failures import ExitCode
from tests.cli.conftest import Shell
from tests.cli.processes import begin_anew, control, ended, environ, running
from tests.cli.shapes import assert_documented
from tests.patience import patience
from tests.sandbox.recordings_of_others import Client, har
from tests.slow import slow

PROXIED = ("sandbox", "serve", "--detach", "--port", "0", "--proxy")
A_RECORD = Running(pid=os.getpid(), url="http://127.0.0.1:9", user_id="1", token="IGinvented")


@pytest.fixture
@slow("starts Pressroom again and again, as processes")
def env(shell: Shell) -> Iterator[dict[str, str]]:
    """An environment whose sandboxes are ended with the test."""
    yield environ(shell.home)
    shell("sandbox", "stop")


@pytest.fixture(scope="module")
@slow("starts Pressroom again and again, as processes")
def proxied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """An environment with a sandbox in the background that foreign names lead to."""
    home = tmp_path_factory.mktemp("proxied") / "home"
    assert ended(*PROXIED, env=environ(home)).returncode == ExitCode.DONE
    yield environ(home)
    Shell(home)("sandbox", "stop")


def exported(text: str) -> dict[str, str]:
    """What a shell knows after `eval`."""
    script = f"{text}\nenv | grep '^INSTAGRAM_'"
    done = subprocess.run(["/bin/sh", "-c", script], check=True, capture_output=True, text=True, env={})
    return dict(line.split("=", 1) for line in done.stdout.splitlines())


def open_to_others(directory: Path) -> list[Path]:
    """A directory and all below it that anybody but its owner may look at."""
    return [one for one in (directory, *directory.rglob("*")) if one.stat().st_mode & 0o077]


def test_detached_it_answers_is_told_and_stopped(env: dict[str, str], tmp_path: Path) -> None:
    """The whole life of it, as the README has it."""
    started = ended("sandbox", "serve", "--detach", "--env", "--port", "0", "--media", "2", env=env)
    assert (started.returncode, "/_sandbox/" in started.stderr) == (0, True)
    assert all(line.startswith("export INSTAGRAM_") for line in started.stdout.splitlines())
    account = exported(started.stdout)
    assert set(account) == {"INSTAGRAM_API_BASE", "INSTAGRAM_ACCESS_TOKEN", "INSTAGRAM_USER_ID"}
    made = sorted(one.name for one in (tmp_path / "home").rglob("*") if one.suffix != ".json")
    assert (made, open_to_others(tmp_path / "home")) == (["sandbox.log", "sandboxes"], [])

    listed = ended("media", "list", "--json", env={**env, **account})
    assert len(json.loads(listed.stdout)) == 2

    stopped = ended("sandbox", "stop", env=env)
    assert stopped.stdout == f"The sandbox at {account['INSTAGRAM_API_BASE']} has ended.\n"
    assert find_running(tmp_path / "home") == []
    gone = ended("media", "list", env={**env, **account})
    assert (gone.returncode, "Nothing answers at" in gone.stderr) == (ExitCode.FAILED, True)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])
def test_in_the_foreground_it_says_where_it_is_and_ends_well_with_its_signal(
    env: dict[str, str], tmp_path: Path, number: int
) -> None:
    args = ("--token", "IGmine", "--user-id", "17841400000000042", "--port", "0")
    with running("sandbox", "serve", *args, env=env) as process:
        assert process.stdout
        first = process.stdout.readline()
        base = first.split()[4].rstrip(";")
        assert f"look at it: {base}/_sandbox/" in first
        lines = [process.stdout.readline().strip() for _ in range(3)]
        assert lines == [
            f"export INSTAGRAM_API_BASE={base}",
            "export INSTAGRAM_ACCESS_TOKEN=IGmine",
            "export INSTAGRAM_USER_ID=17841400000000042",
        ]
        assert control(base, "state")["user_id"] == "17841400000000042"
        process.send_signal(number)
        _, err = process.communicate(timeout=patience(10))
    assert (process.returncode, "Traceback" in err) == (0, False)
    assert find_running(tmp_path / "home") == []


def test_json_says_everything_at_once(env: dict[str, str]) -> None:
    shown = json.loads(ended("sandbox", "serve", "--detach", "--json", "--port", "0", env=env).stdout)
    assert_documented("sandbox serve", shown)
    assert shown["page"] == f"{shown['url']}/_sandbox/"
    assert shown["env"]["INSTAGRAM_ACCESS_TOKEN"] == shown["token"]
    stopped = json.loads(ended("sandbox", "stop", "--json", env=env).stdout)
    assert stopped == {"stopped": [{"url": shown["url"], "pid": shown["pid"]}]}


@pytest.mark.parametrize("detach", [(), ("--detach",)])
def test_a_port_in_use_is_refused_with_what_to_do(shell: Shell, detach: tuple[str, ...]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        result = shell("sandbox", "serve", "--port", port, "--json", *detach)
    assert (result.code, result.out, result.error["code"]) == (ExitCode.REFUSED, "", "port")
    assert (result.error["value"], "Choose another one" in result.error["fix"]) == (int(port), True)


def test_json_and_export_lines_exclude_each_other(shell: Shell) -> None:
    assert shell("sandbox", "serve", "--json", "--env").code == ExitCode.USAGE


def test_stopping_when_none_runs_is_no_error(shell: Shell) -> None:
    result = shell("sandbox", "stop")
    assert (result.code, result.out) == (0, "No sandbox runs. Start one: `pressroom sandbox serve`.\n")


def test_a_record_that_nobody_holds_is_cleared_away_and_its_process_left_alone(shell: Shell) -> None:
    """The number may belong to somebody else by now."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as bystander:
        stale = records_in(shell.home) / f"{bystander.pid}.json"
        stale.parent.mkdir(parents=True)
        stale.write_text(json.dumps({"pid": bystander.pid, "url": "u", "user_id": "1", "token": "t"}))
        assert shell("sandbox", "stop", "--json").json == {"stopped": []}
        assert bystander.poll() is None
        assert not stale.exists()
        bystander.kill()


def test_a_record_lives_as_long_as_its_sandbox_and_is_for_its_owner_alone(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with recorded(home, A_RECORD):
        assert (len(list(records_in(home).iterdir())), open_to_others(home)) == (1, [])
        assert find_running(home) == [A_RECORD]
    assert find_running(home) == []


def test_a_record_is_never_cleared_away_while_it_is_being_made(tmp_path: Path) -> None:
    """Somebody looks all the time, as whoever started it does; each record is found all the same."""
    ended_looking = threading.Event()

    def look() -> None:
        while not ended_looking.is_set():
            find_running(tmp_path)

    with ThreadPoolExecutor() as pool:
        looking = [pool.submit(look) for _ in range(2)]
        try:
            for pid in range(1, 200):
                with recorded(tmp_path, replace(A_RECORD, pid=pid)):
                    assert [one.pid for one in find_running(tmp_path)] == [pid]
        finally:
            ended_looking.set()
    assert [one.result() for one in looking] == [None, None]


def test_a_record_that_is_just_being_written_is_passed_over(tmp_path: Path) -> None:
    with recorded(tmp_path, A_RECORD):
        (path,) = records_in(tmp_path).iterdir()
        path.write_text('{"pid": 1')
        assert find_running(tmp_path) == []


def test_a_sandbox_open_to_others_is_warned_of(shell: Shell) -> None:
    with socket.create_server(("0.0.0.0", 0)) as taken:  # noqa: S104  # never served
        port = str(taken.getsockname()[1])
        result = shell("sandbox", "serve", "--host", "0.0.0.0", "--port", port)  # noqa: S104
    assert "Whoever reaches this machine can use the sandbox." in result.err


def test_a_host_name_is_served_once_it_is_allowed(env: dict[str, str]) -> None:
    start = ("sandbox", "serve", "--detach", "--json", "--port", "0", "--allow-host", "box.example.org")
    shown = json.loads(ended(*start, env=env).stdout)
    for host, status in (("box.example.org:80", 200), ("other.example.org", 403)):
        connection = HTTPConnection(shown["url"].removeprefix("http://"))
        connection.request("GET", f"/me?access_token={shown['token']}", headers={"host": host})
        assert connection.getresponse().status == status
        connection.close()


@pytest.mark.parametrize("name", ["http://box.example.org", "box.example.org:80", "", "*.example.org"])
def test_what_is_no_host_name_is_refused(shell: Shell, name: str) -> None:
    result = shell("sandbox", "serve", "--allow-host", name)
    assert (result.code, "is not a host name" in result.err) == (ExitCode.USAGE, True)


def test_detaching_again_on_the_same_settings_gives_the_same_sandbox(
    env: dict[str, str], tmp_path: Path
) -> None:
    start = ("sandbox", "serve", "--detach", "--env", "--port", "0", "--set", "quota_total=3")
    first, again = (ended(*start, env=env) for _ in range(2))
    assert first.stdout == again.stdout
    assert "already" in again.stderr
    [one] = find_running(tmp_path / "home")
    assert control(one.url, "state")["quota"]["total"] == 3


def test_only_a_sandbox_on_the_same_settings_is_used_again(tmp_path: Path) -> None:
    record = replace(A_RECORD, options=options_of(PLAIN))
    with recorded(tmp_path, record):
        assert find_alike(tmp_path, {**PLAIN, "port": None}) == find_alike(tmp_path, PLAIN) == record
        assert find_alike(tmp_path, {**PLAIN, "port": 9}) == record
        assert find_alike(tmp_path, {**PLAIN, "port": 10}) is None
        assert find_alike(tmp_path, {**PLAIN, "media": 1}) is None
        assert find_alike(tmp_path, {**PLAIN, "allow_host": ("box.example.org",)}) is None
        assert find_alike(tmp_path, {**PLAIN, "settings": (("seed", "2"),)}) is None


def test_what_exists_is_kept_in_a_file_and_calls_are_recorded(env: dict[str, str], tmp_path: Path) -> None:
    files = ("--state", tmp_path / "state.json", "--record", tmp_path / "calls.jsonl")
    started = ended("sandbox", "serve", "--detach", "--env", "--port", "0", "--media", "2", *files, env=env)
    account = exported(started.stdout)
    assert len(json.loads(ended("media", "list", "--json", env={**env, **account}).stdout)) == 2
    ended("sandbox", "stop", env=env)
    assert account["INSTAGRAM_ACCESS_TOKEN"] not in (tmp_path / "calls.jsonl").read_text()
    assert ended("sandbox", "replay", tmp_path / "calls.jsonl", env=env).returncode == 0
    assert len(json.loads((tmp_path / "state.json").read_text())["media"]) == 2


def test_a_har_file_is_replayed_and_saved_and_a_wrong_file_is_refused_with_its_reason(
    shell: Shell, tmp_path: Path
) -> None:
    client = Client()
    asyncio.run(client.publish())
    (tmp_path / "real.har").write_bytes(har(client.calls))
    saved = ("--save", str(tmp_path / "saved.jsonl"))
    result = shell("sandbox", "replay", str(tmp_path / "real.har"), *saved, "--json")
    assert (result.code, json.loads(result.out)) == (0, {"calls": 6, "skipped": 0, "differences": []})
    assert shell("sandbox", "replay", saved[1]).code == 0
    (tmp_path / "wrong.har").write_text("hello")
    refused = shell("sandbox", "replay", str(tmp_path / "wrong.har"))
    assert refused.code != 0
    assert "neither a recording of the sandbox, nor a HAR file" in " ".join(refused.err.split())


# A client that knows Meta's own names only.
FOREIGN = """
import json, os, sys, urllib.request
token = os.environ["INSTAGRAM_ACCESS_TOKEN"]
url = f"https://graph.instagram.com/v26.0/me?fields=username&access_token={token}"
print(json.load(urllib.request.urlopen(url))["username"], *sys.argv[1:])
sys.exit(7)
"""


def test_a_command_runs_on_a_sandbox_of_its_own_and_its_exit_code_is_ours(
    env: dict[str, str], tmp_path: Path
) -> None:
    done = ended("sandbox", "exec", "--", sys.executable, "-c", FOREIGN, "--json", env=env)
    assert (done.returncode, done.stdout) == (7, "pressroom.sandbox --json\n")
    assert "of its own" in done.stderr
    assert find_running(tmp_path / "home") == []


def test_with_a_proxy_the_variables_are_printed_and_a_command_uses_the_one_that_runs(
    proxied: dict[str, str],
) -> None:
    shown = json.loads(ended(*PROXIED, "--json", env=proxied).stdout)
    assert_documented("sandbox serve", shown)
    told = ended(*PROXIED, env=proxied).stdout
    assert "aiohttp without trust_env=True" in told
    for name in (
        "HTTPS_PROXY",
        "SSL_CERT_FILE",
        "REQUESTS_CA_BUNDLE",
        "CURL_CA_BUNDLE",
        "NODE_EXTRA_CA_CERTS",
    ):
        assert f"export {name}={shown['proxy']['env'][name]}" in told
    begin_anew(shown["url"])
    assert ended("sandbox", "exec", sys.executable, "-c", FOREIGN, env=proxied).returncode == 7
    assert [one["name"] for one in control(shown["url"], "requests")] == ["user"]


def test_beside_a_sandbox_without_a_proxy_a_command_gets_one_of_its_own(env: dict[str, str]) -> None:
    ended("sandbox", "serve", "--detach", "--port", "0", env=env)
    done = ended("sandbox", "exec", sys.executable, "-c", FOREIGN, env=env)
    assert (done.returncode, "A sandbox of its own answers" in done.stderr) == (7, True)


WAITS = """
import signal, sys, time
signal.signal(signal.SIGTERM, lambda *_: sys.exit(9))
print("ready", flush=True)
time.sleep(30)
"""


def test_signals_reach_the_command_and_its_end_by_one_is_told(proxied: dict[str, str]) -> None:
    """The second command ignores SIGTERM, so that it has to be killed."""
    for command, code in ((WAITS, 9), (WAITS.replace("sys.exit(9)", "None"), 128 + 9)):
        script = f"import os\nprint(os.getpid(), flush=True)\n{command}"
        with running("sandbox", "exec", "--", sys.executable, "-c", script, env=proxied) as process:
            assert process.stdout
            pid = int(process.stdout.readline())
            assert process.stdout.readline() == "ready\n"
            process.send_signal(signal.SIGTERM)
            if code > 128:
                os.kill(pid, signal.SIGKILL)
            assert process.wait(timeout=patience(20)) == code
    missing = ended("sandbox", "exec", "--", "no-such-command", env=proxied)
    assert (missing.returncode, "no command 'no-such-command'" in missing.stderr) == (ExitCode.USAGE, True)


def test_under_nohup_the_command_too_outlives_its_terminal(proxied: dict[str, str]) -> None:
    script = "import signal; print(signal.getsignal(signal.SIGHUP) is signal.SIG_IGN)"
    command = ("sandbox", "exec", "--", sys.executable, "-c", script)
    with running(*command, env=proxied, under=("nohup",)) as process:
        assert process.communicate(timeout=patience(20))[0] == "True\n"


def test_without_the_proxys_package_nothing_is_started_and_what_to_install_is_said(tmp_path: Path) -> None:
    """The package is hidden from the command as if it had never been installed."""
    hide = "import sys\nsys.modules['trustme'] = None\nfrom pressroom.cli.entry import main\nmain()"
    for args in (("serve", "--detach", "--proxy"), ("exec", "true")):
        done = subprocess.run(
            [sys.executable, "-c", hide, "sandbox", *args],
            check=False,
            capture_output=True,
            text=True,
            env=environ(tmp_path / "home"),
        )
        assert (done.returncode, "[sandbox]" in done.stderr) == (ExitCode.REFUSED, True)
    assert find_running(tmp_path / "home") == []
