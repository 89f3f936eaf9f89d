"""Published clients, unmodified and under Meta's own host names, do their work on the sandbox.

Each script publishes an image, a reel and a carousel and tells their ids; a stranger comments; then it reads.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from pressroom.sandbox.control.strangers import add_comment
from pressroom.sandbox.settings import Processing, SandboxSettings
from pressroom.sandbox.simulator import Sandbox
from tests.wire.strangers import CLIENTS, stranger_before

LOGINS = {"facebook": "EAAsandbox" + "0" * 40, "instagram": "IGsandbox" + "0" * 40}
STRANGER = "From a stranger"


def sandbox_of(login: str) -> Sandbox:
    settings = SandboxSettings(
        fetch="trust",
        processing=Processing.at_once(),
        media=4,
        token=LOGINS[login],
        sdk_publish_path=True,  # only the SDK's Instagram-only classes use it, and no page documents it
    )
    return Sandbox(settings)


def variables(sandbox: Sandbox, home: Path) -> dict[str, str]:
    own = {"WIRE_TOKEN": sandbox.token, "WIRE_USER": sandbox.user_id, "HOME": str(home)}
    theirs = {
        "IG_ACCESS_TOKEN": sandbox.token,
        "IG_USER_ID": sandbox.user_id,
        "IG_MCP_DATA_DIR": str(home / "mcp"),
    }
    return {**own, **theirs}


@pytest.mark.parametrize(
    ("client", "login"),
    [
        ("python_facebook_api", "facebook"),
        ("facebook_business", "facebook"),
        ("instagram_platform_sdk", "facebook"),
        ("facebook_business_instagram", "instagram"),
        ("instagram_mcp", "instagram"),
    ],
)
async def test_a_published_client_publishes_and_reads(
    client: str, login: str, programs: Path, tmp_path: Path
) -> None:
    sandbox = sandbox_of(login)
    async with stranger_before(sandbox, variables(sandbox, tmp_path)) as stranger:
        process = await stranger.start(programs / "python", CLIENTS / f"{client}.py")
        assert process.stdout is not None
        made: dict[str, str] = json.loads(await process.stdout.readline() or b"{}")
        if made:
            add_comment(sandbox.controls, {}, {"media_id": made["image"], "text": STRANGER})
        out, err = await process.communicate(b"\n")
    assert process.returncode == 0, err.decode()
    read: dict[str, Any] = json.loads(out)

    live = {str(one.id): one.kind for one in sandbox.media}
    assert [live[made[name]] for name in ("image", "reel", "carousel")] == ["photo", "reel", "carousel"]
    assert read["comments"] == [STRANGER]
    assert read["insights"]["reach"] > 0
    assert read["quota"] == 3
    assert read["feed"][:3] == [made["carousel"], made["reel"], made["image"]]
    assert read["username"] == sandbox.settings.username
    assert read.get("error", [100, 33]) == [100, 33]


@pytest.mark.parametrize("login", ["instagram", "facebook"])
async def test_a_published_command_publishes(login: str, programs: Path, tmp_path: Path) -> None:
    sandbox = sandbox_of(login)
    pictures = [f"https://example.com/{name}.jpg" for name in "ab"]
    async with stranger_before(sandbox, variables(sandbox, tmp_path)) as stranger:
        command = (programs / "instagram-publish", "--login", login)
        shown = [
            (await stranger.run(*command, "publish", *urls, "-c", "By command")).strip()
            for urls in (pictures[:1], ["https://example.com/a.mp4"], pictures)
        ]
        if login == "instagram":
            assert sandbox.token != (await stranger.run(*command, "refresh-token")).strip()
    live = {str(one.id): one.kind for one in sandbox.media}
    assert [live[media_id] for media_id in shown] == ["photo", "reel", "carousel"]


async def test_no_client_is_let_through_to_anybody_else(programs: Path, tmp_path: Path) -> None:
    sandbox = sandbox_of("instagram")
    code = "import requests; requests.get('https://example.com/')"
    async with stranger_before(sandbox, variables(sandbox, tmp_path)) as stranger:
        process = await stranger.start(programs / "python", "-c", code)
        _, err = await process.communicate()
    assert b"403 Forbidden" in err
