"""The files that deploy a worker name commands, settings and paths that exist."""

import configparser
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from pressroom.core.settings import SETTINGS
from tests.cli.test_named_commands import options_of, resolve
from tests.patience import patience

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
DOCKERFILE = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
UNITS = {
    name: (DEPLOY / f"{name}.service").read_text(encoding="utf-8") for name in ("pressroom", "pressroom-page")
}
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
WORKER: dict[str, Any] = COMPOSE["services"]["worker"]
ANALYZE = shutil.which("systemd-analyze")
SETTING_NAMES = {setting.name for setting in SETTINGS}


def unit(name: str = "pressroom") -> configparser.SectionProxy:
    read = configparser.RawConfigParser()
    read.optionxform = str  # pyright: ignore[reportAttributeAccessIssue]  # systemd's names have capitals
    read.read_string(UNITS[name])
    return read["Service"]


def in_the_image(instruction: str) -> list[str]:
    """Return the words of an instruction of the image that is made."""
    found: list[str] = re.findall(rf"^{instruction}(?: --\S+)*(?: CMD)? (\[.*\])$", DOCKERFILE, re.MULTILINE)
    return json.loads(found[-1])


COMMANDS = {
    **{name: unit(name)["ExecStart"].split() for name in UNITS},
    "image": [*in_the_image("ENTRYPOINT"), *in_the_image("CMD")],
    "health": in_the_image("HEALTHCHECK"),
}


@pytest.mark.parametrize("place", COMMANDS)
def test_what_is_started_is_a_command_with_its_options(place: str) -> None:
    program, *words = COMMANDS[place]
    command = resolve(words)

    assert program.rpartition("/")[2] == "pressroom"
    assert command.name in {"worker", "serve", "health"}
    assert {word for word in words if word.startswith("-")} <= options_of(command)


def test_the_page_gives_each_sign_in_the_option_without_which_it_is_refused() -> None:
    page = (ROOT / "docs/howto/deploy.md").read_text(encoding="utf-8")
    lines = re.findall(r"^.*pressroom auth login.*$", page, re.MULTILINE)

    assert lines
    assert all("--token-stdin" in line for line in lines)


def test_what_is_set_is_a_setting() -> None:
    image = re.findall(r"\b(PRESSROOM_\w+)=", DOCKERFILE)
    service = re.findall(r"^Environment=(\w+)=", "\n".join(UNITS.values()), re.MULTILINE)

    assert {*image, *service, *WORKER["environment"]} <= SETTING_NAMES


def test_the_image_runs_as_a_user_without_rights_and_keeps_its_state_in_a_volume() -> None:
    last = DOCKERFILE.rpartition("\nFROM ")[2]

    assert re.search(r"^USER pressroom$", last, re.MULTILINE)
    assert re.search(r"^VOLUME /data$", last, re.MULTILINE)
    assert "PRESSROOM_HOME=/data" in last
    assert "data:/data" in WORKER["volumes"]


def test_the_image_is_built_of_files_that_it_is_given() -> None:
    copied = re.findall(r"^COPY (?!--from)(.*) \S+$", DOCKERFILE, re.MULTILINE)
    names = {name for line in copied for name in line.split()}
    given = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()

    assert {f"!{name}" for name in names} == {line for line in given if line.startswith("!")}
    assert [name for name in names if not (ROOT / name).exists()] == []


def test_the_worker_waits_for_its_database_and_no_secret_has_a_default() -> None:
    assert WORKER["depends_on"] == {"database": {"condition": "service_healthy"}}
    assert (ROOT / "deploy" / WORKER["build"]["context"] / WORKER["build"]["dockerfile"]).is_file()
    secrets = [str(WORKER["environment"][name]) for name in ("PRESSROOM_DATABASE_URL", "PRESSROOM_KEY")]
    assert all(":?" in value for value in secrets)


def test_the_file_of_secrets_that_the_page_has_made_is_nothing_git_takes() -> None:
    page = (ROOT / "docs/howto/deploy.md").read_text(encoding="utf-8")
    assert ">> deploy/.env" in page
    assert ".env" in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("name", UNITS)
def test_the_service_owns_its_state_and_has_no_right_to_anything_else(name: str) -> None:
    service = unit(name)

    assert service["Environment"] == f"PRESSROOM_HOME=/var/lib/{service['StateDirectory']}"
    assert service["ProtectSystem"] == "strict"
    assert service["CapabilityBoundingSet"] == ""


@pytest.mark.parametrize("name", UNITS)
@pytest.mark.skipif(ANALYZE is None, reason="systemd-analyze is not installed")
def test_systemd_takes_the_unit_and_finds_it_safe(name: str, tmp_path: Path) -> None:
    tried = tmp_path / f"{name}.service"
    # Where the program will be, this machine has none.
    tried.write_text(re.sub(r"^ExecStart=\S+", "ExecStart=/bin/true", UNITS[name], flags=re.MULTILINE))
    for command in (["verify"], ["security", "--offline=true", "--threshold=20"]):
        done = subprocess.run(
            [str(ANALYZE), *command, str(tried)],
            capture_output=True,
            text=True,
            check=False,
            timeout=patience(30),
        )
        assert done.returncode == 0, done.stdout + done.stderr
