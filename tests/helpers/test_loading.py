"""What an import of the helper modules loads, and where the rest is loaded."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.patience import patience

pytestmark = pytest.mark.usefixtures("processes")

ROOT = Path(__file__).parents[2]
MODULES = ("app.instagram_helper", "app.insights_helper", "app.cloudinary_helper")
HEAVY = {
    "aiohttp",
    "alembic",
    "av",
    "click",
    "cloudinary",
    "PIL",
    "rich",
    "sqlalchemy",
    "starlette",
    "uvicorn",
}

# Tells in which thread each module is looked for.
WATCHED = """
import asyncio, importlib.abc, json, sys, threading

class Watch(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        is_main = threading.current_thread() is threading.main_thread()
        seen.append((name.partition(".")[0], is_main))

seen = []
from app.cloudinary_helper import upload_image_to_cloudinary
from app.insights_helper import get_instagram_media_insights
from app.instagram_helper import convert_video_for_instagram, post_photo_to_instagram
calls = {
    "convert": lambda: convert_video_for_instagram("missing.mp4"),
    "measure": lambda: get_instagram_media_insights("1"),
    "publish": lambda: post_photo_to_instagram("missing.png", "A caption"),
    "upload": lambda: upload_image_to_cloudinary("missing.png"),
}
sys.meta_path.insert(0, Watch())
result = asyncio.run(calls[sys.argv[1]]())
assert not result["success"], result
print(json.dumps(seen))
"""


def python(code: str, home: Path, *args: str) -> str:
    environ = {name: value for name, value in os.environ.items() if not name.startswith("INSTAGRAM_")}
    environ |= {
        "PYTHONPATH": str(ROOT),
        "PRESSROOM_HOME": str(home),
        "INSTAGRAM_ACCESS_TOKEN": "IGAAinvented",
        "INSTAGRAM_USER_ID": "17841400000000001",
    }
    done = subprocess.run(
        [sys.executable, "-c", code, *args],
        check=True,
        capture_output=True,
        text=True,
        env=environ,
        cwd=home,
        timeout=patience(60),
    )
    return done.stdout


@pytest.mark.parametrize("module", MODULES)
def test_importing_a_helper_module_loads_values_alone(module: str, tmp_path: Path) -> None:
    loaded = set(
        json.loads(python(f"import json, sys, {module}; print(json.dumps(list(sys.modules)))", tmp_path))
    )

    assert not loaded & HEAVY
    assert not loaded & {"pressroom.service", "pressroom.client", "pressroom.media", "pressroom.store"}


@pytest.mark.parametrize("call", ["convert", "measure", "publish", "upload"])
def test_the_first_call_loads_the_rest_beside_the_event_loop(call: str, tmp_path: Path) -> None:
    seen = json.loads(python(WATCHED, tmp_path, call))

    assert ["aiohttp", False] in seen
    assert not [name for name, is_main in seen if is_main and name in {*HEAVY, "pressroom"}]
