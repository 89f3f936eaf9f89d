"""The use-cases, and the only place that puts the rooms together. Every face calls this and nothing below it.

`Pressroom` publishes and measures for one account; start there.
"""

from pressroom.service.defaults import has_store, new_post
from pressroom.service.listening import Listeners
from pressroom.service.pressroom import Pressroom

__all__ = ["Listeners", "Pressroom", "has_store", "new_post"]
