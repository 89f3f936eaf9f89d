"""The way `tunnel`, with a stand-in for each program: it prints what they do, and leads to loopback."""

import asyncio
import json
import os
import re
import select
import signal
import sys
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from subprocess import PIPE, Popen
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import pytest

from pressroom.core.account import Account
from pressroom.core.errors import HostFailed, MediaRefused, SettingRefused
from pressroom.core.protocols import RouteAnswer
from pressroom.core.reading_settings import Tunnel, Way
from pressroom.core.secret import Secret
from pressroom.core.settings import Settings, settings_from_environment
from pressroom.hosting import tunnel as hosting_tunnel
from pressroom.hosting import tunnel_records
from pressroom.hosting.tunnel import PROGRAMS
from pressroom.hosting.ways import Hosts, OpenHosts, require_lasting, ways_for
from tests.fakes.clock import FakeClock
from tests.hosting.conftest import PICTURE
from tests.patience import patience
from tests.ports import free_port

STAND_INS = Path(__file__).parents[1] / "fakes" / "tunnels"
REAL = Account(token=Secret("IGAAx"))
SANDBOX = replace(REAL, api_base="http://127.0.0.1:8055")
QUICK = Tunnel("cloudflared")


@dataclass(frozen=True)
class Machine:
    """One with the stand-ins on PATH, and a home in which they keep what they see and are told what to do."""

    home: Path

    def play(self, *words: str) -> None:
        (self.home / "TUNNEL_STAND_IN").write_text("\n".join(words), encoding="utf-8")

    @property
    def runs(self) -> list[dict[str, Any]]:
        """What each start was given, in order."""
        seen = self.home / "TUNNEL_SAW"
        lines = seen.read_text(encoding="utf-8").splitlines() if seen.exists() else []
        return [json.loads(line) for line in lines]

    @property
    def running(self) -> list[str]:
        """The programs that still run."""
        return [run["program"] for run in self.runs if Path(f"/proc/{run['pid']}").exists()]


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    monkeypatch.setenv("PATH", f"{STAND_INS}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("HOME", str(tmp_path))
    machine = Machine(tmp_path)
    machine.play()
    return machine


def tunnelled(settings: Settings, tunnel: Tunnel = QUICK) -> Settings:
    return replace(settings, tunnel=tunnel, hosts=(Way.TUNNEL,))


@asynccontextmanager
async def opened(settings: Settings, clock: FakeClock, account: Account = SANDBOX) -> AsyncGenerator[Hosts]:
    hosts = Hosts(account, settings, clock=clock)
    try:
        yield hosts
    finally:
        await hosts.aclose()


async def url_from(hosts: Hosts, picture: Path, owner: str = "post") -> str:
    await hosts.ways("image/jpeg")
    return await hosts.put(picture, content_type="image/jpeg", lifetime_s=1e9, way=Way.TUNNEL, owner=owner)


async def answer(url: str) -> tuple[int, bytes]:
    async with aiohttp.ClientSession() as session, session.get(url) as reply:
        return reply.status, await reply.read()


async def what_was_printed_is_read() -> None:
    for _ in range(50):  # turns of the loop
        await asyncio.sleep(0)


async def put_over_time(hosts: Hosts, picture: Path, clock: FakeClock, machine: Machine) -> str:
    """Put a file up, and let time pass in steps of six seconds once the program has spoken."""
    putting = asyncio.ensure_future(url_from(hosts, picture))
    while not (machine.home / "TUNNEL_SPOKE").exists():  # noqa: ASYNC110  # another process makes it
        await asyncio.sleep(0)
    while not putting.done():
        await what_was_printed_is_read()
        if clock.waiting:
            clock.advance(6)
    return await putting


SECRETS = ("INSTAGRAM_ACCESS_TOKEN", "PRESSROOM_KEY", "CLOUDINARY_URL", "NGROK_AUTHTOKEN", "TUNNEL_TOKEN")


@pytest.fixture
def secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in SECRETS:
        monkeypatch.setenv(name, f"hidden {name}")


@pytest.mark.usefixtures("secrets")
@pytest.mark.parametrize(
    ("program", "own"),
    [("cloudflared", {"TUNNEL_TOKEN"}), ("ngrok", {"NGROK_AUTHTOKEN"}), ("tailscale", set[str]())],
)
async def test_a_program_runs_while_a_file_needs_it_and_gets_no_secret_but_its_own(
    machine: Machine, settings: Settings, picture: Path, program: str, own: set[str]
) -> None:
    clock = FakeClock(jumps=False)
    async with opened(tunnelled(settings, Tunnel(program)), clock) as hosts:
        assert await hosts.ways("image/jpeg") == [Way.TUNNEL]
        assert not machine.runs, "nothing is started before a file needs it"
        url = await url_from(hosts, picture)
        assert machine.running == [program]
        assert await answer(url) == (200, PICTURE)
        await hosts.end_fetch("post")
        assert not machine.running
    [run] = machine.runs
    assert {name for name, text in run["environ"].items() if "hidden" in text} == own


async def test_strangers_reach_the_signed_files_and_nothing_else(
    machine: Machine, settings: Settings, picture: Path, clock: FakeClock
) -> None:
    async with opened(tunnelled(settings), clock) as hosts:
        url = await url_from(hosts, picture)
        base = f"http://{urlsplit(url).netloc}"
        for path in ("/", "/approvals", "/_sandbox/", "/media/", "/media/media.key", "/metrics"):
            assert (await answer(base + path))[0] == 404
        assert (await answer(url.partition("?")[0]))[0] == 403
        assert machine.running
    assert not machine.running, "it ends with the process, whatever is still up"


async def test_one_tunnel_is_for_all_posts_and_ends_with_the_last_of_them(
    machine: Machine, settings: Settings, picture: Path, clock: FakeClock
) -> None:
    async with opened(tunnelled(settings), clock) as hosts:
        first, second = [await url_from(hosts, picture, owner) for owner in ("first", "second")]
        assert await url_from(hosts, picture, "first") == first
        await hosts.end_fetch("first")
        await hosts.release("first")
        assert await answer(second) == (200, PICTURE)
        await hosts.release("second")
        assert not machine.running
    assert len(machine.runs) == 1


async def test_a_tunnel_that_broke_is_opened_again_at_another_address(
    machine: Machine, settings: Settings, picture: Path, clock: FakeClock
) -> None:
    async with opened(tunnelled(settings), clock) as hosts:
        lost = await url_from(hosts, picture)
        os.kill(machine.runs[0]["pid"], signal.SIGKILL)
        while machine.running:  # noqa: ASYNC110  # what tells of it is the system
            await asyncio.sleep(0)
        await what_was_printed_is_read()
        url = await url_from(hosts, picture)
        assert urlsplit(url).port != urlsplit(lost).port
        assert await answer(url) == (200, PICTURE)
        await hosts.end_fetch("post")
        assert not machine.running


async def test_a_tunnel_of_ones_own_that_broke_stays_open_for_every_file_at_its_address(
    machine: Machine, settings: Settings, picture: Path, clock: FakeClock
) -> None:
    port = free_port()
    machine.play(f"at {port}")
    own = Tunnel("ngrok", None, f"http://127.0.0.1:{port}")
    async with opened(tunnelled(settings, own), clock) as hosts:
        fetched = await url_from(hosts, picture, "first")
        os.kill(machine.runs[0]["pid"], signal.SIGKILL)
        while machine.running:  # noqa: ASYNC110  # what tells of it is the system
            await asyncio.sleep(0)
        await what_was_printed_is_read()
        await url_from(hosts, picture, "second")
        await hosts.end_fetch("second")
        assert await answer(fetched) == (200, PICTURE)
        await hosts.end_fetch("first")
        assert not machine.running


async def test_a_file_that_could_not_be_put_up_leaves_no_tunnel_open(
    machine: Machine, settings: Settings, picture: Path, clock: FakeClock
) -> None:
    async with opened(tunnelled(settings), clock) as hosts:
        with pytest.raises(MediaRefused, match="is gone"):
            await url_from(hosts, picture.with_name("gone.jpg"))
        assert len(machine.runs) == 1
        assert not machine.running


async def test_files_that_waited_for_one_try_share_its_failure(
    machine: Machine, settings: Settings, picture: Path, clock: FakeClock
) -> None:
    """A try takes a minute: one after the other, fifty posts would wait for an hour."""
    machine.play("refuse")
    async with opened(tunnelled(settings), clock) as hosts:
        posts = [url_from(hosts, picture, f"post {number}") for number in range(3)]
        failures = await asyncio.gather(*posts, return_exceptions=True)
        assert all(isinstance(failure, HostFailed) and failure.fix for failure in failures)
        assert len(machine.runs) == 1
        machine.play()
        assert await answer(await url_from(hosts, picture)) == (200, PICTURE)


async def test_files_that_wait_for_a_tunnel_hold_no_place_of_those_that_go_other_ways(
    machine: Machine, settings: Settings, picture: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pressroom.hosting.ways._MOST_PUT_AT_ONCE", 1)
    machine.play("early")
    shared = OpenHosts(tunnelled(settings), clock=FakeClock(jumps=False))
    putting = asyncio.ensure_future(url_from(Hosts(SANDBOX, tunnelled(settings), opened=shared), picture))
    while not machine.runs:  # noqa: ASYNC110  # another process makes it
        await asyncio.sleep(0)
    assert not shared.putting.locked()
    putting.cancel()
    await asyncio.gather(putting, return_exceptions=True)
    await shared.aclose()
    assert not machine.running


async def test_a_program_that_does_not_end_is_killed_also_where_nobody_waits_for_it(
    machine: Machine, settings: Settings, picture: Path, clock: FakeClock
) -> None:
    machine.play("stubborn")
    async with opened(tunnelled(settings), clock) as hosts:
        await url_from(hosts, picture)
        closing = asyncio.ensure_future(hosts.end_fetch("post"))
        await what_was_printed_is_read()
        assert not closing.done()
        closing.cancel()
        await asyncio.gather(closing, return_exceptions=True)
        assert not machine.running


async def ended(machine: Machine) -> list[str]:
    """Give what has ended of what was started. A killed process that is no child of ours needs a moment."""
    found = list[str]()
    for run in machine.runs:
        try:
            process = os.pidfd_open(run["pid"])
        except ProcessLookupError:
            found.append(run["program"])
            continue
        if (await asyncio.to_thread(select.select, [process], [], [], patience(2)))[0]:
            found.append(run["program"])
        os.close(process)
    return found


def tunnel_record_files(settings: Settings) -> list[Path]:
    return list((settings.home / "tunnels").glob("*"))


def is_running(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


@pytest.fixture
def short_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tunnel_records, "_GRACE_S", 0.2)


@pytest.mark.skipif(sys.platform != "linux", reason="waits for other processes by pidfd")
@pytest.mark.usefixtures("short_grace")
@pytest.mark.parametrize("words", [("parent",), ("parent", "stubborn")], ids=["child", "both"])
async def test_a_program_and_its_child_that_ignore_sigterm_are_killed(
    machine: Machine, settings: Settings, picture: Path, clock: FakeClock, words: tuple[str, ...]
) -> None:
    machine.play(*words)
    async with opened(tunnelled(settings), clock) as hosts:
        await url_from(hosts, picture)
        async with asyncio.timeout(patience(5)):  # its child never closes the output
            await hosts.end_fetch("post")
    assert await ended(machine) == ["cloudflared", "child"]


@pytest.mark.skipif(sys.platform != "linux", reason="waits for other processes by pidfd")
async def test_a_cancelled_closing_kills_the_processes_a_program_started_at_once(
    machine: Machine, settings: Settings, picture: Path, clock: FakeClock
) -> None:
    machine.play("parent", "stubborn")
    async with opened(tunnelled(settings), clock) as hosts:
        await url_from(hosts, picture)
        closing = asyncio.ensure_future(hosts.end_fetch("post"))
        await what_was_printed_is_read()
        closing.cancel()
        async with asyncio.timeout(patience(5)):
            await asyncio.gather(closing, return_exceptions=True)
    assert await ended(machine) == ["cloudflared", "child"]


@pytest.mark.skipif(sys.platform != "linux", reason="waits for other processes by pidfd")
async def test_a_program_that_ends_before_a_process_it_started_leaves_it_not_running(
    machine: Machine, settings: Settings, picture: Path, clock: FakeClock
) -> None:
    machine.play("parent")
    async with opened(tunnelled(settings), clock) as hosts:
        await url_from(hosts, picture)
        os.kill(machine.runs[0]["pid"], signal.SIGKILL)
        assert await ended(machine) == ["cloudflared", "child"]
        async with asyncio.timeout(patience(5)):
            await hosts.end_fetch("post")


async def test_a_program_that_fails_is_named_at_once_while_a_process_it_started_keeps_its_output_open(
    machine: Machine, settings: Settings, picture: Path
) -> None:
    """Its child would otherwise be waited for until the limit of a minute."""
    machine.play("parent", "refuse")
    async with opened(tunnelled(settings), FakeClock(jumps=False)) as hosts:
        with pytest.raises(HostFailed, match=r"ended \(exit code 3\) .* cloudflared refuses"):
            async with asyncio.timeout(patience(5)):
                await url_from(hosts, picture)


async def test_it_is_told_when_a_tunnel_is_opened_and_not_for_each_file(
    machine: Machine, settings: Settings, picture: Path, clock: FakeClock
) -> None:
    opening = list[str]()
    hosts = Hosts(SANDBOX, tunnelled(settings), clock=clock, on_tunnel=opening.append)
    for owner in ("first", "second"):
        await url_from(hosts, picture, owner)
    await hosts.aclose()
    assert opening == ["cloudflared"] == [run["program"] for run in machine.runs]


@pytest.mark.parametrize(
    "play",
    [
        # Its name has no record yet: a resolver that is asked for it keeps the answer that there is none.
        ("early", "cloudflared did not say within 60 s that its tunnel is open. Its last line: 2026"),
        ("elsewhere", "says that its tunnel is open. http://127"),
        ("as ", "says that its tunnel is open, and no address that is known here as its. Its last line"),
    ],
)
async def test_an_address_is_used_once_it_is_registered_and_leads_to_our_route(
    machine: Machine, settings: Settings, picture: Path, clock: FakeClock, play: tuple[str, str]
) -> None:
    word, problem = play
    machine.play(word)
    async with opened(tunnelled(settings), clock) as hosts:
        with pytest.raises(HostFailed, match=problem) as caught:
            await put_over_time(hosts, picture, clock, machine)
        assert not machine.running
    assert caught.value.retryable
    assert caught.value.fix


async def test_a_new_name_is_looked_up_only_when_it_must_have_its_record(
    machine: Machine, settings: Settings, picture: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked = list[tuple[str, float]]()

    async def note(url: str, **_: object) -> RouteAnswer:
        looked.append((urlsplit(url).hostname or "", clock.elapsed_s))
        return RouteAnswer(status=200, content_type="", is_ours=True)

    monkeypatch.setattr(hosting_tunnel, "ask_route", note)
    machine.play("as https://four-random-words.trycloudflare.com")
    async with opened(tunnelled(settings), clock, REAL) as hosts:
        url = await put_over_time(hosts, picture, clock, machine)
    assert looked == [("four-random-words.trycloudflare.com", 6.0)]
    assert url.startswith("https://four-random-words.trycloudflare.com/media/")


async def test_a_program_that_ends_is_named_with_its_last_line_and_what_to_do(
    machine: Machine, settings: Settings, picture: Path, clock: FakeClock
) -> None:
    machine.play("refuse")
    async with opened(tunnelled(settings, Tunnel("ngrok")), clock) as hosts:
        with pytest.raises(HostFailed) as caught:
            await url_from(hosts, picture)
    assert caught.value.message == (
        "ngrok ended (exit code 3) before its tunnel was open. "
        "Its last line: ERROR:  ngrok refuses. Your authtoken: ***"
    )
    assert re.search("Run it by hand, and do what it says: ngrok http http://127.0.0.1:", caught.value.fix)


async def test_no_part_of_a_programs_own_token_is_said(
    machine: Machine, settings: Settings, picture: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TUNNEL_TOKEN", "eyJhIjoiNDU2Nzg5MDEyMyJ9")
    machine.play("leak")
    async with opened(tunnelled(settings), clock) as hosts:
        with pytest.raises(HostFailed, match="Its last line: ") as caught:
            await url_from(hosts, picture)
    assert "eyJ" not in caught.value.message


async def test_a_program_that_is_not_installed_is_refused_before_any_work(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    for account in (SANDBOX, REAL):
        with pytest.raises(SettingRefused, match="names ngrok, which is not on PATH") as caught:
            ways_for("image/jpeg", account, tunnelled(settings, Tunnel("ngrok")))
        assert "https://ngrok.com/download" in caught.value.fix


async def test_a_program_that_is_not_installed_is_left_out_behind_other_ways(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in a service, whose PATH is another than the shell's."""
    monkeypatch.setenv("PATH", str(tmp_path))
    settings = replace(settings, tunnel=QUICK, public_url="https://my.app")
    assert ways_for("image/jpeg", REAL, settings) == (Way.SIGNED,)
    async with opened(settings, FakeClock(), REAL) as hosts:
        assert await hosts.ways("image/jpeg") == [Way.SIGNED]
    with pytest.raises(SettingRefused, match="names cloudflared, which is not on PATH"):
        ways_for("image/jpeg", REAL, replace(settings, hosts=(Way.SIGNED, Way.TUNNEL)))


@pytest.mark.usefixtures("machine")
async def test_the_real_instagram_is_given_no_address_of_this_machine(
    settings: Settings, picture: Path, clock: FakeClock
) -> None:
    async with opened(tunnelled(settings), clock, REAL) as hosts:
        with pytest.raises(HostFailed, match="which Instagram cannot fetch: 127"):
            await url_from(hosts, picture)


@pytest.mark.usefixtures("machine")
async def test_an_address_of_ones_own_that_is_not_public_is_refused_before_any_work(
    settings: Settings, clock: FakeClock
) -> None:
    own = Tunnel("ngrok", None, "http://desk.ngrok.app")
    async with opened(tunnelled(settings, own), clock, REAL) as hosts:
        with pytest.raises(SettingRefused, match=r"PRESSROOM_TUNNEL leads to .* it is not https"):
            await hosts.ways("image/jpeg")


@pytest.mark.usefixtures("machine")
def test_a_tunnel_comes_after_every_other_way_and_on_a_sandbox_only_where_it_is_named(
    settings: Settings,
) -> None:
    both = replace(settings, tunnel=QUICK, public_url="https://my.app")
    assert ways_for("image/jpeg", REAL, both) == (Way.SIGNED, Way.TUNNEL)
    assert ways_for("image/jpeg", SANDBOX, both) == (Way.SIGNED,)
    named = replace(both, hosts=(Way.TUNNEL, Way.SIGNED))
    assert ways_for("image/jpeg", SANDBOX, named) == (Way.TUNNEL, Way.SIGNED)
    for account in (SANDBOX, REAL):
        with pytest.raises(SettingRefused, match="names tunnel, and PRESSROOM_TUNNEL is not set"):
            ways_for("image/jpeg", account, replace(named, tunnel=None))


async def test_a_tunnel_of_ones_own_is_where_its_owner_said(
    machine: Machine, settings: Settings, picture: Path, clock: FakeClock
) -> None:
    port = free_port()
    machine.play(f"at {port}")
    for program, name in (("cloudflared", "desk"), ("ngrok", None)):
        own = Tunnel(program, name, f"http://127.0.0.1:{port}")
        async with opened(tunnelled(settings, own), clock) as hosts:
            url = await url_from(hosts, picture)
            assert url.startswith(f"http://127.0.0.1:{port}/media/")
            assert await answer(url) == (200, PICTURE)
    cloudflared, ngrok = (run["arguments"] for run in machine.runs)
    assert (cloudflared[:3], cloudflared[-1]) == (["tunnel", "--no-autoupdate", "run"], "desk")
    assert ngrok[2:4] == ["--url", f"http://127.0.0.1:{port}"]


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("cloudflared", QUICK),
        ("cloudflared:desk@media.example.com", Tunnel("cloudflared", "desk", "https://media.example.com")),
        ("ngrok@desk.ngrok.app", Tunnel("ngrok", None, "https://desk.ngrok.app")),
        ("tailscale", Tunnel("tailscale")),
        ("cloudflared:desk", None),
        ("cloudflared@media.example.com", None),
        ("tailscale@desk.ts.net", None),
        ("cloudflared:--config@media.example.com", None),
        ("frp", None),
    ],
)
def test_the_setting_names_a_program_or_a_tunnel_of_ones_own(text: str, read: Tunnel | None) -> None:
    environ = {"PRESSROOM_TUNNEL": text, "PRESSROOM_HOME": "/data"}
    if read is not None:
        assert settings_from_environment(environ).tunnel == read
        return
    with pytest.raises(SettingRefused, match="which is no tunnel"):
        settings_from_environment(environ)


def test_each_program_is_asked_the_same() -> None:
    assert {*PROGRAMS} == {path.name for path in STAND_INS.iterdir() if path.is_symlink()}


def test_a_worker_is_refused_a_quick_tunnel_with_the_reason(settings: Settings) -> None:
    for quick in (QUICK, Tunnel("ngrok")):
        with pytest.raises(
            SettingRefused, match="nothing is promised of it, and it takes few requests"
        ) as caught:
            require_lasting(tunnelled(settings, quick), [SANDBOX, REAL])
        assert f"{quick.program}" in caught.value.fix
    for lasting in (Tunnel("tailscale"), Tunnel("ngrok", None, "https://desk.ngrok.app")):
        require_lasting(tunnelled(settings, lasting), [REAL])


def test_a_worker_whose_files_go_another_way_first_is_not_asked_about_its_tunnel(settings: Settings) -> None:
    quick = replace(settings, tunnel=QUICK)
    with pytest.raises(SettingRefused, match="a quick tunnel"):
        require_lasting(quick, [REAL])
    require_lasting(quick, [SANDBOX])
    require_lasting(replace(quick, public_url="https://my.app"), [REAL])


OPEN_AND_STAY = """
import asyncio, sys
from pathlib import Path
from pressroom.core.account import Account
from pressroom.core.reading_settings import Tunnel, Way
from pressroom.core.secret import Secret
from pressroom.core.settings import Settings
from pressroom.hosting.ways import Hosts

async def main():
    settings = Settings(home=Path(sys.argv[1]), tunnel=Tunnel("cloudflared"), hosts=(Way.TUNNEL,))
    hosts = Hosts(Account(token=Secret("IGAAx"), api_base="http://127.0.0.1:8055"), settings)
    await hosts.ways("image/jpeg")
    picture = Path(sys.argv[2])
    await hosts.put(picture, content_type="image/jpeg", lifetime_s=60, way=Way.TUNNEL, owner="post")
    print("open", flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


@contextmanager
def pressroom_with_a_tunnel(settings: Settings, picture: Path) -> Generator[Popen[str]]:
    """Run a Pressroom in another process, which has a tunnel open."""
    command = [sys.executable, "-c", OPEN_AND_STAY, str(settings.home), str(picture)]
    with Popen(command, stdout=PIPE, text=True) as ours:
        assert ours.stdout is not None
        assert ours.stdout.readline() == "open\n"
        yield ours
        ours.kill()


@pytest.mark.skipif(
    sys.platform != "linux", reason="no other system tells a child that its parent was killed"
)
def test_it_dies_with_a_pressroom_that_is_killed(machine: Machine, settings: Settings, picture: Path) -> None:
    with pressroom_with_a_tunnel(settings, picture) as ours:
        assert machine.running == ["cloudflared"]
        child = os.pidfd_open(machine.runs[0]["pid"])
        ours.kill()
        ended, _, _ = select.select([child], [], [], patience(10))
        os.close(child)
    assert ended


@pytest.mark.skipif(sys.platform != "linux", reason="finds the processes of a group in /proc")
@pytest.mark.usefixtures("short_grace")
async def test_the_next_start_ends_what_the_tunnel_of_a_killed_pressroom_left_running(
    machine: Machine, settings: Settings, picture: Path, clock: FakeClock
) -> None:
    """Linux kills the program itself with its parent, but not the processes that the program started."""
    machine.play("parent")
    with pressroom_with_a_tunnel(settings, picture) as ours:
        assert len(tunnel_record_files(settings)) == 1
        ours.kill()
    [program, child] = [run["pid"] for run in machine.runs]
    assert is_running(child), "it ignores SIGTERM, and nothing else has ended it"
    machine.play()
    async with opened(tunnelled(settings), clock) as hosts:
        await url_from(hosts, picture)
        assert (await ended(machine))[:2] == ["cloudflared", "child"]
    assert not is_running(program)
    assert not tunnel_record_files(settings)


async def test_a_second_pressroom_leaves_the_tunnel_of_a_running_one_alone(
    machine: Machine, settings: Settings, picture: Path, clock: FakeClock
) -> None:
    with pressroom_with_a_tunnel(settings, picture):
        async with opened(tunnelled(settings), clock) as hosts:
            await url_from(hosts, picture)
            assert machine.running == ["cloudflared", "cloudflared"]
            assert len(tunnel_record_files(settings)) == 2
        assert machine.running == ["cloudflared"]
        assert len(tunnel_record_files(settings)) == 1
