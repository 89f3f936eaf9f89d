"""What goes wrong while an account is read: the reason that is named, and what is noticed at once."""

from dataclasses import dataclass, replace
from datetime import timedelta

import msgspec
import pytest

from pressroom.core.protocols import Reply, Request, Transport
from pressroom.core.readings import ALL_MEDIA, Collecting, Missing
from pressroom.graph.answers import MediaId
from pressroom.graph.hosts import LoginType
from pressroom.insights.collecting.media import LOOK_EVERY
from pressroom.insights.collecting.troubles import end_trouble, note_trouble, trouble_between
from pressroom.sandbox.calls.tokens import all_scopes
from pressroom.sandbox.faults import Fault, FaultKind
from tests.fakes.clock import START
from tests.insights.watch import Watch, watch

MINUTE = timedelta(minutes=1)
FRESH = Collecting(started_at=START)


def why_between(collecting: Collecting, first: int, last: int, *, is_story: bool = False) -> Missing | None:
    """Return the reason for a time, told in minutes from the start."""
    trouble = trouble_between(collecting, START + first * MINUTE, START + last * MINUTE, is_story=is_story)
    return trouble and trouble.why


def test_the_wait_after_a_failure_belongs_to_its_trouble() -> None:
    limited = note_trouble(FRESH, Missing.RATE_LIMITED, "80002", START, until=START + 30 * MINUTE)
    assert why_between(limited, 5, 17) is Missing.RATE_LIMITED
    assert why_between(limited, 31, 43) is None
    tried = end_trouble(limited, START + 4 * MINUTE)
    assert why_between(tried, 5, 17) is None


def test_a_trouble_is_remembered_after_another_one_and_the_longer_is_named() -> None:
    collecting = note_trouble(FRESH, Missing.RATE_LIMITED, "80002", START, until=START + 30 * MINUTE)
    for minute in range(30, 60, 3):
        at = START + minute * MINUTE
        collecting = note_trouble(collecting, Missing.UNREACHABLE, "down", at, until=at + 3 * MINUTE)
    assert why_between(collecting, 5, 17) is Missing.RATE_LIMITED
    assert why_between(collecting, 0, 35) is Missing.RATE_LIMITED
    assert why_between(collecting, 25, 60) is Missing.UNREACHABLE
    assert len(collecting.earlier_troubles) == 1


def test_a_part_that_is_refused_is_no_reason_for_another_part() -> None:
    refused = note_trouble(FRESH, Missing.REFUSED, "10", START, until=START + 30 * MINUTE, part="stories")
    assert why_between(refused, 5, 17) is None
    assert why_between(refused, 5, 17, is_story=True) is Missing.REFUSED


def fail(seen: Watch, code: int) -> None:
    """Let Instagram answer every call with an error."""
    seen.sandbox.faults.clear()
    seen.sandbox.faults.add(Fault(on="*", kind=FaultKind.ERROR, code=code, times=None))


async def test_of_troubles_one_after_another_each_is_named_for_its_own_time() -> None:
    async with watch() as seen:
        await seen.look()
        post = seen.post()
        await seen.hours(0.7)
        fail(seen, 80002)
        await seen.hours(1.3)
        fail(seen, 2)
        await seen.hours(2)
        seen.sandbox.faults.clear()
        await seen.hours(1)
        assert [(missed.planned_age_s / 3600, missed.why) for missed in seen.missed(post)] == [
            (1, Missing.RATE_LIMITED),
            (3, Missing.UNREACHABLE),
        ]


async def test_too_many_calls_without_a_code_are_waited_for_as_a_rate_limit() -> None:
    async with watch() as seen:
        await seen.look()
        post = seen.post()
        seen.sandbox.faults.add(Fault(on="*", kind=FaultKind.GATEWAY, http_status=429, times=None))
        calls = seen.calls()
        await seen.hours(2)
        assert seen.calls() - calls <= 3
        seen.sandbox.faults.clear()
        await seen.hours(1)
        assert [missed.why for missed in seen.missed(post)] == [Missing.RATE_LIMITED]


async def test_a_limit_of_hours_is_noted_in_place_of_waiting_in_silence() -> None:
    async with watch() as seen:
        await seen.look()
        post, started_at = seen.post(), seen.now
        regain = b'{"1": [{"type": "instagram", "call_count": 101, "estimated_time_to_regain_access": 200}]}'
        seen.network.sandbox = Tells(seen.network.sandbox, {"x-business-use-case-usage": regain.decode()})
        await seen.hours(0.9)
        assert (seen.now - started_at).total_seconds() < 3600
        assert seen.collecting.trouble is not None
        assert seen.collecting.trouble.until - started_at > timedelta(hours=4)
        seen.network.sandbox = seen.network.sandbox.sandbox
        await seen.hours(4)
        assert [(missed.planned_age_s, missed.why) for missed in seen.missed(post)] == [
            (3600, Missing.RATE_LIMITED),
            (3 * 3600, Missing.RATE_LIMITED),
        ]


async def test_a_media_that_could_not_be_read_by_itself_names_what_kept_it() -> None:
    async with watch(media=2) as seen:
        await seen.look()
        post = seen.post()
        await seen.hours(1.2)
        seen.network.sandbox = LeavesOut(seen.network.sandbox, post)
        seen.sandbox.faults.add(Fault(on="media", kind=FaultKind.ERROR, code=1, times=None))
        await seen.hours(4)
        (missed,) = seen.missed(post)
        assert (missed.planned_age_s, missed.why) == (3 * 3600, Missing.UNREACHABLE)
        assert missed.text.startswith("Instagram answered 1:")


@pytest.mark.parametrize(
    ("login", "name"),
    [
        (LoginType.INSTAGRAM, "instagram_business_manage_insights"),
        (LoginType.FACEBOOK, "instagram_manage_insights"),
    ],
)
async def test_the_missing_permission_is_named_and_all_is_read_once_it_is_granted(
    login: LoginType, name: str
) -> None:
    async with watch(media=2, login=login) as seen:
        (token,) = seen.sandbox.scene.world.tokens.values()
        token.scopes = [scope for scope in all_scopes(login) if scope != name]
        run = await seen.look()
        assert run.problem is not None
        assert f"The permission {name} is missing." in run.problem.message
        assert (seen.collecting.lacks, seen.readings()) == (name, [])
        token.scopes = None
        seen.pass_by(minutes=30)
        run = await seen.look()
        assert (run.problem, seen.collecting.lacks, len(seen.readings())) == (None, None, 2)
        assert run.learnt.days


async def test_ages_are_true_on_a_machine_whose_clock_is_wrong_which_is_said(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with watch(behind_s=7200) as seen:
        young = seen.posted("photo", hours_ago=-1)
        await seen.look()
        post = seen.post()
        await seen.hours(2)
        assert all(reading.age_s >= 0 for reading in seen.readings())
        first, *_ = seen.readings(young)
        assert first.age_s == 3600
        assert seen.slots(post) == [1]
        assert seen.collecting.skew_s == -7200
        assert "clock is -7200 s off" in caplog.text


async def test_a_post_from_a_moment_that_is_yet_to_come_is_read_once_it_has_come() -> None:
    async with watch() as seen:
        post = seen.posted("photo", hours_ago=-0.02)
        await seen.look()
        assert seen.readings(post) == []
        await seen.hours(2)
        assert seen.readings(post)[0].age_s > 0


@dataclass
class Tells:
    """A way to the sandbox whose answers have further headers."""

    sandbox: Transport
    headers: dict[str, str]

    async def send(self, request: Request) -> Reply:
        reply = await self.sandbox.send(request)
        return replace(reply, headers={**reply.headers, **self.headers})

    async def aclose(self) -> None:
        await self.sandbox.aclose()


@dataclass
class LeavesOut:
    """A way to the sandbox on which lists leave a media out."""

    sandbox: Transport
    media_id: MediaId

    async def send(self, request: Request) -> Reply:
        reply = await self.sandbox.send(request)
        if "/media?" not in request.url:
            return reply
        answer = msgspec.json.decode(reply.body)
        answer["data"] = [media for media in answer["data"] if media["id"] != self.media_id]
        return replace(reply, body=msgspec.json.encode(answer))

    async def aclose(self) -> None:
        await self.sandbox.aclose()


async def test_a_deleted_post_is_noticed_at_the_next_look_whatever_is_due() -> None:
    async with watch(media=60) as seen:
        await seen.look()
        deleted = seen.post()
        await seen.hours(3.4)
        seen.sandbox.order("edits", media_id=deleted, deleted=True)
        calls = seen.calls(f"/{deleted}")
        await seen.hours(LOOK_EVERY / timedelta(hours=1))
        kept = {media.id: media for media in seen.store.readings.media(seen.account, ALL_MEDIA)}
        assert [media.id for media in kept.values() if media.vanished_at] == [deleted]
        asked = seen.calls(f"/{deleted}") - calls
        await seen.hours(2)
        assert seen.calls(f"/{deleted}") - calls == asked


async def test_a_post_that_lists_leave_out_though_it_is_there_is_asked_for_once_a_day() -> None:
    async with watch() as seen:
        await seen.look()
        post = seen.post()
        await seen.hours(1)
        seen.pass_by(hours=52)
        await seen.look()
        seen.network.sandbox = LeavesOut(seen.network.sandbox, post)
        calls = seen.calls(f"/{post}")
        await seen.hours(20)
        assert seen.calls(f"/{post}") - calls == 1
        await seen.hours(10)
        assert seen.calls(f"/{post}") - calls == 2
        (kept,) = [media for media in seen.store.readings.media(seen.account, ALL_MEDIA) if media.id == post]
        assert kept.vanished_at is None
