"""Every remote host. A new one is a class listed here, and a row of `Way` in `core.reading_settings`."""

from pressroom.core.clock import SYSTEM_CLOCK, Clock
from pressroom.core.reading_settings import Way
from pressroom.core.settings import Settings
from pressroom.hosting.cloudinary import CloudinaryHost
from pressroom.hosting.remote import Ledger, RemoteHost
from pressroom.hosting.s3 import S3Host

# In the order in which they are suggested when none is set up.
REMOTE_HOSTS: tuple[type[RemoteHost], ...] = (CloudinaryHost, S3Host)


def remote_host(
    way: Way, settings: Settings, *, clock: Clock = SYSTEM_CLOCK, ledger: Ledger | None = None
) -> RemoteHost | None:
    """Make the host of a way; None when it has none or is not set up. Raises as the host does."""
    url = settings.remote_hosts.get(way)
    if url is None:
        return None
    host = next(host for host in REMOTE_HOSTS if host.way is way)
    return host(url, clock=clock, ledger=ledger)
