"""What is secret by its name: parameters of calls, members of JSON, and headers."""

import re
from dataclasses import dataclass
from enum import Enum


class Where(Enum):
    """Where a name stands for a secret.

    ANYWHERE: as a parameter, in text that quotes one, and as a member of JSON.
    PARAMETER: as a parameter. In JSON it is what an error is told apart by, and a number or a rule's name, so
    elsewhere only a value that looks like the secret is one.
    ADDRESS: as a parameter, and in text in an address's query; elsewhere it is a word.
    HEADER: as a header, in any case of letters.
    """

    ANYWHERE = "anywhere"
    PARAMETER = "parameter"
    ADDRESS = "address"
    HEADER = "header"


@dataclass(frozen=True, slots=True)
class SecretName:
    """One name, and where what it names must not be seen."""

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
    """Give the names that are secret at these places."""
    return frozenset(row.name for row in SECRET_NAMES if row.where in places)


def pattern_of(names: frozenset[str]) -> str:
    """Give a regular expression, without a group, that any of the names matches."""
    return f"(?:{'|'.join(re.escape(name) for name in sorted(names))})"


SECRET_PARAMETERS = names_of(Where.ANYWHERE, Where.PARAMETER, Where.ADDRESS)
