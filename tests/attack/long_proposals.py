"""Ten thousand proposals of twenty programs: each face names who asked for each. `make attack` runs it.

The faces are processes of their own: commands, the page as a browser reads it, and the server for agents.
"""

import json
import re
import subprocess
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import HTTPCookieProcessor, OpenerDirector, build_opener

import pytest

from pressroom.cli.shell.failures import ExitCode
from pressroom.sandbox.samples import make_poster
from tests.cli.processes import COMMAND, ended, environ, running
from tests.cli.pseudo_terminal import at_terminal
from tests.cli.test_worker import whole_object
from tests.patience import patience
from tests.service.crowds import a_crowd
from tests.web.opener import sign_in

COUNT, PROGRAMS = 10_000, 20
_CARD = re.compile(r'href="/approvals/(\w{32})">(.*?)</a>', re.DOTALL)
_ASKED = re.compile(r"Asked by program ([^<]+)<")
_NEXT = re.compile(r'href="(/approvals\?after=\w+)"')


@dataclass
class Crowd:
    """home: where they wait. env: of a command of the owner's. who: the program of each post, by its id."""

    home: Path
    env: dict[str, str]
    who: dict[str, str]

    def run(self, *args: str) -> "subprocess.CompletedProcess[str]":
        done = ended(*args, env=self.env)
        assert "Traceback" not in done.stderr, done.stderr
        return done

    @property
    def programs(self) -> Counter[str]:
        """How many posts each program wants out, by its name."""
        return Counter(actor.removeprefix("program:") for actor in self.who.values())


@contextmanager
def crowded(place: Path) -> Generator[Crowd]:
    """Sign in, let a program propose a post for next week, and multiply it."""
    home, picture = place / "home", place / "cat.jpg"
    make_poster(picture)
    with running("sandbox", "serve", "--port", "0", "--json", env=environ(place / "sandbox")) as sandbox:
        account = whole_object(sandbox)["env"]
        env = environ(home, **{name: text for name, text in account.items() if "TOKEN" not in name})
        token = account["INSTAGRAM_ACCESS_TOKEN"]
        done = ended("auth", "login", "--token-stdin", env=env, stdin=f"{token}\n")
        assert done.returncode == ExitCode.DONE, done.stderr
        as_program = {**env, "PRESSROOM_REQUIRE_TERMINAL": "1"}
        asked = ended(*["schedule", "add", "photo", "--at", "+7d", "--json"], picture, env=as_program)
        assert asked.returncode == ExitCode.NEEDS_APPROVAL, asked.stderr
        model = json.loads(asked.stderr)["error"]
        who = a_crowd(home / "pressroom.db", model["proposal_id"], count=COUNT - 1, programs=PROGRAMS)
        mine = json.loads(ended("approve", "list", "--json", env=env).stdout)[-1]["proposal"]["actor"]
        yield Crowd(home, env, {**who, model["post_id"]: mine})


def commands_name_each(crowd: Crowd) -> None:
    waiting = json.loads(crowd.run("approve", "list", "--json").stdout)
    assert {one["summary"]["post_id"]: one["proposal"]["actor"] for one in waiting} == crowd.who
    listed = json.loads(crowd.run("schedule", "list", "--limit", str(COUNT), "--json").stdout)
    assert {one["post_id"]: one["actor"] for one in listed} == crowd.who
    for command in (("approve", "list"), ("schedule", "list", "--limit", str(COUNT))):
        rows = crowd.run(*command).stdout.splitlines()[1:]
        assert Counter(re.findall(r"program (bot \d+|\w+)", "\n".join(rows))) == crowd.programs, command


def too_little_of_an_id_decides_nothing(crowd: Crowd) -> None:
    """All of them start alike, and one id more is nobody's."""
    for command in (
        ("approve", ""),
        ("approve", "decline", "0"),
        ("schedule", "show", ""),
        ("schedule", "cancel", "00"),
    ):
        assert crowd.run(*command).returncode == ExitCode.REFUSED, command
    named = crowd.run("approve", "00000000")
    assert (named.returncode, named.stderr.count("post 000")) == (ExitCode.NOT_FOUND, 5)
    assert len(json.loads(crowd.run("approve", "list", "--json").stdout)) == COUNT


def the_page_names_each(crowd: Crowd) -> None:
    with at_terminal("serve", "--port", "0", home=crowd.home) as terminal:
        terminal.until(r"Sign in with this link")
        terminal.until(r"code=[\w-]{20,}")
        (link,) = re.findall(r"http://\S+code=\S+", terminal.seen)
        browser = build_opener(HTTPCookieProcessor())
        sign_in(browser, link)
        base = link.partition("/sign-in")[0]
        page = _read(browser, f"{base}/approvals")
        assert f"{COUNT:,} wait for you" in page
        found = Counter[str]()
        while True:
            cards = _CARD.findall(page)
            asked = [name for _, inside in cards for name in _ASKED.findall(inside)]
            assert (len(asked), "Held back" in page) == (len(cards), False)
            found += Counter(asked)
            behind = _NEXT.search(page)
            if behind is None:
                break
            page = _read(browser, f"{base}{behind[1]}")
        assert found == crowd.programs


def _read(browser: OpenerDirector, address: str) -> str:
    with browser.open(address, timeout=patience(30)) as answer:
        return answer.read().decode()


def an_agent_is_told_of_each(crowd: Crowd) -> None:
    with subprocess.Popen(
        [*COMMAND, "mcp"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=crowd.env,
    ) as server:
        found, last = dict[str, str](), dict[str, str]()
        while True:
            told = _called(server, "list_posts", limit=100, **last)
            found |= {one["post_id"]: one["asked_by"] for one in told["posts"]}
            if told["is_all"]:
                break
            last = {"after": told["posts"][-1]["post_id"]}
        server.kill()
    assert found == crowd.who


def _called(server: "subprocess.Popen[str]", tool: str, **arguments: Any) -> dict[str, Any]:
    assert server.stdin
    assert server.stdout
    meta = {
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"},
        "io.modelcontextprotocol/clientCapabilities": {},
    }
    params = {"_meta": meta, "name": tool, "arguments": arguments}
    server.stdin.write(
        json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}) + "\n"
    )
    server.stdin.flush()
    return json.loads(server.stdout.readline())["result"]["structuredContent"]


@pytest.mark.timeout(900)
def test_every_face_names_who_asked_for_each_of_ten_thousand(tmp_path: Path) -> None:
    with crowded(tmp_path) as crowd:
        commands_name_each(crowd)
        too_little_of_an_id_decides_nothing(crowd)
        the_page_names_each(crowd)
        an_agent_is_told_of_each(crowd)
