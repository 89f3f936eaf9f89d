"""`pressroom skill`: the skill in a project, and on stdout."""

import re
import resource
import shlex
import stat
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from pressroom.cli.shell.failures import ExitCode
from pressroom.cli.skill.group import MAIN, NAME, digested, linked, packaged, references
from pressroom.version import __version__
from tests.cli.conftest import LoadedBy, Shell

PAGES = packaged()
HOWTO = (Path(__file__).parents[2] / "docs/howto/skill.md").read_text(encoding="utf-8")
METRICS = "references/metrics.md"


def texts(folder: Path) -> dict[str, str]:
    """Give the text of each file below a folder, by its path there."""
    return {
        str(one.relative_to(folder)): one.read_text("utf-8") for one in folder.rglob("*") if one.is_file()
    }


@contextmanager
def full_disk(size_bytes: int) -> Generator[None]:
    """Let no file become larger."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.fixture
def folder(shell: Shell, tmp_path: Path) -> Path:
    """The skill, installed."""
    assert shell("skill", "install", "--dir", tmp_path).code == ExitCode.DONE
    return tmp_path / NAME


def edited(folder: Path, name: str = METRICS) -> Path:
    """Let a person have changed a file."""
    path = folder / name
    path.write_text(f"{path.read_text('utf-8')}Mine.\n", encoding="utf-8")
    return path


def of_another_release(folder: Path, *, gone: str | None = None) -> None:
    """Put there what another release wrote: other words, and perhaps a page that there is no more."""
    skill = {**PAGES, METRICS: "# Metrics\n\nAs they were.\n"}
    if gone:
        skill |= {gone: "# Gone\n", MAIN: f"{skill[MAIN]}* [gone]({gone})\n"}
    for name, text in {**skill, MAIN: digested(skill)}.items():
        (folder / name).write_text(text, encoding="utf-8")


def test_it_goes_where_agents_of_any_maker_look(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = shell("skill", "install", "--json")
    folder = Path(".agents/skills") / NAME
    assert result.json == {
        "folder": str(folder),
        "version": __version__,
        "written": [str(folder / name) for name in PAGES],
        "unchanged": [],
        "removed": [],
    }
    assert texts(folder) == PAGES


def test_a_person_is_told_what_was_written_and_what_comes_next(shell: Shell, tmp_path: Path) -> None:
    result = shell("skill", "install", "--dir", tmp_path)
    assert result.out.splitlines()[0] == f"wrote {tmp_path / NAME / MAIN}"
    assert "pressroom approve require-terminal on" in result.err


def test_it_can_be_read_by_whoever_reads_the_project(folder: Path) -> None:
    usual = folder.parent / "usual"
    usual.touch()
    assert {stat.S_IMODE(one.stat().st_mode) for one in folder.rglob("*.md")} == {
        stat.S_IMODE(usual.stat().st_mode)
    }


def test_it_may_be_run_again(shell: Shell, folder: Path) -> None:
    (folder / METRICS).unlink()
    again = shell("skill", "install", "--dir", folder.parent, "--json").json
    assert again["written"] == [str(folder / METRICS)]
    assert len(again["unchanged"]) == len(PAGES) - 1


@pytest.mark.parametrize("name", [MAIN, METRICS])
def test_a_changed_file_is_kept_shown_and_ends_with_3(shell: Shell, folder: Path, name: str) -> None:
    path = edited(folder, name)
    before = texts(folder)
    result = shell("skill", "install", "--dir", folder.parent)
    assert (result.code, texts(folder)) == (ExitCode.REFUSED, before)
    assert "-Mine." in result.err
    assert f"pressroom skill install --dir {folder.parent} --force" in result.err
    error = shell("skill", "install", "--dir", folder.parent, "--json").error
    assert (error["code"], error["value"]) == ("changed_file", str(path))
    assert error["remedies"] == [{"kind": "overwrite_skill", "arguments": {"directory": str(folder.parent)}}]


def test_force_overwrites_what_was_changed_and_keeps_what_was_added(shell: Shell, folder: Path) -> None:
    edited(folder)
    (folder / "references/ours.md").write_text("# Ours\n")
    assert shell("skill", "install", "--dir", folder.parent, "--force").code == ExitCode.DONE
    assert texts(folder) == {**PAGES, "references/ours.md": "# Ours\n"}


def test_an_untouched_skill_of_another_release_is_replaced_and_its_gone_pages_removed(
    shell: Shell, folder: Path
) -> None:
    of_another_release(folder, gone="references/gone.md")
    result = shell("skill", "install", "--dir", folder.parent, "--json")
    assert result.json["removed"] == [str(folder / "references/gone.md")]
    assert texts(folder) == PAGES


def test_a_changed_skill_of_another_release_is_kept(shell: Shell, folder: Path) -> None:
    of_another_release(folder)
    edited(folder, MAIN)
    before = texts(folder)
    assert shell("skill", "install", "--dir", folder.parent).code == ExitCode.REFUSED
    assert texts(folder) == before


def test_line_ends_of_another_system_are_no_change(folder: Path) -> None:
    for path in folder.rglob("*.md"):
        path.write_text(path.read_text("utf-8"), encoding="utf-8", newline="\r\n")
    assert digested(texts(folder)) == texts(folder)[MAIN]


@pytest.mark.parametrize("is_there", [False, True])
def test_a_full_disk_leaves_what_was_there(shell: Shell, tmp_path: Path, is_there: bool) -> None:
    """The largest file does not fit, and the others are not written either."""
    place = tmp_path / "skills"
    if is_there:
        shell("skill", "install", "--dir", place)
        of_another_release(place / NAME)
    before = texts(tmp_path)
    with full_disk(len(PAGES[MAIN]) // 2):
        result = shell("skill", "install", "--dir", place, "--json")
    assert (result.code, result.error["code"]) == (ExitCode.FAILED, "system")
    assert texts(tmp_path) == before
    assert place.exists() is is_there


def test_a_file_in_the_way_is_said_without_a_traceback(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / NAME).write_text("a file where the folder should be")
    error = shell("skill", "install", "--dir", tmp_path, "--json").error
    assert (error["code"], error["fix"]) == ("system", "Move what is there away, or name another place.")


def test_a_folder_in_place_of_a_file_is_said_and_nothing_is_written(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / NAME / METRICS).mkdir(parents=True)
    result = shell("skill", "install", "--dir", tmp_path, "--force", "--json")
    assert (result.code, result.error["code"]) == (ExitCode.FAILED, "system")
    assert texts(tmp_path) == {}


@pytest.mark.parametrize("place", ["/proc/self", "/dev/null"])
def test_a_place_that_takes_no_files_is_said_without_a_traceback(shell: Shell, place: str) -> None:
    """Root writes everywhere but there."""
    result = shell("skill", "install", "--dir", place, "--json")
    assert result.code in (ExitCode.FAILED, ExitCode.USAGE)
    assert result.error["message"]


def test_a_link_is_replaced_and_not_followed(shell: Shell, folder: Path, tmp_path: Path) -> None:
    target = tmp_path / "theirs.md"
    target.write_text("Theirs.\n")
    (folder / METRICS).unlink()
    (folder / METRICS).symlink_to(target)
    assert shell("skill", "install", "--dir", folder.parent, "--force").code == ExitCode.DONE
    assert (target.read_text(), (folder / METRICS).is_symlink()) == ("Theirs.\n", False)


def test_another_skill_of_the_name_is_kept(shell: Shell, tmp_path: Path) -> None:
    theirs = tmp_path / NAME / MAIN
    theirs.parent.mkdir()
    theirs.write_text("---\nname: instagram-api\n---\n\n**Version:** v21.0\n")
    before = texts(tmp_path)
    assert shell("skill", "install", "--dir", tmp_path).code == ExitCode.REFUSED
    assert texts(tmp_path) == before


def test_what_the_page_shows_runs_in_its_order(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    person = replace(shell, is_attended=True)
    for block in re.findall(r"```bash\n(.*?)```", HOWTO, re.DOTALL):
        for line in block.splitlines():
            name, *args = shlex.split(line.replace("~", str(tmp_path / "ana")))
            assert (name, person(*args).code) == ("pressroom", ExitCode.DONE), line
    for folder in (".agents", ".claude", "ana/.claude"):
        assert texts(tmp_path / folder / "skills" / NAME) == PAGES


def test_show_prints_each_page_as_it_is(shell: Shell) -> None:
    assert shell("skill", "show").out == PAGES[MAIN]
    for name, path in references(PAGES).items():
        assert {shell("skill", "show", asked).out for asked in (name, f"{name}.md", path)} == {PAGES[path]}


def test_show_names_the_references_in_json(shell: Shell) -> None:
    shown = shell("skill", "show", "metrics", "--json").json
    assert shown == {
        "name": NAME,
        "file": METRICS,
        "references": [Path(name).stem for name in linked(PAGES[MAIN])],
        "text": PAGES[METRICS],
    }


@pytest.mark.parametrize("name", ["nothing", "../SKILL", ""])
def test_show_knows_no_other_file(shell: Shell, name: str) -> None:
    result = shell("skill", "show", name)
    assert result.code == ExitCode.NOT_FOUND
    assert "metrics" in result.err


def test_it_loads_neither_what_publishes_nor_a_database_nor_a_server(loaded_by: LoadedBy) -> None:
    modules = loaded_by("skill", "show")
    assert modules.isdisjoint({"pressroom.service", "pressroom.store", "sqlalchemy", "aiohttp", "uvicorn"})
