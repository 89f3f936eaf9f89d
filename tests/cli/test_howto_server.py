"""The page of the one small server: what it archives and restores is the whole."""

import re
import shlex
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from pressroom.core.post import PostId
from pressroom.sandbox.samples import make_photo
from pressroom.store.store import open_store
from tests.cli.conftest import Shell
from tests.cli.planning import sign_in
from tests.patience import patience

PAGE = (Path(__file__).parents[2] / "docs/howto/server.md").read_text(encoding="utf-8")
DAY = "2026-11-29"


def lines_of(title: str) -> list[list[str]]:
    """Give the words of each line of a section's commands, on the day of the test."""
    section = PAGE.partition(f"\n## {title}\n")[2].partition("\n## ")[0]
    blocks = re.findall(r"```bash\n(.*?)```", section, re.DOTALL)
    return [shlex.split(line.replace("$day", DAY)) for block in blocks for line in block.splitlines()]


def on(shell: Shell, words: list[str], *, stdin: bytes = b"") -> bytes:
    """Do in a shell's home what a line does in the container, and give what it prints."""
    words = words[: words.index(">")] if ">" in words else words
    words = words[: words.index("<")] if "<" in words else words
    here = [
        str(shell.home) + word.removeprefix("/data") if word.startswith("/data") else word for word in words
    ]
    if words[0] == "pressroom" or "db" in words:
        result = shell(*here[here.index("db") :])
        assert result.code == 0, result.err
        return result.out.encode()
    begin = next(index for index, word in enumerate(here) if word in ("tar", "rm"))
    if words[begin] == "tar" and "--entrypoint" in words:
        here.remove("worker")
    done = subprocess.run(here[begin:], input=stdin, capture_output=True, check=True, timeout=patience(10))
    return done.stdout


@pytest.mark.usefixtures("store")
def test_what_is_archived_and_restored_elsewhere_has_posts_files_and_tokens_that_open(
    account: Shell, tmp_path: Path
) -> None:
    sign_in(account)
    make_photo(tmp_path / "cat.jpg")
    planned = account("schedule", "add", "photo", tmp_path / "cat.jpg", "--at", "+2h", "--json")
    assert planned.code == 0, planned.err
    (account.home / "renditions").mkdir(exist_ok=True)
    (account.home / "renditions" / "large.mp4").write_bytes(bytes(1000))

    _day, backup, archive, clear = lines_of("Back it up")
    on(account, backup)
    content = on(account, archive)
    on(account, clear)
    assert not list(account.home.glob("backup-*"))

    *_shell, stop, extract, restore, up, check = lines_of("Restore it")
    assert (stop[1:], up[1:2]) == (["stop", "worker", "page"], ["up"])
    new = replace(account, home=tmp_path / "new", environ={})
    new.home.mkdir(mode=0o700)
    on(new, extract, stdin=content)
    on(new, restore)
    assert b"is sound" in on(new, check)

    with open_store(new.home / "pressroom.db") as store:
        [asset] = store.posts.get(PostId(planned.json["post_id"])).assets
    copy = Path(asset.copy or "")
    assert (new.home / copy.relative_to(account.home)).read_bytes() == copy.read_bytes()
    assert new("auth", "status").code == 0, "the sealed token opens, and works"
    assert not (new.home / "renditions").exists()


def test_what_the_page_shows_of_the_doctor_is_what_it_says() -> None:
    said = (Path(__file__).parents[2] / "src/pressroom/service/doctor/judge_hosting.py").read_text("utf-8")
    for words in ("a signed address of ours gives the file", "pictures go by "):
        assert words in PAGE
        assert words in said
