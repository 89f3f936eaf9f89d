"""A secret planted wherever one may stand is found nowhere that people, programs or disks get to see."""

import json
import os
import shlex
import signal
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Queue
from threading import Thread
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from pressroom.accounts.vault import open_vault
from pressroom.core.errors import ExitCode
from pressroom.core.redact import MASK
from pressroom.core.secret import Secret
from pressroom.core.settings import account_from_environment, settings_from_environment
from pressroom.sandbox.settings import Processing, SandboxSettings
from pressroom.store.store import open_store
from tests.cli.conftest import PICTURE, Result, Shell
from tests.cli.planning import plan, sign_in
from tests.cli.processes import ended, environ, running
from tests.fakes.transport import FakeTransport, graph_error

NOWHERE = "http://127.0.0.1:1"
PLANTED = {
    "own": "IGAAown0Own1Own2Own3Own4",
    "stored": "IGAAstored0Stored1Stored2",
    "other": "EAABother0Other1Other2Other3",
    "app": "app-0f1e2d3c4b5a69788796a5b4c3d2e1f0",
    "proof": "proof-99887766554433221100",
    "code": "AQcode0Code1Code2Code3Code4",
    "verify": "verify-me-0123456789",
    "key": "c2VhbGluZy1rZXktb2YtdGhpcnR5LXR3by1ieXRlcyE=",
    "database": "database-pw-0123456789",
    "s3": "s3-secret-0123456789",
    "cloudinary": "cloudinary-secret-0123",
    "public": "public-pw-0123456789",
    "proxy": "proxy-pw-0123456789",
    "notify": "notify-path-0123456789",
    "signing": "notify-secret-0123456789",
}
PROXY = "http://ana:{proxy}@127.0.0.1:1".format_map(PLANTED)
DATABASE_URL = "postgresql://ana:{database}@127.0.0.1:1/pressroom".format_map(PLANTED)
QUOTE = (
    "Bad call /me?access_token={other}&appsecret_proof={proof} of {stored}, not {own}; "
    "client_id=1&client_secret={app} code={code} hub.verify_token={verify} Authorization: OAuth {other} "
    f"{PROXY} {DATABASE_URL} https://ana:{{public}}@media.example.com s3://AKIA:{{s3}}@bucket "
    "cloudinary://123456789012345:{cloudinary}@demo; {key} {signing} {cloudinary}"
).format_map(PLANTED)
ANSWERS = {
    "refused": graph_error(100, message=QUOTE, error_user_msg=QUOTE, error_user_title=QUOTE),
    "signed out": graph_error(190, 463, message=QUOTE, error_user_msg=QUOTE),
    "our own mistake": ValueError(QUOTE),
}


def settings_of(notify_at: str) -> dict[str, str]:
    """Every setting that holds a secret, but the store's address."""
    spelled = {
        "INSTAGRAM_ACCESS_TOKEN": "{own}",
        "CLOUDINARY_URL": "cloudinary://123456789012345:{cloudinary}@demo",
        "PRESSROOM_S3_URL": "s3://AKIA:{s3}@bucket?endpoint=http://127.0.0.1:1",
        "PRESSROOM_KEY": "{key}",
        "PRESSROOM_NOTIFY_URL": f"{notify_at}/hook?key={{notify}}",
        "PRESSROOM_NOTIFY_SECRET": "{signing}",
        "PRESSROOM_PUBLIC_URL": "https://ana:{public}@media.example.com",
        "HTTPS_PROXY": PROXY,
        "https_proxy": PROXY,
    }
    return {name: text.format_map(PLANTED) for name, text in spelled.items()}


@dataclass
class Seen:
    """Everything that was written anywhere, by where it was."""

    texts: dict[str, str] = field(default_factory=dict[str, str])

    def take(self, result: Result, *about: object) -> Result:
        self.texts[" ".join(map(str, about))] = result.out + result.err
        return result

    def take_files(self, *directories: Path) -> None:
        files = [path for one in directories for path in one.rglob("*") if path.is_file()]
        self.texts |= {str(path): path.read_bytes().decode("utf-8", "replace") for path in files}

    def leaks(self) -> list[tuple[str, str]]:
        hidden = PLANTED.items()
        return [(where, name) for where, text in self.texts.items() for name, one in hidden if one in text]


class Refusing(BaseHTTPRequestHandler):
    """Instagram that refuses every call and quotes everything; under /hook, whoever takes notices."""

    notices: Queue[str]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"] or 0)).decode()
        is_notice = self.path.startswith("/hook")
        if is_notice:
            self.notices.put(body)
        self._answer(200 if is_notice else 400)

    def do_GET(self) -> None:
        self._answer(400)

    def _answer(self, status: int) -> None:
        body = graph_error(100, message=QUOTE, error_user_msg=QUOTE, error_user_title=QUOTE).body
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the base's
        """Say nothing."""


@contextmanager
def refusing() -> Generator[tuple[str, Queue[str]]]:
    """Serve it on loopback; give its address and the notices it takes."""
    notices = Queue[str]()
    handler = type("Handler", (Refusing,), {"notices": notices})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}", notices
        finally:
            server.shutdown()
            thread.join()


def fail(shell: Shell, seen: Seen) -> None:
    """Let commands fail in every way, and say so in words, in JSON, and with calls and tracebacks."""
    commands = (
        ("publish", "photo", PICTURE, "--first-comment", "Hi"),
        ("publish", "photo", PICTURE, "--idempotency-key", "k"),
        ("api", "GET", "me", "-f", f"input_token={PLANTED['other']}"),
        ("insights", "show"),
        ("media", "list", "--account", "ana"),
    )
    for name, answer in ANSWERS.items():
        failing = replace(shell, transport=FakeTransport(answer))
        for args in commands:
            for more in (("--json",), ("-v",)):
                result = failing(*args, *more, PRESSROOM_DEBUG="1" if "-v" in more else "")
                assert seen.take(result, name, *args, *more).code, args


def look(shell: Shell, seen: Seen, away: Path, post_id: str) -> None:
    """Let every command speak that tells what was kept."""
    for args in (
        ("schedule", "list", "--all"),
        ("schedule", "show", post_id),
        ("schedule", "export", "--all"),
        ("schedule", "export", "--all", "--format", "csv"),
        ("schedule", "export", "--all", "--output", away / "posts.csv"),
        ("queue", "status"),
        ("queue", "health"),
        ("auth", "status"),
        ("db", "check"),
        ("db", "backup", away / "copy.db"),
        ("publish", "photo", PICTURE, "--dry-run"),
    ):
        for more in ((), ("--json",)):
            seen.take(shell(*args, *more), *args, *more)


def misconfigure(shell: Shell, seen: Seen) -> None:
    """Let settings be refused that hold a secret, and a server not answer."""
    for name, text in {
        "PRESSROOM_PUBLIC_URL": "ftp://ana:{public}@media.example.com",
        "PRESSROOM_NOTIFY_URL": "http://a.example/{notify}",
        "INSTAGRAM_USER_ID": "{other}",
        "INSTAGRAM_API_VERSION": "{other}",
        "INSTAGRAM_API_BASE": "https://ana:{proxy}@graph.instagram.com",
    }.items():
        for more in ((), ("--json",)):
            args = ("publish", "photo", PICTURE, "--dry-run", *more)
            result = shell(*args, **{name: text.format_map(PLANTED)})
            assert seen.take(result, name, *more).code, name
    for url in (DATABASE_URL, DATABASE_URL.replace("postgresql", "mysql")):
        assert seen.take(shell("queue", "status", PRESSROOM_DATABASE_URL=url), url.partition(":")[0]).code


def sign_in_unasked(environ: dict[str, str], home: Path) -> None:
    """Store the account without a call, which would be refused."""
    settings = settings_from_environment(environ, default_home=home)
    account = replace(account_from_environment(environ), token=Secret(PLANTED["stored"]))
    with open_store(settings.store) as store:
        vault = open_vault(store, settings)
        vault.keep("default", account, obtained_at=datetime.now(UTC), timezone="UTC", is_default=True)


def work(home: Path, seen: Seen, told: Path) -> None:
    """Let a worker, a process of its own, fail to publish, and tell so by every way there is."""
    os.mkfifo(told / "notice")
    tell = shlex.join(["sh", "-c", f"env > {told}/environ; cat > {told}/notice"])
    with refusing() as (url, notices):
        ours = {"INSTAGRAM_API_BASE": url, "INSTAGRAM_USER_ID": "17841400000000009", **settings_of(url)}
        sign_in_unasked(ours, home)
        env = environ(home, PRESSROOM_NOTIFY_COMMAND=tell, **ours)
        assert ended("schedule", "add", "photo", PICTURE, "--at", "now", env=env).returncode == ExitCode.DONE
        with running("worker", "--json", "-v", "--metrics-port", "0", env=env) as worker:
            assert worker.stderr is not None
            first = worker.stderr.readline()
            page = str(json.loads(first)["text"]).partition("Metrics: ")[2].rstrip(".")
            seen.texts["notice of the command"] = (told / "notice").read_text()  # waits for it
            seen.texts["notice of the address"] = notices.get(timeout=30)
            seen.texts |= {one: read(one) for one in (page, page.replace("/metrics", "/healthz"))}
            worker.send_signal(signal.SIGTERM)
            seen.texts["stdout of the worker"], log = worker.communicate(timeout=30)
    seen.texts["log of the worker"] = first + log


def read(url: str) -> str:
    try:
        with urlopen(url, timeout=10) as answer:  # noqa: S310  # loopback
            return answer.read().decode()
    except HTTPError as error:
        with error:
            return error.read().decode()


@pytest.fixture
def settings() -> SandboxSettings:
    return SandboxSettings(fetch="trust", processing=Processing.after_reads(1), token=PLANTED["stored"])


def test_no_secret_is_found_anywhere(account: Shell, tmp_path: Path) -> None:
    seen, away, told = Seen(), tmp_path / "away", tmp_path / "told"
    away.mkdir()
    told.mkdir()
    quiet = {name: text for name, text in settings_of(NOWHERE).items() if "TOKEN" not in name}
    account = replace(account, environ=account.environ | quiet)
    seen.take(sign_in(account, "--account", "ana"), "auth login")
    plan(account)
    own = replace(account, environ=account.environ | settings_of(NOWHERE))
    fail(own, seen)
    failed = [one for one in account("schedule", "list", "--all", "--json").json if one["problem"]]
    assert failed
    assert MASK in failed[0]["problem"]
    look(own, seen, away, failed[0]["post_id"])
    misconfigure(own, seen)
    work(tmp_path / "worker", seen, told)
    seen.take_files(account.home, tmp_path / "worker", away, told)
    assert not seen.leaks()
    for place in ("notice of the command", "notice of the address", "log of the worker"):
        assert MASK in seen.texts[place]
