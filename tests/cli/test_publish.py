"""`pressroom publish`: what it prints, and what it ends with."""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from pressroom.cli.shell.failures import ExitCode
from pressroom.sandbox.faults import Effect, Fault, FaultKind
from pressroom.sandbox.samples import make_poster
from pressroom.sandbox.settings import Processing, SandboxSettings
from pressroom.sandbox.simulator import Sandbox
from tests.cli.conftest import CLIP, HOST, PICTURE, Shell
from tests.cli.planning import sign_in
from tests.fakes.transport import FakeTransport, reply
from tests.media.fixtures import Clip

KINDS = {"photo": [PICTURE], "reel": [CLIP], "carousel": [PICTURE, CLIP], "story": [PICTURE]}
PRODUCTS = {"photo": "FEED", "reel": "REELS", "carousel": "FEED", "story": "STORY"}


def creations(sandbox: Sandbox) -> list[dict[str, str]]:
    """What was sent to make containers."""
    return [dict(record.params) for record in sandbox.calls("/media", "POST")]


@pytest.mark.parametrize("kind", KINDS)
def test_json_is_exactly_the_documented_members(account: Shell, sandbox: Sandbox, kind: str) -> None:
    result = account("publish", kind, *KINDS[kind], "--json")
    assert result.code == ExitCode.DONE
    assert result.json == {
        "id": sandbox.media[0].id,
        "kind": kind,
        "permalink": f"http://{HOST}{sandbox.media[0].permalink_path}",
        "container_id": sandbox.media[0].container_id,
        "media_product_type": PRODUCTS[kind],
        "host": HOST,
    }


def test_a_person_is_told_kind_link_id_and_that_it_is_not_instagram_itself(
    account: Shell, sandbox: Sandbox
) -> None:
    result = account("publish", "reel", CLIP)
    link = f"http://{HOST}{sandbox.media[0].permalink_path}"
    assert result.out == f"The reel is live: {link} (id {sandbox.media[0].id}, on {HOST})\n"
    assert result.err == "Waiting for Instagram to process it ...\nPublishing ...\n"


class QuickTunnel:
    """One that takes no seconds to open."""

    def __init__(self, *_: object, on_opening: Callable[[str], None], **__: object) -> None:
        self._on_opening = on_opening

    async def put(self, *_: object, **__: object) -> str:
        self._on_opening("cloudflared")
        return PICTURE

    def serves(self, _url: str) -> bool:
        return True

    async def release(self, _url: str) -> None:
        """Nothing runs."""

    async def aclose(self) -> None:
        """Nothing runs."""


def test_a_tunnel_that_is_opened_is_said_since_it_takes_seconds(
    account: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_ins = Path(__file__).parents[1] / "fakes/tunnels"
    monkeypatch.setenv("PATH", f"{stand_ins}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr("pressroom.hosting.tunnel.TunnelHost", QuickTunnel)
    make_poster(tmp_path / "cat.png")
    through = {"PRESSROOM_TUNNEL": "cloudflared", "PRESSROOM_HOSTS": "tunnel"}
    result = account("publish", "photo", tmp_path / "cat.png", "--json", **through)
    assert result.json["kind"] == "photo"
    assert "\nOpening a tunnel by cloudflared ...\nWaiting for Instagram" in result.err


def test_quiet_says_nothing_but_the_result(account: Shell) -> None:
    result = account("publish", "photo", PICTURE, "--quiet")
    assert result.err == ""
    assert result.out.startswith("The photo is live")


def test_every_option_of_a_photo_reaches_the_call(account: Shell, sandbox: Sandbox) -> None:
    account(
        *("publish", "photo", PICTURE, "--caption", "Hello", "--alt-text", "A cat", "--location-id", "42"),
        *("--user-tag", "@anna:0.25,0.5", "--user-tag", "ben:1,0", "--collaborator", "@carl"),
    )
    sent = creations(sandbox)[0]
    assert (sent["caption"], sent["alt_text"], sent["location_id"]) == ("Hello", "A cat", "42")
    assert sent["user_tags"] == '[{"username":"anna","x":0.25,"y":0.5},{"username":"ben","x":1.0,"y":0.0}]'
    assert sent["collaborators"] == '["carl"]'


def test_every_option_of_a_reel_reaches_the_call(account: Shell, sandbox: Sandbox) -> None:
    account("publish", "reel", CLIP, "--cover", PICTURE, "--thumb-offset", "1500", "--no-share-to-feed")
    sent = creations(sandbox)[0]
    assert (sent["cover_url"], sent["thumb_offset"], sent["share_to_feed"]) == (PICTURE, "1500", "false")


def test_alt_texts_of_a_carousel_go_to_its_items_in_order(account: Shell, sandbox: Sandbox) -> None:
    account("publish", "carousel", PICTURE, PICTURE, "--alt-text", "one", "--alt-text", "two")
    assert [sent.get("alt_text") for sent in creations(sandbox)] == ["one", "two", None]


def test_a_caption_may_come_from_a_file(account: Shell, sandbox: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "caption.txt").write_text("Güneş\n\n#deniz\n", encoding="utf-8-sig")
    account("publish", "photo", PICTURE, "--caption-file", tmp_path / "caption.txt")
    assert sandbox.media[0].caption == "Güneş\n\n#deniz"


def test_a_caption_file_without_a_caption_is_a_usage_error(account: Shell, sandbox: Sandbox) -> None:
    result = account("publish", "photo", PICTURE, "--caption-file", "-", stdin="\n")
    assert (result.code, sandbox.calls()) == (ExitCode.USAGE, [])
    assert "stdin holds no caption" in result.err


def test_an_empty_caption_is_not_sent(account: Shell, sandbox: Sandbox) -> None:
    account("publish", "photo", PICTURE, "--caption", "")
    assert "caption" not in sandbox.calls("/media")[0].params


def test_a_caption_file_that_is_no_text_is_a_usage_error(account: Shell, tmp_path: Path) -> None:
    (tmp_path / "caption.txt").write_bytes(b"\xff\xfe\x00")
    result = account("publish", "photo", PICTURE, "--caption-file", tmp_path / "caption.txt")
    assert result.code == ExitCode.USAGE
    assert "not UTF-8" in result.err


def test_two_captions_exclude_each_other(account: Shell, tmp_path: Path) -> None:
    (tmp_path / "caption.txt").touch()
    result = account(
        "publish", "photo", PICTURE, "--caption", "a", "--caption-file", tmp_path / "caption.txt"
    )
    assert result.code == ExitCode.USAGE


def test_the_first_comment_is_written_and_its_failure_is_a_warning(account: Shell, sandbox: Sandbox) -> None:
    sandbox.faults.add(Fault(on="comments", method="POST", kind=FaultKind.ERROR, code=100))
    result = account("publish", "photo", PICTURE, "--first-comment", "First!", "--json")
    assert result.code == ExitCode.DONE
    assert result.json["id"] == sandbox.media[0].id
    assert "Warning: The first comment was refused" in result.err


@pytest.mark.parametrize(
    ("kind", "option"),
    [
        ("story", ("--caption", "Hello")),
        ("reel", ("--alt-text", "A cat")),
        ("photo", ("--cover", PICTURE)),
        ("carousel", ("--thumb-offset", "1")),
    ],
)
def test_what_a_kind_cannot_carry_is_refused_by_name_and_not_in_its_help(
    account: Shell, sandbox: Sandbox, kind: str, option: tuple[str, str]
) -> None:
    result = account("publish", kind, *KINDS[kind], *option)
    assert result.code == ExitCode.REFUSED
    assert f"A {kind} cannot carry" in result.err
    assert sandbox.calls() == []
    assert option[0] not in account("publish", kind, "--help").out.replace("--caption-file", "")


REFUSALS = {
    "carousel_items": ("carousel", PICTURE),
    "item_count": ("photo", PICTURE, PICTURE),
    "caption_length": ("photo", PICTURE, "--caption", "x" * 2201),
    "hashtags": ("photo", PICTURE, "--caption", " ".join(f"#tag{n}" for n in range(31))),
    "mentions": ("photo", PICTURE, "--caption", " ".join(f"@name{n}" for n in range(21))),
    "missing_file": ("photo", "no-such-file.jpg"),
    "is_image": ("reel", PICTURE),
    "source_scheme": ("photo", "ftp://example.com/a.jpg"),
    "file_name": ("photo", "cat.\udcff\udcfe"),
}


@pytest.mark.parametrize("rule", REFUSALS)
def test_bad_input_is_refused_before_any_call_with_rule_and_fix(
    account: Shell, sandbox: Sandbox, rule: str
) -> None:
    result = account("publish", *REFUSALS[rule], "--json")
    assert (result.code, result.out) == (ExitCode.REFUSED, "")
    assert (result.error["type"] in ("Refused", "MediaRefused"), result.error["code"]) == (True, rule)
    assert result.error["fix"]
    assert sandbox.calls() == []


def test_eleven_items_are_refused(account: Shell) -> None:
    result = account("publish", "carousel", *[PICTURE] * 11)
    assert result.code == ExitCode.REFUSED
    assert "A carousel of 11 items is not possible: Instagram takes 2 to 10." in result.err
    assert "Rule carousel_items: 11." in result.err


@pytest.mark.parametrize(
    ("content", "rule"), [(b"", "empty"), (b"Dear diary, nothing happened.", "not_media")]
)
def test_a_file_that_is_no_clip_is_refused_before_any_call(
    account: Shell, sandbox: Sandbox, tmp_path: Path, content: bytes, rule: str
) -> None:
    (tmp_path / "clip.mp4").write_bytes(content)
    result = account("publish", "reel", tmp_path / "clip.mp4", "--json")
    assert (result.code, result.error["code"]) == (ExitCode.REFUSED, rule)
    assert sandbox.calls() == []


def test_a_damaged_picture_is_refused_before_anything_is_made(
    account: Shell, sandbox: Sandbox, tmp_path: Path
) -> None:
    """Its damage is found as it is converted: it is not decoded for a check before."""
    make_poster(tmp_path / "whole.png")
    (tmp_path / "cut.png").write_bytes((tmp_path / "whole.png").read_bytes()[:-2000])
    checked = account("media", "check", tmp_path / "cut.png", "--json").json
    result = account("publish", "carousel", tmp_path / "whole.png", tmp_path / "cut.png", "--json")
    assert (result.code, result.error["code"]) == (ExitCode.REFUSED, "truncated")
    assert "cut.png" in result.error["message"]
    assert checked[0]["error_code"] == "truncated"
    assert sandbox.calls(method="POST") == []


@pytest.mark.parametrize("settings", [SandboxSettings(processing=Processing.after_reads(1))])
def test_a_local_file_is_made_acceptable_and_every_change_is_said(account: Shell, tmp_path: Path) -> None:
    """The sandbox really fetches the rendition and judges its bytes."""
    make_poster(tmp_path / "poster.png")
    result = account("publish", "photo", tmp_path / "poster.png", "--json")
    assert result.code == ExitCode.DONE, result.err
    (line,) = (line for line in result.err.splitlines() if line.startswith("poster.png: "))
    assert "PNG became baseline JPEG." in line
    assert "3:4 is taller than 4:5: blurred bars were added; fit crop trims instead." in line


@pytest.mark.parametrize("settings", [SandboxSettings()])
def test_an_address_that_instagram_cannot_fetch_is_said_with_what_to_check(account: Shell) -> None:
    result = account("publish", "photo", "http://127.0.0.1:9/a.jpg", "--json")
    assert (result.code, result.error["code"], result.error["subcode"]) == (ExitCode.FAILED, 9004, 2207052)
    assert "opens without signing in" in result.error["fix"]


@pytest.mark.parametrize("url", ["http://localhost/a.jpg", "https://192.168.1.5/a.jpg"])
def test_an_address_of_this_network_is_refused_for_instagram_itself(account: Shell, url: str) -> None:
    transport = FakeTransport(reply({}))
    base = "https://graph.instagram.com"
    result = replace(account, transport=transport)("publish", "photo", url, "--json", INSTAGRAM_API_BASE=base)
    assert (result.code, transport.requests) == (ExitCode.REFUSED, [])


def test_a_file_that_instagram_has_no_way_to_fetch_is_refused_with_the_ways(
    account: Shell, tmp_path: Path
) -> None:
    make_poster(tmp_path / "poster.png")
    transport = FakeTransport(reply({}))
    base = "https://graph.instagram.com"
    shell = replace(account, transport=transport)
    result = shell("publish", "photo", tmp_path / "poster.png", "--json", INSTAGRAM_API_BASE=base)
    assert (result.code, result.error["code"], transport.requests) == (ExitCode.REFUSED, "no_host", [])
    assert "export PRESSROOM_TUNNEL=cloudflared" in result.error["fix"]


@pytest.mark.usefixtures("store")
def test_a_token_that_is_over_is_told_with_the_sign_in_of_the_account(
    account: Shell, sandbox: Sandbox
) -> None:
    sign_in(account, "--account", "shop")
    sandbox.faults.add(Fault(on="create", kind=FaultKind.ERROR, code=190, times=None))
    stored = replace(account, environ={})("publish", "photo", PICTURE, "--json").error
    assert "`pressroom auth login --account shop`" in stored["fix"]
    assert [remedy["kind"] for remedy in stored["remedies"]] == ["sign_in"]
    assert "INSTAGRAM_ACCESS_TOKEN" in account("publish", "photo", PICTURE, "--json").error["fix"]


REAL = {
    "INSTAGRAM_ACCESS_TOKEN": "IGinvented",
    "INSTAGRAM_USER_ID": "17841",
    "INSTAGRAM_API_BASE": "https://graph.instagram.com",
}


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize("way", [(), ("--as", "claude")])
@pytest.mark.parametrize(
    ("rule", "tunnel"), [("no_host", {}), ("tunnel", {"PRESSROOM_TUNNEL": "cloudflared"})]
)
def test_a_file_without_a_way_leaves_no_post_behind_and_asks_nobody(
    account: Shell, tmp_path: Path, way: tuple[str, ...], rule: str, tunnel: dict[str, str]
) -> None:
    make_poster(tmp_path / "poster.png")
    shell = replace(
        account, transport=FakeTransport(reply({})), environ={**account.environ, **REAL, **tunnel}
    )
    result = shell(*way, "publish", "photo", tmp_path / "poster.png", "--json")
    assert (result.code, result.error["code"]) == (ExitCode.REFUSED, rule)
    assert shell("schedule", "list", "--all", "--json").json == []


def test_dry_run_prints_the_calls_and_makes_none(account: Shell, sandbox: Sandbox) -> None:
    result = account("publish", "photo", PICTURE, "--caption", "Hello", "--dry-run")
    user = sandbox.user_id
    assert result.code == ExitCode.DONE
    assert [line for line in result.out.splitlines() if not line.startswith(" ")] == [
        f"POST http://{HOST}/v26.0/{user}/media",
        f"GET http://{HOST}/v26.0/<container id>",
        f"GET http://{HOST}/v26.0/{user}/media",
        f"GET http://{HOST}/v26.0/{user}/content_publishing_limit",
        f"POST http://{HOST}/v26.0/{user}/media_publish",
        f"GET http://{HOST}/v26.0/<media id>",
    ]
    assert f"    image_url={PICTURE}\n    caption=Hello\n" in result.out
    assert sandbox.calls() == []


def test_dry_run_in_json_lists_the_same_calls(account: Shell, sandbox: Sandbox) -> None:
    calls = account("publish", "photo", PICTURE, "--dry-run", "--json").json["calls"]
    assert calls[0] == {
        "method": "POST",
        "url": f"http://{HOST}/v26.0/{sandbox.user_id}/media",
        "params": {"image_url": PICTURE},
    }
    assert len(calls) == 6


def test_dry_run_says_what_would_be_done_to_each_file(account: Shell, tmp_path: Path) -> None:
    """Instagram crops a carousel by its first item, so the second one gets its shape."""
    for name, size in (("a.jpg", (800, 800)), ("b.png", (800, 1000))):
        Image.new("RGB", size).save(tmp_path / name)
    result = account("publish", "carousel", tmp_path / "a.jpg", tmp_path / "b.png", "--dry-run")
    assert result.code == ExitCode.DONE
    assert "b.png: PNG became baseline JPEG. 4:5 is taller than 1:1: blurred bars were added" in result.err
    assert "image_url=<address of b.png>" in result.out


def test_the_ai_label_and_a_trial_go_to_instagram_by_its_own_names(account: Shell) -> None:
    result = account(
        "publish", "reel", CLIP, "--ai-generated", "--trial", "ss_performance", "--dry-run", "--json"
    )
    params = result.json["calls"][0]["params"]
    assert params["is_ai_generated"] == "true"
    assert params["trial_params"] == '{"graduation_strategy":"SS_PERFORMANCE"}'


def test_audio_for_a_reel_is_refused_before_any_call_where_the_login_has_none(account: Shell) -> None:
    refused = account("publish", "reel", CLIP, "--audio", "1790", "--dry-run", "--json")
    assert (refused.code, refused.error["rule"]) == (ExitCode.REFUSED, "audio")
    assert refused.error["message"] == (
        "Instagram Login cannot publish reels with music or sounds of Instagram's; Facebook Login can."
    )


def test_a_carousel_bears_the_ai_label_and_none_of_its_items_does(account: Shell) -> None:
    result = account("publish", "carousel", PICTURE, PICTURE, "--ai-generated", "--dry-run", "--json")
    made = [call["params"] for call in result.json["calls"] if "is_carousel_item" in call["params"]]
    (parent,) = (call["params"] for call in result.json["calls"] if "children" in call["params"])
    assert [params.get("is_ai_generated") for params in (*made, parent)] == [None, None, "true"]


def test_dry_run_shows_no_address_for_a_clip_that_is_uploaded(shell: Shell, clip: Clip) -> None:
    facebook = {
        "INSTAGRAM_ACCESS_TOKEN": "EAAinvented",
        "INSTAGRAM_USER_ID": "17841",
        "INSTAGRAM_API_BASE": "https://graph.facebook.com",
    }
    call = shell("publish", "reel", clip("compliant"), "--dry-run", "--json", **facebook).json["calls"][0]
    assert call["params"]["upload_type"] == "resumable"
    assert "video_url" not in call["params"]


def test_dry_run_refuses_a_file_that_nothing_makes_reachable(shell: Shell, tmp_path: Path) -> None:
    Image.new("RGB", (800, 800)).save(tmp_path / "a.jpg")
    real = {"INSTAGRAM_ACCESS_TOKEN": "IGinvented", "INSTAGRAM_USER_ID": "17841"}
    result = shell("publish", "photo", tmp_path / "a.jpg", "--dry-run", "--json", **real)
    assert (result.code, result.error["code"]) == (ExitCode.REFUSED, "no_host")


def test_dry_run_refuses_what_publishing_would_refuse(account: Shell) -> None:
    assert account("publish", "carousel", PICTURE, "--dry-run").code == ExitCode.REFUSED


def test_a_version_that_is_to_end_is_warned_of_once_a_day(account: Shell) -> None:
    def warned(version: str) -> int:
        result = account("media", "list", INSTAGRAM_API_VERSION=version)
        assert result.code == ExitCode.DONE
        return result.err.count("v21.0 ends on 2027-01-21")

    assert [warned("v21.0"), warned("v21.0"), warned("v26.0"), warned("v21.0")] == [1, 0, 0, 0]
    account.clock.advance(24 * 3600)
    assert warned("v21.0") == 1


def test_a_version_that_the_base_names_is_warned_of_too(account: Shell) -> None:
    base = f"{account.environ['INSTAGRAM_API_BASE']}/v21.0"
    told = account("media", "list", INSTAGRAM_API_VERSION="", INSTAGRAM_API_BASE=base).err
    assert "v21.0 ends on 2027-01-21" in told


def test_the_default_version_is_not_warned_of_before_and_after_its_end(account: Shell) -> None:
    assert account("media", "list", INSTAGRAM_API_VERSION="").err == ""
    account.clock.advance(57.9 * 24 * 3600)  # the sandbox's token lasts two hours longer
    assert account("media", "list", INSTAGRAM_API_VERSION="").err == ""


LOST_ANSWERS = {
    "dropped": Fault(on="media_publish", kind=FaultKind.DROP, effect=Effect.DONE),
    "dropped, done later": Fault(on="media_publish", kind=FaultKind.DROP, effect=Effect.LATER, delay_s=5),
    "500": Fault(on="media_publish", kind=FaultKind.ERROR, effect=Effect.DONE, code=2, http_status=500),
    "4/2207051": Fault(on="media_publish", kind=FaultKind.ERROR, effect=Effect.DONE, code=4, subcode=2207051),
    "200 with an error": Fault(
        on="media_publish", kind=FaultKind.ERROR, effect=Effect.DONE, code=1, http_status=200
    ),
    "hanging": Fault(on="media_publish", kind=FaultKind.HANG, effect=Effect.DONE, delay_s=90),
}


@pytest.mark.parametrize("settings", [SandboxSettings(fetch="trust", hostile=True)])
@pytest.mark.parametrize("name", LOST_ANSWERS)
def test_a_lost_answer_is_found_again_and_reported_published(
    account: Shell, sandbox: Sandbox, name: str
) -> None:
    sandbox.faults.add(LOST_ANSWERS[name])
    result = account("publish", "photo", PICTURE, "--caption", "Hello", "--json")
    assert result.code == ExitCode.DONE, result.err
    assert [media.id for media in sandbox.media] == [result.json["id"]]
    assert "finding out whether the post is live ..." in result.err


def test_an_unknown_outcome_ends_with_8_and_says_how_to_find_out(account: Shell, sandbox: Sandbox) -> None:
    sandbox.faults.add(Fault(on="media_publish", kind=FaultKind.ERROR, code=4, subcode=2207051))
    result = account("publish", "photo", PICTURE, "--json")
    assert (result.code, result.out) == (ExitCode.OUTCOME_UNKNOWN, "")
    assert result.error["type"] == "OutcomeUnknown"
    container = result.error["container_id"]
    assert f"`pressroom api GET {container} -f fields=status_code`" in result.error["fix"]


def test_a_live_post_whose_id_stays_open_is_a_success_with_a_warning(
    account: Shell, sandbox: Sandbox
) -> None:
    """The answer is lost, and no list shows the post."""
    sandbox.faults.add(Fault(on="media_publish", kind=FaultKind.DROP, effect=Effect.DONE))
    sandbox.faults.add(Fault(on="media_list", kind=FaultKind.ERROR, code=2, times=None))
    result = account("publish", "photo", PICTURE, "--json")
    assert result.code == ExitCode.DONE
    assert (result.json["id"], result.json["permalink"]) == (None, None)
    assert result.json["container_id"] == sandbox.media[0].container_id
    assert "which media it is could not be told for sure" in result.err


@pytest.mark.parametrize(
    ("code", "subcode", "exit_code"),
    [
        (190, 463, ExitCode.SIGN_IN),
        (9, 2207042, ExitCode.RATE_LIMITED),
        (4, None, ExitCode.RATE_LIMITED),
        (36004, 2207010, ExitCode.FAILED),
    ],
)
def test_instagrams_refusals_end_as_the_table_says(
    account: Shell, sandbox: Sandbox, code: int, subcode: int | None, exit_code: ExitCode
) -> None:
    sandbox.faults.add(Fault(on="create", kind=FaultKind.ERROR, code=code, subcode=subcode, times=None))
    result = account("publish", "photo", PICTURE, "--json")
    assert result.code == exit_code
    assert (result.error["code"], result.error["subcode"]) == (code, subcode)
    assert result.error["fbtrace_id"]


@pytest.mark.parametrize(
    "settings", [SandboxSettings(fetch="trust", processing=Processing.after_reads(10**6))]
)
def test_media_that_is_never_done_ends_with_7(account: Shell, sandbox: Sandbox) -> None:
    result = account("publish", "photo", PICTURE, "--json")
    assert (result.code, result.error["retryable"]) == (ExitCode.STILL_PROCESSING, True)
    assert sandbox.media == []
