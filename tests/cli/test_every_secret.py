"""A secret planted wherever one may stand is found nowhere that people, programs or disks get to see."""

import json
import logging
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
from pressroom.cli.shell.command import MaskingFormatter
from pressroom.cli.shell.failures import ExitCode
from pressroom.core.graph_errors import error_for
from pressroom.core.secret import MASK, Secret
from pressroom.core.settings import (
    ADDRESS_SETTINGS,
    SECRET_SETTINGS,
    Mask,
    account_from_environment,
    settings_from_environment,
    without_secrets,
)
from pressroom.graph.answers import ErrorBody
from pressroom.graph.secret_names import SECRET_PARAMETERS
from pressroom.helpers.opening import text_of
from pressroom.sandbox.settings import Processing, SandboxSettings
from pressroom.service.work.shapes import JsonFormatter, TextFormatter
from pressroom.store.store import open_store
from tests import planted
from tests.cli.conftest import PICTURE, Result, Shell
from tests.cli.planning import plan, sign_in
from tests.cli.processes import ended, environ, running
from tests.fakes.transport import FakeTransport, graph_error
from tests.patience import patience

NOWHERE = "http://127.0.0.1:1"
# What a setting may only be; any other setting that is a secret is planted as it comes.
HELD = {
    "INSTAGRAM_ACCESS_TOKEN": "IGAAown0Own1Own2Own3Own4",
    "PRESSROOM_KEY": "c2VhbGluZy1rZXktb2YtdGhpcnR5LXR3by1ieXRlcyE=",
}
SPELLED = {
    "CLOUDINARY_URL": "cloudinary://123456789012345:{}@demo",
    "PRESSROOM_S3_URL": "s3://AKIA:{}@bucket?endpoint=http://127.0.0.1:1",
    "PRESSROOM_DATABASE_URL": "postgresql://ana:{}@127.0.0.1:1/pressroom",
    "PRESSROOM_NOTIFY_URL": "http://127.0.0.1:1/hook?key={}",
    "PRESSROOM_NOTIFY_APPRISE": "json://127.0.0.1:1/{}, json://ana:{}@127.0.0.1:1/",
    "PRESSROOM_PUBLIC_URL": "https://ana:{}@media.example.com",
}
# A password makes these be refused; `misconfigure` lets them be.
REFUSED_WITH_PASSWORD = {"INSTAGRAM_API_BASE", "PRESSROOM_WEB_URL"}
# Found as a whole address, or by whoever signs in there; what is in them is a word when it stands alone.
FOUND_AS_ADDRESS = {
    "PRESSROOM_DATABASE_URL",
    "PRESSROOM_NOTIFY_APPRISE",
    "PRESSROOM_NOTIFY_URL",
    "PRESSROOM_PUBLIC_URL",
}


def planted_in(name: str) -> str:
    return HELD.get(name, f"{name.lower()}-0123456789")


SET = sorted((SECRET_SETTINGS | ADDRESS_SETTINGS) - REFUSED_WITH_PASSWORD)
SETTINGS = {name: SPELLED.get(name, "{}").replace("{}", planted_in(name)) for name in SET}
PLANTED = {
    **planted.PLANTED,
    **{name: planted_in(name) for name in SET},
    "stored": "IGAAstored0Stored1Stored2",
    "other": "EAABother0Other1Other2Other3",
    "proxy": "proxy-pw-0123456789",
}
PROXY = "http://ana:{proxy}@127.0.0.1:1".format_map(PLANTED)
DATABASE_URL = SETTINGS["PRESSROOM_DATABASE_URL"]
QUOTE = " ".join(
    (
        f"Bad call of {PLANTED['stored']}, by OAuth {PLANTED['other']} through {PROXY};",
        planted.quoted(),
        *SETTINGS.values(),
        *(planted_in(name) for name in SET if name not in FOUND_AS_ADDRESS),
    )
)
ANSWERS = {
    "refused": graph_error(100, message=QUOTE, error_user_msg=QUOTE, error_user_title=QUOTE),
    "signed out": graph_error(190, 463, message=QUOTE, error_user_msg=QUOTE),
    "our own mistake": ValueError(QUOTE),
}


def settings_of(notify_at: str) -> dict[str, str]:
    """Every setting that holds a secret, but the store's address."""
    held = {name: text for name, text in SETTINGS.items() if name != "PRESSROOM_DATABASE_URL"}
    notify_url = held["PRESSROOM_NOTIFY_URL"].replace(NOWHERE, notify_at)
    return {**held, "PRESSROOM_NOTIFY_URL": notify_url, "HTTPS_PROXY": PROXY, "https_proxy": PROXY}


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
        quote = QUOTE.replace(f"{NOWHERE}/hook", f"http://{self.headers['host']}/hook")
        body = graph_error(100, message=quote, error_user_msg=quote, error_user_title=quote).body
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
    parameters = [part for name in sorted(SECRET_PARAMETERS) for part in ("-f", f"{name}={PLANTED[name]}")]
    commands = (
        ("publish", "photo", PICTURE, "--first-comment", "Hi"),
        ("publish", "photo", PICTURE, "--idempotency-key", "k"),
        ("api", "GET", "me", "-f", f"fields={PLANTED['other']}", *parameters),
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
    # Fetched from, so that it must not lead away from this machine.
    address = SETTINGS["PRESSROOM_PUBLIC_URL"].replace("media.example.com", "127.0.0.1:1")
    for more in ((), ("--json",), ("--all",), ("--verbose",)):
        seen.take(shell("doctor", *more, PRESSROOM_PUBLIC_URL=address), "doctor", *more)
    facts = away / "facts.json"
    for more in (("reads",), ("post", "--overwrite"), ("post", "--overwrite", "--json", "--verbose")):
        probe = ("doctor", "--probe", "--probe-image", PICTURE, "--facts", facts, "--consent", *more)
        seen.take(shell(*probe), *probe)


def misconfigure(shell: Shell, seen: Seen) -> None:
    """Let settings be refused that hold a secret, and a server not answer."""
    for name, text in {
        "PRESSROOM_PUBLIC_URL": "ftp://ana:{PRESSROOM_PUBLIC_URL}@media.example.com",
        "PRESSROOM_NOTIFY_URL": "http://a.example/{PRESSROOM_NOTIFY_URL}",
        "PRESSROOM_NOTIFY_APPRISE": "json://a.example {PRESSROOM_NOTIFY_APPRISE}",
        "INSTAGRAM_USER_ID": "{other}",
        "INSTAGRAM_API_VERSION": "{other}",
        **dict.fromkeys(REFUSED_WITH_PASSWORD, "https://ana:{proxy}@graph.instagram.com"),
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
    with open_store(settings.store, marks=settings.marks) as store:
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
        with running("worker", "--json", "-v", "--metrics-port", "0", env=env) as worker:
            assert worker.stderr is not None
            first = worker.stderr.readline()
            # Planned before, it would be checked on a profile that cannot be read, and wait.
            added = ended("schedule", "add", "photo", PICTURE, "--at", "now", env=env)
            assert added.returncode == ExitCode.DONE
            page = str(json.loads(first)["text"]).partition("Metrics: ")[2].rstrip(".")
            seen.texts["notice of the command"] = (told / "notice").read_text()  # waits for it
            seen.texts["notice of the address"] = notices.get(timeout=patience(30))
            seen.texts |= {one: read(one) for one in (page, page.replace("/metrics", "/healthz"))}
            worker.send_signal(signal.SIGTERM)
            seen.texts["stdout of the worker"], log = worker.communicate(timeout=patience(30))
    seen.texts["log of the worker"] = first + log


def read(url: str) -> str:
    try:
        with urlopen(url, timeout=patience(10)) as answer:  # noqa: S310  # loopback
            return answer.read().decode()
    except HTTPError as error:
        with error:
            return error.read().decode()


@pytest.fixture
def settings() -> SandboxSettings:
    return SandboxSettings(fetch="trust", processing=Processing.after_reads(1), token=PLANTED["stored"])


@pytest.mark.usefixtures("processes")
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
    assert "not taken by way of apprise:json" in seen.texts["log of the worker"]


def lines_of(environ: dict[str, str]) -> list[str]:
    """Log a failure that quotes everything, in every format there is."""
    failure = ValueError(QUOTE)
    record = logging.LogRecord("pressroom", logging.ERROR, "", 1, QUOTE, (), (ValueError, failure, None))
    mask = Mask.of(environ)
    return [one.format(record) for one in (JsonFormatter(mask), TextFormatter(mask), MaskingFormatter(mask))]


def test_no_secret_is_in_a_line_of_a_log_or_a_text_of_the_helpers(monkeypatch: pytest.MonkeyPatch) -> None:
    seen, environ = Seen(), {**settings_of(NOWHERE), "PRESSROOM_DATABASE_URL": DATABASE_URL}
    for name, text in environ.items():
        monkeypatch.setenv(name, text)
    failures = (ValueError(QUOTE), error_for(ErrorBody(message=QUOTE, code=100)))
    texts = [*lines_of(environ), *map(text_of, failures)]
    seen.texts |= {text[:40]: text for text in texts}
    assert len(seen.texts) == len(texts)
    assert not seen.leaks()
    assert all(MASK in text for text in texts)


def test_no_setting_that_is_a_secret_reaches_a_program() -> None:
    environ = {**settings_of(NOWHERE), "PRESSROOM_DATABASE_URL": DATABASE_URL}
    given = " ".join(without_secrets(environ).values())
    assert [name for name, one in PLANTED.items() if one in given] == []
