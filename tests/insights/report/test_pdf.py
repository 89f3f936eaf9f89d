"""A PDF is printed whole by a Chromium, or refused with what to do; nothing of it stays behind."""

import asyncio
import tempfile
from pathlib import Path

import pytest

from pressroom.core.errors import Refused, Shortage
from pressroom.insights.report.page import POLICY
from pressroom.insights.report.pdf import find_chromium, pdf_of
from tests.fakes.programs import is_running, until_written

_START = """#!/bin/sh
printf '%s\\n' "$@" > "{folder}/words"
env > "{folder}/environment"
for word in "$@"; do
  case "$word" in --print-to-pdf=*) pdf="${{word#*=}}";; file://*) page="${{word#file://}}";; esac
done
echo $$ > "{folder}/pid"
"""
BODIES = {
    "prints": '{ echo %PDF-1.4; cat "$page"; echo %%EOF; } > "$pdf"',
    "hangs": "exec sleep 60",
    "ignores_term": "trap '' TERM\nwhile :; do sleep 0.05; done",
    "crashes": "kill -SEGV $$",
    "writes_nothing": "exit 0",
    "writes_half": 'echo %PDF-1.4 > "$pdf"',
    "is_full": "echo 'Failed to write file: No space left on device' >&2\nexit 1",
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a fake Chromium lies and leaves what it was called with; temporary files lie in `temporary`."""
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    return tmp_path


def chromium(folder: Path, behaviour: str) -> Path:
    program = folder / "a chromium"
    program.write_text(_START.format(folder=folder) + BODIES[behaviour])
    program.chmod(0o755)
    return program


def left(folder: Path) -> list[Path]:
    return list((folder / "temporary").iterdir())


async def test_a_page_is_printed_and_nothing_stays_behind(folder: Path) -> None:
    pdf = await pdf_of("<p>Bodø</p>", chromium(folder, "prints"))
    assert pdf.decode().endswith("<p>Bodø</p>%%EOF\n")
    assert left(folder) == []


async def test_what_a_template_of_ones_own_asks_for_is_under_our_policy(folder: Path) -> None:
    html = '<!DOCTYPE html>\n<html><body><iframe src="file:///etc/passwd"></iframe>'
    pdf = (await pdf_of(html, chromium(folder, "prints"))).decode()
    assert f'\n<!doctype html><meta http-equiv="Content-Security-Policy" content="{POLICY}">' in pdf
    assert pdf.lower().count("<!doctype") == 1
    assert pdf.index(POLICY) < pdf.index("<iframe")


async def test_chromium_gets_a_profile_of_its_own_no_network_and_no_secret(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INSTAGRAM_ACCESS_TOKEN", "IGAAsecret")
    await pdf_of("", chromium(folder, "prints"))
    words = (folder / "words").read_text().splitlines()
    assert {"--headless", "--no-pdf-header-footer", "--proxy-server=127.0.0.1:9"} <= set(words)
    (profile,) = (word for word in words if word.startswith("--user-data-dir="))
    assert str(folder / "temporary") in profile
    assert "IGAA" not in (folder / "environment").read_text()


@pytest.mark.parametrize("behaviour", ["crashes", "writes_nothing", "writes_half"])
async def test_half_a_pdf_is_none(folder: Path, behaviour: str) -> None:
    with pytest.raises(Refused) as refused:
        await pdf_of("", chromium(folder, behaviour))
    assert (refused.value.rule, refused.value.value) == ("chromium", str(folder / "a chromium"))
    assert "CHROME_PATH" in refused.value.fix
    assert left(folder) == []


async def test_a_full_disk_is_named(folder: Path) -> None:
    with pytest.raises(Shortage, match="The disk is full"):
        await pdf_of("", chromium(folder, "is_full"))


@pytest.mark.parametrize("behaviour", ["hangs", "ignores_term"])
async def test_one_that_hangs_is_ended(folder: Path, behaviour: str) -> None:
    with pytest.raises(Refused, match="longer than"):
        await pdf_of("", chromium(folder, behaviour), limit_s=0.5)
    assert left(folder) == []


async def test_a_cancellation_ends_it_and_leaves_nothing(folder: Path) -> None:
    task = asyncio.create_task(pdf_of("", chromium(folder, "hangs")))
    await until_written(folder / "pid")
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not is_running(folder / "pid")
    assert left(folder) == []


def test_the_chosen_one_is_taken_before_those_on_path(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    on_path = chromium(folder, "prints").rename(folder / "google-chrome")
    monkeypatch.setenv("PATH", str(folder))
    assert find_chromium(None) == on_path
    chosen = chromium(folder, "prints")
    assert find_chromium(chosen) == chosen


def test_where_none_is_that_is_refused_with_what_to_do(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setattr("sys.platform", "linux")
    with pytest.raises(Refused, match="none is installed") as refused:
        find_chromium(None)
    assert "CHROME_PATH" in refused.value.fix
    with pytest.raises(Refused, match="which is no program"):
        find_chromium(folder)
