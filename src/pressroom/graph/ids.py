"""Meta's ids: decimal strings, kept as text since they exceed the integers a double holds exactly."""

from typing import TYPE_CHECKING, NewType

UserId = NewType("UserId", str)
ContainerId = NewType("ContainerId", str)
MediaId = NewType("MediaId", str)
CommentId = NewType("CommentId", str)

ME = UserId("me")

# Some answers have an id as a JSON number. The wire types accept both; `answers.Answer` converts to text.
if TYPE_CHECKING:
    WireUserId = UserId
    WireContainerId = ContainerId
    WireMediaId = MediaId
    WireCommentId = CommentId
    WireId = str
else:
    WireUserId = WireContainerId = WireMediaId = WireCommentId = WireId = str | int
