"""Music and sounds of Instagram's for a reel: found by `media audio`, and published with `--audio`."""

from dataclasses import replace

import pytest

from pressroom.cli.shell.failures import ExitCode
from pressroom.client.transport_asgi import AsgiTransport
from pressroom.graph.hosts import LoginType
from pressroom.sandbox.settings import SandboxSettings
from pressroom.sandbox.simulator import Sandbox
from tests.cli.conftest import CLIP, Shell, environ_of
from tests.fakes.clock import FakeClock


@pytest.fixture
def facebook(shell: Shell, clock: FakeClock) -> Shell:
    """A shell with an account of Facebook Login."""
    host = Sandbox(
        SandboxSettings(token="EAAsandbox0123456789abcdef", login=LoginType.FACEBOOK, fetch="trust"),
        clock=clock,
    )
    return replace(
        shell, environ=environ_of(host), clock=clock, transport=AsgiTransport(host.app, clock=clock)
    )


def test_music_is_found_by_words_and_published_with_a_reel(facebook: Shell) -> None:
    first, *_ = found = facebook("media", "audio", "late", "night", "--json").json
    assert first == {
        "audio_id": first["audio_id"],
        "audio_type": "music",
        "title": "Late Night Morning",
        "artist": "The Pressmen",
        "duration_in_ms": 30000,
        "download_url": None,
    }
    shown = facebook("media", "audio", "late", "night").out
    assert all(f"{audio['audio_id']}" in shown for audio in found)
    reel = ("publish", "reel", CLIP, "--audio", f"{first['audio_id']}:100,20")
    call = facebook(*reel, "--dry-run", "--json").json["calls"][0]
    assert call["params"]["audio_configuration"] == (
        f'{{"audio_id":"{first["audio_id"]}","audio_volume":100,"video_volume":20}}'
    )
    assert facebook(*reel).code == ExitCode.DONE


def test_without_words_sounds_that_are_trending_are_found(facebook: Shell) -> None:
    [sound, *_] = facebook("media", "audio", "--type", "original_sound", "--json").json
    assert (sound["title"], sound["artist"]) == ("Trending Morning", "a.stranger")


def test_a_login_without_audio_is_refused_before_any_call(shell: Shell) -> None:
    refused = shell("media", "audio", "--json", INSTAGRAM_ACCESS_TOKEN="IGAAinvented")
    assert (refused.code, refused.error["rule"]) == (ExitCode.REFUSED, "audio")
    assert "sign in by Facebook Login" in refused.error["fix"]
