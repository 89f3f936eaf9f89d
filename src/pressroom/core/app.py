"""The app in whose name a person signs in: it has an id and a secret, under two kinds of login."""

from dataclasses import dataclass

from pressroom.core.secret import Secret
from pressroom.graph.hosts import LoginType


def kind_of_app(login_type: LoginType) -> LoginType:
    """Return whose app a login needs: Instagram Login has its own, the Meta app serves the other two."""
    return LoginType.INSTAGRAM if login_type is LoginType.INSTAGRAM else LoginType.FACEBOOK


def app_label(login_type: LoginType) -> str:
    """Return the app as Meta's dashboard labels its id and secret: "Instagram app" or "App"."""
    return "Instagram app" if login_type is LoginType.INSTAGRAM else "App"


@dataclass(frozen=True, slots=True)
class App:
    """An app of the person's own. redirect_uri: the one registered for it that was used last."""

    app_id: str
    secret: Secret
    redirect_uri: str | None = None

    @property
    def token(self) -> Secret:
        """The app's own token, which may ask what another token is."""
        return Secret(f"{self.app_id}|{self.secret.reveal()}")
