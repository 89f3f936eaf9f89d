"""Probes that are interrupted: nothing that was answered, made or renewed is lost."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from pressroom.sandbox.faults import Fault, FaultKind
from pressroom.service.doctor.probes.desk import MadeKind
from pressroom.service.doctor.probes.probe import Level, Probe
from tests.service.probing import OF_FACEBOOK, a_lab

pytestmark = pytest.mark.usefixtures("long_run")

VANISHES = Level.VANISHES


class TestNothingIsLost:
    """An interruption keeps what was answered, deletes what it can, and loses no token."""

    async def interrupted(self, lab: Any, probe: str, **more: Any) -> None:
        async with lab.pressroom() as pressroom:

            def stop(asked: Probe) -> None:
                if asked.name == probe:
                    task.cancel()

            task = asyncio.create_task(
                pressroom.accounts.probe(
                    level=VANISHES,
                    image_url="https://example.com/a.jpg",
                    on_question=stop,
                    on_answer=lab.told.append,
                    **more,
                )
            )
            with pytest.raises(asyncio.CancelledError):
                await task

    async def test_what_was_answered_is_told(self, tmp_path: Path) -> None:
        async with a_lab(tmp_path) as lab:
            await self.interrupted(lab, "hashtags")
        last = lab.told[-1]
        assert (last.answers[-1].probe.name, last.answers[-1].text) == ("hashtags", "It was interrupted.")
        assert last.facts["caption_unit"] == "utf16"

    async def test_a_token_that_is_on_its_way_is_kept(self, tmp_path: Path) -> None:
        async with a_lab(tmp_path, refresh_ends_old_token=True) as lab:
            lab.sandbox.faults.add(Fault(on="refresh", kind=FaultKind.SLOW, delay_s=2.0))
            task: list[asyncio.Task[Any]] = []

            async def cancel_on_the_way() -> None:
                while not lab.sandbox.calls("refresh_access_token"):
                    await lab.clock.sleep(0.1)
                for _ in range(3):
                    task[0].cancel()
                    await lab.clock.sleep(0.1)

            task.append(asyncio.create_task(lab.ask()))
            await cancel_on_the_way()
            with pytest.raises(asyncio.CancelledError):
                await task[0]
            assert lab.token != lab.sandbox.token
            assert lab.token in lab.sandbox.scene.world.tokens

    async def test_a_story_whose_answer_is_on_its_way_is_named(self, tmp_path: Path) -> None:
        async with a_lab(tmp_path) as lab:
            lab.sandbox.faults.add(Fault(on="media_publish", kind=FaultKind.SLOW, delay_s=2.0))
            asking = asyncio.create_task(lab.ask())
            while not lab.sandbox.calls("media_publish"):
                await lab.clock.sleep(0.1)
            asking.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asking
            [story] = lab.sandbox.media
        assert [one.id for one in lab.told[-1].made if one.kind is MadeKind.STORY] == [story.id]
        assert lab.told[-1].answers[-1].text == "It was interrupted."

    async def test_a_story_is_deleted_where_the_login_can(self, tmp_path: Path) -> None:
        async with a_lab(tmp_path, **OF_FACEBOOK) as lab:
            await self.interrupted(lab, "second-publish")
            assert lab.sandbox.media == []
