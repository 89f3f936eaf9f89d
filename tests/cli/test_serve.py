"""`pressroom serve` as a process of its own: a link reaches a terminal, and nothing else."""

import html
import json
import re
import shlex
import shutil
import subprocess
from contextlib import closing
from http.client import HTTPConnection
from ipaddress import ip_network
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import HTTPCookieProcessor, build_opener, urlopen

import pytest

from pressroom.cli.shell.failures import ExitCode
from pressroom.cli.shell.listening import origins_of, reach_of
from pressroom.core.actor import Scope
from pressroom.serving.reach import Reach
from tests.attack.arena import a_key
from tests.cli.conftest import Shell
from tests.cli.processes import COMMAND, ended, environ, running
from tests.cli.pseudo_terminal import at_terminal
from tests.cli.shapes import assert_documented
from tests.cli.test_worker import whole_object
from tests.patience import patience
from tests.ports import free_port
from tests.service.road import prepare_store
from tests.web.opener import sign_in

CODE = re.compile(r"code=[\w-]{20,}")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A data directory with a store."""
    made = tmp_path / "home"
    prepare_store(made)
    return made


def first_line(process: "subprocess.Popen[str]") -> str:
    assert process.stdout
    return process.stdout.readline()


@pytest.mark.usefixtures("processes")
def test_through_a_pipe_it_prints_no_link_and_says_how_to_get_one(home: Path) -> None:
    with running("serve", "--port", "0", env=environ(home)) as process:
        line = first_line(process)
        address = re.search(r"http://\S+/", line)
        assert address
        process.terminate()
        out, err = process.communicate(timeout=patience(30))
    assert process.returncode == ExitCode.DONE
    assert not CODE.search(line + out + err)
    assert "pressroom serve link" in err
    assert list(home.glob("sign-in/*")) == []


@pytest.mark.proves("server")
@pytest.mark.usefixtures("processes")
def test_its_json_has_no_link_and_the_page_answers(home: Path) -> None:
    with running("serve", "--port", "0", "--json", env=environ(home)) as process:
        assert process.stdout
        text = ""
        while not text.endswith("}\n"):
            text += process.stdout.readline()
        found = json.loads(text)
        assert_documented("serve", found)
        with urlopen(f"{found['url']}/sign-in", timeout=patience(10)) as answer:  # noqa: S310  # loopback
            assert b"pressroom serve link" in answer.read()
        second = ended("serve", "--port", "0", "--json", env=environ(home))
        assert second.returncode == ExitCode.FAILED
        error = json.loads(second.stderr)["error"]
        assert found["url"] in error["message"]
        assert "run `pressroom serve link` in a terminal" in error["fix"]
        process.terminate()
        out, err = process.communicate(timeout=patience(30))
    assert not CODE.search(text + out + err)


@pytest.mark.usefixtures("processes")
def test_at_a_terminal_it_prints_a_link_that_signs_in_and_so_does_link(home: Path) -> None:
    with at_terminal("serve", "--port", "0", home=home) as terminal:
        terminal.until(r"Sign in with this link")
        terminal.until(r"code=[\w-]{20,}")
        with at_terminal("serve", "link", home=home) as other:
            assert other.end() == ExitCode.DONE
            (link,) = re.findall(r"http://\S+code=\S+", other.seen)
        address = sign_in(build_opener(HTTPCookieProcessor()), link)
        assert urlsplit(address).path == "/"
        out = json.loads(ended("serve", "signout", "--json", env=environ(home)).stdout)
        assert_documented("serve signout", out)
        assert out == {"signed_out": 1}
        terminal.press("\x03")
        assert terminal.end() == ExitCode.DONE
        assert "The page is gone" in terminal.seen


@pytest.mark.usefixtures("processes")
def test_a_programs_page_prints_no_link_even_at_a_terminal_of_its_own(home: Path) -> None:
    """With stdout at a terminal, and nobody who could type."""
    env, script = environ(home, PRESSROOM_REQUIRE_TERMINAL="1"), shutil.which("script")
    assert script
    done = subprocess.run(
        [script, "-qec", f"{shlex.join(COMMAND)} serve link < /dev/null", "/dev/null"],
        capture_output=True,
        text=True,
        check=False,
        env=env,
        stdin=subprocess.DEVNULL,
        timeout=patience(60),
    )
    assert not CODE.search(done.stdout)
    assert "at a terminal alone" in " ".join(done.stdout.split())


def test_link_is_refused_where_stdout_is_no_terminal(shell: Shell) -> None:
    for attended in (True, False):
        shell.is_attended = attended
        assert shell("serve", "link").code == ExitCode.NEEDS_APPROVAL


def test_link_has_no_json_but_that_of_its_refusal(shell: Shell) -> None:
    got = shell("serve", "link", "--json")
    assert got.code == ExitCode.NEEDS_APPROVAL
    assert_documented("serve link", json.loads(got.err))


@pytest.mark.usefixtures("processes")
def test_link_without_a_page_names_the_data_directory_and_how_to_start_one(home: Path) -> None:
    with at_terminal("serve", "link", home=home, COLUMNS="500") as terminal:
        assert terminal.end() == ExitCode.NOT_FOUND
        assert f"data directory {home}." in terminal.seen
        assert "pressroom serve" in terminal.seen
        assert "set PRESSROOM_HOME" in terminal.seen


@pytest.mark.usefixtures("processes")
def test_the_command_that_the_demo_prints_signs_in_from_any_directory(tmp_path: Path) -> None:
    """In a second terminal: `pressroom` is not on its PATH, and variables name another store."""
    shell = {
        "PATH": "/usr/bin:/bin",
        "PRESSROOM_DATABASE_URL": "postgresql://127.0.0.1:1/none",
        "PRESSROOM_WEB_URL": "https://press.example.com",
        "COLUMNS": "500",
    }
    with at_terminal("demo", home=tmp_path / "home", **shell) as demo:
        demo.until(r"For another link, run in a second terminal:\n")
        command = demo.until(r"serve link") + "serve link"
        other = at_terminal(
            f"cd / && {command.strip()}", home=tmp_path / "other", program=["/bin/sh", "-c"], **shell
        )
        with other as terminal:
            assert terminal.end() == ExitCode.DONE, terminal.seen
            links: list[str] = re.findall(r"http://\S+code=\S+", terminal.seen)
        (link,) = links
        opener = build_opener(HTTPCookieProcessor())
        assert urlsplit(sign_in(opener, link)).path == "/"
        base = f"http://{urlsplit(link).netloc}"
        with urlopen(f"{base}/sign-in", timeout=patience(10)) as page:  # noqa: S310  # loopback
            assert html.unescape(page.read().decode()).count(command.strip()) == 1


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.7", "example.com"])  # noqa: S104  # refused
def test_a_host_that_others_reach_is_refused(shell: Shell, host: str) -> None:
    got = shell("serve", "--host", host, "--json")
    assert (got.code, got.error["code"]) == (ExitCode.REFUSED, "host")
    assert "ssh -L" in got.error["fix"]
    assert "--base-url" in got.error["fix"], "or a proxy that encrypts"


HTTPS, PROXY = ("--base-url", "https://press.example"), ("--trusted-proxy", "127.0.0.1")


@pytest.mark.parametrize(
    ("options", "rule"),
    [
        (HTTPS, "base_url"),
        (PROXY, "base_url"),
        (("--base-url", "http://localhost:9000", *PROXY), "base_url"),
        (("--base-url", "http://press.example", *PROXY), "base_url"),
        (("--base-url", "https://press.example/pages", *PROXY), "base_url"),
        (("--base-url", "https://ana:prk_1@press.example", *PROXY), "base_url"),
        (("--base-url", "https://", *PROXY), "base_url"),
        ((*HTTPS, "--trusted-proxy", "0.0.0.0/0"), "trusted_proxy"),
        ((*HTTPS, "--trusted-proxy", "10.0.0.1/24"), "trusted_proxy"),
        ((*HTTPS, "--trusted-proxy", "caddy"), "trusted_proxy"),
        (("--cors-origin", "*"), "cors_origin"),
        (("--cors-origin", "null"), "cors_origin"),
        (("--cors-origin", "http://app.example"), "cors_origin"),
        (("--cors-origin", "https://app.example/shop"), "cors_origin"),
        (("--cors-origin", "https://*.example"), "cors_origin"),
        (("--allow", "/no/such/folder"), "allow"),
    ],
)
def test_what_would_let_in_more_than_was_meant_is_refused(
    shell: Shell, options: tuple[str, ...], rule: str
) -> None:
    got = shell("serve", *options, "--port", "0", "--json")
    assert (got.code, got.error["rule"]) == (ExitCode.REFUSED, rule)
    assert "prk_1" not in got.err


def test_an_address_and_sites_are_taken_as_browsers_spell_them() -> None:
    reach = reach_of("https://Press.Example:443/", ["10.0.0.0/24", "::1"])
    assert reach == Reach("https://press.example", (ip_network("10.0.0.0/24"), ip_network("::1")))
    assert reach_of("http://localhost:9000", []) == Reach("http://localhost:9000"), "a forwarded port"
    assert reach_of(None, []) is None
    sites = ["https://App.example", "http://localhost:5173/"]
    assert origins_of(sites) == {"https://app.example", "http://localhost:5173"}


@pytest.mark.usefixtures("processes")
def test_behind_a_proxy_agents_are_served_beside_the_pages_at_its_address_alone_by_one_rate_for_a_key(
    home: Path,
) -> None:
    port, key = free_port(), a_key(home, "planner", Scope.READ)
    everywhere = ("--host", "0.0.0.0", "--port", str(port))  # noqa: S104  # as in a container
    # One that is refused for its address is not counted.
    env = environ(home, PRESSROOM_API_RATE_PER_MINUTE="1")
    with running("serve", *HTTPS, "--trusted-proxy", "127.0.0.2", *everywhere, "--json", env=env) as process:
        found = whole_object(process)
        assert_documented("serve", found)
        assert [found[name] for name in ("url", "api", "mcp")] == [
            "https://press.example",
            "https://press.example/api/v1",
            "https://press.example/mcp",
        ]
        headers = {
            "Host": "press.example",
            "X-Forwarded-Proto": "https",
            "Authorization": f"Bearer {key}",
            "Accept": "application/json, text/event-stream",
            "Content-Type": "application/json",
        }
        listing = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/list"})
        for source, status in (("127.0.0.1", 403), ("127.0.0.2", 200)):
            with closing(HTTPConnection("127.0.0.1", port, patience(20), (source, 0))) as connection:
                connection.request("POST", "/mcp", listing, headers)
                assert connection.getresponse().status == status
        with closing(HTTPConnection("127.0.0.1", port, patience(20), ("127.0.0.2", 0))) as connection:
            connection.request("GET", "/api/v1/posts", headers=headers)
            assert connection.getresponse().status == 429
        process.terminate()
        assert process.wait(patience(30)) == 0


@pytest.mark.usefixtures("processes")
def test_a_port_that_is_taken_is_named(home: Path) -> None:
    with running("serve", "--port", "0", "--json", env=environ(home)) as process:
        assert process.stdout
        text = ""
        while not text.endswith("}\n"):
            text += process.stdout.readline()
        port = json.loads(text)["url"].rpartition(":")[2]
        other = ended("serve", "--port", port, "--json", env=environ(home.parent / "other"))
        assert json.loads(other.stderr)["error"]["rule"] == "port"
        process.terminate()
        process.communicate(timeout=patience(30))


def test_its_help_has_its_options_and_its_commands(shell: Shell) -> None:
    got = shell("serve", "--help")
    assert "--worker" in got.out
    assert "link" in got.out


def test_everybody_is_signed_out_by_anybody_and_it_says_how_many(shell: Shell) -> None:
    shell.is_attended = False
    got = shell("serve", "signout")
    assert (got.code, got.out.strip()) == (
        ExitCode.DONE,
        "0 browsers were signed out. Links that were not used are void.",
    )
