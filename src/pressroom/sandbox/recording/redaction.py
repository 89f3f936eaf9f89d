"""Keeps tokens and secrets out of a recording, so that it can be made again all the same."""

import re
from urllib.parse import quote

from pressroom.graph.hosts import LoginType
from pressroom.graph.secret_names import SECRET_PARAMETERS, pattern_of
from pressroom.sandbox.settings import SandboxSettings
from pressroom.sandbox.state.invented import invented_token
from pressroom.sandbox.state.world import World

UNKNOWN = "***unknown"
# An error's code is a number; what stands in quotes, or behind an equals sign, may be one of consent.
_IS = r"""(?:=|%3D|\\*"\s*:\s*\\*"|%22%3A(?:\+|%20)*%22)"""
_NAMED = re.compile(rf'(?<![A-Za-z_])({pattern_of(SECRET_PARAMETERS)}{_IS})([^&#"\s\\]+)')
_SCHEME = re.compile(r"^(\w+\s+)?(.*)$", re.DOTALL)


class Redactor:
    """Gives each token and code of a sandbox a name of its own, which stands in its place."""

    def __init__(self, world: World, settings: SandboxSettings) -> None:
        self._world = world
        app = (settings.app_secret, f"{settings.app_id}|{settings.app_secret}")
        self._told = {form for plain in app for form in (plain, quote(plain, safe=""))}
        self._names: dict[str, str] = {}

    def learn(self) -> None:
        """Take in what is secret by now."""
        for text, token in list(self._world.tokens.items()):
            self._name(text, token.login)
        for text, code in list(self._world.codes.items()):
            self._name(text, code.login)

    def _name(self, text: str, login: LoginType) -> None:
        if text not in self._names:
            self._names[text] = invented_token(login, f"-hidden-{len(self._names) + 1:06d}")

    def text(self, text: str) -> str:
        """Hide every secret in a text; those the sandbox does not know become `***unknown`."""
        for secret, name in self._names.items():
            if secret in text:
                text = text.replace(secret, name)
        return _NAMED.sub(self._hidden, text)

    def _hidden(self, found: "re.Match[str]") -> str:
        value = found.group(2)
        is_told = value in self._told or value in self._names.values()
        return found.group(1) + (value if is_told else UNKNOWN)

    def header(self, text: str) -> str:
        """Hide the secret of an `Authorization` header; its scheme stays."""
        found = _SCHEME.match(text)
        assert found is not None
        name = self._names.get(found.group(2).strip(), UNKNOWN)
        return f"{found.group(1) or ''}{name}"
