"""The token appears nowhere: not in logs, errors, rehearsals, answers, or what stands for our own values."""

import logging
from dataclasses import replace

import pytest

from pressroom.client.masking import Mask, MaskingFormatter
from pressroom.core.settings import account_from_environment
from pressroom.sandbox.faults import Fault, FaultKind
from pressroom.sandbox.simulator import Sandbox
from pressroom.service import Pressroom
from tests.cli.conftest import PICTURE, Result, Shell, environ_of
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
    assert logging.getLogger("pressroom").handlers == []


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


def test_the_net_holds_under_log_lines_with_tracebacks() -> None:
    error = ValueError(f"inside {TOKEN}")
    trace = (ValueError, error, None)
    record = logging.LogRecord("pressroom", logging.DEBUG, "", 1, "at %s", (TOKEN,), trace)
    line = MaskingFormatter(Mask()).format(record)
    assert TOKEN not in line
    assert line.count("***") == 2


def test_nothing_that_stands_for_us_shows_it(sandbox: Sandbox) -> None:
    account = account_from_environment(environ_of(sandbox))
    pressroom = Pressroom.from_environment(environ_of(sandbox), transport=FakeTransport(reply({})))
    mask = Mask.of(environ_of(sandbox))
    assert sandbox.token not in f"{account!r} {account} {pressroom!r} {vars(pressroom)!r} {mask!r}"
