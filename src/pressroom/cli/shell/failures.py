"""Errors of the command line itself."""

from pressroom.core.errors import PressroomError


class Misused(PressroomError):
    """The command line cannot be understood."""

    code: int | str | None = "usage"


class Interrupted(PressroomError):
    """Ctrl-C was pressed, or the process was sent SIGTERM or SIGHUP."""

    code: int | str | None = "interrupted"


class NotConfirmed(PressroomError):
    """A person was asked, and did not say yes."""

    code: int | str | None = "not_confirmed"


class SystemRefused(PressroomError):
    """The operating system refused a file, a directory or a connection."""

    code: int | str | None = "system"


class Fault(PressroomError):
    """A bug in Pressroom."""

    code: int | str | None = "fault"
