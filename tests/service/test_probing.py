"""What probes ask, what they leave behind, and that each answer of a sandbox is reported as it is."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pressroom.core.account import LoginDetails
from pressroom.core.actor import Actor, ActorKind
from pressroom.core.errors import NeedsApproval, NotFound, Refused
from pressroom.core.facts import read_facts
from pressroom.graph.hosts import LoginType
from pressroom.sandbox.facts import ANSWERED, with_facts
from pressroom.sandbox.faults import Effect, Fault, FaultKind
from pressroom.sandbox.settings import Hostility, Processing, SandboxSettings
from pressroom.service.doctor.probes.desk import MadeKind
from pressroom.service.doctor.probes.probe import Level, Outcome
from pressroom.service.doctor.probes.table import PROBES
from pressroom.service.shapes.probes import ProbedShape
from tests.service.probing import DAY_S, OF_FACEBOOK, a_lab, answers, outcomes

pytestmark = pytest.mark.usefixtures("long_run")

FACEBOOK, UNIFIED = LoginType.FACEBOOK, LoginType.UNIFIED
OF_UNIFIED: dict[str, Any] = {**OF_FACEBOOK, "login": UNIFIED}
READS, VANISHES, POST = Level
HOUR_S = 3600.0

# Every answer that a sandbox can be set to, and what is set beside it.
EVERY: list[tuple[str, str, Any, dict[str, Any]]] = [
    ("me", "unified_me", "account", OF_UNIFIED),
    ("me", "unified_me", "system_user", OF_UNIFIED),
    ("self-inspection", "self_inspection", True, OF_FACEBOOK),
    ("self-inspection", "self_inspection", False, OF_FACEBOOK),
    ("self-inspection", "self_inspection", False, OF_UNIFIED),
    ("quota", "quota_total", 50, {}),
    ("quota", "quota_total", 100, {}),
    ("insights-day", "insights_day_zone", "America/Los_Angeles", {}),
    ("insights-day", "insights_day_zone", "UTC", {}),
    ("caption-unit", "caption_unit", "character", {}),
    ("caption-unit", "caption_unit", "utf16", {}),
    ("hashtags", "caption_hashtags_max", 30, {}),
    ("hashtags", "caption_hashtags_max", 5, {}),
    ("explicit-image", "explicit_image", "accept", {}),
    ("explicit-image", "explicit_image", "refuse", {}),
    ("locations", "locations", "any", {}),
    ("locations", "locations", "found", {}),
    ("uploads", "instagram_uploads", True, {}),
    ("uploads", "instagram_uploads", False, {}),
    ("carousel-items", "carousel_max", 10, {}),
    ("carousel-items", "carousel_max", 11, {}),
    ("carousel-items", "carousel_max", 20, {}),
    ("second-publish", "republish", "refuse", {}),
    ("second-publish", "republish", "second_media", {}),
    ("comment-length", "comment_max", 2200, {}),
    ("comment-length", "comment_max", 1000, {}),
    ("comment-length", "comment_max", 300, {}),
    ("refresh", "refresh_makes_new_token", True, {}),
    ("refresh", "refresh_makes_new_token", False, {}),
    ("refresh", "refresh_ends_old_token", True, {}),
    ("refresh", "refresh_ends_old_token", False, {}),
    ("early-refresh", "early_refresh", 100, {"aged_s": HOUR_S}),
    ("early-refresh", "early_refresh", 190, {"aged_s": HOUR_S}),
]


def consent_to(name: str) -> Level:
    return next(probe.level for probe in PROBES if probe.name == name)


@pytest.mark.parametrize(("name", "setting", "value", "more"), EVERY)
async def test_each_answer_is_reported_and_sets_the_sandbox_to_it(
    tmp_path: Path, name: str, setting: str, value: Any, more: dict[str, Any]
) -> None:
    async with a_lab(tmp_path, **{setting: value, **more}) as lab:
        report = await lab.ask(consent_to(name))
    answer = answers(report)[name]
    assert (answer.outcome, answer.facts[setting]) == (Outcome.ANSWERED, value), answer
    assert setting in answer.probe.settings
    assert getattr(with_facts(SandboxSettings(), report.facts), setting) == value


@pytest.mark.parametrize("lag_s", [0.0, 6.0])
async def test_the_lag_of_lists_is_measured_by_one_story(tmp_path: Path, lag_s: float) -> None:
    async with a_lab(tmp_path, hostility=Hostility(listing_lag_s=lag_s)) as lab:
        report = await lab.ask()
        assert [media.kind for media in lab.sandbox.media] == ["story"]
    assert answers(report)["listing-lag"].facts == {"listing_lag_s": lag_s}
    assert with_facts(SandboxSettings(), report.facts).manners.listing_lag_s == lag_s


async def test_a_day_that_ends_in_the_logins_own_zone_is_recognised(tmp_path: Path) -> None:
    async with a_lab(tmp_path, insights_day_zone="Asia/Tokyo") as lab:
        assert (await lab.answer("insights-day", READS)).outcome is Outcome.FAILED
        lab.keep(timezone="Asia/Tokyo")
        assert (await lab.answer("insights-day", READS)).facts == {"insights_day_zone": "Asia/Tokyo"}


async def test_a_token_that_is_renewed_too_early_is_kept_and_the_next_run_knows(tmp_path: Path) -> None:
    async with a_lab(tmp_path, aged_s=HOUR_S, early_refresh="allowed") as lab:
        first = await lab.answer("early-refresh")
        assert (first.outcome, first.facts) == (Outcome.FAILED, {})
        assert "may have been older" in first.text
        assert lab.token != lab.sandbox.token
        again = await lab.answer("early-refresh")
    assert again.facts == {"early_refresh": "allowed"}


@pytest.mark.parametrize("hostile", [False, True])
@pytest.mark.parametrize("settings", [{}, OF_FACEBOOK, OF_UNIFIED])
async def test_nothing_fails_where_nothing_is_wrong(
    tmp_path: Path, settings: dict[str, Any], hostile: bool
) -> None:
    async with a_lab(tmp_path, hostile=hostile, processing=Processing(), **settings) as lab:
        report = await lab.ask(POST)
    assert report.counts[Outcome.FAILED] == 0
    assert {one.text.partition(" ")[0] for one in report.answers if one.outcome is Outcome.SKIPPED} == {"It"}
    assert report.facts["listing_lag_s"] == (6.0 if hostile else 0.0)
    assert report.facts["republish"] == ("second_media" if hostile else "refuse")


def test_every_question_sets_settings_that_there_are_and_each_is_tried() -> None:
    told = {setting for probe in PROBES for setting in probe.settings}
    assert told == ANSWERED
    assert told - {"listing_lag_s"} <= SandboxSettings.__dataclass_fields__.keys()
    assert {name for name, *_ in EVERY} | {"listing-lag"} == {probe.name for probe in PROBES}


def test_the_guide_names_every_question_with_its_consent_and_settings() -> None:
    guide = (Path(__file__).parents[2] / "docs/howto/probes.md").read_text(encoding="utf-8")
    for probe in PROBES:
        row = next(line for line in guide.splitlines() if line.startswith(f"| `{probe.name}` |"))
        assert f"| `{probe.level}` |" in row
        assert all(f"`{setting}`" in row for setting in probe.settings)


class TestConsent:
    """What is done without it, and with each."""

    @pytest.mark.parametrize("settings", [{}, OF_FACEBOOK, OF_UNIFIED])
    async def test_consent_to_reads_makes_no_other_call(
        self, tmp_path: Path, settings: dict[str, Any]
    ) -> None:
        async with a_lab(tmp_path, **settings) as lab:
            report = await lab.ask(READS)
            assert lab.writes == []
            assert lab.sandbox.calls()
        assert report.made == ()
        skipped = [one for one in report.answers if one.probe.level is not READS]
        assert {one.outcome for one in skipped} == {Outcome.SKIPPED}

    async def test_consent_to_what_vanishes_publishes_one_story_and_nothing_else(
        self, tmp_path: Path
    ) -> None:
        async with a_lab(tmp_path) as lab:
            report = await lab.ask(VANISHES)
            assert {name for _, name in lab.writes} == {"media", "media_publish", "refresh_access_token"}
            # The second is the question of one probe, and was refused.
            assert len(lab.sandbox.calls("media_publish")) == 2
            [story] = lab.sandbox.media
            ids = {one.id for one in report.made if one.kind is MadeKind.CONTAINER}
            made = lab.sandbox.calls("/media", "POST")
        assert [one.id for one in report.made if one.kind is MadeKind.STORY] == [story.id]
        assert len(ids) == sum(one.status == 200 for one in made)
        assert answers(report)["comment-length"].text == "It needs consent to a post, which stays."

    async def test_consent_to_a_post_publishes_one_and_deletes_its_comment(self, tmp_path: Path) -> None:
        async with a_lab(tmp_path) as lab:
            report = await lab.ask(POST)
            assert sorted(media.kind for media in lab.sandbox.media) == ["photo", "story"]
            [deleted] = lab.sandbox.calls(method="DELETE")
        left = {one.kind for one in report.made if not one.is_deleted}
        assert left == {MadeKind.CONTAINER, MadeKind.STORY, MadeKind.POST}
        comment = next(one for one in report.made if one.kind is MadeKind.COMMENT)
        assert comment.id is not None
        assert deleted.path.endswith(comment.id)

    async def test_what_is_published_is_deleted_where_the_login_can(self, tmp_path: Path) -> None:
        async with a_lab(tmp_path, **OF_FACEBOOK, republish="second_media") as lab:
            report = await lab.ask(POST)
            assert lab.sandbox.media == []
        stories = [one for one in report.made if one.kind is MadeKind.STORY]
        assert [one.is_deleted for one in stories] == [True, True]

    async def test_both_stories_are_named_where_a_second_one_appears(self, tmp_path: Path) -> None:
        async with a_lab(tmp_path, republish="second_media") as lab:
            report = await lab.ask()
            live = {media.id for media in lab.sandbox.media}
        assert {one.id for one in report.made if one.kind is MadeKind.STORY} == live
        assert len(live) == 2

    async def test_nothing_is_asked_without_a_word_of_consent(self, tmp_path: Path) -> None:
        async with a_lab(tmp_path) as lab, lab.pressroom() as pressroom:
            with pytest.raises(Refused) as refused:
                await pressroom.accounts.probe(level="everything")
            assert (refused.value.rule, lab.sandbox.calls()) == ("level", [])

    async def test_a_program_is_refused(self, tmp_path: Path) -> None:
        bot = Actor(ActorKind.PROGRAM, "bot")
        async with a_lab(tmp_path) as lab, lab.pressroom(actor=bot) as pressroom:
            with pytest.raises(NeedsApproval):
                await pressroom.accounts.probe(level=READS)
            assert lab.sandbox.calls() == []


class TestSkipped:
    """Every reason for which a question is not asked."""

    async def test_of_another_login(self, tmp_path: Path) -> None:
        async with a_lab(tmp_path) as lab:
            report = await lab.ask(READS)
        assert answers(report)["me"].text == "It makes sense under Unified Login alone."

    async def test_without_a_picture(self, tmp_path: Path) -> None:
        async with a_lab(tmp_path) as lab:
            elsewhere = replace(lab, account=replace(lab.account, api_base="https://graph.instagram.com"))
            elsewhere.keep()
            report = await elsewhere.ask(image_url=None)
            assert lab.sandbox.calls("/media", "POST") == []
        assert "address of a picture" in answers(report)["caption-unit"].text

    async def test_a_sandbox_on_this_machine_gets_a_picture_by_itself(self, tmp_path: Path) -> None:
        async with a_lab(tmp_path) as lab:
            report = await lab.ask(image_url=None)
        assert answers(report)["explicit-image"].outcome is Outcome.ANSWERED

    async def test_a_permission_that_the_login_is_known_to_lack(self, tmp_path: Path) -> None:
        async with a_lab(tmp_path) as lab:
            lab.keep(details=LoginDetails(permissions=("instagram_business_basic",)))
            report = await lab.ask(READS)
            assert lab.sandbox.calls("content_publishing_limit") == []
        assert answers(report)["quota"].text == "The login lacks instagram_business_content_publish."

    async def test_a_permission_that_instagram_says_is_missing(self, tmp_path: Path) -> None:
        async with a_lab(tmp_path, token_scopes=("instagram_business_basic",)) as lab:
            quota = answers(await lab.ask(READS))["quota"]
        assert (quota.outcome, quota.seen[0].code) == (Outcome.SKIPPED, 10)

    async def test_a_token_of_the_wrong_age(self, tmp_path: Path) -> None:
        async with a_lab(tmp_path, aged_s=5 * HOUR_S) as lab:
            assert "5 hours old" in (await lab.answer("refresh")).text
            lab.clock.advance(3 * DAY_S)
            lab.sandbox.faults.add(Fault(on="refresh", kind=FaultKind.ERROR, code=10))
            report = await lab.ask()
        assert "3 days old" in answers(report)["early-refresh"].text

    async def test_a_token_that_is_not_in_the_store(self, tmp_path: Path) -> None:
        async with a_lab(tmp_path) as lab:
            lab.store.accounts.remove("ana")
            environ = {
                "INSTAGRAM_ACCESS_TOKEN": lab.sandbox.token,
                "INSTAGRAM_USER_ID": lab.sandbox.user_id,
                "INSTAGRAM_API_BASE": lab.account.api_base,
            }
            async with lab.pressroom(environ=environ) as outside:
                report = await outside.accounts.probe(level=VANISHES, image_url="https://example.com/a.jpg")
            assert lab.sandbox.calls("refresh_access_token") == []
        assert "not in the store" in answers(report)["refresh"].text

    async def test_what_publishes_while_the_account_is_paused(self, tmp_path: Path) -> None:
        async with a_lab(tmp_path) as lab:
            async with lab.pressroom() as pressroom:
                await pressroom.accounts.pause("ana", "On hold")
            report = await lab.ask(POST)
            assert lab.sandbox.media == []
        found = answers(report)
        assert {found[name].text for name in ("listing-lag", "second-publish", "comment-length")} == {
            "The account is paused: On hold"
        }
        assert found["caption-unit"].outcome is Outcome.ANSWERED

    async def test_an_unknown_account(self, tmp_path: Path) -> None:
        async with a_lab(tmp_path) as lab:
            with pytest.raises(NotFound):
                await lab.ask(account="ben")
            assert (await lab.ask(READS, account="ana")).counts[Outcome.ANSWERED]


class TestFailing:
    """A call that goes wrong makes one probe fail, and is not sent again."""

    @pytest.mark.parametrize("kind", [FaultKind.ERROR, FaultKind.DROP, FaultKind.GATEWAY])
    async def test_one_question_fails_and_the_others_go_on(self, tmp_path: Path, kind: FaultKind) -> None:
        async with a_lab(tmp_path) as lab:
            lab.sandbox.faults.add(Fault(on="account_insights", kind=kind, code=1, times=None))
            report = await lab.ask()
        found = outcomes(report)
        assert found.pop("insights-day") is Outcome.FAILED
        assert {name for name, one in found.items() if one is Outcome.FAILED} == set()

    @pytest.mark.parametrize("effect", [Effect.NONE, Effect.DONE])
    async def test_a_lost_answer_of_the_publish_is_not_sent_again(
        self, tmp_path: Path, effect: Effect
    ) -> None:
        async with a_lab(tmp_path) as lab:
            lab.sandbox.faults.add(Fault(on="media_publish", kind=FaultKind.DROP, effect=effect))
            report = await lab.ask()
            assert len(lab.sandbox.calls("media_publish")) == 1
        found = outcomes(report)
        assert (found["listing-lag"], found["second-publish"]) == (Outcome.FAILED, Outcome.FAILED)
        # It may be live, so it is told, without an id.
        assert [one.id for one in report.made if one.kind is MadeKind.STORY] == [None]

    async def test_a_second_publish_that_is_refused_and_done_all_the_same(self, tmp_path: Path) -> None:
        async with a_lab(tmp_path, republish="second_media") as lab:
            lab.sandbox.faults.add(
                Fault(
                    on="media_publish",
                    kind=FaultKind.ERROR,
                    code=100,
                    subcode=9999999,
                    effect=Effect.DONE,
                    skip=1,
                )
            )
            report = await lab.ask()
            live = {media.id for media in lab.sandbox.media}
        assert answers(report)["second-publish"].facts == {"republish": "second_media"}
        assert {one.id for one in report.made if one.kind is MadeKind.STORY} == live

    async def test_a_picture_that_is_not_taken_tells_nothing_of_parameters(self, tmp_path: Path) -> None:
        async with a_lab(tmp_path) as lab:
            report = await lab.ask(image_url="https://example.com/a.png")
            # The picture alone is tried once, and nothing after it.
            assert len(lab.sandbox.calls("/media", "POST")) <= 2
        found = outcomes(report)
        assert {found[name] for name in ("caption-unit", "explicit-image", "carousel-items")} == {
            Outcome.FAILED
        }
        assert report.facts.keys().isdisjoint({"caption_unit", "explicit_image", "carousel_max"})


async def test_a_renewal_is_kept_before_the_token_before_is_asked_for(tmp_path: Path) -> None:
    async with a_lab(tmp_path, refresh_ends_old_token=True) as lab:
        assert (await lab.answer("refresh")).facts["refresh_ends_old_token"] is True
        assert lab.token != lab.sandbox.token
        # What comes after is asked with the new token.
        assert (await lab.answer("quota", READS)).outcome is Outcome.ANSWERED


async def test_a_report_names_nobody_and_holds_no_secret(tmp_path: Path) -> None:
    async with a_lab(tmp_path, republish="second_media", username="ana.prints") as lab:
        lab.sandbox.faults.add(
            Fault(
                on="quota",
                kind=FaultKind.ERROR,
                code=100,
                message=f"No {lab.sandbox.user_id} of @ana.prints (ANA.PRINTS) by {lab.sandbox.token}",
            )
        )
        report = await lab.ask(POST)
        raw = msgspec.json.encode(ProbedShape.of(report))
        text = raw.decode()
        new = lab.token
        ids = [media.id for media in lab.sandbox.media] + [one.id for one in report.made]
    assert new != lab.sandbox.token
    for hidden in (new, lab.sandbox.token, lab.sandbox.user_id, "ana.prints", *filter(None, ids)):
        assert hidden not in text.lower(), hidden
    assert json.loads(text)["made"]["story"] == 2
    assert read_facts(raw).facts == report.facts


async def test_a_token_that_was_just_renewed_is_young_enough_for_the_other_question(tmp_path: Path) -> None:
    async with a_lab(tmp_path, early_refresh=190) as lab:
        report = await lab.ask()
        assert len(lab.sandbox.calls("refresh_access_token")) == 2
    assert report.facts["early_refresh"] == 190
    assert report.facts["refresh_makes_new_token"] is True


async def test_what_was_seen_is_told(tmp_path: Path) -> None:
    async with a_lab(tmp_path) as lab:
        answer = await lab.answer("second-publish")
    call, status = answer.seen[-1].call, answer.seen[-1].status
    assert (call, status) == ("POST /{user}/media_publish", 400)
    assert (answer.seen[-1].code, answer.seen[-1].subcode) == (9007, 2207027)
    assert answer.seen[-1].message


async def test_under_unified_login_both_hosts_are_asked(tmp_path: Path) -> None:
    async with a_lab(tmp_path, **OF_UNIFIED) as lab:
        real = replace(lab, account=replace(lab.account, api_base="https://graph.facebook.com"))
        real.keep()
        me = answers(await real.ask(READS))["me"]
    assert "graph.instagram.com refuses its token (190)." in me.text
