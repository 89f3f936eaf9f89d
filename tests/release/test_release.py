"""What `make release` refuses, what it wants in the files it builds, and what it says to do next."""

from pathlib import Path

import pytest

from hatch_build import absolute, urls
from scripts.release import (
    NotReleasable,
    expected_in_wheel,
    fragments,
    next_steps,
    page_faults,
    readme_imports,
    require_changelog,
    require_clean,
    require_repository,
    require_version,
    run,
    sdist_faults,
    wheel_faults,
)

ROOT = Path(__file__).parents[2]
REPOSITORY = "https://github.com/you/pressroom"
CHANGELOG = "# Changelog\n\n## 0.2.0 (2026-12-24)\n\n### Added\n\n- More.\n\n## 0.1.0 (2026-11-26)\n"
TABLE = {
    "only-include": ["src/pressroom", "app"],
    "sources": {"src": "", "app": "pressroom/cli/init_files"},
}
TRACKED = {
    "LICENSE",
    "README.md",
    "CHANGELOG.md",
    "pyproject.toml",
    "app/instagram_helper.py",
    "src/pressroom/py.typed",
    "src/pressroom/cli/skill/instagram-api/SKILL.md",
    "src/pressroom/cli/skill/instagram-api/references/api.md",
    "src/pressroom/sandbox/page/static/page.css",
    "src/pressroom/sandbox/page/templates/base.html",
    "src/pressroom/store/migrations/versions/r0001.py",
    "tests/conftest.py",
}
METADATA = {
    "pressroom-0.1.0.dist-info/METADATA",
    "pressroom-0.1.0.dist-info/entry_points.txt",
    "pressroom-0.1.0.dist-info/licenses/LICENSE",
}
EXPECTED = expected_in_wheel(TRACKED, TABLE)
WHEEL = EXPECTED | METADATA
SDIST = TRACKED | {"PKG-INFO"}


def test_the_packages_own_version_is_taken() -> None:
    require_version("0.1.0", "0.1.0")


@pytest.mark.parametrize("wanted", ["", "next", "v 1", "0.1.0.final"])
def test_what_is_no_version_is_refused_with_how_to_name_one(wanted: str) -> None:
    with pytest.raises(NotReleasable, match=r"PEP 440.*make release VERSION=0\.1\.0"):
        require_version(wanted, "0.1.0")


@pytest.mark.parametrize(
    ("wanted", "written"), [("v0.1.0", "0.1.0"), ("0.1.0-rc1", "0.1.0rc1"), ("0.1.0+here", "0.1.0")]
)
def test_a_version_that_an_index_writes_otherwise_is_refused(wanted: str, written: str) -> None:
    with pytest.raises(NotReleasable, match=f"make release VERSION={written}$"):
        require_version(wanted, "0.1.0")


def test_another_version_than_the_packages_is_refused_with_how_to_bump_it() -> None:
    with pytest.raises(NotReleasable, match=r"the package says 0\.1\.0.*hatchling version 0\.2\.0"):
        require_version("0.2.0", "0.1.0")


def test_an_address_of_the_project_is_taken() -> None:
    require_repository(REPOSITORY)


@pytest.mark.parametrize("address", ["", "pressroom", "http://github.com/you/pressroom", f"{REPOSITORY}/"])
def test_what_the_packages_page_cannot_link_to_is_refused(address: str) -> None:
    with pytest.raises(NotReleasable, match=r"REPOSITORY=https://github\.com/you/pressroom"):
        require_repository(address)


def test_the_packages_page_links_to_the_released_version() -> None:
    readme = "![A page](docs/a.png) [docs](docs/README.md#start) [PyAV](https://pypi.org/av) [up](#systems)"

    assert absolute(readme, REPOSITORY, "0.2.0") == (
        f"![A page]({REPOSITORY}/raw/v0.2.0/docs/a.png) "
        f"[docs]({REPOSITORY}/blob/v0.2.0/docs/README.md#start) "
        "[PyAV](https://pypi.org/av) [up](#systems)"
    )


def test_a_page_with_a_link_that_works_in_the_tree_alone_is_refused() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    head = "\n".join(f"Project-URL: {name}, {to}" for name, to in urls(REPOSITORY, "0.1.0").items())

    assert page_faults(f"{head}\n\n{absolute(readme, REPOSITORY, '0.1.0')}", REPOSITORY) == []
    assert "the page's link to docs/images/sandbox.png leads nowhere" in page_faults(
        f"{head}\n\n{readme}", REPOSITORY
    )
    assert page_faults("Name: pressroom\n\nHello", REPOSITORY) == ["METADATA names no Source"]


def test_a_tree_with_changes_is_refused_and_they_are_named() -> None:
    require_clean("")
    with pytest.raises(NotReleasable, match=r"(?s)not clean.* M README\.md\n\?\? notes\.txt$"):
        require_clean(" M README.md\n?? notes.txt\n")


@pytest.mark.parametrize("version", ["0.1.0", "0.2.0"])
def test_a_version_that_the_changelog_tells_of_is_taken(version: str) -> None:
    require_changelog(CHANGELOG, [], version)


@pytest.mark.parametrize("version", ["0.3.0", "0.1", "0.1.0rc1", "0.1-0"])
def test_a_version_without_a_section_is_refused_with_how_to_write_it(version: str) -> None:
    with pytest.raises(NotReleasable, match=f"towncrier build --version {version}"):
        require_changelog(CHANGELOG, [], version)


def test_fragments_that_the_changelog_does_not_tell_are_refused_and_named() -> None:
    waiting = fragments(["changes/README.md", "changes/+slots.added.md", "README.md"])
    with pytest.raises(NotReleasable, match=r"changes/\+slots\.added\.md$"):
        require_changelog(CHANGELOG, waiting, "0.2.0")


def test_the_wheel_has_each_file_of_the_package_and_the_helper_modules_within_it() -> None:
    assert "pressroom/cli/init_files/instagram_helper.py" in EXPECTED
    assert "pressroom/py.typed" in EXPECTED
    assert not [name for name in EXPECTED if name.startswith(("app/", "tests/", "src/"))]
    assert wheel_faults(WHEEL, EXPECTED) == []


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_a_wheel_that_lacks_a_file_of_git_is_refused(name: str) -> None:
    assert f"the wheel lacks {name}" in wheel_faults(WHEEL - {name}, EXPECTED)


@pytest.mark.parametrize(
    ("without", "need"),
    [
        ("py.typed", "pressroom/py.typed"),
        ("r0001.py", "pressroom/*/migrations/versions/*.py"),
        ("base.html", "pressroom/*/templates/*.html"),
        ("SKILL.md", "pressroom/*/instagram-api/SKILL.md"),
        ("api.md", "pressroom/*/instagram-api/references/*.md"),
        ("entry_points.txt", "*.dist-info/entry_points.txt"),
    ],
)
def test_a_wheel_without_what_it_needs_is_refused_although_git_lacks_it_too(without: str, need: str) -> None:
    left = {name for name in WHEEL if not name.endswith(without)}
    assert wheel_faults(left, EXPECTED & left) == [f"the wheel lacks {need}"]


@pytest.mark.parametrize("name", ["app/instagram_helper.py", "tests/conftest.py", "pressroom/notes.txt"])
def test_a_wheel_with_a_file_that_does_not_belong_there_is_refused(name: str) -> None:
    assert wheel_faults(WHEEL | {name}, EXPECTED) == [f"the wheel holds {name}, which Git does not"]


def test_an_sdist_of_what_git_holds_is_taken() -> None:
    assert sdist_faults(SDIST, TRACKED) == []


@pytest.mark.parametrize("name", ["tests/__pycache__/conftest.pyc", "build/screenshots/page.png"])
def test_an_sdist_with_what_git_does_not_hold_is_refused(name: str) -> None:
    assert sdist_faults(SDIST | {name}, TRACKED) == [f"the sdist holds {name}, which Git does not"]


@pytest.mark.parametrize("name", [".env", "src/pressroom/live.env", "tests/store/token.key", "pressroom.db"])
def test_a_file_that_looks_like_a_secret_is_refused_although_git_holds_it(name: str) -> None:
    assert sdist_faults(SDIST | {name}, TRACKED | {name}) == [
        f"the sdist holds {name}, which looks like a secret"
    ]


def test_no_file_of_this_tree_looks_like_a_secret() -> None:
    tracked = set(run("git", "ls-files").splitlines())
    assert [fault for fault in sdist_faults(tracked, tracked) if "secret" in fault] == []


def test_what_the_readme_imports_is_tried_and_nothing_of_it_is_run() -> None:
    lines = readme_imports((ROOT / "README.md").read_text(encoding="utf-8")).splitlines()
    assert "from app.instagram_helper import post_photo_to_instagram" in lines
    assert "from pressroom import Pressroom, new_post" in lines
    assert not [line for line in lines if "run(" in line]


def test_a_command_that_fails_is_told_with_all_that_it_wrote() -> None:
    with pytest.raises(NotReleasable, match=r"(?s)`git no-such-command` ended with 1:.*not a git command"):
        run("git", "no-such-command")


def test_the_next_steps_are_a_tag_and_an_upload_by_a_person() -> None:
    steps = next_steps("0.1.0", ["dist/0.1.0/pressroom-0.1.0.tar.gz"])
    assert "nothing was uploaded" in steps
    assert 'git tag --annotate v0.1.0 --message "Pressroom 0.1.0"' in steps
    assert "twine upload dist/0.1.0/*" in steps
