"""The shape of an export of insights, apart from other insights: it loads all that writes an export."""

from pressroom.service.ground.shaping import Shape
from pressroom.service.insights.export import Exported, Format, LayoutName, Written


class ExportedTableShape(Shape[Written], frozen=True, kw_only=True):
    """A table that was written. file: the one that it is in."""

    name: str
    rows: int
    file: str


class InsightsExportedShape(Shape[Exported], frozen=True, kw_only=True):
    """What was written. output: the file, or the folder with a file for each table."""

    output: str
    format: Format
    layout: LayoutName
    size_bytes: int
    tables: tuple[ExportedTableShape, ...]
