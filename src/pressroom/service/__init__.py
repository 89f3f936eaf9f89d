"""The use-cases, and the only place that puts the rooms together. Every face calls this and nothing below it.

`Pressroom` publishes and measures for one account; start there.
"""

from pressroom.service.pressroom import Listeners, Pressroom, default_home, new_post

__all__ = ["Listeners", "Pressroom", "default_home", "new_post"]
