"""Reports what happens while a post is published or a file converted, on a line that is redrawn or noted."""

from typing import Final

from pressroom.cli.shell.console import Console
from pressroom.cli.shell.terminal import Tracker
from pressroom.core.assets import Asset, MediaReport, Rendition
from pressroom.core.journal import JournalEvent
from pressroom.service import Listeners

_WARNINGS: Final = frozenset({"warning", "permalink_missing"})
# Not reported here: a failure is either retried by itself, or the command ends with it and prints it once.
_SHOWN_LATER: Final = frozenset({"failed", "send_failed", "comment_failed"})
_GOES_ON: Final = {
    "container_created": "Waiting for Instagram to process it",
    "send_committed": "Publishing",
    "send_doubtful": "No clear answer: finding out whether the post is live",
    "comment_committed": "Writing the first comment",
}


class Reporter:
    """Listens to the publisher and tells the tracker."""

    def __init__(self, shown: Tracker) -> None:
        self._shown = shown
        self.listeners: Final = Listeners(
            on_event=self.event,
            on_rendition=self.rendition,
            on_progress=self.progress,
            on_upload=self.upload,
        )

    def event(self, event: JournalEvent) -> None:
        """Report a step."""
        if event.step in _SHOWN_LATER:
            return
        if event.step in _WARNINGS:
            self._shown.warn(event.text)
        # A container is said and waited for: Instagram processes a clip for minutes.
        elif event.step not in _GOES_ON or event.step == "container_created":
            self._shown.idle()
            self._shown.note(event.text)
        if label := _GOES_ON.get(event.step):
            self._shown.busy(label)

    def rendition(self, asset: Asset, rendition: Rendition) -> None:
        """Report what was made of a file."""
        self._shown.idle()
        say_changes(self._shown, asset.name, rendition)

    def progress(self, asset: Asset, share: float) -> None:
        """Show how far a conversion is."""
        # A file that complies reports 1.0 alone, and "Converting" would be wrong for it.
        if share < 1.0:
            self._shown.busy(f"Converting {asset.name}", share)

    def upload(self, asset: Asset, share: float) -> None:
        """Show how far an upload is."""
        self._shown.busy(f"Uploading {asset.name}", share)


def plan_listener(console: Console) -> Listeners:
    """Return listeners that report what would be done to each file."""

    def say(asset: Asset, report: MediaReport) -> None:
        for change in report.changes:
            console.note(f"{asset.name}: {change}")
        for warning in report.warnings:
            console.warn(f"{asset.name}: {warning}")

    return Listeners(on_report=say)


def say_changes(shown: Tracker, name: str, rendition: Rendition) -> None:
    """Report every change made to a file, and every warning about it."""
    # Every change is said: a crop that is first seen on the profile cannot be undone.
    for change in rendition.changes:
        shown.note(f"{name}: {change}")
    for warning in rendition.warnings:
        shown.warn(f"{name}: {warning}")
