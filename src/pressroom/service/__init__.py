"""The use-cases, and the only room that wires the others together. Faces call this and nothing below it.

Start at `Pressroom`, the session. The other names exported here are values that go in or come out.
"""

from pressroom.client.pacing import FIXED_PACING, Pacing
from pressroom.publish.machine.policy import FEWEST_CALLS, Policy
from pressroom.service.ground.resources import Listeners
from pressroom.service.loading import load_ahead
from pressroom.service.posts.composing import CallToMake, PostKeywords, new_post
from pressroom.service.session import Pressroom, Session

__all__ = [
    "FEWEST_CALLS",
    "FIXED_PACING",
    "CallToMake",
    "Listeners",
    "Pacing",
    "Policy",
    "PostKeywords",
    "Pressroom",
    "Session",
    "load_ahead",
    "new_post",
]
