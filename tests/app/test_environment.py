"""The helpers as a program uses them: configured by the environment alone, which is read at each call."""

import ast
import asyncio
import logging
import re
import textwrap
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from app.insights_helper import get_instagram_media_insights
from app.instagram_helper import post_photo_to_instagram
from pressroom.sandbox.faults import Fault, FaultKind
from pressroom.sandbox.simulator import Sandbox
from tests.app.serving import served
from tests.app.world import FAST, PHOTO, PLAIN, TOKEN, VIDEO, environment, following

PUBLISHING = """
from app.instagram_helper import (
    post_photo_to_instagram,
    post_video_to_instagram,
    post_carousel_to_instagram
)

# Image
result = await post_photo_to_instagram(image_url, caption)

# Reels
result = await post_video_to_instagram(video_url, caption)

# Carousel (2-10 images)
result = await post_carousel_to_instagram(image_urls, caption)
"""
CONVERTING = """
# Auto-convert
from app.instagram_helper import convert_video_for_instagram
result = await convert_video_for_instagram(input_path)
# Returns: {success, output_path, converted, file_size_mb}
"""
MEASURING = """
from app.insights_helper import get_instagram_media_insights

insights = await get_instagram_media_insights(media_id)
# Returns: {plays, reach, saves, shares, likes, comments, engagement_rate}
"""


@pytest.fixture
def sandbox(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Generator[Sandbox]:
    with served(PLAIN, time_factor=FAST) as (sandbox, base_url), following(sandbox.clock):
        for name, value in environment(sandbox, base_url, tmp_path).items():
            monkeypatch.setenv(name, value)
        yield sandbox


def publish(sandbox: Sandbox) -> dict[str, Any]:
    with following(sandbox.clock):
        return asyncio.run(post_photo_to_instagram(PHOTO, "Hello"))


async def run_inside_main(snippet: str, **names: object) -> dict[str, Any]:
    """Run a documented snippet, unchanged, inside `async def main()`, and give its variables."""
    source = f"async def main():\n{textwrap.indent(snippet, '    ')}\n    return locals()\n"
    exec(compile(source, "snippet", "exec"), names)  # noqa: S102  # a constant of this file
    main: Any = names["main"]
    return await main()


async def test_the_documented_calls_run_unchanged(sandbox_here: Sandbox, tmp_path: Path) -> None:
    with following(sandbox_here.clock):
        published = await run_inside_main(
            PUBLISHING, image_url=PHOTO, video_url=VIDEO, image_urls=[PHOTO, PHOTO], caption="Hello"
        )
        result = published["result"]
        measured = await run_inside_main(MEASURING, media_id=result["id"])
        converted = await run_inside_main(CONVERTING, input_path=str(tmp_path / "none.mov"))

    media = sandbox_here.media
    assert [one.kind for one in reversed(media)] == ["photo", "reel", "carousel"]
    assert result == {"success": True, "id": media[0].id, "platform": "instagram"}
    assert measured["insights"]["plays"] > 0
    assert converted["result"]["success"] is False


def test_each_call_reads_the_environment_anew(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("INSTAGRAM_ACCESS_TOKEN")
    without = publish(sandbox)
    monkeypatch.setenv("INSTAGRAM_ACCESS_TOKEN", "IGanotherTOKEN")
    wrong = publish(sandbox)
    monkeypatch.setenv("INSTAGRAM_ACCESS_TOKEN", TOKEN)
    right = publish(sandbox)

    assert without["error"].startswith("INSTAGRAM_ACCESS_TOKEN is not set")
    assert wrong["error"].startswith("OAuthException: ")
    assert right["success"]


def test_without_a_user_id_the_tokens_own_account_is_used(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("INSTAGRAM_USER_ID")
    assert publish(sandbox)["success"]
    assert [call.path for call in sandbox.calls(method="POST")] == [
        "/v21.0/me/media",
        "/v21.0/me/media_publish",
    ]


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("INSTAGRAM_API_BASE", "http://127.0.0.1:9", "Start the sandbox"),
        ("INSTAGRAM_API_BASE", "http://[broken", "INSTAGRAM_API_BASE is not an http(s) address"),
        ("INSTAGRAM_API_VERSION", "21", "INSTAGRAM_API_VERSION"),
        ("INSTAGRAM_USER_ID", "anna", "INSTAGRAM_USER_ID"),
        ("INSTAGRAM_ACCESS_TOKEN", "IG secret", "INSTAGRAM_ACCESS_TOKEN"),
        ("PRESSROOM_MEDIA_PORT", "many", "PRESSROOM_MEDIA_PORT"),
    ],
)
def test_a_setting_that_cannot_work_is_a_failure(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, name: str, value: str, says: str
) -> None:
    monkeypatch.setenv(name, value)
    result = publish(sandbox)
    assert result.keys() == {"success", "error"}
    assert says in result["error"]
    assert not {"secret", TOKEN} & set(re.findall(r"\w+", result["error"]))
    assert not sandbox.calls()


def test_a_local_file_needs_a_way_to_be_fetched_before_any_call(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The real host is named and never called."""
    monkeypatch.setenv("INSTAGRAM_ACCESS_TOKEN", TOKEN)
    monkeypatch.setenv("PRESSROOM_HOME", str(tmp_path))
    Image.new("RGB", (400, 400)).save(tmp_path / "cat.jpg")
    result = asyncio.run(post_photo_to_instagram(tmp_path / "cat.jpg", "Hello"))
    assert "PRESSROOM_PUBLIC_URL" in result["error"]
    assert "CLOUDINARY_URL" in result["error"]


def test_a_file_that_is_no_media_is_refused_before_any_way_is_asked_for(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("INSTAGRAM_ACCESS_TOKEN", TOKEN)
    monkeypatch.setenv("PRESSROOM_HOME", str(tmp_path))
    result = asyncio.run(post_photo_to_instagram(tmp_path / "missing.jpg", "Hello"))
    assert "does not exist" in result["error"]


def test_a_sandbox_is_not_warned_of_for_a_version_that_nobody_set(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.delenv("INSTAGRAM_API_VERSION", raising=False)
    sandbox.clock.advance(60 * 86_400)
    with caplog.at_level(logging.WARNING, "pressroom.helpers"):
        publish(sandbox)
    assert not caplog.records


def test_an_api_version_that_needs_attention_is_logged_once(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("INSTAGRAM_API_VERSION", "v97.3")
    with caplog.at_level(logging.WARNING, "pressroom.helpers"):
        publish(sandbox)
        publish(sandbox)
    assert [record.getMessage() for record in caplog.records if "v97.3" in record.getMessage()] == [
        "v97.3 is unknown to this release (v21.0 to v27.0); it is used as given."
    ]


@pytest.mark.parametrize("on", ["create", "container_status", "media_publish"])
@pytest.mark.parametrize("kind", [FaultKind.ERROR, FaultKind.GATEWAY, FaultKind.DROP])
async def test_the_token_is_in_no_result_and_in_no_log(
    sandbox_here: Sandbox, caplog: pytest.LogCaptureFixture, on: str, kind: FaultKind
) -> None:
    told = f"The token {TOKEN} is not good, see https://graph.instagram.com/me?access_token={TOKEN}"
    sandbox_here.faults.add(Fault(on=on, kind=kind, code=190, message=told))
    with caplog.at_level(logging.DEBUG), following(sandbox_here.clock):
        result = await post_photo_to_instagram(PHOTO, "Hello")
    assert TOKEN not in f"{result} {caplog.text}"


def test_numbers_come_the_same_way(sandbox: Sandbox) -> None:
    media_id = publish(sandbox)["id"]
    with following(sandbox.clock):
        assert asyncio.run(get_instagram_media_insights(media_id))["reach"] > 0


@pytest.mark.parametrize("name", ["instagram_helper", "insights_helper", "cloudinary_helper"])
def test_a_module_that_is_copied_into_a_project_is_short_and_needs_only_the_package(name: str) -> None:
    text = (Path(__file__).parents[2] / "app" / f"{name}.py").read_text()
    imported = {node.module for node in ast.walk(ast.parse(text)) if isinstance(node, ast.ImportFrom)}
    assert len(text.splitlines()) < 150
    assert not [module for module in imported if module and module.startswith("app")]
