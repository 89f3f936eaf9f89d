"""Keeps tokens and secrets out of a recording, in a way that it can still be replayed."""

import re
from urllib.parse import quote, quote_plus

from pressroom.graph.secret_names import SECRET_PARAMETERS, pattern_of
from pressroom.sandbox.settings import SandboxSettings
from pressroom.sandbox.state.ids import invented_token
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
        # Find a secret as a whole word: as part of one, such as of `client_secret`, it may stand anywhere.
        forms = "|".join(re.escape(form) for form in _forms(settings.app_secret or _INVENTED))
        self._app_secret = re.compile(
            rf"(?:(?<![A-Za-z0-9_])|(?<=%[0-9A-Fa-f]{{2}}))(?:{forms})(?![A-Za-z0-9_])"
        )
        app = (_INVENTED, f"{settings.app_id}|{_INVENTED}")
        self._shown = {form for plain in app for form in _forms(plain)}
        self._names: dict[str, str] = {}

    def learn(self) -> None:
        """Learn the tokens and codes that exist now."""
        for secret in (*list(self._world.tokens.values()), *list(self._world.codes.values())):
            if secret.text not in self._names:
                # In the form of an invented token, since a replay tells the login type by its first letters.
                self._names[secret.text] = invented_token(secret.login, f"-hidden-{len(self._names) + 1:06d}")

    def text(self, text: str) -> str:
        """Replace every secret in a text; one that the sandbox does not know becomes `***unknown`."""
        for secret, name in self._names.items():
            if secret in text:
                text = text.replace(secret, name)
        # A secret that was set does not appear: the replay runs with the invented one, and is called with it.
        return _NAMED.sub(self._hide_unknown, self._app_secret.sub(_INVENTED, text))

    def _hide_unknown(self, match: "re.Match[str]") -> str:
        name, value = match.groups()
        return name + (value if value in self._shown or value in self._names.values() else UNKNOWN)

    def header(self, text: str) -> str:
        """Replace the secret of an `Authorization` header; its scheme stays."""
        match = _SCHEME.match(text)
        assert match is not None
        secret = match.group(2).strip()
        app = self._app_secret.sub(_INVENTED, secret)
        name = self._names.get(secret, app if app in self._shown else UNKNOWN)
        return f"{match.group(1) or ''}{name}"


def _forms(plain: str) -> tuple[str, ...]:
    """Give the spellings of a value: as it is, in a query, and in a form."""
    return plain, quote(plain, safe=""), quote_plus(plain)
