"""What is told once, such as a report: what each way gets of its text, its HTML and its file."""

import base64
import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pressroom.core.errors import Refused, SettingRefused
from pressroom.core.secret import Secret
from pressroom.service import Pressroom
from pressroom.service.work.ways import (
    Channel,
    Command,
    Delivery,
    Letter,
    Webhook,
    apprise_channels,
    send_letter,
)
from tests.cli.shapes import assert_documented
from tests.service.mailbox import a_mailbox
from tests.service.posted import an_address
from tests.service.road import Road

# Of a module of Python's that Apprise loads for PGP.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")

CANARY = "IGcanarycanarycanarycanarycanarycanary"


@pytest.fixture
def letter(tmp_path: Path) -> Letter:
    report = tmp_path / "report.html"
    report.write_text("<h1>November</h1>")
    return Letter(
        at=datetime(2026, 11, 30, tzinfo=UTC),
        title="Your November",
        text="12 posts <went> out.",
        html="<p>12 posts <b>went</b> out.</p>",
        file=report,
        command="pressroom insights report",
    )


def by_apprise(address: str) -> Channel:
    (channel,) = apprise_channels(Secret(address))
    return channel


def test_letters_that_work_unseen_are_shown(letter: Letter) -> None:
    words = replace(letter, title="\u202eNovember", text="\x1b[2J", html="<p>\u2028</p>")
    assert (words.title, words.text, words.html) == (r"\u202eNovember", r"\u001b[2J", r"<p>\u2028</p>")


async def test_a_mail_holds_the_html_and_the_file(letter: Letter) -> None:
    async with a_mailbox() as (port, mails):
        mail_to = f"mailto://127.0.0.1:{port}?mode=insecure&from=desk@a.example&to=ana@a.example"
        told = await send_letter(letter, [by_apprise(mail_to)])
    assert told == (Delivery(way="apprise:mailto", has_file=True),)
    (mail,) = mails
    assert (mail["subject"], mail["to"]) == ("Your November", "ana@a.example")
    html = mail.get_body(("html",))
    assert html
    assert "12 posts <b>went</b> out." in html.get_content()
    assert "pressroom insights report" in html.get_content()
    (attached,) = mail.iter_attachments()
    assert (attached.get_filename(), attached.get_content_type()) == ("report.html", "text/html")
    assert "<h1>November</h1>" in str(attached.get_content())


async def test_an_address_that_takes_files_gets_the_bytes(letter: Letter) -> None:
    async with an_address(200) as (url, posted):
        channel = by_apprise(url.replace("http", "json", 1))
        assert await channel.deliver(replace(letter, html=None))
    told = json.loads(posted[0][1])
    assert told["message"] == "12 posts <went> out.\n\npressroom insights report"
    (attached,) = told["attachments"]
    assert attached["filename"] == "report.html"
    assert base64.b64decode(attached["base64"]) == b"<h1>November</h1>"


async def test_one_that_takes_none_and_shows_no_html_gets_the_text_and_where_the_file_is(
    letter: Letter,
) -> None:
    async with an_address(200) as (url, posted):
        host = url.removeprefix("http://").partition("/")[0]
        assert not await by_apprise(f"gotify://{host}/Abcdefghijklmno").deliver(letter)
    told = json.loads(posted[0][1])
    assert (told["title"], told["message"]) == (
        "Your November",
        f"12 posts <went> out.\n\npressroom insights report\n\nFile: {letter.file}",
    )


async def test_a_webhook_and_a_command_get_an_object_that_names_the_file(
    letter: Letter, tmp_path: Path
) -> None:
    tell = tmp_path / "tell"
    tell.write_text(f"cat > {tmp_path}/told")
    command = Command(("sh", str(tell)), {"PATH": "/usr/bin:/bin"})
    async with an_address() as (url, posted):
        told = await send_letter(letter, [command, Webhook(Secret(url), Secret("s3"))])
        await send_letter(letter, [Webhook(Secret(url), Secret("s3"))])
    assert told == (Delivery(way="command"), Delivery(way="webhook"))
    (headers, text), (later, _) = posted
    assert headers["X-Hub-Signature-256"]
    assert headers["Idempotency-Key"] != later["Idempotency-Key"]
    assert json.loads((tmp_path / "told").read_text()) == json.loads(text)
    assert_documented("worker letter", json.loads(text))
    assert json.loads(text)["file"] == {
        "path": str(letter.file),
        "name": "report.html",
        "media_type": "text/html",
        "size_bytes": 17,
    }


async def test_a_way_that_takes_nothing_holds_up_no_other(letter: Letter) -> None:
    async with an_address(500) as (down, _), an_address() as (up, posted):
        told = await send_letter(
            letter,
            [by_apprise(down.replace("http", "json", 1)), Webhook(Secret(up), None)],
        )
    assert [(one.way, one.problem) for one in told] == [
        ("apprise:json", "It answered 500."),
        ("webhook", None),
    ]
    assert len(posted) == 1


async def test_it_is_refused_where_nobody_is_set_up_or_the_file_is_not_there(
    letter: Letter, tmp_path: Path
) -> None:
    with pytest.raises(SettingRefused, match="Set one of them") as nobody:
        await send_letter(letter, [])
    assert nobody.value.rule == "notify_nobody"
    gone = replace(letter, file=tmp_path / "gone")
    with pytest.raises(Refused, match="cannot be sent along") as refusal:
        await send_letter(gone, [Command(("true",), {})])
    assert (refusal.value.rule, refusal.value.value) == ("letter_file", str(tmp_path / "gone"))


async def test_a_session_tells_by_what_is_set_up_and_no_secret(
    road: Road, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = tmp_path / "here"
    here.mkdir()
    (here / "report.csv").touch()
    monkeypatch.chdir(here)
    told = road.settings.home / "told"
    settings = replace(road.settings, notify_command=("sh", "-c", f"cat > {told}"))
    async with Pressroom(road.account, settings, clock=road.clock) as pressroom:
        (delivery,) = await pressroom.work.tell(
            "Numbers", f"By {CANARY}.", html=f"<p>{CANARY}</p>", file=Path("report.csv")
        )
    letter = json.loads(told.read_text())
    assert (delivery.way, delivery.problem, delivery.has_file) == ("command", None, False)
    assert (letter["title"], letter["text"], letter["html"]) == ("Numbers", "By ***.", "<p>***</p>")
    assert letter["file"]["path"] == str(here / "report.csv")
