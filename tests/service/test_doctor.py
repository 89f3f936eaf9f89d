"""The doctor looks at the whole session, by few calls, and changes nothing."""

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import NullPool, create_engine

from pressroom.accounts.vault import open_vault
from pressroom.client.transport_asgi import AsgiTransport
from pressroom.core.account import UNTIL_RESUMED, Account, Pause
from pressroom.core.clock import SYSTEM_CLOCK
from pressroom.core.errors import NeedsApproval, NotFound
from pressroom.core.post import PostState
from pressroom.core.secret import Secret
from pressroom.core.settings import Settings
from pressroom.dispatch.locks import driver_lock
from pressroom.sandbox.faults import ANY_CALL, Fault, FaultKind
from pressroom.sandbox.settings import Hostility, SandboxSettings
from pressroom.sandbox.simulator import Sandbox
from pressroom.service import Pressroom
from pressroom.service.doctor.findings import Finding, Report, Verdict
from pressroom.store.history import OURS
from tests.fakes.clock import FakeClock
from tests.ports import free_port
from tests.service.consenting import ANNA, a_picture, person, program, proposed
from tests.service.road import PHOTO, Road, opened_road, without_store

BASE = "http://127.0.0.1:1"
MOST_CALLS = 9


async def examined(road: Road, **more: Any) -> Report:
    asked = {name: more.pop(name) for name in ("account", "every", "repairs") if name in more}
    async with person(road, **more) as pressroom:
        return await pressroom.accounts.doctor(**asked)


def found(report: Report, name: str, account: str | None = None) -> Finding:
    (one,) = [one for one in report.findings if one.name == name and account in (None, one.account)]
    return one


def verdicts(report: Report) -> set[Verdict]:
    return {one.verdict for one in report.findings}


def methods(calls: Iterable[Any]) -> set[str]:
    return {call.method for call in calls}


async def test_a_new_machine_with_a_sandbox_is_in_order(road: Road, tmp_path: Path) -> None:
    report = await examined(without_store(road, tmp_path / "new"))
    assert verdicts(report) == {Verdict.OK}, [one for one in report.findings if one.verdict != "ok"]
    assert not report.has_failed
    assert not (tmp_path / "new").exists()


async def test_without_an_account_it_says_so_and_makes_no_call(road: Road, tmp_path: Path) -> None:
    empty = Settings(home=tmp_path / "new")
    async with Pressroom(settings=empty, environ={}, transport=road.transport()) as pressroom:
        report = await pressroom.accounts.doctor()
    assert found(report, "accounts").verdict is Verdict.WARN
    assert found(report, "clock").verdict is Verdict.UNKNOWN
    assert not report.has_failed
    assert road.sandbox.calls() == []


async def test_it_makes_few_calls_and_only_reads(road: Road) -> None:
    road.sign_in()
    before = (road.settings.home / "pressroom.db").read_bytes()
    report = await examined(road, account_name="ana")
    assert methods(road.sandbox.calls()) == {"GET"}
    assert len(road.sandbox.calls()) <= MOST_CALLS
    assert verdicts(report) == {Verdict.OK}, [one for one in report.findings if one.verdict != "ok"]
    assert (road.settings.home / "pressroom.db").read_bytes() == before


async def test_each_finding_is_told_as_it_is_made(road: Road) -> None:
    told = list[Finding]()
    async with person(road) as pressroom:
        report = await pressroom.accounts.doctor(on_finding=told.append)
    assert sorted(told, key=repr) == sorted(report.findings, key=repr)
    assert sum(report.counts.values()) == len(told)


async def test_a_token_of_the_environment_hides_the_stored_one(road: Road) -> None:
    road.sign_in()
    environ = {
        "INSTAGRAM_ACCESS_TOKEN": road.account.token.reveal(),
        "INSTAGRAM_USER_ID": road.account.user_id,
        "INSTAGRAM_API_BASE": BASE,
    }
    async with Pressroom(
        settings=road.settings, environ=environ, transport=road.transport(), clock=road.clock
    ) as pressroom:
        report = await pressroom.accounts.doctor(every=True)
    hidden = found(report, "environment-token")
    assert (hidden.verdict, hidden.traps) == (Verdict.WARN, ("environment-token",))
    assert {one.account for one in report.findings} == {None, "ana", f"{road.account.user_id}@127.0.0.1:1"}


async def test_a_wrong_setting_of_the_environment_is_a_finding(road: Road) -> None:
    environ = {"INSTAGRAM_ACCESS_TOKEN": "EAAB" + "x" * 40}
    async with Pressroom(settings=road.settings, environ=environ, transport=road.transport()) as pressroom:
        report = await pressroom.accounts.doctor()
    wrong = found(report, "accounts")
    assert (wrong.verdict, wrong.traps) == (Verdict.FAIL, ("wrong-host",))
    assert report.has_failed


async def test_one_stored_account_is_looked_at_by_its_name(road: Road) -> None:
    road.sign_in()
    road.sign_in("ben")
    report = await examined(road, account="ben")
    assert {one.account for one in report.findings} == {None, "ben"}
    with pytest.raises(NotFound, match="nobody"):
        await examined(road, account="nobody")


async def test_an_app_without_a_role_for_the_account_is_named(road: Road) -> None:
    message = "Unsupported request - method type: get"
    road.sandbox.faults.add(Fault(on=ANY_CALL, kind=FaultKind.ERROR, code=100, message=message, times=None))
    report = await examined(road)
    refused = found(report, "role")
    assert (refused.verdict, refused.traps) == (Verdict.FAIL, ("no-role",))
    assert "token-works" not in {one.name for one in report.findings}
    assert len(road.sandbox.calls()) == 1


async def test_a_sandbox_that_does_not_answer_leaves_it_open(road: Road) -> None:
    async with Pressroom(road.account, road.settings, clock=road.clock, actor=ANNA) as pressroom:
        report = await pressroom.accounts.doctor()
    assert found(report, "token-works").verdict is Verdict.UNKNOWN
    assert not report.has_failed


async def test_what_one_call_meets_hides_nothing_of_the_others(road: Road) -> None:
    road.sandbox.faults.add(Fault(on="quota", kind=FaultKind.ERROR, code=100, times=None))
    report = await examined(road)
    assert found(report, "quota").verdict is Verdict.UNKNOWN
    assert found(report, "token-works").verdict is Verdict.OK
    assert found(report, "subscription").verdict is Verdict.OK


async def test_a_permission_that_was_not_granted_is_named_with_what_breaks(road: Road) -> None:
    token = road.sandbox.token
    road.sandbox.scene.world.tokens[token].scopes = ["instagram_business_basic"]
    missing = found(await examined(road), "permissions")
    assert (missing.verdict, missing.traps) == (Verdict.FAIL, ("missing-permission",))
    assert "instagram_business_content_publish" in missing.seen
    assert "nothing can be published" in missing.consequence


async def test_a_permission_that_lapsed_is_told_from_one_that_was_not_granted(road: Road) -> None:
    road.sandbox.faults.add(Fault(on="quota", kind=FaultKind.ERROR, code=10, times=None))
    report = await examined(road)
    lapsed = found(report, "permission-use")
    assert (lapsed.verdict, lapsed.traps) == (Verdict.FAIL, ("unused-permission",))
    assert found(report, "permissions").verdict is Verdict.OK


async def test_the_clock_is_held_against_instagrams(tmp_path: Path) -> None:
    clock = FakeClock()
    sandbox = Sandbox(SandboxSettings(hostility=Hostility(date_skew_s=-90.0)), clock=clock)
    account = Account(token=Secret(sandbox.token), user_id=sandbox.user_id, api_base=BASE)
    transport = AsgiTransport(sandbox.app, clock=clock)
    async with Pressroom(account, Settings(home=tmp_path), clock=clock, transport=transport) as pressroom:
        report = await pressroom.accounts.doctor()
    assert "90 s ahead" in found(report, "clock").seen
    await sandbox.aclose()


async def test_posts_without_a_worker_a_pause_and_a_doubt_are_found(road: Road) -> None:
    road.sign_in()
    async with person(road) as pressroom:
        await pressroom.posts.submit(a_picture(PHOTO), at="+2h")
    road.store.accounts.pause("ana", Pause(UNTIL_RESUMED, "On hold", by=ANNA.id, at=road.clock.now()))
    report = await examined(road, account_name="ana")
    assert found(report, "worker").verdict is Verdict.WARN
    assert found(report, "paused").verdict is Verdict.WARN
    lock = driver_lock(road.settings)
    assert lock.take()
    try:
        assert found(await examined(road, account_name="ana"), "worker").verdict is Verdict.OK
    finally:
        lock.release()


async def test_the_posts_that_would_miss_the_end_of_a_token_are_counted(road: Road) -> None:
    vault = open_vault(road.store, road.settings)
    ends = road.clock.now() + timedelta(days=2)
    vault.keep("ana", road.account, obtained_at=road.clock.now(), expires_at=ends, is_default=True)
    road.store.posts.add(
        replace(a_picture(PHOTO), state=PostState.SCHEDULED, account="ana", due_at=ends + timedelta(days=1))
    )
    # The sandbox's word for the end of its token goes before the stored one.
    road.sandbox.scene.world.tokens[road.sandbox.token].expires_at = ends.timestamp()
    near = found(await examined(road, account_name="ana"), "token-end")
    assert near.verdict is Verdict.WARN
    assert "would miss: 1" in near.consequence


async def test_a_token_that_another_key_sealed_is_told_and_no_key_is_made(road: Road) -> None:
    road.sign_in()
    (road.settings.home / "token.key").unlink()
    report = await examined(road, account_name="ana")
    assert found(report, "token-readable").verdict is Verdict.FAIL
    assert not (road.settings.home / "token.key").exists()
    assert road.sandbox.calls() == []


@pytest.mark.parametrize(
    ("content", "says"),
    [(b"not a database at all", "not a database"), (b"SQLite format 3\0" + b"x" * 99, "")],
)
async def test_a_broken_store_is_told_beside_all_else(tmp_path: Path, content: bytes, says: str) -> None:
    (tmp_path / "pressroom.db").write_bytes(content)
    async with Pressroom(settings=Settings(home=tmp_path), environ={}, actor=ANNA) as pressroom:
        report = await pressroom.accounts.doctor()
    broken = found(report, "store-opens")
    assert broken.verdict is Verdict.FAIL
    assert says in broken.cause
    assert found(report, "accounts").verdict is Verdict.UNKNOWN
    assert found(report, "proposals").verdict is Verdict.UNKNOWN
    assert (tmp_path / "pressroom.db").read_bytes() == content


async def test_a_data_directory_that_cannot_be_used_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    async with Pressroom(settings=Settings(home=tmp_path / "file"), environ={}, actor=ANNA) as pressroom:
        report = await pressroom.accounts.doctor()
    assert "no directory" in found(report, "store-opens").cause

    def denied(_path: Path, **_more: Any) -> bool:
        raise PermissionError(13, "Permission denied")

    for name in ("exists", "is_dir", "read_text"):
        monkeypatch.setattr(Path, name, denied)
    async with Pressroom(settings=Settings(home=tmp_path), environ={}, actor=ANNA) as pressroom:
        report = await pressroom.accounts.doctor()
    monkeypatch.undo()
    assert "Permission denied" in found(report, "store-opens").cause
    assert found(report, "sealing-key").verdict is Verdict.FAIL
    assert found(report, "data-disk").verdict is Verdict.UNKNOWN


async def test_a_program_may_look_and_not_repair(road: Road) -> None:
    async with program(road) as pressroom:
        assert (await pressroom.accounts.doctor()).findings
        with pytest.raises(NeedsApproval, match="Only a person"):
            await pressroom.accounts.doctor(repairs=True)


async def test_what_programs_wait_for_is_told(road: Road) -> None:
    road.sign_in()
    async with program(road) as pressroom:
        await proposed(pressroom.accounts.call("DELETE", "17900000000000009", {}))
    report = await examined(road)
    assert found(report, "proposals").seen == "1 waits for a person"
    assert found(report, "who-is-a-program").verdict is Verdict.WARN


async def test_a_repair_closes_our_files_and_nobody_elses(tmp_path: Path) -> None:
    home = tmp_path / "home"
    async with opened_road(home) as road:
        road.sign_in()
        (home / "theirs.txt").touch()
        for path, mode in ((home, 0o755), (home / "pressroom.db", 0o644), (home / "theirs.txt", 0o644)):
            path.chmod(mode)
        assert found(await examined(road), "private-files").verdict is Verdict.FAIL
        report = await examined(road, repairs=True)
        assert f"{home / 'pressroom.db'} is this user's alone now." in report.repairs
        assert not any("theirs" in one for one in report.repairs)
        assert found(report, "private-files").verdict is Verdict.WARN
        assert (home / "theirs.txt").stat().st_mode & 0o777 == 0o644
        (home / "theirs.txt").unlink()
        assert found(await examined(road, repairs=True), "private-files").verdict is Verdict.OK


async def test_all_that_pressroom_makes_in_its_directory_is_known_as_its_own(road: Road) -> None:
    road.sign_in()
    async with person(road) as pressroom:
        await pressroom.posts.submit(a_picture(PHOTO), at="+2h")
        await pressroom.publish(a_picture(PHOTO, "Now"))
    road.settings.home.chmod(0o755)
    report = await examined(road, repairs=True)
    assert f"{road.settings.home} is this user's alone now." in report.repairs


async def test_accounts_are_looked_at_side_by_side(road: Road) -> None:
    for name in ("ana", "ben", "cem"):
        road.sign_in(name)
    under_way, most = 0, 0

    def arrives(_path: str) -> None:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        asyncio.get_running_loop().call_soon(leaves)

    def leaves() -> None:
        nonlocal under_way
        under_way -= 1

    road.on_call = arrives
    report = await examined(road, every=True, account_name="ana")
    assert {one.account for one in report.findings} == {None, "ana", "ben", "cem"}
    assert most > 1


async def test_an_older_store_is_not_opened_and_a_repair_upgrades_it(tmp_path: Path) -> None:
    path, earlier = tmp_path / "pressroom.db", OURS.revisions[-2]
    make_at(path, earlier)
    before = path.read_bytes()
    async with Pressroom(settings=Settings(home=tmp_path), environ={}, actor=ANNA) as pressroom:
        behind = await pressroom.accounts.doctor()
        assert found(behind, "store-revision").verdict is Verdict.WARN
        assert path.read_bytes() == before
        mended = await pressroom.accounts.doctor(repairs=True)
    assert found(mended, "store-revision").verdict is Verdict.OK
    (told,) = mended.repairs
    assert f"revision {OURS.newest}" in told
    assert told.endswith(f"it is in {path}.before-{earlier}.")


def make_at(path: Path, revision: str) -> None:
    """Make a store as an earlier program did."""
    engine = create_engine(f"sqlite:///{path}", poolclass=NullPool)
    with engine.begin() as connection:
        config = Config(attributes={"connection": connection})
        config.set_main_option("script_location", str(OURS.scripts))
        command.upgrade(config, revision)
    engine.dispose()
    path.chmod(0o600)


async def test_our_own_public_address_is_asked_for_a_file_of_ours(tmp_path: Path) -> None:
    """Of a sandbox's account an address of this machine will do, since the sandbox fetches from here."""
    port = free_port()
    settings = Settings(home=tmp_path, public_url=f"http://127.0.0.1:{port}", media_port=port)
    async with opened_road(tmp_path / "road") as road:
        report = await examined(replace(road, settings=settings, clock=SYSTEM_CLOCK))
        for name in ("public-address", "public-answer", "public-range", "public-head"):
            assert found(report, name).verdict is Verdict.OK, found(report, name)
        elsewhere = replace(settings, media_port=None)
        report = await examined(replace(road, settings=elsewhere, clock=SYSTEM_CLOCK))
        assert found(report, "public-answer").verdict is Verdict.UNKNOWN


async def test_an_address_that_instagram_could_not_fetch_is_asked_nothing(road: Road) -> None:
    settings = replace(road.settings, public_url="http://127.0.0.1:1")
    async with Pressroom(settings=settings, environ={}) as pressroom:
        report = await pressroom.accounts.doctor()
    assert found(report, "public-address").verdict is Verdict.FAIL
    assert "public-answer" not in {one.name for one in report.findings}
