"""A command opens the store once, where it needs it at all, and looks at each file once."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from pressroom.cli.shell.failures import ExitCode
from pressroom.sandbox.simulator import Sandbox
from tests.cli.conftest import PICTURE, Shell
from tests.cli.planning import sign_in
from tests.fakes.counting import Counted, counting

NAMED = ("--account", "default")


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "teal.jpg"
    Image.new("RGB", (1080, 1080), "teal").save(path)
    return path


@pytest.fixture
def counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Counted:
    return counting(monkeypatch, tmp_path)


FINE = (ExitCode.DONE, ExitCode.FAILED, ExitCode.STILL_PROCESSING)  # nobody drives; it is not live yet
Line = Callable[[Path, Sandbox], list[str]]
WITH_A_STORE: dict[str, Line] = {
    "publish": lambda picture, _: ["publish", "photo", str(picture), *NAMED],
    "publish by default": lambda picture, _: ["publish", "photo", str(picture)],
    "publish with a key": lambda picture, _: ["publish", "photo", str(picture), "--idempotency-key", "k1"],
    "publish --no-wait": lambda picture, _: ["publish", "photo", str(picture), "--no-wait"],
    "publish --dry-run": lambda picture, _: ["publish", "photo", str(picture), *NAMED, "--dry-run"],
    "schedule add": lambda picture, _: ["schedule", "add", "photo", str(picture), "--at", "+2h"],
    "schedule list": lambda _picture, _: ["schedule", "list"],
    "queue status": lambda _picture, _: ["queue", "status"],
    "queue health": lambda _picture, _: ["queue", "health"],
    "insights show": lambda _picture, sandbox: ["insights", "show", sandbox.media[0].id, *NAMED],
    "media list": lambda _picture, _: ["media", "list", *NAMED],
    "auth status": lambda _picture, _: ["auth", "status"],
}
LOOKING = ("publish", "add")
WITHOUT: dict[str, Line] = {
    "media check": lambda picture, _: ["media", "check", str(picture)],
    "media convert": lambda picture, _: ["media", "convert", str(picture), "--output", f"{picture}.out.jpg"],
    "publish": lambda _picture, _: ["publish", "photo", PICTURE],
    "publish a file": lambda picture, _: ["publish", "photo", str(picture)],
    "publish --dry-run": lambda picture, _: ["publish", "photo", str(picture), "--dry-run"],
    "publish --dry-run with a key": lambda _, __: [
        *["publish", "photo", PICTURE],
        *["--dry-run", "--idempotency-key", "k1"],
    ],
    "insights show": lambda _picture, sandbox: ["insights", "show", sandbox.media[0].id],
    "api get": lambda _picture, _: ["api", "get", "me"],
}


@pytest.mark.parametrize("line", WITH_A_STORE.values(), ids=WITH_A_STORE)
def test_the_store_is_opened_once_and_the_file_looked_at_once(
    account: Shell, sandbox: Sandbox, counted: Counted, picture: Path, line: Line
) -> None:
    sign_in(account)
    counted.openings.clear()
    words = line(picture, sandbox)
    result = replace(account, environ={})(*words)
    assert "Traceback" not in result.err
    assert result.code in (0, 1, 7), result.err
    assert len(counted.openings) == 1
    assert counted.looks == (["teal.jpg"] if any(word in words for word in LOOKING) else [])


@pytest.mark.parametrize("line", WITHOUT.values(), ids=WITHOUT)
def test_what_needs_no_store_opens_none(
    account: Shell, sandbox: Sandbox, counted: Counted, picture: Path, line: Line
) -> None:
    result = account(*line(picture, sandbox))
    assert result.code == 0, result.err
    assert counted.openings == []
    assert not (account.home / "pressroom.db").exists()
