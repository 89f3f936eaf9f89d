"""Build and check what is to be released, and say what to do next; nothing is uploaded.

`python scripts/release.py 0.1.0 https://github.com/you/pressroom` leaves a wheel and an sdist in
`dist/0.1.0`, or exits 1 with the reason.
"""

import ast
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from packaging.version import InvalidVersion, Version

ROOT = Path(__file__).parent.parent
PYTHON = ".venv/bin/python"
WHEEL_NEEDS = (
    "pressroom/py.typed",
    "pressroom/*/migrations/versions/*.py",
    "pressroom/*/templates/*.html",
    "pressroom/*/static/*.css",
    "pressroom/*/instagram_helper.py",
    "pressroom/*/instagram-api/SKILL.md",
    "pressroom/*/instagram-api/references/*.md",
    "*.dist-info/entry_points.txt",
    "*.dist-info/licenses/LICENSE",
)
SDIST_NEEDS = ("pyproject.toml", "PKG-INFO", "README.md", "CHANGELOG.md", "LICENSE", "src/pressroom/py.typed")
# Git may hold one of these by mistake, and what was uploaded once cannot be taken back.
SECRETS = ("*.env", ".env*", "*.pem", "*.key", "*.p12", "*.db", "*.sqlite*", ".pypirc", "token*.txt")


class NotReleasable(Exception):
    """Something stands in the way of a release; the text says what, and what to do."""


def require_version(wanted: str, packaged: str) -> None:
    """Refuse a version that is not the package's own, or not one that an index takes."""
    try:
        version = Version(wanted)
    except InvalidVersion:
        raise NotReleasable(
            f"VERSION={wanted!r} is no version (PEP 440). Name it: make release VERSION={packaged}"
        ) from None
    if str(version) != wanted or version.local:
        raise NotReleasable(
            f"VERSION={wanted} is not how an index writes it: make release VERSION={version.public}"
        )
    if wanted != packaged:
        raise NotReleasable(
            f"VERSION is {wanted}, and the package says {packaged}. "
            f"Bump it: {PYTHON} -m hatchling version {wanted}, then commit."
        )


def require_repository(address: str) -> None:
    """Refuse an address that the links of the package's page cannot start with."""
    if not re.fullmatch(r"https://[^\s/]+/\S*[^\s/]", address):
        raise NotReleasable(
            f"REPOSITORY={address!r} is not where people find the project; the package's page links to it. "
            "Add it, without a slash at its end: REPOSITORY=https://github.com/you/pressroom"
        )


def require_clean(status: str) -> None:
    """Refuse a tree with changes that no commit holds; `status` is of `git status --porcelain`."""
    if status.strip():
        raise NotReleasable(f"The tree is not clean. Commit these, or put them aside:\n{status.rstrip()}")


def require_changelog(changelog: str, waiting: Sequence[str], version: str) -> None:
    """Refuse a changelog without the version, and fragments that `waiting` names and it does not tell."""
    if not re.search(rf"^## {re.escape(version)} \(\d{{4}}-\d\d-\d\d\)$", changelog, re.MULTILINE):
        raise NotReleasable(
            f"CHANGELOG.md has no section of {version}. Write it: {PYTHON} -m towncrier build "
            f"--version {version}, then edit and commit."
        )
    if waiting:
        raise NotReleasable(
            f"CHANGELOG.md does not tell what these say. Work them into {version}, remove them and commit:\n"
            + "\n".join(waiting)
        )


def fragments(names: Iterable[str]) -> list[str]:
    """Pick the fragments of the changelog out of files of the tree."""
    return sorted(name for name in names if name.startswith("changes/+"))


def expected_in_wheel(tracked: Iterable[str], wheel: Mapping[str, Any]) -> set[str]:
    """Tell where each file of Git belongs in a wheel; `wheel` is its table of pyproject.toml."""
    sources: dict[str, str] = wheel["sources"]
    placed = set[str]()
    for name in tracked:
        if any(name.startswith(f"{top}/") for top in wheel["only-include"]):
            top = next(top for top in sources if name.startswith(f"{top}/"))
            placed.add(f"{sources[top]}{name.removeprefix(top)}".lstrip("/"))
    return placed


def wheel_faults(names: Iterable[str], expected: set[str]) -> list[str]:
    """Say what a wheel of the files `names` lacks, and what it holds beside those of Git and its metadata."""
    held = set(names)
    ours = {name for name in held if not name.partition("/")[0].endswith(".dist-info")}
    faults = [f"the wheel lacks {name}" for name in sorted(expected - ours)]
    faults += [f"the wheel holds {name}, which Git does not" for name in sorted(ours - expected)]
    return faults + _lacks("wheel", held, WHEEL_NEEDS) + _secrets("wheel", held)


def sdist_faults(names: Iterable[str], tracked: set[str]) -> list[str]:
    """Say what an sdist of the files `names`, without its top folder, lacks or should not hold."""
    held = set(names)
    faults = [f"the sdist holds {name}, which Git does not" for name in sorted(held - tracked - {"PKG-INFO"})]
    return faults + _lacks("sdist", held, SDIST_NEEDS) + _secrets("sdist", held)


def page_faults(metadata: str, repository: str) -> list[str]:
    """Say what would lead nowhere on the page that an index makes of a wheel's METADATA."""
    head, _, readme = metadata.partition("\n\n")
    faults = [] if f"Project-URL: Source, {repository}\n" in f"{head}\n" else ["METADATA names no Source"]
    relative = re.findall(r"\]\((?!https?://|#)([^)\s]+)\)", readme)
    return faults + [f"the page's link to {target} leads nowhere" for target in relative]


def _lacks(kind: str, held: set[str], needs: Iterable[str]) -> list[str]:
    return [f"the {kind} lacks {need}" for need in needs if not any(fnmatchcase(name, need) for name in held)]


def _secrets(kind: str, held: set[str]) -> list[str]:
    return [
        f"the {kind} holds {name}, which looks like a secret"
        for name in sorted(held)
        if any(fnmatchcase(name.rpartition("/")[2], pattern) for pattern in SECRETS)
    ]


def readme_imports(readme: str) -> str:
    """Give the import statements of the README's Python blocks, one a line."""
    blocks = re.findall(r"```python\n(.*?)```", readme, re.DOTALL)
    nodes = [node for block in blocks for node in ast.parse(block).body]
    return "\n".join(ast.unparse(node) for node in nodes if isinstance(node, ast.Import | ast.ImportFrom))


def next_steps(version: str, built: Iterable[str]) -> str:
    """Say what was made, and what a person does to publish it."""
    return "\n".join(
        [
            "Built and checked; nothing was uploaded:",
            *(f"  {name}" for name in built),
            "Next:",
            f'  git tag --annotate v{version} --message "Pressroom {version}"',
            f"  git push origin v{version}",
            f"  {PYTHON} -m twine upload dist/{version}/*",
        ]
    )


def run(*command: str | Path, cwd: Path = ROOT, env: Mapping[str, str] | None = None) -> str:
    """Run a command and give its stdout.

    Raises NotReleasable with all that it wrote when it ends with anything but 0.
    """
    done = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        said = " ".join(str(part) for part in command)
        raise NotReleasable(f"`{said}` ended with {done.returncode}:\n{done.stdout}{done.stderr}".rstrip())
    return done.stdout


def refuse(wanted: str, repository: str, tracked: set[str]) -> None:
    """Raise NotReleasable where the tree is not what is to be released."""
    require_version(wanted, run(sys.executable, "-m", "hatchling", "version").strip())
    require_repository(repository)
    require_clean(run("git", "status", "--porcelain"))
    require_changelog((ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), fragments(tracked), wanted)


def build(into: Path, repository: str) -> tuple[Path, Path]:
    """Build an sdist, and of it a wheel; give the wheel and the sdist."""
    shutil.rmtree(into, ignore_errors=True)
    env = os.environ | {"PRESSROOM_REPOSITORY": repository}  # for hatch_build.py
    run(sys.executable, "-m", "build", "--outdir", into, ROOT, env=env)
    (wheel,), (sdist,) = into.glob("*.whl"), into.glob("*.tar.gz")
    run(sys.executable, "-m", "twine", "check", "--strict", wheel, sdist)
    return wheel, sdist


def check_contents(wheel: Path, sdist: Path, repository: str, tracked: set[str]) -> None:
    """Raise NotReleasable where a file is missing in what was built, or should not be there."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    expected = expected_in_wheel(tracked, project["tool"]["hatch"]["build"]["targets"]["wheel"])
    with zipfile.ZipFile(wheel) as opened, tarfile.open(sdist) as unpacked:
        files = [one.name.partition("/")[2] for one in unpacked if not one.isdir()]
        faults = wheel_faults(opened.namelist(), expected) + sdist_faults(files, tracked)
        (metadata,) = (name for name in opened.namelist() if name.endswith(".dist-info/METADATA"))
        faults += page_faults(opened.read(metadata).decode(), repository)
    if faults:
        raise NotReleasable("\n".join(faults))


def try_installed(wheel: Path, version: str) -> None:
    """Install a wheel into an environment of its own, outside the tree, and use it as somebody would."""
    with tempfile.TemporaryDirectory(prefix="pressroom-release-") as name:
        place = Path(name)
        python, pressroom = place / "venv/bin/python", place / "venv/bin/pressroom"
        env = _plain_environment() | {"PRESSROOM_HOME": str(place / "home")}
        run(sys.executable, "-m", "venv", python.parent.parent, cwd=place, env=env)
        run(python, "-m", "pip", "install", "--quiet", wheel.resolve(), cwd=place, env=env)
        said = run(pressroom, "--version", cwd=place, env=env)
        if version not in said.split():
            raise NotReleasable(f"The installed wheel says {said.strip()!r} in place of {version}.")
        run(pressroom, "init", cwd=place, env=env)
        run(python, "-c", _shown_imports(), cwd=place, env=env)
        run(pressroom, "demo", "--no-wait", cwd=place, env=env)


def _shown_imports() -> str:
    return readme_imports((ROOT / "README.md").read_text(encoding="utf-8"))


def _plain_environment() -> dict[str, str]:
    """Give the environment without what leads to this tree or to an account."""
    ours = ("INSTAGRAM_", "PRESSROOM_", "PYTHON", "CLOUDINARY_", "FFMPEG_")
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)}


def main(wanted: str, repository: str) -> None:
    """Refuse what cannot be released; else build it, check it and say what to do next."""
    tracked = set(run("git", "ls-files").splitlines())
    refuse(wanted, repository, tracked)
    print(f"Building {wanted} ...", file=sys.stderr)
    wheel, sdist = build(ROOT / "dist" / wanted, repository)
    check_contents(wheel, sdist, repository, tracked)
    print("Trying the wheel in an environment of its own ...", file=sys.stderr)
    try_installed(wheel, wanted)
    print(next_steps(wanted, [str(one.relative_to(ROOT)) for one in (wheel, sdist)]))


if __name__ == "__main__":
    try:
        main(*[*sys.argv[1:3], "", ""][:2])
    except NotReleasable as found:
        sys.exit(str(found))
