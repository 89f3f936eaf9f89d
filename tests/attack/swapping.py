"""A process that swaps what an agent may use for links that lead out, while the agent makes drafts of it.

As a program: `python -m tests.attack.swapping INSIDE OUTSIDE` swaps until it is ended.
"""

import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from itertools import cycle
from pathlib import Path

from pressroom.core.stored_posts import PostQuery
from tests.mcp.agents import agent
from tests.service.consenting import a_file
from tests.service.road import opened_road

ROOT = Path(__file__).parents[2]
FILE, FOLDER = "cat.jpg", "album"
_PERIOD_S = 0.0005


async def drafted(place: Path, tries: int) -> Counter[str]:
    """Have an agent make drafts of a file, and of one in a folder, that are swapped; count what was taken."""
    inside, outside = place / "inside", place / "outside"
    (inside / FOLDER).mkdir(parents=True)
    outside.mkdir()
    for folder, colour in ((inside, "blue"), (inside / FOLDER, "blue"), (outside, "red")):
        a_file(folder, FILE, colour)
    allowed, secret = (inside / FILE).read_bytes(), (outside / FILE).read_bytes()
    async with opened_road(place / "home") as road:
        road.sign_in("ana")
        async with agent(road, inside) as ana:
            with swapping(inside, outside):
                for number in range(tries):
                    source = (FILE, f"{FOLDER}/{FILE}")[number % 2]
                    await ana.result("create_draft", kind="photo", sources=[source], caption=f"{number}")
        posts = road.store.posts.list(PostQuery(limit=tries)).posts
    copies = [post.assets[0].path.read_bytes() for post in posts]
    taken = Counter({allowed: "allowed", secret: "secret"}.get(one, "other") for one in copies)
    return taken + Counter({"nothing": tries - len(copies)})


@contextmanager
def swapping(inside: Path, outside: Path) -> Generator[None]:
    """Let the process swap while the block runs."""
    command = [sys.executable, "-m", "tests.attack.swapping", str(inside), str(outside)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stdout.readline() == b"swapping\n"
        try:
            yield
        finally:
            process.kill()


def _swaps(inside: Path, outside: Path) -> Iterator[None]:
    """Swap the file, which is always there, and the folder, which is missing for a moment."""
    whole, album, link = inside / "whole.jpg", inside / "real", inside / "link"
    (inside / FILE).rename(whole)
    (inside / FOLDER).rename(album)
    for is_link in cycle((False, True)):
        following = inside / "next.jpg"
        following.symlink_to(outside / FILE) if is_link else following.hardlink_to(whole)
        following.replace(inside / FILE)
        link.symlink_to(outside)
        (link if is_link else album).rename(inside / FOLDER)
        yield
        (inside / FOLDER).rename(link if is_link else album)
        link.unlink()


if __name__ == "__main__":
    for number, _ in enumerate(_swaps(Path(sys.argv[1]), Path(sys.argv[2]))):
        if number == 0:
            os.write(1, b"swapping\n")
        time.sleep(_PERIOD_S)
