"""What goes wrong in the command line itself."""

from pressroom.core.errors import PressroomError


class Misused(PressroomError):
    """The command line cannot be understood."""

    code = "usage"


class Interrupted(PressroomError):
    """A person pressed Ctrl-C, or the process was told to end."""

    code = "interrupted"


class SystemRefused(PressroomError):
    """The operating system refused a file, a directory or a connection."""

    code = "system"


class Fault(PressroomError):
    """A mistake in Pressroom itself."""

    code = "fault"
