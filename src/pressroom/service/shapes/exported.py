"""The shape of an export of insights."""

import msgspec

from pressroom.service.insights_export import Exported, Format, LayoutName


class ExportedTableShape(msgspec.Struct, frozen=True, kw_only=True):
    """A table that was written. file: the one that it is in."""

    name: str
    rows: int
    file: str


class InsightsExportedShape(msgspec.Struct, frozen=True, kw_only=True):
    """What was written. output: the file, or the folder with a file for each table."""

    output: str
    format: Format
    layout: LayoutName
    size_bytes: int
    tables: tuple[ExportedTableShape, ...]

    @classmethod
    def of(cls, exported: Exported) -> "InsightsExportedShape":
        """Build the shape of an export."""
        tables = (
            ExportedTableShape(name=one.name, rows=one.rows, file=str(one.file)) for one in exported.tables
        )
        return cls(
            output=str(exported.output),
            format=exported.format,
            layout=exported.layout,
            size_bytes=exported.size_bytes,
            tables=tuple(tables),
        )
