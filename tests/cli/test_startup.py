"""`pressroom --version` and `--help` load nothing they do not need."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import pressroom

HEAVY = {
    "PIL",
    "aiohttp",
    "apprise",
    "asyncio",
    "av",
    "cloudinary",
    "jinja2",
    "msgspec",
    "pi_heif",
    "platformdirs",
    "rich",
    "starlette",
    "uvicorn",
}
OURS = {
    "pressroom",
    "pressroom.cli",
    "pressroom.cli.entry",
    "pressroom.cli.root",
    "pressroom.cli.shell",
    "pressroom.cli.shell.lazy",
    "pressroom.version",
}
REPORT = """
import json, sys
from pressroom.cli.entry import run
code = run(sys.argv[1:])
print(json.dumps([code, sorted(sys.modules)]))
"""


def loaded_by(*args: str, env: dict[str, str] | None = None) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", REPORT, *args], check=True, capture_output=True, text=True, env=env
    )
    code, modules = json.loads(done.stdout.splitlines()[-1])
    assert code == 0
    return set(modules)


@pytest.mark.parametrize("option", ["--version", "--help"])
def test_it_loads_click_and_six_small_modules(option: str) -> None:
    modules = loaded_by(option)
    assert {module for module in modules if module.split(".")[0] == "pressroom"} == OURS
    assert modules.isdisjoint(HEAVY)


def test_a_commands_help_loads_no_decoder_no_server_no_database_and_no_drawing() -> None:
    modules = loaded_by("publish", "reel", "--help")
    assert modules.isdisjoint(
        {"PIL", "aiohttp", "av", "cloudinary", "jinja2", "rich", "sqlalchemy", "starlette", "uvicorn"}
    )


@pytest.mark.parametrize("args", [("schedule", "list"), ("queue", "log"), ("auth", "status")])
def test_what_reads_the_store_loads_no_server_no_client_no_doctor_and_no_probe(
    args: tuple[str, ...], tmp_path: Path
) -> None:
    """These are in every command's way: the doctor and all that it asks cost a quarter of a second."""
    modules = loaded_by(*args, env={**os.environ, "PRESSROOM_HOME": str(tmp_path)})
    assert modules.isdisjoint(
        {"aiohttp", "uvicorn", "pressroom.accounts.doctor.judging", "pressroom.accounts.probes.table"}
    )


def test_a_sandbox_starts_without_what_publishes_and_is_asked_for_without_a_server() -> None:
    modules = loaded_by("sandbox", "serve", "--help")
    assert modules.isdisjoint(
        {"pressroom.service", "pressroom.core.post", "uvicorn", "aiohttp", "sqlalchemy"}
    )


def test_a_fault_is_asked_for_without_a_sandbox() -> None:
    modules = loaded_by("sandbox", "fault", "add", "--help")
    assert modules.isdisjoint(
        {"pressroom.sandbox.simulator", "pressroom.sandbox.state", "uvicorn", "aiohttp"}
    )


def test_the_module_is_the_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pressroom", "--version"], check=True, capture_output=True, text=True
    )
    assert done.stdout == f"pressroom {pressroom.__version__}\n"
