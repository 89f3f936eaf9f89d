"""The process that makes a report: `python -m pressroom.service.reports.process FOLDER`.

It reads the `ReportOrder` of the folder, and writes there what came of it: an error, or the data and the
page. Its environment names the store. `make_report` starts and limits it. A process of its own, since drawing
a picture holds Python's lock for a quarter of a second, and what it takes of memory is given back at its end.
"""

import asyncio
import logging
import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import msgspec

from pressroom.core.account import AccountId
from pressroom.core.errors import PressroomError
from pressroom.core.failure import EarlierFailure, Failure
from pressroom.core.report_jobs import ReportContent, ReportWish
from pressroom.core.settings import DATABASE_URL, HOME, Settings, settings_from_environment
from pressroom.core.shortage import require_temporary_folder, shortage_in, shortage_of
from pressroom.media.child import Child, ChildLimits, Ended, python_environment

log: Final = logging.getLogger(__name__)
LIMIT_S: Final = 120.0
# No limit of memory: V8, which draws the pictures, reserves more addresses than any machine has memory.
_LIMITS: Final = ChildLimits(wall_s=LIMIT_S, cpu_s=LIMIT_S, memory_bytes=-1, file_bytes=50_000_000)
_MODULE: Final = "pressroom.service.reports.process"
_ORDER, _DATA, _PAGE, _ERROR = "order.json", "data.json", "report.html", "error.json"


class ReportOrder(msgspec.Struct, frozen=True, kw_only=True):
    """Which report to make."""

    account: AccountId
    wish: ReportWish


async def make_report(order: ReportOrder, settings: Settings) -> ReportContent:
    """Make a report in a process of its own. A cancellation ends that first.

    Raises PressroomError for what went wrong there, and where no process can be started.
    """
    require_temporary_folder()
    place = {HOME.name: str(settings.home.absolute())}
    if settings.database_url:
        place[DATABASE_URL.name] = settings.database_url.reveal()
    try:
        # A process that is killed may write a last file into a folder that is being deleted.
        with TemporaryDirectory(prefix="pressroom-", ignore_cleanup_errors=True) as name:
            folder = Path(name)
            await asyncio.to_thread((folder / _ORDER).write_bytes, msgspec.json.encode(order))
            command = [sys.executable, "-P", "-m", _MODULE, name]
            child = Child(command, limits=_LIMITS, env=python_environment() | place)
            ended = await child.run(lambda _line: None)
            return await asyncio.to_thread(_read, folder, ended)
    except OSError as error:
        words = f"The process that makes reports cannot be started: {error.strerror}."
        raise shortage_of(error) or PressroomError(words, fix="Ask for it again.") from error


def _read(folder: Path, ended: Ended) -> ReportContent:
    data, page, problem = (folder / name for name in (_DATA, _PAGE, _ERROR))
    # The page is written last, and whole or not at all.
    if page.exists():
        return ReportContent(data.read_bytes(), page.read_bytes())
    if problem.exists():
        raise EarlierFailure(Failure.from_json(msgspec.json.decode(problem.read_bytes())))
    log.warning("the making of a report ended with %s: %s", ended.returncode, ended.errors)
    if ended.is_timed_out:
        raise PressroomError(f"It took longer than {LIMIT_S:.0f} s.", fix="Ask for a shorter period.")
    words = "It could not be made. Pressroom's log has the reason."
    raise shortage_in(ended.errors) or PressroomError(words, fix="Ask for it again.")


async def _write(folder: Path, order: ReportOrder, settings: Settings) -> None:
    # A report's alone, which takes a second to load: not in the process that serves.
    from pressroom.service.acting.acting import Acting  # noqa: PLC0415
    from pressroom.service.ground.resources import Resources  # noqa: PLC0415
    from pressroom.service.insights.service import InsightService  # noqa: PLC0415
    from pressroom.service.shapes.report import InsightsReportShape  # noqa: PLC0415

    resources, wish = Resources(settings=settings), order.wish
    try:
        insights = InsightService(Acting(resources, name=order.account), wish.timezone)
        report = await insights.report(
            wish.period, comments=wish.comments, language=wish.language, top_by=wish.top_by
        )
        (folder / _DATA).write_bytes(msgspec.json.encode(InsightsReportShape.of(report)))
        await insights.write_report(report, folder / _PAGE)
    finally:
        await resources.aclose()


def main(name: str) -> None:
    """Make the report of a folder."""
    # What publishes goes first.
    os.nice(10)
    folder = Path(name)
    order = msgspec.json.decode((folder / _ORDER).read_bytes(), type=ReportOrder)
    try:
        asyncio.run(_write(folder, order, settings_from_environment(os.environ)))
    except PressroomError as error:
        (folder / _ERROR).write_bytes(msgspec.json.encode(error.shape()))


if __name__ == "__main__":
    main(sys.argv[1])
