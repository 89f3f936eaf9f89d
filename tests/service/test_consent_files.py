"""Files and addresses of what a program proposes: what a person was shown is what goes out."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from pressroom.core.assets import Asset
from pressroom.core.consent import Proposal, ProposalId, ProposalState
from pressroom.core.errors import (
    Conflict,
    NeedsApproval,
    PressroomError,
    Refused,
)
from pressroom.core.post import Post, PostId, PostState
from pressroom.service.consent.change import Change, Verb
from pressroom.service.consent.changing import Changes
from pressroom.service.consent.gate import Gate
from pressroom.service.ground.resources import Resources
from tests.service.consenting import PLANNER, a_file, a_picture, person, program, proposed
from tests.service.road import Road

S, P = PostState, ProposalState
HOUR, DAY = timedelta(hours=1), timedelta(hours=24)
ADDRESS = "https://example.com/cat.jpg"


@pytest.fixture
def cat(tmp_path: Path) -> str:
    return a_file(tmp_path)


@pytest.fixture
async def ana(road: Road) -> Road:
    road.sign_in("ana", timezone="Europe/Istanbul")
    return road


def asked_of(road: Road, waits: NeedsApproval) -> Proposal:
    return road.store.consents.get(ProposalId(waits.proposal_id or ""))


def the_post(road: Road, waits: NeedsApproval) -> Post:
    return road.post(PostId(waits.post_id or ""))


async def planned(
    road: Road, cat: str, caption: str = "Hello", at: datetime | str | None = None
) -> NeedsApproval:
    """Let the program want a post out, in three hours unless a time is named."""
    async with program(road) as pressroom:
        due = at or road.clock.now() + 3 * HOUR
        return await proposed(pressroom.posts.submit(a_picture(cat, caption), at=due))


async def approved(road: Road, found: str) -> Post | None:
    async with person(road) as pressroom:
        return (await pressroom.approvals.approve(found)).post


@pytest.fixture
def shown() -> dict[str, bytes]:
    """What hosts show at their addresses."""
    return {ADDRESS: b"a cat"}


@pytest.fixture
async def fetching(ana: Road, shown: dict[str, bytes]) -> AsyncGenerator[Road]:
    async def download(url: str, directory: Path, **_: Any) -> Path:
        await asyncio.to_thread(directory.mkdir, parents=True, exist_ok=True)
        path = directory / "fetched.jpg"
        await asyncio.to_thread(path.write_bytes, shown[url])
        return path

    with patch("pressroom.hosting.network.download", download):
        yield ana


async def bytes_of(post: Post) -> bytes:
    return await asyncio.to_thread(Path(post.assets[0].copy or "").read_bytes)


async def test_an_address_is_fetched_when_it_is_proposed_and_sent_from_our_copy(
    fetching: Road, shown: dict[str, bytes]
) -> None:
    waits = await planned(fetching, ADDRESS)
    (file,) = asked_of(fetching, waits).summary["files"]
    assert file["sha256"]
    assert not asked_of(fetching, waits).summary["warnings"]
    shown[ADDRESS] = b"a dog"
    done = await approved(fetching, waits.proposal_id or "")
    assert done
    assert done.options.convert
    assert await bytes_of(done) == b"a cat"


async def test_an_address_that_shows_something_else_is_something_else(
    fetching: Road, shown: dict[str, bytes]
) -> None:
    waits = await planned(fetching, ADDRESS)
    post_id = PostId(waits.post_id or "")
    shown[ADDRESS] = b"a dog"
    async with program(fetching) as pressroom:
        await pressroom.posts.edit(post_id, sources=ADDRESS)
        with pytest.raises((Conflict, Refused)):
            await approved(fetching, waits.proposal_id or "")
        (anew,) = fetching.store.consents.list((P.WAITING,))
        await approved(fetching, anew.id)
        shown[ADDRESS] = b"a fish"
        await proposed(pressroom.posts.edit(post_id, sources=ADDRESS))
    assert await bytes_of(fetching.post(post_id)) == b"a dog"


async def test_a_copy_that_a_program_names_is_made_by_us(ana: Road, cat: str, tmp_path: Path) -> None:
    own = await asyncio.to_thread(a_file, tmp_path, "own.jpg", "red")
    async with program(ana) as pressroom:
        waits = await proposed(
            pressroom.posts.submit(replace(a_picture(cat), assets=(Asset(cat, copy=own),)), at="+3h")
        )
    (file,) = asked_of(ana, waits).summary["files"]
    assert file["sha256"] in (the_post(ana, waits).assets[0].copy or "")
    resources = Resources(settings=ana.settings, clock=ana.clock, _store=ana.store)
    loose: dict[str, Any] = {"options": {}, "assets": [{"source": cat, "copy": own}]}
    with pytest.raises(Refused, match="not kept"):
        await Changes(resources, Gate(resources, PLANNER)).make(waits.post_id or "", Change(Verb.EDIT, loose))


async def test_a_file_that_is_swapped_after_it_was_approved_is_not_sent(ana: Road, cat: str) -> None:
    async with program(ana) as pressroom:
        waits = await proposed(pressroom.publish(a_picture(cat)))
        await approved(ana, waits.proposal_id or "")
        copy = Path(the_post(ana, waits).assets[0].copy or "")
        await asyncio.to_thread(a_file, copy.parent, copy.name, "red")
        with pytest.raises(PressroomError, match="holds other content"):
            await pressroom.posts.see_through(PostId(waits.post_id or ""))
    assert (the_post(ana, waits).state, ana.sends) == (S.FAILED, 0)
