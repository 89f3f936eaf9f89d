"""django-allauth in a site of its own: its Facebook provider signs in; Instagram's address is told."""

import json
import os
import sys
from urllib.parse import urlsplit

import django
from django.conf import settings
from django.core.management import call_command
from django.test import Client
from django.utils.module_loading import import_string

BACK = urlsplit(os.environ["WIRE_BACK"])
APP = {"client_id": os.environ["WIRE_APP_ID"], "secret": os.environ["WIRE_APP_SECRET"]}
settings.configure(
    SECRET_KEY="of a test",
    ALLOWED_HOSTS=[BACK.hostname],
    ROOT_URLCONF="allauth.urls",
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.messages",
        "django.contrib.sessions",
        "allauth",
        "allauth.account",
        "allauth.socialaccount",
        "allauth.socialaccount.providers.facebook",
        "allauth.socialaccount.providers.instagram",
    ],
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
        "allauth.account.middleware.AccountMiddleware",
    ],
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}],
    SOCIALACCOUNT_PROVIDERS={"facebook": {"APP": APP}, "instagram": {"APP": APP}},
)
django.setup()
call_command("migrate", verbosity=0)


def sign_in(browser):
    """Sign the browser in, and give the person as the site keeps them."""
    addresses = {
        provider: browser.post(f"/{provider}/login/", secure=True)["location"]
        for provider in ("facebook", "instagram")
    }
    print(json.dumps(addresses), flush=True)
    back = urlsplit(sys.stdin.readline().strip())
    answer = browser.get(f"{back.path}?{back.query}", secure=True)
    assert answer.status_code == 302, answer.content.decode()
    return import_string("allauth.socialaccount.models.SocialAccount").objects.get().extra_data


person = sign_in(Client(headers={"host": BACK.hostname}))
assert person["updated_time"], person
print(json.dumps({"id": person["id"], "name": person["name"]}))
