"""The shapes of tables of posts: what an import, an export and a template answer."""

from collections.abc import Sequence
from typing import Self

import msgspec

from pressroom.core.errors import ErrorShape
from pressroom.core.post import PostState
from pressroom.service.ground.shaping import InUtc, Shape, shape_of
from pressroom.service.posts.tables.files import Table
from pressroom.service.posts.tables.rows import Result, RowAction
from pressroom.service.shapes.posts import FieldChangeShape


class RowShape(Shape[Result], frozen=True, kw_only=True):
    """The result of a table's row.

    row: counted as a spreadsheet does. action: what a good row does, or in a dry run would do. post_id,
    state: of the post that the row made or names; null where there is none yet. account, caption: of that
    post, or of the one that would be made. error: null for a good row. replayed: whether its key was used
    before for the same content. changes: of the post that it names, column by column, as a table spells
    them, uncut.
    """

    row: int
    action: RowAction | None
    post_id: str | None
    state: PostState | None
    due_at: InUtc | None
    account: str | None
    caption: str | None
    replayed: bool
    changes: tuple[FieldChangeShape, ...]
    warnings: tuple[str, ...]
    error: ErrorShape | None

    @classmethod
    def of(cls, result: Result) -> Self:
        """Build the shape of a row."""
        stored = result.post if result.is_stored else result.before
        due_at = result.schedule.moment if result.schedule else stored.due_at if stored else None
        return shape_of(
            cls,
            result,
            row=result.number,
            post_id=stored.id if stored else None,
            state=stored.state if stored else None,
            due_at=due_at,
            account=result.post.account_name if result.post else None,
            caption=result.post.options.caption if result.post else None,
            replayed=result.is_replay,
            changes=result.differences,
            warnings=(*result.warnings, *([str(result.waits)] if result.waits else [])),
        )


class ImportedShape(msgspec.Struct, frozen=True, kw_only=True):
    """The result of a table. dry_run: nothing was stored. read_as: what the file was taken for.

    imported, changed, replayed, unchanged, refused: numbers of rows. worker_running: as of a post that is
    planned. warnings: of the table as a whole, and what may keep its posts from going out.
    """

    dry_run: bool
    read_as: str
    imported: int
    changed: int
    replayed: int
    unchanged: int
    refused: int
    worker_running: bool
    warnings: tuple[str, ...]
    rows: tuple[RowShape, ...]

    @classmethod
    def of(
        cls, results: Sequence[Result], table: Table, *, is_dry_run: bool, is_worker_running: bool
    ) -> Self:
        """Build the shape of a table."""
        return shape_of(
            cls,
            table,
            dry_run=is_dry_run,
            imported=sum(result.is_stored and result.action is RowAction.NEW for result in results),
            changed=sum(result.is_stored and result.action is RowAction.CHANGE for result in results),
            replayed=sum(result.is_replay for result in results),
            unchanged=sum(result.action is RowAction.UNCHANGED for result in results),
            refused=sum(result.error is not None for result in results),
            worker_running=is_worker_running,
            rows=tuple(results),
        )


class ExportedShape(msgspec.Struct, frozen=True, kw_only=True):
    """A table that was written. output: its file. posts: how many it holds."""

    output: str
    posts: int


class TemplateShape(msgspec.Struct, frozen=True, kw_only=True):
    """A table to start from. output: its file."""

    output: str
