"""Listeners that ignore what they are told: the defaults, apart from the publisher that calls them."""

from pressroom.core.assets import Asset, MediaReport, Rendition


def ignore_rendition(asset: Asset, rendition: Rendition) -> None:
    """Ignore it."""


def ignore_progress(asset: Asset, share: float) -> None:
    """Ignore it."""


def ignore_report(asset: Asset, report: MediaReport) -> None:
    """Ignore it."""
