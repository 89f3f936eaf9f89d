"""Keeps tokens and secrets out of a recording, in a way that it can still be replayed."""

import re
from urllib.parse import quote, quote_plus

from pressroom.graph.hosts import LoginType
from pressroom.graph.secret_names import SECRET_PARAMETERS, pattern_of
from pressroom.sandbox.settings import SandboxSettings
from pressroom.sandbox.state.invented import invented_token
from pressroom.sandbox.state.world import World

UNKNOWN = "***unknown"
# `code` is in every error, as a number. A quoted one, or one after an equals sign, may be a code of consent.
_IS = r"""(?:=|%3D|\\*"\s*:\s*\\*"|%22%3A(?:\+|%20)*%22)"""
# A name also begins after an escape, as in an address within a parameter.
_NAMED = re.compile(
    rf'(?:(?<![A-Za-z_])|(?<=%[0-9A-Fa-f]{{2}}))({pattern_of(SECRET_PARAMETERS)}{_IS})([^&#"\s\\]+)'
)
_INVENTED = SandboxSettings().app_secret
_SCHEME = re.compile(r"^(\w+\s+)?(.*)$", re.DOTALL)


class Redactor:
    """Replaces each token and code of a sandbox by a name of its own, the same throughout a recording."""

    def __init__(self, world: World, settings: SandboxSettings) -> None:
        self._world = world
        self._app_secret = _whole(settings.app_secret or _INVENTED)
        app = (_INVENTED, f"{settings.app_id}|{_INVENTED}")
        self._told = {form for plain in app for form in _forms(plain)}
        self._names: dict[str, str] = {}

    def learn(self) -> None:
        """Learn the tokens and codes that exist now."""
        for text, token in list(self._world.tokens.items()):
            self._name(text, token.login)
        for text, code in list(self._world.codes.items()):
            self._name(text, code.login)

    def _name(self, text: str, login: LoginType) -> None:
        if text not in self._names:
            # In the form of an invented token, since a replay tells the login type by its first letters.
            self._names[text] = invented_token(login, f"-hidden-{len(self._names) + 1:06d}")

    def text(self, text: str) -> str:
        """Replace every secret in a text; one that the sandbox does not know becomes `***unknown`."""
        for secret, name in self._names.items():
            if secret in text:
                text = text.replace(secret, name)
        # A secret that was set is not told: the replay runs with the invented one, and is called with it.
        return _NAMED.sub(self._hidden, self._app_secret.sub(_INVENTED, text))

    def _hidden(self, found: "re.Match[str]") -> str:
        value = found.group(2)
        is_told = value in self._told or value in self._names.values()
        return found.group(1) + (value if is_told else UNKNOWN)

    def header(self, text: str) -> str:
        """Replace the secret of an `Authorization` header; its scheme stays."""
        found = _SCHEME.match(text)
        assert found is not None
        given = found.group(2).strip()
        app = self._app_secret.sub(_INVENTED, given)
        name = self._names.get(given, app if app in self._told else UNKNOWN)
        return f"{found.group(1) or ''}{name}"


def _forms(plain: str) -> tuple[str, ...]:
    """Give the spellings of a value: as it is, in a query, and in a form."""
    return plain, quote(plain, safe=""), quote_plus(plain)


def _whole(secret: str) -> "re.Pattern[str]":
    """Find a secret as a whole word: as part of one, such as of `client_secret`, it may stand anywhere."""
    forms = "|".join(re.escape(form) for form in _forms(secret))
    return re.compile(rf"(?:(?<![A-Za-z0-9_])|(?<=%[0-9A-Fa-f]{{2}}))(?:{forms})(?![A-Za-z0-9_])")
