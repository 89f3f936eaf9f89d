"""The publisher's numbers, in one value."""

from dataclasses import dataclass

from pressroom.core.post import PUBLISH_LATE_S
from pressroom.core.when import LATE_AFTER_S


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """How patient the publisher is, all in seconds but the counts.

    send_window_s: time from committing a send to its last byte. publish_timeout_s: wait for its answer.
    resend_after_s: earliest proof that a lost send was not carried out. settle_s: gap between the two
    listings that prove an id. reconcile_budget_s: after that a person decides. max_containers: per item.
    usual_image_s, usual_video_s: processing time; an unreadable container is tried after twice as long.
    interrupt_grace_s: wait for the answer of a send that a person interrupts.
    prepare_ahead_s: containers are made so long before the due time. late_after_s: tolerance before a late
    post is one for `ask` and `drop`. publish_late_s: how late `publish` still publishes by itself.
    late_spacing_s: gap between late posts of an account. container_age_s: older ones are made anew.
    comment_look_delays_s: waits before a doubtful comment is looked for. comment_retry_delays_s: before one
    that never left is written again.
    snapshot_lead_s: the snapshot is taken so long before the due time.
    takes_snapshot: read quota and listing before a send; without it a lost send is never sent again.
    checks_user_id: ask whose an unknown token is before anything is done for the account that is named.
    """

    # A send that could leave at any later time could never be proven not to have left.
    send_window_s: float = 15.0
    publish_timeout_s: float = 60.0
    # Meta promises no time after which a call has had its effect, and its lists and counters lag behind.
    resend_after_s: float = 300.0
    settle_s: float = 60.0
    reconcile_budget_s: float = 1800.0
    look_delays_s: tuple[float, ...] = (2, 3, 5, 10, 20, 30, 60)
    ready_delays_s: tuple[float, ...] = (3, 5, 10, 20, 30, 60, 120, 300)
    max_ready_retries: int = 8
    max_containers: int = 3
    max_not_sent: int = 3
    max_listings: int = 5
    usual_image_s: float = 10.0
    usual_video_s: float = 60.0
    interrupt_grace_s: float = 10.0
    comment_look_delays_s: tuple[float, ...] = (3, 10, 30)
    comment_retry_delays_s: tuple[float, ...] = (3, 10, 30, 300)
    # Clips take minutes to be processed, and a failure that shows early can be mended before the due time.
    prepare_ahead_s: float = 900.0
    late_after_s: float = LATE_AFTER_S
    publish_late_s: float = PUBLISH_LATE_S
    late_spacing_s: float = 120.0
    # A container that is not published within 24 hours expires (content publishing, "EXPIRED").
    container_age_s: float = 23 * 3600.0
    snapshot_lead_s: float = 2.0
    takes_snapshot: bool = True
    checks_user_id: bool = True


CAREFUL = Policy()
# For the helpers, which make no calls but container, status and publish unless something went wrong.
FEWEST_CALLS = Policy(takes_snapshot=False, checks_user_id=False, reconcile_budget_s=120.0)
