"""`pressroom insights`: the numbers of what is published."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import click

from pressroom.cli.command import Group
from pressroom.cli.direct import direct_read
from pressroom.cli.face import Face
from pressroom.cli.parameters import Since, account_option, moment
from pressroom.cli.progress import tracker
from pressroom.core.errors import ExitCode, GraphError, PressroomError
from pressroom.graph.answers import MediaProductType
from pressroom.graph.ids import MediaId
from pressroom.graph.metrics import metrics_for
from pressroom.insights.derive import engagement_rate
from pressroom.insights.listed import SPOILS_ALL
from pressroom.insights.read import MediaInsights, Number
from pressroom.service import Pressroom

COLUMNS = ("views", "reach", "likes", "comments", "saved", "shares")


@click.group(cls=Group)
def insights() -> None:
    """Read the numbers of what is published."""


@dataclass(frozen=True, slots=True)
class Row:
    """One media with its numbers, or with why it has none."""

    media_id: MediaId
    found: MediaInsights | None = None
    error: PressroomError | None = None

    @property
    def rate(self) -> float | None:
        """The engagement rate in percent."""
        return engagement_rate(self.found.values) if self.found else None

    def as_json(self) -> dict[str, Any]:
        """Give the documented JSON object."""
        found = self.found
        return {
            "id": self.media_id,
            "metrics": dict(found.values) if found else {},
            "engagement_rate": self.rate,
            "not_offered": list(found.not_offered) if found else [],
            "note": found.note if found else None,
            "error": self.error.as_json() if self.error else None,
        }

    def cells(self) -> list[str]:
        """Give the numbers as text; a dash stands for what is not known."""
        values = self.found.values if self.found else dict[str, Number | None]()
        rate = self.rate
        return [
            *(_spell(values.get(name)) for name in COLUMNS),
            "-" if rate is None else f"{rate:.2f} %",
        ]


def _spell(number: Number | None) -> str:
    return "-" if number is None else f"{number:,}"


@insights.command()
@click.argument("ids", nargs=-1, metavar="[ID...]")
@click.option("--since", type=Since(), help="All media of a span such as 7d or 12h, or since a date.")
@click.option(
    "--all-metrics", is_flag=True, help="With --since: every metric of each kind, one more call a media."
)
@account_option
@click.pass_obj
async def show(
    face: Face,
    *,
    ids: tuple[str, ...],
    since: timedelta | datetime | None,
    all_metrics: bool,
    account_name: str | None,
) -> ExitCode | None:
    r"""Show views, reach, likes, comments, saves, shares and the engagement rate of media.

    The rate is (likes + comments + saves + shares) / reach. A dash, in JSON null, is a number that Instagram
    does not give; it is never 0. Ends with 1 when some media could not be read.

    \b
    pressroom insights show 17901234567890123
    pressroom insights show --since 7d --json
    """
    if bool(ids) == (since is not None):
        raise click.UsageError("Name media by their ids, or give --since.")
    if ids and all_metrics:
        raise click.UsageError(
            "--all-metrics goes with --since; media named by their ids have all of theirs."
        )
    account = await face.account_named(account_name)
    with tracker(face.console) as shown:
        async with face.pressroom(account=account) as pressroom:
            shown.busy("Reading insights")
            if ids:
                found = _named(pressroom, ids)
            else:
                start = moment(since, face.around.clock.now())
                found = _each(pressroom, start) if all_metrics else _listed(pressroom, start)
            rows = [row async for row in found]
    _show(face, rows, is_one=len(ids) == 1)
    return ExitCode.FAILED if any(row.error for row in rows) else None


async def _named(pressroom: Pressroom, ids: Sequence[str]) -> AsyncIterator[Row]:
    for media_id in ids:
        yield await _read(pressroom, MediaId(media_id), None)


async def _each(pressroom: Pressroom, start: datetime | None) -> AsyncIterator[Row]:
    async for one in pressroom.media(since=start):
        product = one.media_product_type or MediaProductType.FEED
        yield await _read(pressroom, one.id, metrics_for(product, pressroom.account.login_type))


async def _listed(pressroom: Pressroom, start: datetime | None) -> AsyncIterator[Row]:
    async for media, found in pressroom.all_insights(since=start):
        yield Row(media.id, error=found) if isinstance(found, GraphError) else Row(media.id, found)


async def _read(pressroom: Pressroom, media_id: MediaId, metrics: list[str] | None) -> Row:
    """Read one media. Raises what would befall every other one too."""
    try:
        return Row(media_id, await pressroom.insights(media_id, metrics))
    except GraphError as error:
        if error.exit_code in SPOILS_ALL:
            raise
        return Row(media_id, error=error)


def _show(face: Face, rows: list[Row], *, is_one: bool) -> None:
    if is_one and rows[0].error:
        with direct_read():
            raise rows[0].error
    for row in rows:
        if row.error:
            face.console.warn(f"{row.media_id}: {row.error}")
        elif row.found and row.found.note:
            face.console.warn(f"{row.media_id}: {row.found.note}")
    if face.console.is_json:
        face.console.json([row.as_json() for row in rows])
    else:
        face.console.table(("id", *COLUMNS, "engagement"), [(row.media_id, *row.cells()) for row in rows])
