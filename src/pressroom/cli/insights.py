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
from pressroom.insights.read import MediaInsights, Number
from pressroom.service import Pressroom

COLUMNS = ("views", "reach", "likes", "comments", "saved", "shares")
_SPOILS_ALL = (ExitCode.SIGN_IN, ExitCode.RATE_LIMITED)


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
@account_option
@click.pass_obj
async def show(
    face: Face, ids: tuple[str, ...], since: timedelta | datetime | None, account_name: str | None
) -> ExitCode | None:
    """Show views, reach, likes, comments, saves, shares and the engagement rate of media.

    The rate is (likes + comments + saves + shares) / reach. A dash, in JSON null, is a number that Instagram
    does not give; it is never 0. Ends with 1 when some media could not be read.
    """
    if bool(ids) == (since is not None):
        raise click.UsageError("Name media by their ids, or give --since.")
    account = await face.account_named(account_name)
    with tracker(face.console) as shown:
        async with face.pressroom(account=account) as pressroom:
            shown.busy("Reading insights")
            start = moment(since, face.around.clock.now())
            asked = _named(ids) if ids else _published_since(pressroom, start)
            rows = [await _read(pressroom, *one) async for one in asked]
    _show(face, rows, is_one=len(ids) == 1)
    return ExitCode.FAILED if any(row.error for row in rows) else None


async def _named(ids: Sequence[str]) -> AsyncIterator[tuple[MediaId, None]]:
    for media_id in ids:
        yield MediaId(media_id), None


async def _published_since(
    pressroom: Pressroom, start: datetime | None
) -> AsyncIterator[tuple[MediaId, list[str]]]:
    async for one in pressroom.media(since=start):
        product = one.media_product_type or MediaProductType.FEED
        yield one.id, metrics_for(product, pressroom.account.login_type)


async def _read(pressroom: Pressroom, media_id: MediaId, metrics: list[str] | None) -> Row:
    """Read one media. Raises what would befall every other one too."""
    try:
        return Row(media_id, await pressroom.insights(media_id, metrics))
    except GraphError as error:
        if error.exit_code in _SPOILS_ALL:
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
