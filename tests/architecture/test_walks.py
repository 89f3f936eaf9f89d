"""How many files a reader opens to follow a command from its first line to its last."""

from pathlib import Path

import pytest
from PIL import Image

from scripts.walk import Walk, walk_of_command, walk_of_publish_post

PUBLISH = ("publish", "photo", "https://example.com/cat.jpg", "--caption", "Hello")


@pytest.mark.usefixtures("processes")
def test_publishing_now_runs_at_most_60_files() -> None:
    walk = walk_of_command(PUBLISH)
    assert len(walk) <= 60, counted(walk)
    assert next(iter(walk)) == "cli/entry.py"
    assert [path for path, functions in walk.items() if "Client.exchange" in functions]
    assert not [path for path in walk if path.startswith("sandbox/")]


@pytest.mark.usefixtures("processes")
def test_planning_a_post_runs_at_most_90_files(tmp_path: Path) -> None:
    Image.new("RGB", (1080, 1080), "teal").save(tmp_path / "cat.jpg")
    walk = walk_of_command(
        ["schedule", "add", "photo", str(tmp_path / "cat.jpg"), "--at", "2036-12-24T18:00+01:00"]
    )
    assert len(walk) <= 90, counted(walk)


@pytest.mark.usefixtures("processes")
def test_an_agent_that_asks_for_a_post_to_be_published_runs_at_most_103_files() -> None:
    walk = walk_of_publish_post()
    assert len(walk) <= 103, counted(walk)


def counted(walk: Walk) -> str:
    return f"{sum(map(len, walk.values()))} functions of {len(walk)} files"
