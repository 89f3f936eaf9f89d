"""What a command loads: a module in the way of each start is found by its name, not by a clock."""

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

import pressroom
from pressroom.cli.front import page_of
from pressroom.cli.root import root
from tests.cli.conftest import LoadedBy

OURS = {
    "pressroom",
    "pressroom.cli",
    "pressroom.cli.entry",
    "pressroom.cli.front",
    "pressroom.version",
}
NOT_TO_SAY_WHAT_IT_IS = {"asyncio", "click", "inspect", "logging", "msgspec"}
DRAWING_AND_SERVING = {"aiohttp", "jinja2", "rich", "starlette", "uvicorn"}
DECODING = {"PIL", "av", "cloudinary", "pillow_heif"}
NOT_TO_SHOW_HELP = {
    *DRAWING_AND_SERVING,
    *DECODING,
    "asyncio",
    "dateparser",
    "pressroom.cli.posts.publishing",
    "pressroom.client",
    "pressroom.publish",
    "pressroom.service",
    "pressroom.store",
    "sqlalchemy",
    "ssl",
}
NOT_TO_LIST = {
    *DRAWING_AND_SERVING,
    *DECODING,
    "alembic",
    "apprise",
    "cryptography",
    "dateparser",
    "pressroom.client.client",
    "pressroom.core.readings",
    "pressroom.hosting.ways",
    "pressroom.media.desk",
    "pressroom.publish.publisher",
    "pressroom.publish.run",
    "pressroom.service.accounts.accounts",
    "pressroom.service.doctor",
    "pressroom.service.posts.at_once",
    "pressroom.service.posts.media",
    "pressroom.service.posts.planning",
    "pressroom.service.posts.posts",
    "pressroom.service.posts.tables",
    "pressroom.store.insights.readings",
    "sqlalchemy.dialects.postgresql",
}


@pytest.mark.parametrize("option", ["--version", "--help", "-h"])
def test_what_it_is_is_said_by_five_small_modules_and_without_click(loaded_by: LoadedBy, option: str) -> None:
    modules = loaded_by(option)
    assert {module for module in modules if module.split(".")[0] == "pressroom"} == OURS
    assert modules.isdisjoint(NOT_TO_SAY_WHAT_IT_IS)


@pytest.mark.parametrize("columns", ["20", "52", "64", "80", "100", "200"])
@pytest.mark.parametrize("is_found", [True, False])
def test_the_help_is_laid_out_as_by_click(
    columns: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, is_found: bool
) -> None:
    program = tmp_path / "pressroom"
    program.touch(mode=0o700)
    monkeypatch.setenv("PATH", str(tmp_path) if is_found else "")
    monkeypatch.setenv("COLUMNS", columns)
    with root.make_context("pressroom", [], resilient_parsing=True) as context:
        by_click = root.get_help(context)
    assert page_of(["--help"]) == by_click


def test_the_version_is_said_as_by_click(capsys: pytest.CaptureFixture[str]) -> None:
    root.main(["--version"], prog_name="pressroom", standalone_mode=False)
    assert capsys.readouterr().out == f"{page_of(['--version'])}\n"


@pytest.mark.parametrize("args", [[], ["--help", "--json"], ["publish", "--help"], ["doctor"]])
def test_all_else_is_left_to_click(args: list[str]) -> None:
    assert page_of(args) is None


@pytest.mark.parametrize("kind", ["photo", "reel"])
def test_a_commands_help_loads_nothing_that_the_command_works_with(loaded_by: LoadedBy, kind: str) -> None:
    assert loaded_by("publish", kind, "--help").isdisjoint(NOT_TO_SHOW_HELP)


@pytest.mark.parametrize("args", [("schedule", "list"), ("queue", "status")])
def test_a_list_loads_nothing_that_publishes_nor_migrations_on_a_new_store_either(
    loaded_by: LoadedBy, args: tuple[str, ...], tmp_path: Path
) -> None:
    env = {**os.environ, "PRESSROOM_HOME": str(tmp_path)}
    assert loaded_by(*args, env=env).isdisjoint(NOT_TO_LIST)
    assert (tmp_path / "pressroom.db").exists()
    assert loaded_by(*args, env=env).isdisjoint(NOT_TO_LIST)


def test_dateparser_is_loaded_only_for_a_time_that_no_strict_form_fits() -> None:
    code = (
        "import sys; from datetime import UTC, datetime; from pressroom.core.when import parse_when;"
        "parse_when(sys.argv[1], now=datetime.now(UTC), zone=UTC); print('dateparser' in sys.modules)"
    )
    for text, is_loaded in (
        ("tomorrow 9am", "False"),
        ("2026-12-24 18:00", "False"),
        ("in 5 minutes", "True"),
    ):
        done = subprocess.run([sys.executable, "-c", code, text], check=True, capture_output=True, text=True)
        assert done.stdout.strip() == is_loaded


def test_what_waits_is_listed_without_what_would_carry_it_out(loaded_by: LoadedBy, tmp_path: Path) -> None:
    env = {**os.environ, "PRESSROOM_HOME": str(tmp_path)}
    assert loaded_by("approve", "list", env=env).isdisjoint(NOT_TO_LIST)
    assert loaded_by("approve", "list", env=env).isdisjoint(NOT_TO_LIST)


def test_what_must_not_be_loaded_is_there() -> None:
    """A module that was renamed would be missing from every list, and nothing would say so."""
    names = NOT_TO_SAY_WHAT_IT_IS | NOT_TO_SHOW_HELP | NOT_TO_LIST
    assert not [name for name in names if find_spec(name) is None]


@pytest.mark.parametrize("args", [("queue", "log"), ("auth", "status")])
def test_what_reads_the_store_loads_no_server_no_client_no_doctor_and_no_probe(
    loaded_by: LoadedBy, args: tuple[str, ...], tmp_path: Path
) -> None:
    """These are in every command's way: the doctor and all that it asks cost a quarter of a second."""
    modules = loaded_by(*args, env={**os.environ, "PRESSROOM_HOME": str(tmp_path)})
    assert modules.isdisjoint(
        {
            "aiohttp",
            "uvicorn",
            "pressroom.service.doctor.examining",
            "pressroom.service.doctor.probes.table",
        }
    )


def test_a_sandbox_starts_without_what_publishes_and_is_asked_for_without_a_server(
    loaded_by: LoadedBy,
) -> None:
    modules = loaded_by("sandbox", "serve", "--help")
    assert modules.isdisjoint(
        {"pressroom.service", "pressroom.core.post", "uvicorn", "aiohttp", "sqlalchemy"}
    )


def test_a_fault_is_asked_for_without_a_sandbox(loaded_by: LoadedBy) -> None:
    modules = loaded_by("sandbox", "fault", "add", "--help")
    assert modules.isdisjoint(
        {"pressroom.sandbox.simulator", "pressroom.sandbox.state", "uvicorn", "aiohttp"}
    )


@pytest.mark.usefixtures("processes")
def test_the_module_is_the_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pressroom", "--version"], check=True, capture_output=True, text=True
    )
    assert done.stdout == f"pressroom {pressroom.__version__}\n"
