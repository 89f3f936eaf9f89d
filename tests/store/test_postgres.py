"""The server that tests start: what it needs of the machine is found, or is said once."""

import os
from pathlib import Path

import pytest

from tests.store import postgres


@pytest.fixture(autouse=True)
def machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A machine whose root finds nothing on its PATH and has no user for a server; gives root's folder."""
    programs = tmp_path / "sbin"
    programs.mkdir()
    monkeypatch.delenv(postgres.OWN_SERVER, raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(postgres, "SERVERS_USER", "nobody-of-this-name")
    monkeypatch.setattr(postgres, "ROOTS_FOLDERS", (str(programs),))
    return programs


def test_root_is_told_which_package_makes_users() -> None:
    assert "apt install passwd" in (postgres.what_is_missing() or "")


def test_a_folder_of_root_is_looked_into_though_it_is_on_no_path(machine: Path) -> None:
    (machine / "useradd").touch(mode=0o755)
    assert postgres.what_is_missing() is None


@pytest.mark.parametrize("has", ["another user", "a server", "the user"])
def test_nothing_is_missing_where_no_user_is_made(monkeypatch: pytest.MonkeyPatch, has: str) -> None:
    match has:
        case "another user":
            monkeypatch.setattr(os, "geteuid", lambda: 1000)
        case "a server":
            monkeypatch.setenv(postgres.OWN_SERVER, "postgresql://127.0.0.1")
        case _:
            monkeypatch.setattr(postgres, "SERVERS_USER", "root")
    assert postgres.what_is_missing() is None
