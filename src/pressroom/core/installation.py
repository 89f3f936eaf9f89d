"""How to run this program again, and how to install an extra or a newer release into its environment.

The install command depends on where the package came from: a clone, a wheel, a repository or an index.
Installers record that in the package's metadata, as `direct_url.json` (PEP 610).
"""

import shlex
import shutil
import sys
from importlib.metadata import PackageNotFoundError, distribution
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

import msgspec

from pressroom.core.errors import Refused
from pressroom.core.remedies import Fix, Remedy, RemedyKind

_PACKAGE = "pressroom"
# `src/pressroom/core/installation.py` in a clone.
_CLONE = Path(__file__).parents[3]


class Folder(msgspec.Struct, frozen=True):
    """What is noted of a package that was installed from a folder. editable: its files are run from there."""

    editable: bool = False


class Repository(msgspec.Struct, frozen=True):
    """What is noted of a package that was installed from a repository."""

    vcs: str
    commit_id: str = ""
    requested_revision: str | None = None


class Origin(msgspec.Struct, frozen=True):
    """Where a package was installed from. Source: PEP 610."""

    url: str
    dir_info: Folder | None = None
    vcs_info: Repository | None = None
    subdirectory: str = ""


def origin() -> Origin | None:
    """Return where this package was installed from; None for an index."""
    try:
        record = distribution(_PACKAGE).read_text("direct_url.json")
    except PackageNotFoundError:
        # It runs from its sources, such as by PYTHONPATH.
        is_clone = (_CLONE / "pyproject.toml").is_file()
        return Origin(_CLONE.as_uri(), dir_info=Folder(editable=True)) if is_clone else None
    return msgspec.json.decode(record, type=Origin) if record else None


def program_in_shell(path: str | None) -> str:
    """Return the shell command that starts this installation.

    That is `pressroom` if the first `pressroom` on the PATH belongs to this installation, otherwise the
    absolute path of its script, quoted for the shell. path: the shell's PATH; None means this process's PATH.
    """
    # Not resolved: the interpreter of a virtual environment is a link to another directory.
    script = Path(sys.executable).with_name(_PACKAGE)
    first = shutil.which(_PACKAGE, path=path)
    if first and Path(first).resolve() == script.resolve():
        return _PACKAGE
    return shlex.quote(str(script)) if script.is_file() else f"{shlex.quote(sys.executable)} -m {_PACKAGE}"


def install_extra(extra: str) -> Remedy:
    """Return the way to install one of this package's extras, for this process's interpreter."""
    # An environment that uv made has no pip.
    kind = RemedyKind.INSTALL_EXTRA if find_spec("pip") else RemedyKind.INSTALL_EXTRA_BY_UV
    name, target = target_of(origin(), extra)
    return Remedy(kind, {"python": sys.executable, name: target})


def how_to_install(extra: str) -> Fix:
    """Say how to install an extra whose package is missing."""
    return Fix.of("Install it: {}.", install_extra(extra))


def require_openpyxl() -> None:
    """Raise Refused where openpyxl, which reads and writes workbooks, is not installed."""
    try:
        import openpyxl  # noqa: F401, PLC0415  # pyright: ignore[reportUnusedImport]  # an extra
    except ImportError:
        raise Refused(
            "Workbooks need openpyxl, which is not installed.",
            rule="xlsx",
            value="xlsx",
            limit="csv, json",
            fix=Fix.of("{} Or save the table as CSV.", how_to_install("xlsx")),
        ) from None


def target_of(source: Origin | None, extra: str) -> tuple[str, str]:
    """Return what an installer is to install: `folder` for an editable one, else `requirement`."""
    package = f"{_PACKAGE}[{extra}]"
    if source is None:
        return "requirement", package
    if source.dir_info is not None:
        folder = f"{url2pathname(urlsplit(source.url).path)}[{extra}]"
        return ("folder" if source.dir_info.editable else "requirement"), folder
    below = f"#subdirectory={source.subdirectory}" if source.subdirectory else ""
    if source.vcs_info is None:
        return "requirement", f"{package} @ {source.url}{below}"
    revision = source.vcs_info.requested_revision or source.vcs_info.commit_id
    at = f"@{revision}" if revision else ""
    return "requirement", f"{package} @ {source.vcs_info.vcs}+{source.url}{at}{below}"


def upgrade() -> Fix:
    """Say how this program becomes a newer one."""
    source = origin()
    if source is None:
        return Fix.of("Upgrade this program: {}.", Remedy(RemedyKind.UPGRADE, {"python": sys.executable}))
    return Fix(f"Upgrade this program, from where it was installed: {source.url}.")
