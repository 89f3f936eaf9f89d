"""Names whose values are secret: parameters of calls, members of JSON, and headers."""

import re
from dataclasses import dataclass
from enum import Enum


class Where(Enum):
    """Where a name marks a secret.

    ANYWHERE: as a parameter, in text that quotes one, and as a member of JSON.
    PARAMETER: as a parameter. Elsewhere, such as `code` in an error's JSON, only a value that looks like the
    secret counts.
    ADDRESS: as a parameter, and in the query of an address; elsewhere it is an ordinary word.
    HEADER: as a header, case-insensitively.
    """

    ANYWHERE = "anywhere"
    PARAMETER = "parameter"
    ADDRESS = "address"
    HEADER = "header"


@dataclass(frozen=True, slots=True)
class SecretName:
    """A name, and where its value is secret."""

    name: str
    where: Where


SECRET_NAMES = (
    SecretName("access_token", Where.ANYWHERE),
    SecretName("api_secret", Where.ANYWHERE),
    SecretName("app_secret", Where.ANYWHERE),
    SecretName("appsecret_proof", Where.ANYWHERE),
    SecretName("client_secret", Where.ANYWHERE),
    SecretName("code_verifier", Where.ANYWHERE),
    SecretName("fb_exchange_token", Where.ANYWHERE),
    SecretName("hub.verify_token", Where.ANYWHERE),
    SecretName("input_token", Where.ANYWHERE),
    SecretName("refresh_token", Where.ANYWHERE),
    SecretName("verify_token", Where.ANYWHERE),
    SecretName("X-Amz-Security-Token", Where.ANYWHERE),
    SecretName("X-Amz-Signature", Where.ANYWHERE),
    SecretName("code", Where.PARAMETER),
    SecretName("password", Where.ADDRESS),
    SecretName("sslpassword", Where.ADDRESS),
    SecretName("Authorization", Where.HEADER),
    SecretName("Proxy-Authorization", Where.HEADER),
)


def names_of(*places: Where) -> frozenset[str]:
    """Return the names that are secret in these places."""
    return frozenset(row.name for row in SECRET_NAMES if row.where in places)


def pattern_of(names: frozenset[str]) -> str:
    """Return a regular expression without capturing groups that matches any of the names."""
    return f"(?:{'|'.join(re.escape(name) for name in sorted(names))})"


SECRET_PARAMETERS = names_of(Where.ANYWHERE, Where.PARAMETER, Where.ADDRESS)
