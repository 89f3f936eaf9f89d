"""social-auth-core: its Facebook backend signs in; the address of its Instagram backend is told."""

import json
import os
import sys
from types import SimpleNamespace
from urllib.parse import parse_qsl, urlsplit

from social_core.backends.facebook import FacebookOAuth2
from social_core.backends.instagram import InstagramOAuth2
from social_core.strategy import BaseStrategy

PIPELINE = [
    "social_core.pipeline.social_auth.social_details",
    "social_core.pipeline.social_auth.social_uid",
    "__main__.user",
]
SETTINGS = {"SOCIAL_AUTH_PIPELINE": PIPELINE} | {
    f"SOCIAL_AUTH_{backend}_{name}": os.environ[variable]
    for backend in ("FACEBOOK", "INSTAGRAM")
    for name, variable in (("KEY", "WIRE_APP_ID"), ("SECRET", "WIRE_APP_SECRET"))
}


def user(uid, details, **_):
    """Make the application's own user, the last step of the pipeline."""
    return {"user": SimpleNamespace(uid=uid, **details)}


class Nonces:
    """The part of an application's storage that remembers each `state`."""

    def __init__(self):
        self.kept = set()

    def use(self, *nonce):
        self.kept.add(nonce)
        return True

    def consume(self, *nonce):
        self.kept.remove(nonce)
        return True


class Strategy(BaseStrategy):
    """What an application's framework gives: settings, a session and the request."""

    def __init__(self):
        super().__init__(SimpleNamespace(nonce=Nonces()))
        self.session, self.query = {}, {}

    def get_setting(self, name):
        return SETTINGS[name]

    def get_request_data(self, **_):
        return self.query

    def session_get(self, name, default=None):
        return self.session.get(name, default)

    def session_set(self, name, value):
        self.session[name] = value

    def session_pop(self, name):
        return self.session.pop(name, None)

    def build_absolute_uri(self, path=None):
        return path

    def redirect(self, url):
        return url


strategy = Strategy()
facebook = FacebookOAuth2(strategy, os.environ["WIRE_BACK"])
instagram = InstagramOAuth2(strategy, os.environ["WIRE_BACK"])
print(json.dumps({"facebook": facebook.start(), "instagram": instagram.start()}), flush=True)

strategy.query = dict(parse_qsl(urlsplit(sys.stdin.readline().strip()).query))
facebook.data = strategy.request_data()
person = facebook.complete()
print(json.dumps({"id": person.uid, "name": person.fullname}))
