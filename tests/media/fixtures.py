"""Clips, made once for all workers of a run; a plugin, since other rooms use them too."""

import fcntl
import subprocess
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pressroom.media.convert import find_ffmpeg
from tests.media.clips import RECIPES
from tests.patience import patience

Clip = Callable[[str], Path]


@pytest.fixture(scope="session")
def ffmpeg() -> Path:
    return find_ffmpeg(None)


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory, worker_id: str, ffmpeg: Path) -> Clip:
    """Give the file of a recipe; all workers share what one has made."""
    base = tmp_path_factory.getbasetemp()
    directory = (base if worker_id == "master" else base.parent) / "clips"
    directory.mkdir(exist_ok=True)
    return lambda name: _made(name, directory, ffmpeg)


def _made(name: str, directory: Path, ffmpeg: Path) -> Path:
    recipe = RECIPES[name]
    path = directory / f"{name}.{recipe.suffix}"
    inputs = {word: _made(word, directory, ffmpeg) for word in RECIPES if f"{{{word}}}" in recipe.words}
    with _locked(directory / f"{name}.lock"):
        if not path.exists():
            words = [word.format(**inputs) if word[0] == "{" else word for word in recipe.words.split()]
            part = path.with_suffix(f".part.{recipe.suffix}")
            quiet = [str(ffmpeg), "-nostdin", "-v", "error", "-y", "-threads", "1"]
            subprocess.run([*quiet, *words, str(part)], check=True, timeout=patience(60))
            part.rename(path)
    return path


@contextmanager
def _locked(path: Path) -> Generator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
