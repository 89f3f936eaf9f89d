"""How fast the suite's time is, and which of the publisher's numbers are about the speed of machines."""

from dataclasses import replace

from pressroom.publish.machine.policy import CAREFUL

FACTOR = 60.0
# By the database's clock, which nothing hastens.
LEASE_S = 2.0
# A process that is slow for a second here is slow for a minute of the sandbox: what a machine needs to write,
# and how late a post may go out, is granted in real time. How long to wait for a proof stays as it is.
POLICY = replace(
    CAREFUL, send_window_s=60.0, publish_timeout_s=180.0, late_spacing_s=10.0, publish_late_s=1e7
)
# Past leases, time limits and send deadlines.
FROZEN_S = 4.0
