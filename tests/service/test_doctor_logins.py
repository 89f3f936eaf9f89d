"""The doctor of accounts that sign in by Facebook: the way over the Page, and Unified Login without one."""

from pathlib import Path
from typing import Literal

import pytest

from pressroom.client.transport_asgi import AsgiTransport
from pressroom.core.account import Account
from pressroom.core.secret import Secret
from pressroom.core.settings import Settings
from pressroom.graph.hosts import LoginType
from pressroom.sandbox.settings import SandboxSettings
from pressroom.sandbox.simulator import Sandbox
from pressroom.service import Pressroom
from pressroom.service.doctor.findings import Verdict
from tests.fakes.clock import FakeClock
from tests.service.test_doctor import BASE, MOST_CALLS, found, methods, verdicts


@pytest.mark.parametrize("whose", ["account", "system_user"])
async def test_a_doctor_of_unified_login_needs_no_page(
    tmp_path: Path, whose: Literal["account", "system_user"]
) -> None:
    clock, token = FakeClock(), "EAA" + "c" * 40
    settings = SandboxSettings(token=token, login=LoginType.UNIFIED, unified_me=whose)
    sandbox = Sandbox(settings, clock=clock)
    account = Account(token=Secret(token), api_base=BASE, login_type=LoginType.UNIFIED)
    transport = AsgiTransport(sandbox.app, clock=clock)
    async with Pressroom(account, Settings(home=tmp_path), clock=clock, transport=transport) as pressroom:
        report = await pressroom.accounts.doctor()
    assert len(sandbox.calls()) <= MOST_CALLS
    assert found(report, "token-works").verdict is Verdict.OK
    assert not report.has_failed, [one for one in report.findings if one.verdict == "fail"]
    await sandbox.aclose()


async def test_a_doctor_of_facebook_login_walks_the_page_path(tmp_path: Path) -> None:
    clock = FakeClock()
    token = "EAA" + "b" * 40
    sandbox = Sandbox(SandboxSettings(token=token, media=1, fetch="trust"), clock=clock)
    for user_id in (sandbox.user_id, "me"):
        account = Account(token=Secret(token), user_id=user_id, api_base=BASE, login_type=LoginType.FACEBOOK)
        before = len(sandbox.calls())
        async with Pressroom(
            account,
            Settings(home=tmp_path),
            clock=clock,
            transport=AsgiTransport(sandbox.app, clock=clock),
        ) as pressroom:
            report = await pressroom.accounts.doctor()
        assert len(sandbox.calls()) - before <= MOST_CALLS
        assert methods(sandbox.calls()) == {"GET"}
        assert {"page-seen", "page-link", "page-task", "data-access"} <= {one.name for one in report.findings}
        assert verdicts(report) == {Verdict.OK}, [one for one in report.findings if one.verdict != "ok"]
        assert token not in repr(report)
    await sandbox.aclose()
