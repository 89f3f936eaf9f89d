"""A browser that is signed in, and the tokens of its forms.

The tokens follow from the cookie, so that a page that is left open goes on after a restart. One kind is for
what lets something out, the other for all else: no page with script has the first. Who is signed in, the
session knows: `pages.signed_in_until`.
"""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Visit:
    """The session of a browser that is signed in.

    csrf: token of its forms. deciding_csrf: token of the forms that approve something. user: identifies the
    user in every session; a browser shows stored texts to that user only.
    """

    csrf: str
    deciding_csrf: str
    ends_at: datetime
    user: str

    @classmethod
    def of(cls, cookie: str, ends_at: datetime, user: str) -> "Visit":
        """Return the session of a cookie that is known."""
        return cls(_token(cookie, "planning"), _token(cookie, "deciding"), ends_at, user)


def _token(cookie: str, use: str) -> str:
    # One way: it stands in pages, from which no cookie may follow.
    return hmac.new(cookie.encode(), use.encode(), hashlib.sha256).hexdigest()
