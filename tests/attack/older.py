"""An older copy of a data directory is started after the newer one has published, with real processes."""

import json
import os
import shutil
from collections import Counter
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import NamedTuple

from pressroom.cli.shell.failures import ExitCode
from pressroom.core.post import PostKind
from tests.attack.arena import Arena
from tests.attack.attacks import sign_in, wait_until_done
from tests.cli.processes import control
from tests.publish.older_copies import Case

_PHOTO, _CLIP = "https://example.com/a.jpg", "https://example.com/a.mp4"
_FILES = {
    PostKind.PHOTO: (_PHOTO,),
    PostKind.REEL: (_CLIP,),
    PostKind.CAROUSEL: (_PHOTO, "https://example.com/b.jpg"),
    PostKind.STORY: (_PHOTO,),
}


class Round(NamedTuple):
    """One way in which an older copy comes to be started."""

    case: Case
    kind: PostKind
    is_logged: bool
    is_marked: bool


def rounds() -> Iterator[Round]:
    """Give each case with each kind, and each pair of log and mark four times."""
    pairs = list(product((True, False), repeat=2))
    for number, (case, kind) in enumerate(product(Case, PostKind)):
        yield Round(case, kind, *pairs[(number + number // len(pairs)) % len(pairs)])


def start_an_older_copy(arena: Arena, played: Round) -> None:
    """Publish from a data directory, and then work on a copy of before."""
    name = "-".join(map(str, (played.case.name, played.kind, played.is_logged, played.is_marked)))
    home, older = name, name
    sign_in(arena, home)
    comment = [] if played.kind is PostKind.STORY else ["--caption", name, "--first-comment", f"On {name}"]
    _run(arena, home, "schedule", "add", played.kind, *_FILES[played.kind], "--at", "now", *comment)
    shutil.copytree(arena.place / home, copy := arena.place / f"copy-{name}")
    _work(arena, home)
    published = len(arena.media())
    if played.case in (Case.HOME_COPIED, Case.ADOPTED):
        older = copy.name
    elif played.case is Case.DIRECTORY_SET_BACK:
        shutil.rmtree(arena.place / home)
        copy.rename(arena.place / home)
    else:
        _put_database_back(arena.place / home, copy)
    if not played.is_logged or played.case is Case.DATABASE_PUT_BACK:
        for log in (arena.place / older).glob("*.sends-*"):
            log.unlink()
    if not played.is_marked:
        shutil.rmtree(os.environ["XDG_STATE_HOME"])
    if played.case is Case.ADOPTED:
        _run(arena, older, "db", "adopt", "--keep-posts")
    _work(arena, older)
    assert len(arena.media()) == published > 0
    comments = Counter(one["text"] for one in control(arena.base_url, "export")["comments"])
    assert comments[f"On {name}"] == bool(comment)


def _put_database_back(home: Path, copy: Path) -> None:
    for end in ("-wal", "-shm"):
        (home / f"pressroom.db{end}").unlink(missing_ok=True)
    shutil.copy(copy / "pressroom.db", home)


def _work(arena: Arena, home: str) -> None:
    with arena.start("worker", home=home) as worker:
        try:
            wait_until_done(arena.place / home, worker)
        finally:
            worker.terminate()


def _run(arena: Arena, home: str, *command: str) -> None:
    said = arena.end(arena.start(*command, "--json", home=home))
    assert said.code == ExitCode.DONE, said
    json.loads(said.out)
