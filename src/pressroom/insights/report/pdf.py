"""A report as a PDF: `find_chromium` finds the browser that `pdf_of` lets print a page.

Chromium prints the page as every browser shows it (docs/decisions/0034). It gets the page as a file of a
folder that is deleted afterwards, with a profile of its own, reaches no network, and is held to limits of
time and size; on Linux it ends with this process, however that ends.
"""

import asyncio
import logging
import os
import re
import shutil
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from pressroom.core.errors import PressroomError, Refused
from pressroom.core.settings import CHROME_PATH
from pressroom.core.shortage import require_temporary_folder, shortage_in
from pressroom.insights.report.page import POLICY
from pressroom.media.child import Child, ChildLimits, Ended, clean_environment

_log = logging.getLogger(__name__)
_PROGRAMS: Final = (
    *("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"),
    *("msedge", "microsoft-edge", "microsoft-edge-stable"),
)
# Programs of macOS are in no folder of PATH.
_OF_MACOS: Final = tuple(
    f"/Applications/{name}.app/Contents/MacOS/{name}"
    for name in ("Google Chrome", "Chromium", "Microsoft Edge")
)
# The report of 500 posts takes two seconds on one core.
_LIMIT_S: Final = 90.0
_MOST_BYTES: Final = 200_000_000
# V8 alone reserves more addresses than any machine has memory.
_NO_LIMIT: Final = -1
_ENVIRONMENT: Final = ("HOME", "XDG_RUNTIME_DIR", "FONTCONFIG_FILE", "FONTCONFIG_PATH")
_POLICY: Final = f'<!doctype html><meta http-equiv="Content-Security-Policy" content="{POLICY}">'
_DOCTYPE: Final = re.compile(r"\A\s*<!doctype[^>]*>", re.IGNORECASE)
# Chromium's own, each with two dashes before it.
_FLAGS: Final = (
    "headless",
    "no-pdf-header-footer",
    "generate-pdf-document-outline",
    # No network: what a browser does on its own, then whatever a template of the user might ask for.
    *("disable-background-networking", "disable-component-update", "disable-sync"),
    *("proxy-server=127.0.0.1:9", "proxy-bypass-list=<-loopback>"),
    # Nothing of the person's browser, nothing left in the person's folders.
    *("no-first-run", "no-default-browser-check", "disable-extensions", "disable-breakpad"),
    *("password-store=basic", "use-mock-keychain"),
    # A container mostly has no graphics card, and 64 MB of /dev/shm, which a page may exceed.
    *("disable-gpu", "disable-dev-shm-usage"),
)


def find_chromium(chosen: Path | None) -> Path:
    """Find a Chromium, Chrome or Edge: the chosen one, else one on PATH. Raises Refused where none is."""
    candidates = (str(chosen),) if chosen else (*_PROGRAMS, *(_OF_MACOS if sys.platform == "darwin" else ()))
    program = next((path for name in candidates if (path := shutil.which(name))), None)
    if program is None:
        raise Refused(
            f"{CHROME_PATH.name} names {chosen}, which is no program."
            if chosen
            else "A PDF needs Chromium, Chrome or Edge, and none is installed here.",
            rule="chromium",
            value=str(chosen) if chosen else None,
            limit="a Chromium that this user may run",
            fix=f"Install one, or name it by {CHROME_PATH.name}. Any browser prints the HTML, too.",
        )
    # It is started in another folder.
    return Path(program).absolute()


async def pdf_of(html: str, chromium: Path, *, limit_s: float = _LIMIT_S) -> bytes:
    """Print a page and return the PDF. A cancellation ends Chromium first.

    Raises Refused for a Chromium that fails, writes no whole PDF or takes longer than the limit; Shortage.
    """
    require_temporary_folder()
    limits = ChildLimits(wall_s=limit_s, cpu_s=2 * limit_s, memory_bytes=_NO_LIMIT, file_bytes=_MOST_BYTES)
    # A process that is killed may write a last file into a folder that is being deleted.
    with TemporaryDirectory(prefix="pressroom-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        page, pdf = folder / "report.html", folder / "report.pdf"
        # The policy comes first: a template of the user may have none, and name files of this machine.
        await asyncio.to_thread(page.write_text, _POLICY + _DOCTYPE.sub("", html, count=1), encoding="utf-8")
        # Chromium's own sandbox does not work for root, who mostly is that of a container.
        of_root = ["no-sandbox"] if os.geteuid() == 0 else []
        flags = (*_FLAGS, *of_root, f"user-data-dir={folder / 'profile'}", f"print-to-pdf={pdf}")
        command = [str(chromium), *(f"--{flag}" for flag in flags), page.as_uri()]
        environment = clean_environment(
            XDG_CONFIG_HOME=name,
            XDG_CACHE_HOME=name,
            TMPDIR=name,
            **{key: os.environ[key] for key in _ENVIRONMENT if key in os.environ},
        )
        try:
            ended = await Child(command, limits=limits, env=environment).run(lambda _line: None)
        except OSError as error:
            raise _failed(chromium, f"cannot be started: {error.strerror}") from error
        content = await asyncio.to_thread(pdf.read_bytes) if pdf.exists() else b""
    # Chromium ends with 0 also where it could not write to the end.
    if ended.returncode or not content.rstrip().endswith(b"%%EOF"):
        raise _why_it_failed(ended, chromium, limit_s)
    return content


def _why_it_failed(ended: Ended, chromium: Path, limit_s: float) -> PressroomError:
    _log.debug("Chromium ended with %s: %s", ended.returncode, ended.errors)
    if ended.is_timed_out:
        return _failed(chromium, f"took longer than {limit_s:,.0f} s")
    if shortage := shortage_in(ended.errors):
        return shortage
    return _failed(chromium, f"ended with {ended.returncode} and wrote no whole PDF")


def _failed(chromium: Path, why: str) -> Refused:
    return Refused(
        f"{chromium} {why}.",
        rule="chromium",
        value=str(chromium),
        limit="a Chromium that prints the page",
        fix=f"Try again, or name another one by {CHROME_PATH.name}. One from a snap needs a TMPDIR in your "
        "home. Any browser prints the HTML, too.",
    )
