"""What can go wrong when a file is made reachable."""

from pressroom.core.errors import PressroomError


class HostFailed(PressroomError):
    """The host did not take the file, or does not give it."""

    retryable = True
