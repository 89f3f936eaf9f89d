"""Reports what happens while a post is published or a file converted, on a line that is redrawn or noted."""

from typing import Final

from pressroom.cli.shell.console import Console
from pressroom.cli.shell.terminal import Tracker
from pressroom.core.assets import Asset, MediaReport, Rendition
from pressroom.core.journal import JournalEvent
from pressroom.service import Listeners

_WARNINGS: Final = frozenset({"warning", "permalink_missing"})
# Not reported here. A failure is either retried by itself, or the command ends with it and prints it once; a
# post that is live is the answer.
_SHOWN_LATER: Final = frozenset(
    {"failed", "send_failed", "comment_failed", "container_settled", "published", "commented"}
)
# What every post goes through is the activity of the moment, and no line that stays.
_ACTIVITIES: Final = {
    "container_created": "Waiting for Instagram to process it",
    "send_committed": "Publishing",
    "send_doubtful": "No clear answer: finding out whether the post is live",
    "comment_committed": "Writing the first comment",
}


class Reporter:
    """Listens to the publisher and tells the tracker, each line once."""

    def __init__(self, shown: Tracker) -> None:
        self._shown = _Once(shown)
        self.listeners: Final = Listeners(
            on_event=self.event,
            on_rendition=self.rendition,
            on_progress=self.progress,
            on_upload=self.upload,
            on_tunnel=self.tunnel,
        )

    def event(self, event: JournalEvent) -> None:
        """Report a step."""
        if event.step in _SHOWN_LATER:
            return
        if activity := _ACTIVITIES.get(event.step):
            self._shown.busy(activity)
        elif event.step in _WARNINGS:
            self._shown.warn(event.text)
        else:
            self._shown.idle()
            self._shown.note(event.text)

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

    def tunnel(self, program: str) -> None:
        """Show that files wait until a tunnel is open."""
        self._shown.busy(f"Opening a tunnel by {program}")


class _Once:
    """A tracker that leaves out a line which stands there already.

    A file's warnings come twice where a post is stored first: from the check before, since a worker may carry
    it, and from the process that makes the file, which may be this one. A file that is made again, to go
    another way, has the same changes.
    """

    def __init__(self, shown: Tracker) -> None:
        self._shown = shown
        self._lines = set[str]()
        self.busy: Final = shown.busy
        self.idle: Final = shown.idle

    def note(self, text: str) -> None:
        if self._is_new(text):
            self._shown.note(text)

    def warn(self, text: str) -> None:
        if self._is_new(text):
            self._shown.warn(text)

    def _is_new(self, text: str) -> bool:
        is_new = text not in self._lines
        self._lines.add(text)
        return is_new


def plan_listener(console: Console) -> Listeners:
    """Return listeners that report what would be done to each file."""
    return Listeners(on_report=lambda asset, report: say_changes(console, asset.name, report))


def say_changes(shown: Console | Tracker, name: str, file: MediaReport | Rendition) -> None:
    """Report what is changed of a file, on one line, and every warning about it."""
    # Every change is said: a crop that is first seen on the profile cannot be undone.
    if file.changes:
        shown.note(f"{name}: {' '.join(file.changes)}")
    for warning in file.warnings:
        shown.warn(f"{name}: {warning}")
