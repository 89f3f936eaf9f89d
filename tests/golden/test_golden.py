"""What publishing does, frozen: an intended change is written anew by `make golden` and read in the diff."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from pressroom.core.reading_settings import Way
from tests.golden import matrix, scenes
from tests.golden.driving import MANNERS, Outcome, Scene, by_a_worker, with_fakes
from tests.golden.telling import told_error, told_event, told_post

HERE = Path(__file__).parent
IS_WRITTEN = bool(os.environ.get("PRESSROOM_TEST_WRITE_GOLDEN"))


def holds(name: str, found: Mapping[str, Any]) -> None:
    """Compare with the file, byte for byte."""
    path, text = HERE / f"{name}.json", json.dumps(found, indent=1, ensure_ascii=False) + "\n"
    if IS_WRITTEN:
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8"), f"{path.name} says otherwise; see `make golden`"


def whole(outcome: Outcome) -> dict[str, Any]:
    """Tell everything of a run."""
    told: dict[str, Any] = {
        "calls": outcome.tape.calls,
        "states": [str(state) for state in outcome.states],
        "journal": [told_event(event) for event in outcome.events],
        "error": told_error(outcome.error),
        **(told_post(outcome.post) if outcome.post else {}),
        "media_made": outcome.media,
    }
    return json.loads(outcome.names(json.dumps(told)))


def short(outcome: Outcome) -> dict[str, Any]:
    """Tell the end of a run, and how many calls it took."""
    told, tape = whole(outcome), outcome.tape
    kept = ("states", "post", "problem", "held_up_by", "error", "sends", "media_made")
    counts = {
        "all": len(tape.calls),
        "create": tape.count("POST", "/media"),
        "publish": tape.count("POST", "/media_publish"),
        "comment": tape.count("POST", "/comments"),
    }
    return {name: told[name] for name in kept if told.get(name)} | {"calls": counts}


@pytest.mark.parametrize("manner", MANNERS)
async def test_each_kind_of_post_takes_the_same_steps_as_ever(manner: str, tmp_path: Path) -> None:
    found: dict[str, Any] = {}
    given = {name: Scene(post=post) for name, post in scenes.POSTS.items()}
    given["photo from a file"] = scenes.a_photo_file(tmp_path)
    for number, (name, scene) in enumerate(given.items()):
        home = tmp_path / f"{number}"
        home.mkdir()
        outcome = await MANNERS[manner](scene, home)
        outcome.names.known[str(tmp_path)] = "FILES"
        found[name] = whole(outcome)
    holds(f"steps {manner}".replace(",", "").replace(" ", "_"), found)


@pytest.mark.parametrize(
    ("name", "ways"),
    [("uploaded", (Way.UPLOAD,)), ("fetched_from_a_host", (Way.SIGNED,))],
)
async def test_a_clip_of_this_machine_takes_the_same_steps_as_ever(
    name: str, ways: tuple[Way, ...], tmp_path: Path
) -> None:
    scene, found = scenes.a_clip_file(tmp_path, *ways), dict[str, Any]()
    for manner in (with_fakes, by_a_worker):
        found[manner.__name__] = whole(await manner(scene, tmp_path))
    holds(f"steps_of_a_clip_{name}", found)


BY_THE_STORE = (
    "media_publish: the answer",
    "media_publish: the token",
    "media_publish: 9007/2207027 20",
    "media_publish: 25",
    "create: HTTP 500 for ever",
    "/media_publish: NotSent 20",
    "comments: the answer is lost, carried out done",
    "the quota",
)


def is_played(name: str, manner: str) -> bool:
    """Leave out of the slow way by the store what only differs in the call that goes wrong."""
    return manner != "by way of the store" or name.startswith(BY_THE_STORE)


@pytest.mark.usefixtures("long_run")
@pytest.mark.parametrize("manner", MANNERS)
async def test_whatever_goes_wrong_ends_as_ever(manner: str, tmp_path: Path) -> None:
    found: dict[str, Any] = {}
    given = {name: scene for name, scene in scenes.outages().items() if is_played(name, manner)}
    for number, (name, scene) in enumerate(given.items()):
        home = tmp_path / f"{number}"
        home.mkdir()
        found[name] = short(await MANNERS[manner](scene, home))
    holds(f"outages {manner}".replace(",", "").replace(" ", "_"), found)


async def test_each_answer_to_a_send_proves_what_it_ever_did() -> None:
    holds("proofs", await matrix.scripted())


async def test_each_wrong_answer_makes_as_many_media_as_ever() -> None:
    holds("wrong_answers", await matrix.live())
