"""The token appears nowhere: not in logs, errors, rehearsals, answers, or what stands for our own values."""

import logging
from dataclasses import replace
from pathlib import Path

import pytest

from pressroom.cli.shell.command import MaskingFormatter
from pressroom.core.settings import Mask, account_from_environment, without_secrets
from pressroom.sandbox.faults import Fault, FaultKind
from pressroom.sandbox.simulator import Sandbox
from pressroom.service import Pressroom
from tests.cli.conftest import PICTURE, Result, Shell, environ_of
from tests.cli.planning import plan
from tests.fakes.transport import FakeTransport, graph_error, reply

TOKEN = "IGAAsecretsecretsecretsecret"  # looks like a real one; invented
COMMANDS = {
    "publish": ("publish", "photo", PICTURE, "--first-comment", "Hi"),
    "dry run": ("publish", "photo", PICTURE, "--dry-run"),
    "carousel": ("publish", "carousel", PICTURE, PICTURE),
    "list": ("media", "list"),
    "insights": ("insights", "show", "--since", "1000d"),
    "api": ("api", "GET", "me/media", "-f", "limit=1"),
    "paginate": ("api", "GET", "me/media", "-f", "limit=1", "--paginate"),
    "refresh": ("api", "GET", "refresh_access_token", "-f", "grant_type=ig_refresh_token"),
    "refresh by hand": ("api", "GET", "refresh_access_token", "-f", f"access_token={TOKEN}"),
    "not found": ("api", "GET", "17900000000009999"),
}


def written(result: Result) -> str:
    return result.out + result.err


@pytest.mark.parametrize("more", [("--verbose",), ("--verbose", "--json"), ()], ids=" ".join)
@pytest.mark.parametrize("name", COMMANDS)
def test_no_command_writes_the_token(
    account: Shell, sandbox: Sandbox, name: str, more: tuple[str, ...]
) -> None:
    text = written(account(*COMMANDS[name], *more, PRESSROOM_DEBUG="1"))
    assert sandbox.token not in text
    assert TOKEN not in text


def test_verbose_logs_every_call(account: Shell) -> None:
    err = account("publish", "photo", PICTURE, "-v").err
    assert "DEBUG pressroom.client: POST /17841400000000001/media_publish -> 200 ok" in err


def test_without_verbose_nothing_is_logged(account: Shell) -> None:
    assert "DEBUG" not in account("publish", "photo", PICTURE).err
    handlers = logging.getLogger("pressroom").handlers
    assert [type(handler) for handler in handlers] == [logging.NullHandler]


@pytest.mark.parametrize("kind", [FaultKind.DROP, FaultKind.GATEWAY, FaultKind.TRUNCATE])
def test_no_failure_writes_the_token(account: Shell, sandbox: Sandbox, kind: FaultKind) -> None:
    sandbox.faults.add(Fault(on="*", kind=kind, times=None))
    assert sandbox.token not in written(account("publish", "photo", PICTURE, "-v"))


def test_an_error_that_quotes_the_token_is_masked(account: Shell, sandbox: Sandbox) -> None:
    quoting = graph_error(100, message=f"Bad call /me?access_token={sandbox.token} by {sandbox.token}")
    result = replace(account, transport=FakeTransport(quoting))("api", "POST", "me", "--json")
    assert result.error["message"].count("***") == 2


@pytest.mark.parametrize(
    "text",
    [
        f"token {TOKEN}.",
        "EAABsbCS1iHgBAKZCZB0ZBZC9",
        f'{{"text": "two lines:\\n{TOKEN}"}}',
        "GET https://graph.instagram.com/me?access_token=short&fields=id",
        "own secret",
    ],
)
def test_the_second_net_masks_whatever_looks_like_a_secret(text: str) -> None:
    masked = Mask(("own secret",))(text)
    assert "***" in masked
    assert not {TOKEN, "EAABsbCS1iHgBAKZCZB0ZBZC9", "short", "own secret"} & set(
        masked.replace("&", " ").split()
    )
    assert TOKEN not in masked


def test_the_second_net_leaves_words_alone() -> None:
    text = "INSTAGRAM_ACCESS_TOKEN is not set; IGNORE the EAA of 17841400000000000."
    assert Mask()(text) == text


@pytest.mark.parametrize("name", ["HTTPS_PROXY", "http_proxy", "PRESSROOM_PUBLIC_URL"])
@pytest.mark.parametrize("scheme", ["http://", ""])
def test_an_address_is_known_by_its_password_alone(name: str, scheme: str) -> None:
    environ = {name: f"{scheme}ana:open/s%40same-1@host.example:3128", "PATH": "/bin"}
    masked = Mask.of(environ)("Not open/s%40same-1 and not open/s@same-1, at host.example:3128.")
    assert masked == "Not *** and not ***, at host.example:3128."
    assert without_secrets(environ) == {name: f"{scheme}host.example:3128", "PATH": "/bin"}


@pytest.mark.parametrize("address", ["http://proxy.example:3128", "proxy.example:3128", ""])
def test_an_address_that_holds_no_secret_is_passed_on_as_it_is(address: str) -> None:
    environ = {"ALL_PROXY": address, "NO_PROXY": "localhost,.example"}
    assert without_secrets(environ) == environ


@pytest.mark.usefixtures("store")
def test_what_a_person_wrote_is_exported_letter_by_letter(account: Shell, tmp_path: Path) -> None:
    """It would not be the same post again; elsewhere it is masked."""
    caption = "How to: curl /me?access_token=abc-0123456789"
    plan(account, "--caption", caption)
    account("schedule", "export", "--output", tmp_path / "posts.csv")
    for text in (account("schedule", "export").out, (tmp_path / "posts.csv").read_text()):
        assert caption in text
    assert "abc-0123456789" not in account("schedule", "list", "--json").out


def test_a_caption_is_visible_to_people_and_exact_for_programs(account: Shell) -> None:
    """Off a terminal as on one."""
    caption = "Free \u202efor all\x1b[2J"
    post_id = plan(account, "--caption", caption)
    listed, shown = account("schedule", "list").out, account("schedule", "show", post_id).out
    assert all(r"Free \u202efor all\u001b[2J" in text for text in (listed, shown))
    exported = account("schedule", "export").out
    told = account("schedule", "show", post_id, "--json")
    assert caption in exported
    assert told.json["post"]["caption"] == caption


def test_the_net_holds_under_log_lines_with_tracebacks() -> None:
    error = ValueError(f"inside {TOKEN}")
    trace = (ValueError, error, None)
    record = logging.LogRecord("pressroom", logging.DEBUG, "", 1, "at %s", (TOKEN,), trace)
    line = MaskingFormatter(Mask()).format(record)
    assert TOKEN not in line
    assert line.count("***") == 2


def test_under_verbose_letters_that_work_unseen_are_shown() -> None:
    record = logging.LogRecord("pressroom", logging.DEBUG, "", 1, "%s", ("cat\u202e\x07.jpg",), None)
    assert MaskingFormatter(Mask()).format(record).endswith(r"cat\u202e\u0007.jpg")


def test_nothing_that_stands_for_us_shows_it(sandbox: Sandbox) -> None:
    account = account_from_environment(environ_of(sandbox))
    pressroom = Pressroom(environ=environ_of(sandbox), transport=FakeTransport(reply({})))
    mask = Mask.of(environ_of(sandbox))
    assert sandbox.token not in f"{account!r} {account} {pressroom!r} {vars(pressroom)!r} {mask!r}"
