"""Ids as Meta sends them: decimal strings, kept as strings since they outgrow a double."""

from typing import TYPE_CHECKING, NewType

UserId = NewType("UserId", str)
ContainerId = NewType("ContainerId", str)
MediaId = NewType("MediaId", str)
CommentId = NewType("CommentId", str)

ME = UserId("me")

# Some answers carry an id as a JSON number. The wire fields admit both; `answers.Answer` keeps the text.
if TYPE_CHECKING:
    WireUserId = UserId
    WireContainerId = ContainerId
    WireMediaId = MediaId
    WireCommentId = CommentId
    WireId = str
else:
    WireUserId = WireContainerId = WireMediaId = WireCommentId = WireId = str | int
