"""What the README and the how-to show of the helpers runs as it is written."""

import asyncio
import re
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from pressroom.sandbox.simulator import Sandbox
from tests.app.serving import served
from tests.app.world import PLAIN, environment, following

ROOT = Path(__file__).parents[2]
HOWTO = ROOT / "docs" / "howto" / "helpers.md"
LIBRARY = ROOT / "docs" / "howto" / "library.md"


def python_blocks(path: Path) -> list[str]:
    return re.findall(r"```python\n(.*?)```", path.read_text(encoding="utf-8"), re.DOTALL)


@pytest.fixture
def sandbox(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Generator[Sandbox]:
    """The sandbox of the environment, and a directory with the picture that the examples publish."""
    monkeypatch.chdir(tmp_path)
    Image.new("RGB", (640, 640), "teal").save("cat.png")
    with served(PLAIN, time_factor=15) as (sandbox, base_url), following(sandbox.clock):
        for name, value in environment(sandbox, base_url, tmp_path / "home").items():
            monkeypatch.setenv(name, value)
        yield sandbox


def run(sandbox: Sandbox, source: str) -> dict[str, Any]:
    names: dict[str, Any] = {"__name__": "__main__"}
    with following(sandbox.clock):
        exec(compile(source, "docs", "exec"), names)  # noqa: S102  # our own docs
    return names


def test_the_readmes_example_publishes_a_picture(
    sandbox: Sandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    run(sandbox, python_blocks(ROOT / "README.md")[0])
    assert [media.kind for media in sandbox.media] == ["photo"]
    assert f"'id': '{sandbox.media[0].id}'" in capsys.readouterr().out


@pytest.mark.parametrize("page", [ROOT / "README.md", HOWTO])
def test_the_examples_say_what_is_wrong_where_there_is_no_picture(
    sandbox: Sandbox, capsys: pytest.CaptureFixture[str], page: Path
) -> None:
    """Whoever copies them has no `cat.png`."""
    Path("cat.png").unlink()
    run(sandbox, python_blocks(page)[0])
    assert "cat.png does not exist" in capsys.readouterr().out


def test_the_how_tos_example_publishes_one_of_each(
    sandbox: Sandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    run(sandbox, python_blocks(HOWTO)[0])
    assert [media.kind for media in sandbox.media] == ["carousel", "reel", "photo"]
    assert capsys.readouterr().out.count("'success': True") == 3


def test_the_web_app_is_quoted_word_for_word() -> None:
    assert python_blocks(HOWTO)[1] in (ROOT / "examples" / "fastapi_app.py").read_text(encoding="utf-8")


def test_one_connection_serves_many_calls(sandbox: Sandbox) -> None:
    main = run(sandbox, python_blocks(HOWTO)[2])["main"]
    with following(sandbox.clock):
        answers = asyncio.run(main(["17900000000000001", "17900000000000002"]))
    assert [answer.keys() for answer in answers] == [{"success", "error"}] * 2


def test_a_call_with_a_key_is_shown_to_be_safe_to_repeat(sandbox: Sandbox) -> None:
    first, again = run(sandbox, python_blocks(HOWTO)[3])["results"]
    assert first == again == {"success": True, "id": sandbox.media[0].id, "platform": "instagram"}
    assert len(sandbox.media) == 1


def test_the_librarys_example_publishes_a_picture(
    sandbox: Sandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    example = python_blocks(LIBRARY)[0]
    assert python_blocks(ROOT / "README.md")[1] == example
    run(sandbox, example)
    assert [media.kind for media in sandbox.media] == ["photo"]
    assert sandbox.media[0].permalink_path in capsys.readouterr().out


def test_the_lifespan_is_quoted_word_for_word() -> None:
    example = (ROOT / "examples" / "fastapi_store.py").read_text(encoding="utf-8")
    assert python_blocks(LIBRARY)[1] in example
