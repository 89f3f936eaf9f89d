"""A hostile `pressroom sandbox serve`, commands as processes that may be killed, and what they said."""

import asyncio
import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import IO, Any

from pressroom.cli.shell.failures import ExitCode
from pressroom.core.actor import Actor, ActorKind, Scope
from pressroom.core.settings import Settings
from pressroom.service import Pressroom
from tests.cli.processes import control, environ, running
from tests.cli.test_worker import whole_object
from tests.crash.haste import FACTOR
from tests.patience import patience

PATIENCE_S = 90.0
HOSTILE = ("hostile=true", "processing=reads:2", "quota_total=10000")
SAYS_NOTHING = (None, ExitCode.STILL_PROCESSING, ExitCode.OUTCOME_UNKNOWN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """How a command that was to publish a caption ended. code: None when it was killed."""

    caption: str
    code: int | None
    out: str = ""
    err: str = ""

    @property
    def media_id(self) -> str | None:
        """The id it named; none where it said that it is live and that nobody can tell which it is."""
        return json.loads(self.out)["id"]


@dataclass
class Arena:
    base_url: str
    account: dict[str, str]
    place: Path
    chance: Random
    told: list[Said] = field(default_factory=list[Said])

    def start(
        self,
        *args: str,
        home: str,
        date_off_s: float = 0,
        file_kib: int | None = None,
        user_id: str | None = "",
        is_program: bool = False,
        log: IO[str] | None = None,
    ) -> Any:
        """Start a command. file_kib: no file may become larger, as on a full disk. log: takes its stderr.

        user_id: as the environment calls the account; None leaves it out, and the empty one is the account's.
        is_program: what it lets out needs a person.
        """
        ours = {name: text for name, text in self.account.items() if name != "INSTAGRAM_USER_ID"}
        who = self.account["INSTAGRAM_USER_ID"] if user_id == "" else user_id
        env = environ(self.place / home, **ours, **({"INSTAGRAM_USER_ID": who} if who else {}))
        env |= {
            "PYTHONPATH": os.pathsep.join(sys.path),
            "ATTACK_BASE": self.base_url,
            "ATTACK_DATE_OFF_S": str(date_off_s),
            "PRESSROOM_REQUIRE_TERMINAL": str(int(is_program)),
        }
        limit = [] if file_kib is None else ["bash", "-c", f'ulimit -f {file_kib}; exec "$@"', "bash"]
        command = [*limit, sys.executable, str(Path(__file__).with_name("command_main.py")), *args]
        return subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log or subprocess.PIPE,
            text=True,
            env=env,
        )

    def end(self, process: Any, kill_after_s: float | None = None, stdin: str = "") -> Said:
        """Wait for a command to end, or kill it after a while."""
        killed = kill_after_s is not None
        limit_s = patience(PATIENCE_S) if kill_after_s is None else kill_after_s
        try:
            out, err = process.communicate(stdin, timeout=limit_s)
        except subprocess.TimeoutExpired:
            process.kill()
            out, err = process.communicate()
            assert killed, f"{process.args} did not end in {limit_s:.0f} s: {err}"
            return Said(caption="", code=None)
        assert "Traceback" not in err, err
        return Said(caption="", code=process.returncode, out=out, err=err)

    def publish(
        self, caption: str, *more: str, home: str = "home", kill_after_s: float | None = None, **how: Any
    ) -> Said:
        """Publish a photo to the end of the command, and keep what it said."""
        process = self.start(*publishing(caption), *more, home=home, **how)
        return self.keep(caption, self.end(process, kill_after_s))

    def keep(self, caption: str, said: Said) -> Said:
        """Remember what a command said, so that it is judged; what is wrong at once is told at once."""
        said = Said(caption=caption, code=said.code, out=said.out, err=said.err)
        self.told.append(said)
        if said.code not in SAYS_NOTHING:
            self.judge(said)
        return said

    def judge(self, said: Said) -> None:
        """Compare what a command said with what stands on the account now."""
        ids = [one["id"] for one in self.media() if one["caption"] == said.caption]
        named = said.code == ExitCode.DONE and (said.media_id or ids[0])
        assert ids == ([named] if named else []), f"{said} of {ids}"

    def media(self) -> list[dict[str, Any]]:
        """List what was published through the API, without the items of carousels."""
        media = control(self.base_url, "export")["media"]
        return [one for one in media if one.get("container_id") and not one.get("is_item")]

    def assert_nothing_is_doubled_or_was_a_lie(self) -> None:
        """See that each caption is live once at most, and exactly once where a command said so."""
        counts = Counter(one["caption"] for one in self.media())
        assert {caption: count for caption, count in counts.items() if count > 1} == {}
        live = {said.caption for said in self.told if said.code == ExitCode.DONE}
        assert live <= counts.keys(), f"{live - counts.keys()} are gone"
        last = {said.caption: said for said in self.told if said.code not in SAYS_NOTHING}
        killed = {said.caption for said in self.told if said.code is None}
        lies = [one for one in last.values() if one.code and one.caption in counts.keys() - live - killed]
        assert lies == []

    def some_s(self) -> float:
        """Choose when a command is killed: from its start to well after a publish call."""
        return self.chance.uniform(0.3, 4.0)

    def misfortune(self) -> None:
        """Let the answer of the next publish call be lost, mostly."""
        kind = self.chance.choice(["drop", "hang", "gateway", "truncate", None])
        if kind:
            effect = "done" if kind == "truncate" else self.chance.choice(["none", "done", "later"])
            order = {"on": "media_publish", "kind": kind, "effect": effect, "delay_s": 20}
            control(self.base_url, "faults", order)


def a_key(home: Path, name: str, *scopes: Scope) -> str:
    """Make a program's key, which the command makes at a terminal alone."""

    async def made() -> str:
        async with Pressroom(
            settings=Settings(home=home), actor=Actor(ActorKind.PERSON, "anna")
        ) as pressroom:
            return (await pressroom.keys.add(name, scopes=scopes)).token.reveal()

    # In a thread: the caller may have a loop of its own.
    with ThreadPoolExecutor(max_workers=1) as thread:
        return thread.submit(asyncio.run, made()).result()


def publishing(caption: str) -> list[str]:
    return ["publish", "photo", "https://example.com/a.jpg", "--caption", caption, "--json"]


@contextmanager
def an_arena(place: Path, seed: int, *more: str, factor: float = FACTOR, media: int = 0) -> Generator[Arena]:
    """Serve a hostile sandbox while the block runs, so many times as fast. more: settings."""
    options = [option for word in (*HOSTILE, *more) for option in ("--set", word)]
    serve = ("sandbox", "serve", "--port", "0", "--json", "--fetch", "trust", "--media", str(media), *options)
    with running(*serve, env=environ(place / "sandbox")) as process:
        told = whole_object(process)
        control(told["url"], "clock", {"factor": factor})
        yield Arena(told["url"], told["env"], place, Random(seed))  # noqa: S311  # no secret


def within(budget_s: float, *, most: int) -> Generator[int]:
    """Count rounds until the time is over; the first one is always played."""
    end = time.monotonic() + budget_s
    yield 0
    for number in range(1, most):
        if time.monotonic() >= end:
            return
        yield number
