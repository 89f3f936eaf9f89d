"""The image of the sandbox and its recipes for Compose and GitHub Actions, as far as no Docker is needed."""

import json
import re
import shutil
import subprocess
from collections.abc import Generator
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest
import yaml

from pressroom.cli.sandbox.running import find_running
from pressroom.sandbox.settings import SandboxSettings
from pressroom.sandbox.wire.listening import USUAL_PORT
from tests.cli.processes import ended, environ, running
from tests.cli.test_named_commands import options_of, resolve
from tests.patience import patience
from tests.slow import slow

ROOT = Path(__file__).parents[2]
RECIPES = ROOT / "deploy" / "sandbox"
DOCKERFILE = (RECIPES / "Dockerfile").read_text(encoding="utf-8")
LAST_STAGE = DOCKERFILE.rpartition("\nFROM ")[2]


def parsed(name: str) -> dict[Any, Any]:
    return yaml.safe_load((RECIPES / f"{name}.yaml").read_text(encoding="utf-8"))


COMPOSE: dict[str, Any] = parsed("compose")["services"]
TESTS_JOB: dict[str, Any] = parsed("github-tests")["jobs"]["tests"]
IMAGE_JOB: dict[str, Any] = parsed("github-image")["jobs"]["image"]


def instruction(name: str) -> list[str]:
    """Give the words of an instruction of the image."""
    [words] = re.findall(rf"^{name}(?: --\S+)*(?: CMD)? (\[.*\])$", LAST_STAGE, re.MULTILINE)
    return json.loads(words)


ENTRYPOINT, CMD, HEALTH = (instruction(name) for name in ("ENTRYPOINT", "CMD", "HEALTHCHECK"))


def step(job: dict[str, Any], name: str) -> str:
    """Give the shell of a step."""
    [shell] = [one["run"] for one in job["steps"] if one.get("name") == name]
    return shell


@pytest.mark.parametrize("options", [CMD, COMPOSE["instagram"]["command"]], ids=["image", "compose"])
def test_what_the_container_starts_is_a_command_with_its_options(options: list[str]) -> None:
    program, *words = [*ENTRYPOINT, *options]
    command = resolve(words)
    assert (program, command.name) == ("pressroom", "serve")
    assert {word for word in words if word.startswith("--")} <= options_of(command)
    assert resolve(HEALTH[1:]).name == "clock"


def test_every_recipe_names_the_port_on_which_the_image_listens() -> None:
    port = str(USUAL_PORT)
    assert re.findall(r"^EXPOSE (\d+)$", LAST_STAGE, re.MULTILINE) == [port]
    assert ENTRYPOINT[-4:] == ["--host", "0.0.0.0", "--port", port]  # noqa: S104  # within the container
    assert COMPOSE["instagram"]["ports"] == [f"127.0.0.1:{port}:{port}"]
    assert COMPOSE["tests"]["environment"]["INSTAGRAM_API_BASE"] == f"http://instagram:{port}"
    assert TESTS_JOB["services"]["instagram"]["ports"] == [f"{port}:{port}"]
    assert TESTS_JOB["env"]["INSTAGRAM_API_BASE"] == f"http://localhost:{port}"


def test_the_image_is_built_of_files_that_it_is_given_and_runs_as_a_user_without_rights() -> None:
    copied = re.findall(r"^COPY (?!--from)(.*) \S+$", DOCKERFILE, re.MULTILINE)
    names = {name for line in copied for name in line.split()}
    given = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert {f"!{name}" for name in names} == {line for line in given if line.startswith("!")}
    assert re.search(r"^USER pressroom$", LAST_STAGE, re.MULTILINE)
    build = COMPOSE["instagram"]["build"]
    assert (RECIPES / build["context"] / build["dockerfile"]).resolve() == RECIPES / "Dockerfile"


def test_the_tests_of_compose_wait_for_the_health_check_and_know_account_and_token() -> None:
    tests, options = COMPOSE["tests"], COMPOSE["instagram"]["command"]
    assert tests["depends_on"] == {"instagram": {"condition": "service_healthy"}}
    assert tests["environment"]["INSTAGRAM_ACCESS_TOKEN"] == options[options.index("--token") + 1]
    assert tests["environment"]["INSTAGRAM_USER_ID"] == SandboxSettings().user_id


def test_the_image_that_one_workflow_pushes_is_the_one_that_the_other_uses() -> None:
    image = TESTS_JOB["services"]["instagram"]["image"]
    assert image == "ghcr.io/OWNER/pressroom-sandbox:latest"
    assert "ghcr.io/${GITHUB_REPOSITORY_OWNER,,}/pressroom-sandbox" in step(IMAGE_JOB, "Build")
    assert "for tag in latest" in step(IMAGE_JOB, "Push")
    assert "--file deploy/sandbox/Dockerfile" in step(IMAGE_JOB, "Build")


@pytest.mark.parametrize("job", [TESTS_JOB, IMAGE_JOB], ids=["tests", "image"])
def test_the_shell_of_every_step_parses_and_takes_no_text_of_others_into_itself(job: dict[str, Any]) -> None:
    """An expression within a script is how a branch's name becomes a command."""
    for shell in (one["run"] for one in job["steps"] if "run" in one):
        assert "${{" not in shell
        subprocess.run(["/bin/bash", "-n", "-c", shell], check=True, timeout=patience(10))


def test_the_page_names_every_recipe_and_what_the_image_does() -> None:
    page = (ROOT / "docs/howto/sandbox-containers.md").read_text(encoding="utf-8")
    assert [path.name for path in RECIPES.glob("*.yaml") if f"deploy/sandbox/{path.name}" not in page] == []
    assert f"`{' '.join(CMD)}`" in page
    assert f"`{' '.join(HEALTH)}`" in page


@pytest.fixture(scope="module")
@slow("starts Pressroom as a process")
def container(tmp_path_factory: pytest.TempPathFactory) -> Generator[tuple[dict[str, str], str]]:
    """Run the command of compose as a container does, on a free port; give its environment and address."""
    home = tmp_path_factory.mktemp("data")
    env = environ(home)
    env = {name: value for name, value in env.items() if not name.startswith("INSTAGRAM_")}
    words = [*ENTRYPOINT[1:-1], "0", *COMPOSE["instagram"]["command"]]
    with running(*words, env=env) as process:
        assert process.stdout is not None
        # It says its address once it answers and has written its record.
        assert "answers at" in process.stdout.readline()
        [sandbox] = find_running(home)
        yield env, sandbox.url


def test_the_health_check_succeeds_beside_the_sandbox_and_fails_without(
    container: tuple[dict[str, str], str], tmp_path: Path
) -> None:
    env, _ = container
    assert ended(*HEALTH[1:], env=env).returncode == 0
    assert ended(*HEALTH[1:], env={**env, "PRESSROOM_HOME": str(tmp_path)}).returncode != 0


def test_tests_of_compose_publish_with_what_they_are_given(container: tuple[dict[str, str], str]) -> None:
    """They call it by the service's name, as the network of Compose resolves it."""
    _, url = container
    given = COMPOSE["tests"]["environment"]
    user, host = given["INSTAGRAM_USER_ID"], given["INSTAGRAM_API_BASE"].removeprefix("http://")
    headers = {"authorization": f"Bearer {given['INSTAGRAM_ACCESS_TOKEN']}", "host": host}
    body = b"image_url=https://example.com/a.jpg"
    call = Request(f"{url}/v26.0/{user}/media", data=body, headers=headers)  # noqa: S310  # loopback
    with urlopen(call, timeout=patience(10)) as answer:  # noqa: S310
        assert json.load(answer)["id"]


@pytest.mark.skipif(not (shutil.which("curl") and shutil.which("jq")), reason="curl or jq is not installed")
def test_the_first_step_of_the_workflow_hands_account_and_token_to_the_next(
    container: tuple[dict[str, str], str], tmp_path: Path
) -> None:
    env, url = container
    told = tmp_path / "environment"
    shell = step(TESTS_JOB, "Read the account and its token")
    wanted = {**env, "INSTAGRAM_API_BASE": url, "GITHUB_ENV": str(told)}
    subprocess.run(
        ["/bin/bash", "-eo", "pipefail", "-c", shell], check=True, env=wanted, timeout=patience(20)
    )
    lines = dict(line.split("=", 1) for line in told.read_text().splitlines())
    assert lines == {
        name: COMPOSE["tests"]["environment"][name]
        for name in ("INSTAGRAM_USER_ID", "INSTAGRAM_ACCESS_TOKEN")
    }
