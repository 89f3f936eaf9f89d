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
SERVER: dict[str, Any] = yaml.safe_load((DEPLOY / "server.yaml").read_text(encoding="utf-8"))
ON_SERVER: dict[str, Any] = SERVER["services"]
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
    "page": [*in_the_image("ENTRYPOINT"), *ON_SERVER["page"]["command"]],
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

    on_server = [name for part in ("worker", "page") for name in ON_SERVER[part]["environment"]]
    assert {*image, *service, *WORKER["environment"], *on_server} <= SETTING_NAMES


def test_the_image_runs_as_a_user_without_rights_and_keeps_its_state_in_a_volume() -> None:
    last = DOCKERFILE.rpartition("\nFROM ")[2]

    assert re.search(r"^USER pressroom$", last, re.MULTILINE)
    assert re.search(r'^VOLUME \["/data", "/state"\]$', last, re.MULTILINE)
    assert "PRESSROOM_HOME=/data" in last
    assert "XDG_STATE_HOME=/state" in last
    assert WORKER["volumes"] == ["data:/data", "state:/state"]


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

    home, state = service["StateDirectory"].split()
    assert service["Environment"] == f"PRESSROOM_HOME=/var/lib/{home} XDG_STATE_HOME=/var/lib/{state}"
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


def test_on_one_server_the_internet_is_led_to_the_media_route_and_to_nothing_else() -> None:
    """The page, and whatever else listens, is on the server's own loopback."""
    worker, page, caddy = (ON_SERVER[name] for name in ("worker", "page", "caddy"))
    host = caddy["command"][caddy["command"].index("--from") + 1]
    assert host.startswith("${MEDIA_HOST:?")
    assert worker["environment"]["PRESSROOM_PUBLIC_URL"] == f"https://{host}"
    target = caddy["command"][caddy["command"].index("--to") + 1]
    assert target == f"127.0.0.1:{worker['environment']['PRESSROOM_MEDIA_PORT']}"
    assert page["command"] == ["serve"]
    assert all("ports" not in service for service in ON_SERVER.values())
    assert {service["network_mode"] for service in ON_SERVER.values()} == {"host"}


def test_on_one_server_worker_and_page_share_image_state_and_rights() -> None:
    for name in ("worker", "page"):
        service = ON_SERVER[name]
        assert service["volumes"] == ["data:/data", "state:/state"]
        assert service["cap_drop"] == ["ALL"]
        assert (DEPLOY / service["build"]["context"] / service["build"]["dockerfile"]).is_file()
        assert int(service["stop_grace_period"].removesuffix("s")) >= 30
    assert {*SERVER["volumes"]} == {"data", "state", "certificates"}


def test_the_page_of_the_server_names_services_and_variables_that_there_are() -> None:
    page = (ROOT / "docs/howto/server.md").read_text(encoding="utf-8")
    named = re.findall(r"\bserver (?:exec|logs|stop)(?: -T)? (\w+)", page)
    assert {"worker", "page", "caddy"} == {*named} == {*ON_SERVER}
    text = (DEPLOY / "server.yaml").read_text(encoding="utf-8")
    assert {*re.findall(r"^echo \"(\w+)=", page, re.MULTILINE)} == {*re.findall(r"\$\{(\w+):\?", text)}
