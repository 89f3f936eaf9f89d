"""Print the functions of Pressroom that a command runs, by file, in the order in which they are reached.

    python scripts/walk.py publish photo https://example.com/cat.jpg --caption Hello
    python scripts/walk.py schedule add photo cat.jpg --at 2026-12-24T18:00+01:00
    python scripts/walk.py --tool publish_post

A command runs for real: in an empty data directory, on a sandbox of its own that takes any address for a
picture. `--tool publish_post` stands for an agent's server, which drafts a picture and asks for it to be
published, so that the post waits for a person. Left out are the sandbox, and what runs when a module is
imported.
"""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from inspect import CO_NEWLOCALS, CO_OPTIMIZED
from pathlib import Path
from types import CodeType, FrameType
from typing import Any, Final, TypeAlias

from mcp import StdioServerParameters
from mcp.client import Client
from mcp.client.stdio import stdio_client
from PIL import Image

PACKAGE: Final = Path(__file__).resolve().parents[1] / "src" / "pressroom"
# The body of a class has the first flag alone.
_FUNCTION: Final = CO_NEWLOCALS | CO_OPTIMIZED

Walk: TypeAlias = dict[str, list[str]]
"""The functions that were run, by file; both in the order in which they were reached."""


def walk_of_command(arguments: Sequence[str]) -> Walk:
    """Run a command in a process of its own. Raises CalledProcessError where it fails."""
    with _stage() as (home, environ):
        trace = home / "trace.json"
        subprocess.run(_traced(trace, arguments), env=environ, check=True, stdout=sys.stderr)
        return json.loads(trace.read_text(encoding="utf-8"))


def walk_of_publish_post() -> Walk:
    """Run a server for an agent that drafts a picture and asks for it to be published."""
    with _stage() as (home, environ):
        trace, picture = home / "trace.json", home / "cat.jpg"
        Image.new("RGB", (1080, 1080), "teal").save(picture)
        program, *arguments = _traced(trace, ["mcp", "--allow", str(home)])
        server = StdioServerParameters(command=program, args=arguments, env=environ)
        asyncio.run(_ask_for(server, picture))
        return json.loads(trace.read_text(encoding="utf-8"))


async def _ask_for(server: StdioServerParameters, picture: Path) -> None:
    async with Client(stdio_client(server)) as client:

        async def call(tool: str, **arguments: object) -> dict[str, Any]:
            result = await client.call_tool(tool, arguments)
            return result.structured_content or {}

        draft = await call("create_draft", kind="photo", sources=[str(picture)], caption="Hello")
        answer = await call("publish_post", post_id=draft["post_id"])
        assert answer["needs_approval"], answer


@contextmanager
def _stage() -> Generator[tuple[Path, dict[str, str]]]:
    """Run a sandbox; give an empty directory, and the environment of a command on both."""
    pressroom = [sys.executable, "-m", "pressroom", "sandbox"]
    with tempfile.TemporaryDirectory() as directory:
        environ = {**os.environ, "PRESSROOM_HOME": f"{directory}/home"}
        started = subprocess.run(
            [*pressroom, "serve", "--detach", "--json", "--port", "0", "--fetch", "trust"],
            env=environ,
            check=True,
            stdout=subprocess.PIPE,
        )
        try:
            yield Path(directory), environ | json.loads(started.stdout)["env"]
        finally:
            subprocess.run([*pressroom, "stop"], env=environ, check=True, stdout=subprocess.DEVNULL)


def _traced(trace: Path, arguments: Sequence[str]) -> list[str]:
    return [sys.executable, __file__, "--trace", str(trace), *arguments]


def _run_traced(trace: Path, arguments: Sequence[str]) -> int:
    """Run a command in this process, and write what it ran to a file."""
    from pressroom.cli.entry import run  # noqa: PLC0415  # what a command loads, it loads while it is traced

    codes: dict[CodeType, None] = {}
    importing = threading.local()

    def note(frame: FrameType, event: str, _: object) -> None:
        depth = getattr(importing, "depth", 0)
        if frame.f_code.co_name == "<module>":
            importing.depth = depth + {"call": 1, "return": -1}.get(event, 0)
        elif event == "call" and not depth:
            codes.setdefault(frame.f_code)

    threading.setprofile(note)
    sys.setprofile(note)
    code = run(arguments)
    sys.setprofile(None)
    trace.write_text(json.dumps(_walk_of(codes)), encoding="utf-8")
    return code


def _walk_of(codes: dict[CodeType, None]) -> Walk:
    walk: Walk = {}
    for code in codes:
        path = Path(code.co_filename)
        is_ours = path.is_relative_to(PACKAGE) and not path.is_relative_to(PACKAGE / "sandbox")
        if is_ours and code.co_flags & _FUNCTION == _FUNCTION and not code.co_name.startswith("<"):
            walk.setdefault(str(path.relative_to(PACKAGE)), []).append(code.co_qualname)
    return walk


def main() -> None:
    """Run what the command line says, and print its walk."""
    match sys.argv[1:]:
        case ["--trace", trace, *arguments]:
            sys.exit(_run_traced(Path(trace), arguments))
        case [] | ["--help"]:
            sys.exit(__doc__)
        case ["--tool", "publish_post"]:
            walk = walk_of_publish_post()
        case arguments:
            walk = walk_of_command(arguments)
    for path, functions in walk.items():
        sys.stdout.write(f"{path}: {', '.join(functions)}\n")
    sys.stdout.write(f"{sum(map(len, walk.values()))} functions of {len(walk)} files\n")


if __name__ == "__main__":
    main()
