"""The skill is one by agentskills.io, short enough to be read, and says of numbers what the code does."""

import inspect
import re
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest
import yaml

from app import cloudinary_helper, insights_helper, instagram_helper
from pressroom.cli.shell.failures import ExitCode, exit_code_of
from pressroom.cli.skill import group as files
from pressroom.cli.skill.group import MAIN, NAME, digested, linked, packaged
from pressroom.client.pacing import ADAPTIVE, FIXED_PACING, Pacing
from pressroom.core.graph_errors import error_for
from pressroom.core.settings import SETTINGS
from pressroom.core.stored_posts import KEY_LIFETIME
from pressroom.graph.answers import ErrorBody
from pressroom.graph.error_table import TABLE, ErrorRow, HelperPrefix
from pressroom.graph.hosts import DEFAULT_BASE, DEFAULT_VERSION, NEWEST, VERSIONS, LoginType
from pressroom.graph.limits import (
    CAPTION_CHARACTERS,
    CAPTION_HASHTAGS,
    CAPTION_WARN_HASHTAGS,
    CAROUSEL_MAX_ITEMS,
    CAROUSEL_MIN_ITEMS,
    CONTAINER_LIFETIME_S,
    CONTAINERS_PER_DAY,
    COUNT_LIMITS,
    IMAGE_LIMITS,
    MB,
    VIDEO_LIMITS,
    MediaUse,
    VideoLimits,
)
from pressroom.graph.metrics import FEED, IMPRESSIONS_LAST_DAY, MEDIA_METRICS, REELS, STORY, metrics_for
from pressroom.insights.statistics.answers import FEWEST
from pressroom.media import rules as targets
from pressroom.publish.machine.policy import CAREFUL, FEWEST_CALLS
from pressroom.service.posts import storing as twins
from pressroom.version import __version__

PAGES = packaged()
FOLDER = Path(files.__file__).parent / NAME
REEL = VIDEO_LIMITS[MediaUse.REEL]
LONGEST_WORDS, LONGEST_TOKENS = 60, 5_000
_LINK = re.compile(r"\]\(([^)\s]+)\)")
HELPERS = [
    instagram_helper.post_photo_to_instagram,
    instagram_helper.post_video_to_instagram,
    instagram_helper.post_carousel_to_instagram,
    instagram_helper.convert_video_for_instagram,
    insights_helper.get_instagram_media_insights,
    cloudinary_helper.upload_image_to_cloudinary,
    cloudinary_helper.upload_video_to_cloudinary,
    cloudinary_helper.delete_from_cloudinary,
]


def page(name: str) -> str:
    return PAGES[f"references/{name}.md"]


def rows(text: str) -> Iterator[list[str]]:
    """Give the cells of each row of a page's tables."""
    for line in text.splitlines():
        if line.startswith("|") and not line.startswith("|---"):
            yield [cell.strip() for cell in line.strip("|").split("|")]


def tokens(text: str) -> float:
    """Count carefully: a token of English and code has about four characters."""
    return len(text) / 3.5


def front_matter() -> tuple[dict[str, object], str]:
    head, body = re.fullmatch(r"---\n(.*?)\n---\n(.*)", PAGES[MAIN], re.DOTALL).groups()  # pyright: ignore[reportOptionalMemberAccess]
    return yaml.safe_load(head), body


# What agentskills.io asks for


def test_the_head_has_what_the_format_knows_and_nothing_else() -> None:
    head, _ = front_matter()
    assert list(head) == ["name", "description", "license", "compatibility", "metadata"]
    assert head["name"] == NAME == FOLDER.name
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", NAME)
    assert head["license"] == "MIT"
    assert 0 < len(str(head["compatibility"])) <= 500


def test_the_description_says_what_it_does_and_when_to_use_it() -> None:
    said = str(front_matter()[0]["description"])
    assert "Use when" in said
    assert len(said) <= 1024
    assert len(said.split()) <= LONGEST_WORDS


def test_its_version_is_the_packages_and_its_digest_that_of_its_files() -> None:
    metadata = front_matter()[0]["metadata"]
    assert isinstance(metadata, dict)
    assert metadata["version"] == __version__
    assert '  digest: "' in PAGES[MAIN]
    assert digested(PAGES) == PAGES[MAIN]


def test_the_body_is_read_under_a_budget() -> None:
    _, body = front_matter()
    assert len(body.splitlines()) < 500
    assert tokens(body) < LONGEST_TOKENS
    assert max(map(tokens, PAGES.values())) < LONGEST_TOKENS


def test_every_page_is_linked_from_the_first_and_every_link_leads_to_one() -> None:
    there = {str(one.relative_to(FOLDER)) for one in FOLDER.rglob("*") if one.is_file()}
    assert there == {MAIN, *linked(PAGES[MAIN])}
    for name, text in PAGES.items():
        for link in _LINK.findall(text):
            assert (FOLDER / name).parent.joinpath(link).resolve().is_relative_to(FOLDER)
            assert (FOLDER / name).parent.joinpath(link).is_file(), (name, link)


def test_names_of_files_are_safe_on_every_system() -> None:
    for name in PAGES:
        assert name == MAIN or re.fullmatch(r"references/[a-z0-9-]{1,40}\.md", name)
        assert Path(name).stem.upper() not in {"CON", "PRN", "AUX", "NUL", "COM1", "LPT1"}


def test_no_page_holds_what_a_reader_cannot_see() -> None:
    for name, text in PAGES.items():
        assert "<!--" not in text, name
        assert text.isprintable() or text.replace("\n", "").isprintable(), name


# Numbers, held against the code


def test_version_and_base_are_the_defaults() -> None:
    for text in (PAGES[MAIN], page("api"), page("settings")):
        assert DEFAULT_VERSION in text
        assert DEFAULT_BASE in text
    default = next(one for one in VERSIONS if one.name == DEFAULT_VERSION)
    newer = [one.name for one in VERSIONS if one.number > default.number]
    said = f"{default.name} is served until {default.ends}; newer are {newer[0]} to {newer[-1]}."
    assert said in PAGES[MAIN]
    known = ", ".join(f"{one.name} (until {one.ends})" if one.ends else one.name for one in VERSIONS)
    assert f"{known}. An" in page("api").replace("\n", " ")
    assert VERSIONS[-1] == NEWEST


def test_every_exit_code_has_a_row() -> None:
    shown = {int(cells[0]) for cells in rows(PAGES[MAIN]) if cells[0].isdigit()}
    assert shown == {code.value for code in ExitCode}


def spelled(ratio: Fraction | None) -> str:
    return f"{float(ratio or 0):g}:1"


def clip_rows(use: VideoLimits) -> list[str]:
    """Give a column of the table of files."""
    return [
        f"{use.max_bytes // MB} MB",
        f"{use.min_duration_s:g} to {use.max_duration_s:g} s",
        f"{spelled(use.min_ratio)} to {spelled(use.max_ratio)}",
        f"up to {use.max_width}",
        f"{use.min_fps} to {use.max_fps}",
    ]


def test_the_table_of_files_has_the_limits() -> None:
    table = {cells[0]: cells[1:] for cells in rows(page("media"))}
    shown = [table[name] for name in ("Size", "Duration", "Ratio, w:h", "Width", "Frames a second")]
    for column, use in ((2, MediaUse.REEL), (3, MediaUse.STORY), (4, MediaUse.CAROUSEL_ITEM)):
        found = [cells[column].removesuffix(", advised 9:16") for cells in shown]
        assert found == clip_rows(VIDEO_LIMITS[use])
    photo, story = IMAGE_LIMITS[MediaUse.PHOTO], IMAGE_LIMITS[MediaUse.STORY]
    assert table["Size"][:2] == [f"{one.max_bytes // MB} MB" for one in (photo, story)]
    assert (photo.min_ratio, photo.max_ratio) == (Fraction(4, 5), Fraction(191, 100))
    assert table["Ratio, w:h"][0] == "4:5 to 1.91:1"
    assert table["Width"][0].startswith(f"{photo.min_width} to {photo.max_width}")
    assert f"up to {REEL.max_video_bitrate // MB} Mbit/s" in table["Video"][2]
    assert table["Sound"][2] == f"AAC, up to {REEL.max_sample_rate // 1000} kHz, {REEL.max_channels} channels"


def test_what_is_said_of_reels_and_carousels_first_is_so() -> None:
    reel = f"Reels: {REEL.min_duration_s:g} to {REEL.max_duration_s:g} s, MOV or MP4, H.264 or HEVC, AAC,"
    assert f"{reel} {REEL.min_fps} to {REEL.max_fps} fps, {REEL.max_bytes // MB} MB." in PAGES[MAIN]
    items = f"{CAROUSEL_MIN_ITEMS} to {CAROUSEL_MAX_ITEMS}"
    for text in (PAGES[MAIN], page("api"), page("media"), page("helpers")):
        assert items in text
    width, height = targets._HOUSE
    house = f"{width}x{height}, {targets.FPS} fps, {targets._HOUSE_MAX_S} s"
    assert house in page("media")
    assert house in page("helpers")
    assert f"{targets._HOUSE_MAX_S} s, {targets.FPS} fps and {width}x{height} are no limits" in PAGES[MAIN]


def test_the_limits_of_texts_are_those_that_are_checked() -> None:
    by_rule = {one.rule: one.most for one in COUNT_LIMITS}
    characters, tags = f"{CAPTION_CHARACTERS.most} characters", f"{CAPTION_HASHTAGS.most} hashtags"
    mentions = f"{by_rule['mentions']} mentions"
    assert f"Captions: {characters}, {tags}, {mentions}." in PAGES[MAIN]
    table = {cells[0]: cells[1] for cells in rows(page("media")) if len(cells) == 2}
    assert table["Caption"] == f"{characters} (emoji may count twice), {tags}, {mentions}"
    assert table["Alternative text"] == f"{by_rule['alt_text_length']} characters"
    assert table["Tagged accounts"] == str(by_rule["user_tags"])
    assert table["Collaborators"] == str(by_rule["collaborators"])
    assert f"Instagram's apps take {CAPTION_WARN_HASHTAGS} hashtags" in page("media")


def test_containers_and_keys_last_as_long_as_is_said() -> None:
    lives = f"A container lives {CONTAINER_LIFETIME_S // 3600} hours"
    assert f"{lives}; {CONTAINERS_PER_DAY} can be made a day" in page("api")
    assert f"for {KEY_LIFETIME.days} days" in PAGES[MAIN]
    assert f"less than {twins._LATELY.total_seconds() / 60:g} minutes ago" in page("failures")
    looks, few = (one.reconcile_budget_s / 60 for one in (CAREFUL, FEWEST_CALLS))
    assert f"for {looks:g} minutes (the\nhelpers: {few:g})" in page("lost-answer")
    assert f"fewer than {FEWEST} posts" in page("report")


def polled(pacing: Pacing) -> list[str]:
    """Say when containers are read: clips, pictures."""
    said = list[str]()
    for one in (pacing.video_poll, pacing.image_poll):
        first = ", ".join(f"{delay:g}" for delay in one.delays_s[:4])
        if one.max_attempts:
            said.append(f"every {one.delays_s[0]:g} s, {one.max_attempts} times")
        else:
            said.append(f"after {first} ... s, for {(one.budget_s or 0) / 60:g} minutes")
    return said


def test_the_pace_is_that_of_commands_and_helpers() -> None:
    table = {cells[0]: cells[1:] for cells in rows(page("api")) if len(cells) == 3}
    clips, pictures = table["A clip's container is read"], table["A picture's container is read"]
    assert [clips[0], pictures[0].replace(", 5 ...", " ...")] == polled(ADAPTIVE)
    assert [clips[1], pictures[0].replace(", 5 ...", " ...")] == polled(FIXED_PACING)
    assert table["Between container creations"][1] == f"{FIXED_PACING.container_gap_s:g} s"
    assert table["Between insights calls"][1] == f"{FIXED_PACING.insights_gap_s:g} s"
    assert f"slows down above {ADAPTIVE.slow_above_percent:g} %" in page("api")


@pytest.mark.parametrize(
    ("row", "product"), [("Feed posts, carousels", FEED), ("Reels", REELS), ("Stories, for 24 hours", STORY)]
)
def test_the_metrics_of_a_media_are_those_of_the_table(row: str, product: object) -> None:
    (shown,) = [cells[1:] for cells in rows(page("metrics")) if cells[0] == row]
    usual, more = (re.findall(r"`(\w+)`", cell) for cell in shown)
    assert usual == metrics_for(product)  # pyright: ignore[reportArgumentType]
    assert [*usual, *more] == metrics_for(product, LoginType.FACEBOOK)  # pyright: ignore[reportArgumentType]


def test_metrics_that_are_called_gone_are_known_to_nobody() -> None:
    gone = page("metrics").partition("## Gone")[2].partition("##")[0]
    names = set(re.findall(r"`(\w+)`", gone)) - {"views"}
    assert names.isdisjoint(one.name for one in MEDIA_METRICS)
    assert names >= {"plays", "impressions", "video_views"}
    assert f"media made up to {IMPRESSIONS_LAST_DAY}, on v21.0" in gone
    shared = page("metrics").partition("shared to Facebook:")[2].partition("\n")[0]
    assert set(re.findall(r"`(\w+)`", shared)) == {one.name for one in MEDIA_METRICS if one.needs_crosspost}


# Names, held against the code


def numbered(row: ErrorRow) -> str:
    numbers = f"{row.code}-{row.last_code}" if row.last_code else str(row.code)
    return f"{numbers}/{row.subcode}" if row.subcode else numbers


def ends_with(row: ErrorRow) -> ExitCode:
    return exit_code_of(error_for(ErrorBody(message="x", code=row.code or 0, error_subcode=row.subcode)))


FAILURES = [cells for cells in rows(page("failures")) if len(cells) == 4 and cells[0].startswith("`")][1:]


@pytest.mark.parametrize("cells", FAILURES, ids=lambda cells: cells[1].replace("/", "-"))
def test_a_row_of_errors_has_their_numbers_and_exit_code(cells: list[str]) -> None:
    names, numbers, exits = re.findall(r"`(\w+)`", cells[0]), cells[1].split(", "), cells[2]
    meant = [
        next(row for row in TABLE if (row.name, numbered(row)) == pair)
        for pair in zip(names, numbers, strict=True)
    ]
    if exits:
        assert {ends_with(row) for row in meant} <= {int(code) for code in exits.split(" or ")}


def test_errors_are_told_apart() -> None:
    assert len(FAILURES) >= 12


def test_the_prefixes_of_the_helpers_are_theirs() -> None:
    shown = {cells[0].strip("`:") for cells in rows(page("helpers")) if cells[0].endswith(":`")}
    assert shown == {*HelperPrefix, "OutcomeUnknown", "NeedsApproval"}


@pytest.mark.parametrize("helper", HELPERS, ids=lambda helper: helper.__name__)
def test_the_helpers_take_what_is_said(helper: object) -> None:
    assert callable(helper)
    parameters = [
        one for one in inspect.signature(helper).parameters.values() if one.kind is not one.VAR_KEYWORD
    ]
    needed = ", ".join(one.name for one in parameters if one.default is one.empty)
    name = getattr(helper, "__name__", "")
    assert f"`{name}({needed})`" in page("helpers")
    if helper in HELPERS[:5]:
        assert f"`{name}({needed})`" in PAGES[MAIN]
    optional = page("helpers").partition("Optional, by keyword:")[2].partition(".\n")[0]
    for one in parameters:
        assert one.default is one.empty or f"`{one.name}`" in optional


def test_every_variable_that_is_named_is_a_setting_and_secrets_are_called_so() -> None:
    known = {one.name: one for one in SETTINGS}
    for name, said in (cells for cells in rows(page("settings")) if cells[0].startswith("`")):
        for variable in re.findall(r"`(\w+)`", name):
            assert known[variable].is_secret == ("secret" in said.partition("masked")[0]) or "masked" in said
    named = set(re.findall(r"`((?:PRESSROOM|INSTAGRAM|CLOUDINARY)_[A-Z_]+)`", "".join(PAGES.values())))
    assert named <= set(known)
    assert f"`{DEFAULT_VERSION}` by default" in page("settings")
