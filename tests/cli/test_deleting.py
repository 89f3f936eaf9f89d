"""`pressroom media delete`: what it asks, says and ends with."""

from dataclasses import replace

import pytest

from pressroom.cli.shell.failures import ExitCode
from pressroom.client.transport_asgi import AsgiTransport
from pressroom.graph.hosts import LoginType
from pressroom.sandbox.faults import Fault, FaultKind
from pressroom.sandbox.settings import SandboxSettings
from pressroom.sandbox.simulator import Sandbox
from tests.cli.conftest import PICTURE, Shell, environ_of
from tests.cli.planning import sign_in
from tests.fakes.clock import FakeClock


@pytest.fixture
def host(clock: FakeClock) -> Sandbox:
    played = SandboxSettings(
        token="EAAsandbox0123456789abcdef", login=LoginType.FACEBOOK, fetch="trust", media=2
    )
    return Sandbox(played, clock=clock)


@pytest.fixture
def ana(shell: Shell, host: Sandbox, clock: FakeClock) -> Shell:
    """A shell with an account of Facebook Login, signed in."""
    account = replace(
        shell, environ=environ_of(host), clock=clock, transport=AsgiTransport(host.app, clock=clock)
    )
    sign_in(account)
    return account


def test_posts_and_media_are_deleted_once_somebody_says_so(ana: Shell, host: Sandbox) -> None:
    assert ana("publish", "photo", PICTURE, "--caption", "Hello", "--idempotency-key", "k").code == 0
    [post] = ana("schedule", "list", "--state", "published", "--json").json
    by_hand = next(media.id for media in host.media if media.id != post["media_id"])
    unasked = ana("media", "delete", post["post_id"])
    assert unasked.code == ExitCode.REFUSED
    assert "add `--yes`" in unasked.err
    shown = ana("media", "delete", post["post_id"], by_hand, "--dry-run")
    assert [line.split(" of ")[0] for line in shown.out.splitlines()] == [
        f"Photo {post['media_id']} (post {post['post_id'][:8]})",
        f"Reel {by_hand}",
    ]
    assert len(host.media) == 3
    done = ana("media", "delete", post["post_id"][:8], by_hand, "--yes", "--json")
    assert done.code == ExitCode.DONE
    assert [(item["deleted"], item["deletion"]["state"]) for item in done.json] == [(True, "done")] * 2
    assert len(host.media) == 1
    assert ana("schedule", "list", "--state", "deleted", "--json").json[0]["post_id"] == post["post_id"]
    again = ana("media", "delete", post["post_id"], "--yes")
    assert (again.code, "is deleted." in again.out) == (ExitCode.DONE, True)


def test_what_nobody_knows_ends_with_8_and_what_is_not_there_with_6(ana: Shell, host: Sandbox) -> None:
    media = host.media[0].id
    host.faults.add(
        Fault(on="media", method="DELETE", kind=FaultKind.ERROR, code=-1, subcode=2207085, times=None)
    )
    doubt = ana("media", "delete", media, "17900000000009999", "--yes")
    assert doubt.code == ExitCode.OUTCOME_UNKNOWN
    assert (
        f"Whether media {media} is deleted is not known. Instagram answered -1/2207085: Fatal." in doubt.err
    )
    assert f"`pressroom media delete {media}`" in doubt.err
    assert "Instagram shows no media 17900000000009999" in doubt.err
    assert ana("media", "delete", "17900000000009999", "--yes").code == ExitCode.NOT_FOUND
    host.faults.clear()
    assert ana("media", "delete", media, "--yes").code == ExitCode.DONE


def test_instagram_login_is_told_so_and_nothing_is_called(account: Shell, sandbox: Sandbox) -> None:
    before = len(sandbox.calls())
    refused = account("media", "delete", "17900000000000001", "--yes")
    assert refused.code == ExitCode.REFUSED
    assert "Instagram Login cannot delete what is published; Facebook Login can." in refused.err
    assert [call.path for call in sandbox.calls()[before:] if "17900000000000001" in call.path] == []


def test_a_table_of_insights_says_what_was_deleted(ana: Shell, host: Sandbox) -> None:
    ana("insights", "pull")
    media = host.media[0].id
    ana("media", "delete", media, "--yes")
    line = next(line for line in ana("insights", "media").out.splitlines() if line.startswith(media))
    assert "(deleted)" in line
