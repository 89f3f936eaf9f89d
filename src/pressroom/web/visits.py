"""Who is signed in: sessions of browsers, in memory alone, so that all end with the server."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from pressroom.core.clock import Clock

LASTS: Final = timedelta(hours=12)
"""How long somebody stays signed in."""

_TOKEN_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class Visit:
    """A signed-in session. csrf: what each of its forms sends along. ends_at: until when it lasts."""

    csrf: str
    ends_at: datetime

    def accepts(self, csrf: str) -> bool:
        """Tell whether a form was made by a page of this session."""
        return hmac.compare_digest(csrf.encode(), self.csrf.encode())


class Visits:
    """The sessions of one server, each under the hash of its cookie."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._open = dict[str, Visit]()

    def begin(self) -> str:
        """Begin a session, and return the value of its cookie."""
        now, token = self._clock.now(), secrets.token_urlsafe(_TOKEN_BYTES)
        self._open = {key: visit for key, visit in self._open.items() if visit.ends_at > now}
        # The token of the forms is drawn for itself: it stands in pages, from which no cookie may follow.
        self._open[_hash(token)] = Visit(secrets.token_urlsafe(_TOKEN_BYTES), now + LASTS)
        return token

    def find(self, token: str) -> Visit | None:
        """Return the session of a cookie; None for one that is unknown or over."""
        visit = self._open.get(_hash(token))
        return visit if visit and visit.ends_at > self._clock.now() else None

    def end(self, token: str) -> None:
        """End a session."""
        self._open.pop(_hash(token), None)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
