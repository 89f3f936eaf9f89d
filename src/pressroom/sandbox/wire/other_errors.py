"""Errors that the error table lacks, since Pressroom itself makes no call that meets them."""

from dataclasses import dataclass
from typing import Final

from pressroom.graph.certainty import Certainty
from pressroom.sandbox.wire.answer import GraphRefusal


@dataclass(frozen=True, slots=True)
class OtherError:
    """One error without a subcode. message: `{reason}` is filled in."""

    code: int
    message: str
    mark: Certainty
    http_status: int = 400
    meta_type: str = "OAuthException"

    def refusal(self, reason: str = "") -> GraphRefusal:
        """Build the refusal."""
        message = self.message.replace("{reason}", reason)
        return GraphRefusal(
            self.code, message=message, http_status=self.http_status, meta_type=self.meta_type
        )


APP_TOKEN_NEEDED: Final = OtherError(
    15, "(#15) This method must be called with an app access_token.", Certainty.GENERAL
)
HASHTAG_LIMIT: Final = OtherError(
    18, "(#18) You have queried more than 30 unique hashtags in the last 7 days", Certainty.GENERAL
)
CLIENT_ID_MISSING: Final = OtherError(101, "Missing client_id parameter.", Certainty.GENERAL)
REDIRECT_URI_MISSING: Final = OtherError(191, "Missing redirect_uri parameter.", Certainty.GENERAL)
CALLBACK_REFUSED: Final = OtherError(
    2200, "(#2200) Callback verification failed: {reason}", Certainty.GENERAL
)
OTHER_ERRORS: Final = (
    APP_TOKEN_NEEDED,
    HASHTAG_LIMIT,
    CLIENT_ID_MISSING,
    REDIRECT_URI_MISSING,
    CALLBACK_REFUSED,
)
