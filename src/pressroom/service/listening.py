"""Callbacks for what happens while a post is published."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pressroom.core.assets import Asset, MediaReport, Rendition
from pressroom.core.journal import JournalEvent
from pressroom.publish.context import ignore_progress, ignore_rendition, ignore_report

if TYPE_CHECKING:
    from pressroom.client.client import ExchangeRecord


def ignore_event(event: JournalEvent) -> None:
    """Do nothing."""


def ignore_version(version: str, warning: str) -> None:
    """Do nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listeners:
    """Callbacks of a session. All are called on the event loop and must return at once.

    on_version: called with the API version in use and a warning that it ends soon or is not known.
    """

    on_event: Callable[[JournalEvent], None] = ignore_event
    on_exchange: "Callable[[ExchangeRecord], None] | None" = None
    on_rendition: Callable[[Asset, Rendition], None] = ignore_rendition
    on_report: Callable[[Asset, MediaReport], None] = ignore_report
    on_progress: Callable[[Asset, float], None] = ignore_progress
    on_upload: Callable[[Asset, float], None] = ignore_progress
    on_version: Callable[[str, str], None] = ignore_version
