"""Masks the secrets of calls that another tool recorded."""

import re
from collections.abc import Callable, Sequence
from typing import Final

from pressroom.core.secret import META_TOKEN
from pressroom.sandbox.recording.exchanges import Exchange
from pressroom.sandbox.recording.existing import objects_in
from pressroom.sandbox.recording.recorder import UNKNOWN, Redactor
from pressroom.sandbox.settings import SandboxSettings
from pressroom.sandbox.state.ids import invented_token, is_invented
from pressroom.sandbox.state.world import World
from pressroom.sandbox.wire.answer import parse_body

# While no secret is set, a sandbox takes every digest for a right proof.
_ANY_PROOF: Final = "0" * 64
_PROOF: Final = re.compile(r'(appsecret_proof(?:=|"\s*:\s*"))[^&#"\s]+')


class Masks:
    """Replaces each token by a name of its own, as `Redactor` does, and other secrets by `***unknown`.

    Tokens with which calls were made become the sandbox's own. Those that an answer gave get invented names,
    which a replay replaces by the tokens that it is given. wrong_token: one that no sandbox knows.
    """

    def __init__(
        self,
        world: World,
        settings: SandboxSettings,
        calls: Sequence[Exchange],
        rename: Callable[[str], str],
    ) -> None:
        self.own_token: Final = settings.token or ""
        self.wrong_token: Final = invented_token(settings.login, "-wrong")
        self._rename = rename
        self._names = dict[str, str]()
        # An app's own token is its id and its secret.
        app_token = f"{settings.app_id}|{settings.app_secret}"
        for call in calls:
            for secret in call.tokens:
                self._names.setdefault(secret, app_token if "|" in secret else self.own_token)
            for node in objects_in(parse_body(call.answer)):
                if isinstance(secret := node.get("access_token"), str) and secret:
                    hidden = invented_token(settings.login, f"-hidden-{len(self._names) + 1:06d}")
                    self._names.setdefault(secret, hidden)
        self._redactor = Redactor(world, settings)
        self._redactor.show(_ANY_PROOF)
        for secret, name in self._names.items():
            self._redactor.rename(secret, name)

    def text(self, text: str) -> str:
        """Mask a text, and replace the ids of media in it by those of the sandbox."""
        masked = self._redactor.text(_PROOF.sub(rf"\g<1>{_ANY_PROOF}", text))
        # What looks like a token of Meta's, wherever it stands.
        masked = META_TOKEN.sub(lambda match: match[0] if is_invented(match[0]) else UNKNOWN, masked)
        return self._rename(masked)

    def token_for(self, call: Exchange) -> str:
        """Give the token for a call: the name of its own, or the sandbox's for a call without one."""
        return self._names[call.tokens[0]] if call.tokens else self.own_token
