"""What a person is told, by whom, and how often."""

import asyncio
import hashlib
import hmac
import json
import shlex
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from pressroom.core.account import UNTIL_RESUMED, LoginDetails, Pause
from pressroom.core.actor import ActorId
from pressroom.core.post import Attention, IfLate, PostState
from pressroom.core.secret import Secret
from pressroom.core.settings import settings_from_environment
from pressroom.graph.hosts import LoginType
from pressroom.sandbox.faults import Fault, FaultKind
from pressroom.service.work.ways import Command, NotTold, Webhook, channels_of
from tests.patience import patience
from tests.service.office import an_office
from tests.service.posted import an_address

CANARY = "IGcanarycanarycanarycanarycanarycanary"
SIGN_IN = "pressroom auth login --account default"
DAY = timedelta(days=1)


async def test_a_late_post_that_asks_is_told_once_however_often_one_looks() -> None:
    async with an_office() as office:
        post_id = office.world.schedule(in_s=60, if_late=IfLate.ASK)
        assert await office.look() == []
        office.world.clock.advance(3600)
        await office.world.run(1)
        assert await office.look() == ["post_needs_person"]
        assert await office.look() == ["post_needs_person"]
        (told,) = office.listener.bodies
        assert (told["post"]["post_id"], told["post"]["attention"]) == (post_id, Attention.LATE)
        assert shlex.split(told["command"]) == ["pressroom", "schedule", "show", post_id[:8]]
        assert "It was due" in told["text"]


async def test_what_comes_back_after_it_was_mended_is_told_again() -> None:
    async with an_office() as office:
        post_id = office.world.schedule()
        office.change(post_id, state=PostState.FAILED, problem="It could not be made.")
        assert await office.look() == ["post_failed"]
        office.change(post_id, state=PostState.SCHEDULED, due_at=office.world.clock.now())
        office.change(post_id, state=PostState.FAILED)
        assert await office.look() == ["post_failed"] * 2


async def test_an_edit_of_a_post_in_trouble_is_no_new_matter() -> None:
    async with an_office() as office:
        post_id = office.world.schedule()
        office.change(post_id, state=PostState.MISSED)
        assert await office.look() == ["post_missed"]
        office.change(post_id, options=replace(office.world.post(post_id).options, caption="Better"))
        assert await office.look() == ["post_missed"]


async def test_a_long_pause_is_told_and_a_short_one_is_not() -> None:
    async with an_office() as office:
        accounts, now = office.world.store.accounts, office.world.clock.now()
        accounts.pause("default", Pause(now + timedelta(minutes=5), "Instagram answered 4."))
        assert await office.look(1) == []
        accounts.pause("default", Pause(UNTIL_RESUMED, "Instagram answered 190.", code=190))
        assert await office.look() == ["account_paused"]
        told = office.listener.bodies[0]
        assert (told["paused_until"], told["command"]) == (None, SIGN_IN)
        accounts.resume("default")
        await office.look()
        accounts.pause("default", Pause(UNTIL_RESUMED, "Instagram answered 190.", code=190))
        assert await office.look() == ["account_paused"] * 2


async def test_a_pause_names_the_posts_that_were_to_go_out_meanwhile() -> None:
    async with an_office() as office:
        accounts, now = office.world.store.accounts, office.world.clock.now()
        soon, _ = office.world.schedule(in_s=3600), office.world.schedule(in_s=5 * 3600)
        accounts.pause("default", Pause(now + timedelta(hours=3), "Instagram answered 368."))
        await office.look()
        (told,) = office.listener.bodies
        assert [one["post_id"] for one in told["would_miss"]] == [soon]
        assert told["text"].endswith("Instagram answered 368. Posts that would miss: 1.")


@pytest.mark.parametrize(
    ("reason", "code", "said", "command"),
    [
        (
            "Instagram answered 190/460: It is over.",
            190,
            f"its token has ended. {{}} Then sign in: `{SIGN_IN}`.",
            SIGN_IN,
        ),
        ("Instagram answered 200: (#200) Permissions error.", 200, "{}", "pressroom queue resume default"),
        ("Somebody has to look.", None, "{}", "pressroom queue resume default"),
    ],
)
async def test_an_account_that_is_paused_for_its_token_is_told_to_be_signed_in_to(
    reason: str, code: int | None, said: str, command: str
) -> None:
    async with an_office() as office:
        office.world.store.accounts.pause("default", Pause(UNTIL_RESUMED, reason, code=code))
        assert await office.look() == ["account_paused"]
        (told,) = office.listener.bodies
        assert told["text"] == f"Account default starts nothing new: {said.format(reason)}"
        assert told["command"] == command


async def test_an_account_that_is_paused_once_its_access_to_data_has_ended_is_told_to_be_signed_in_to() -> (
    None
):
    async with an_office() as office:
        now = office.world.clock.now()
        known = LoginDetails(never_ends=True, data_access_expires_at=now)
        office.login_changes(login_type=LoginType.FACEBOOK, details=known)
        refused = Pause(UNTIL_RESUMED, "Instagram answered 10: No permission.", code=10)
        office.world.store.accounts.pause("default", refused)
        await office.look()
        (told,) = [body for body in office.listener.bodies if body["event"] == "account_paused"]
        assert told["command"] == SIGN_IN
        assert "its access has ended. Instagram answered 10" in told["text"]


async def test_a_postponed_post_is_told_once_with_both_times_however_often_it_is_postponed() -> None:
    async with an_office() as office:
        post_id, now = office.world.schedule(in_s=60), office.world.clock.now()
        for hours in (1, 2):
            later = now + timedelta(hours=hours)
            office.change(post_id, postponed_to=later, postponed_because="The account's quota is full.")
            assert await office.look(1) == ["post_postponed"]
        (told,) = office.listener.bodies
        assert told["post"]["postponed_to"] == (now + timedelta(hours=1)).isoformat(timespec="seconds")
        assert (
            "planned for 2026-11-24 12:01 UTC and goes out at 2026-11-24 13:00 UTC. The account's"
            in told["text"]
        )
        office.change(post_id, postponed_to=None, due_at=now + timedelta(hours=3))
        office.change(post_id, postponed_to=now + timedelta(hours=5))
        assert await office.look() == ["post_postponed"] * 2


async def test_a_pause_by_hand_is_told_with_who_made_it() -> None:
    async with an_office() as office:
        held = Pause(UNTIL_RESUMED, "On hold", ActorId("program:planner"), office.world.clock.now())
        office.world.store.accounts.pause("default", held)
        assert await office.look() == ["account_paused"]
        assert office.listener.bodies[0]["text"] == (
            "Account default starts nothing new, paused by program:planner: On hold"
        )


async def test_a_token_is_warned_of_at_14_7_3_and_1_days_and_when_it_is_over() -> None:
    async with an_office() as office:
        office.token_ends_in(16)
        days = list[int]()
        for _ in range(18):
            await office.look(DAY.total_seconds())
            days = [body["days_left"] for body in office.listener.bodies]
        assert days == [14, 7, 3, 1, -1]
        assert set(office.listener.events) == {"token_ends"}


async def test_a_token_that_ends_names_the_posts_that_would_miss() -> None:
    async with an_office() as office:
        office.world.schedule(in_s=DAY.total_seconds())
        missed = office.world.schedule(in_s=5 * DAY.total_seconds())
        office.token_ends_in(2.5)
        assert await office.look() == ["token_ends"]
        (told,) = office.listener.bodies
        assert [one["post_id"] for one in told["would_miss"]] == [missed]
        assert "Posts that would miss: 1." in told["text"]


async def test_a_post_that_another_login_of_the_account_publishes_does_not_miss() -> None:
    async with an_office() as office:
        office.token_ends_in(2)
        accounts = office.world.store.accounts
        ends = office.world.clock.now() + timedelta(days=40)
        other = replace(accounts.get("default"), name="agency", is_default=False, token_expires_at=ends)
        accounts.put(other)
        missed = office.world.schedule(in_s=20 * 86400)
        assert (
            office.world.post(office.world.schedule(in_s=20 * 86400 + 60, login="agency")).login == "agency"
        )
        await office.look()
        (told,) = office.listener.bodies
        assert [one["post_id"] for one in told["would_miss"]] == [missed]


async def test_a_postponed_post_that_would_miss_is_told_with_the_time_at_which_it_goes_out() -> None:
    async with an_office() as office:
        missed = office.world.schedule(in_s=5 * DAY.total_seconds())
        later = office.world.clock.now() + 6 * DAY
        office.change(missed, postponed_to=later)
        office.token_ends_in(2.5)
        await office.look()
        told = next(body for body in office.listener.bodies if body["event"] == "token_ends")
        assert told["would_miss"] == [{"post_id": missed, "goes_out_at": later.isoformat(timespec="seconds")}]


async def test_a_token_that_the_worker_is_yet_to_renew_alarms_nobody() -> None:
    """As after weeks without a worker, whose first look comes before its first renewal."""
    async with an_office() as office:
        (stored,) = office.world.store.accounts.list()
        ends = office.world.clock.now() + 10 * DAY
        made = office.world.clock.now() - 50 * DAY
        office.world.store.accounts.put(replace(stored, token_expires_at=ends, token_obtained_at=made))
        assert await office.look() == []
        office.tokens_were_renewed()
        assert await office.look() == ["token_ends"]


async def test_a_login_whose_end_nobody_told_is_warned_of_as_if_it_lasted_sixty_days() -> None:
    async with an_office() as office:
        office.login_changes(login_type=LoginType.UNIFIED)
        office.world.schedule(in_s=50 * DAY.total_seconds())
        missed = office.world.schedule(in_s=61 * DAY.total_seconds())
        await office.look(46 * DAY.total_seconds())
        (told,) = office.listener.bodies
        assert "ends in 14 days at the latest if it ends at all, and only a person renews it" in told["text"]
        assert [one["post_id"] for one in told["would_miss"]] == [missed]
        await office.look(20 * DAY.total_seconds())
        assert len(office.listener.bodies) == 1


@pytest.mark.usefixtures("long_run")
async def test_one_that_is_not_taken_is_tried_again_for_a_day_and_then_given_up() -> None:
    async with an_office() as office:
        office.change(office.world.schedule(), state=PostState.FAILED)
        office.listener.refusals = 3
        assert await office.look() == []
        assert await office.look(30) == []
        for wait_s in (60, 300):
            assert await office.look(wait_s) == []
        assert await office.look(900) == ["post_failed"]
        office.change(office.world.schedule(), state=PostState.FAILED)
        office.listener.refusals = 1000
        for _ in range(200):
            await office.look(3600)
        assert office.listener.refusals == 1000 - 9


async def test_nothing_that_is_told_holds_a_secret() -> None:
    async with an_office() as office:
        text = f"Bad token {CANARY} in https://graph.instagram.com/me?access_token=short"
        office.world.sandbox.faults.add(Fault(on="create", kind=FaultKind.ERROR, code=190, message=text))
        office.world.schedule(in_s=60)
        await office.world.run(120)
        office.change(office.world.schedule(), state=PostState.FAILED, problem=text)
        assert set(await office.look()) == {"account_paused", "post_failed"}
        told = json.dumps(office.listener.bodies)
        assert CANARY not in told
        assert "access_token=short" not in told
        assert "***" in told


def script(path: Path, body: str) -> tuple[str, ...]:
    path.write_text(body)
    return ("sh", str(path))


async def test_a_command_gets_the_object_on_stdin_and_no_secret_in_its_environment(tmp_path: Path) -> None:
    argv = script(tmp_path / "tell", f"cat > {tmp_path}/told; env > {tmp_path}/env")
    await Command(argv, {"PATH": "/usr/bin:/bin", "WHO": "me"}).tell("k", '{"a": 1}')
    assert (tmp_path / "told").read_text() == '{"a": 1}\n'
    assert "WHO=me" in (tmp_path / "env").read_text()


@pytest.mark.parametrize(
    ("body", "why", "limit_s"),
    [
        ("exit 3", "ended with 3", 10),
        ("exec 0<&-; exit 3", "ended with 3", 10),
        ("sleep 60 & wait", "took longer than", 0.3),
    ],
)
async def test_a_command_that_fails_or_hangs_did_not_tell(
    tmp_path: Path, body: str, why: str, limit_s: float
) -> None:
    command = Command(script(tmp_path / "tell", body), {"PATH": "/usr/bin:/bin"}, timeout_s=patience(limit_s))
    with pytest.raises(NotTold, match=why):
        await command.tell("k", "{}" * 100_000)


async def test_a_command_that_is_not_there_did_not_tell() -> None:
    with pytest.raises(NotTold, match="could not be run"):
        await Command(("/nowhere/tell",), {}).tell("k", "{}")


async def test_an_address_gets_the_object_signed_as_instagrams_own_webhooks_are() -> None:
    async with an_address() as (url, posted):
        await Webhook(Secret(url), Secret("s3")).tell("k", '{"a": "ç"}')
        await Webhook(Secret(url), None).tell("k", '{"a": "ç"}')
    (signed, body), (unsigned, _) = posted
    digest = hmac.new(b"s3", body.encode(), hashlib.sha256).hexdigest()
    assert signed["X-Hub-Signature-256"] == f"sha256={digest}"
    assert (body, signed["Content-Type"]) == ('{"a": "ç"}', "application/json")
    assert "X-Hub-Signature-256" not in unsigned
    assert signed["Idempotency-Key"] == unsigned["Idempotency-Key"]


@pytest.mark.parametrize("status", [302, 400, 500])
async def test_an_address_that_answers_otherwise_was_not_told_and_is_not_named(status: int) -> None:
    async with an_address(status) as (url, posted):
        with pytest.raises(NotTold, match=f"answered {status}") as refusal:
            await Webhook(Secret(url), None).tell("k", "{}")
    assert len(posted) == 1
    assert "127.0.0.1" not in str(refusal.value)


async def test_an_address_that_does_not_answer_is_not_named_either() -> None:
    async with an_address() as (url, _):
        pass
    with pytest.raises(NotTold, match="does not answer") as refusal:
        await Webhook(Secret(url), None).tell("k", "{}")
    assert "s3cret" not in str(refusal.value)


def test_channels_are_what_is_set_up(tmp_path: Path) -> None:
    environ = {
        "PRESSROOM_NOTIFY_COMMAND": "notify-send 'A post needs you'",
        "PRESSROOM_NOTIFY_URL": "https://example.com/hook",
    }
    settings = settings_from_environment(environ, default_home=tmp_path)
    assert settings.notify_command == ("notify-send", "A post needs you")
    assert [one.name for one in channels_of(settings, {})] == ["command", "webhook"]
    assert channels_of(settings_from_environment({}, default_home=tmp_path), {}) == ()


async def test_a_fault_of_one_look_is_not_the_end_of_notices(caplog: pytest.LogCaptureFixture) -> None:
    """The second notice is told by the next look, though the first met a fault of ours."""
    async with an_office() as office:
        for _ in range(2):
            office.change(office.world.schedule(), state=PostState.FAILED)
        faults, told = [ZeroDivisionError("odd")], asyncio.Event()

        def mask(text: str) -> str:
            if faults:
                raise faults.pop()
            told.set()
            return text

        telling = asyncio.create_task(replace(office.teller, mask=mask, look_s=0.001).run())
        async with asyncio.timeout(patience(10)):
            await told.wait()
        telling.cancel()
        await asyncio.gather(telling, return_exceptions=True)
        assert "a fault of Pressroom's own" in caplog.text
