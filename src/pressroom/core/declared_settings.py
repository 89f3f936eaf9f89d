"""Declares every setting once, for reading, masking and documenting it.

The address of a remote host is declared with its way, in `core.ways`.
"""

from collections.abc import Iterator
from typing import Any

from pressroom.core import reading_settings as reading
from pressroom.core.setting import Kind, Setting
from pressroom.core.ways import Way, read_ways
from pressroom.graph.hosts import DEFAULT_BASE, DEFAULT_VERSION

ACCESS_TOKEN = Setting(
    "INSTAGRAM_ACCESS_TOKEN", Kind.TEXT, "The account's token.", reading.token, is_secret=True
)
USER_ID = Setting(
    "INSTAGRAM_USER_ID",
    Kind.NUMBER,
    "The account's id. Without it INSTAGRAM_BUSINESS_ID is used, without both the token's own account.",
    reading.user_id,
)
BUSINESS_ID = Setting(
    "INSTAGRAM_BUSINESS_ID",
    Kind.NUMBER,
    "The account's id, where INSTAGRAM_USER_ID is not set.",
    reading.user_id,
)
API_BASE = Setting(
    "INSTAGRAM_API_BASE",
    Kind.ADDRESS,
    "Where the API is: a sandbox's address for trying out, or https://graph.facebook.com for Facebook Login.",
    reading.api_base,
    default=DEFAULT_BASE,
)
API_VERSION = Setting(
    "INSTAGRAM_API_VERSION", Kind.VERSION, "The version of the API.", reading.version, default=DEFAULT_VERSION
)
INSTAGRAM_APP_ID = Setting(
    "INSTAGRAM_APP_ID",
    Kind.NUMBER,
    "The Instagram app ID, from the dashboard's API setup with Instagram login; not the Meta app's own.",
    reading.app_id,
)
INSTAGRAM_APP_SECRET = Setting(
    "INSTAGRAM_APP_SECRET",
    Kind.TEXT,
    "The Instagram app secret, of the same page.",
    reading.secret,
    is_secret=True,
)
META_APP_ID = Setting(
    "META_APP_ID", Kind.NUMBER, "The Meta app's App ID, for Facebook and Unified Login.", reading.app_id
)
META_APP_SECRET = Setting(
    "META_APP_SECRET", Kind.TEXT, "The Meta app's App secret.", reading.secret, is_secret=True
)
HOME = Setting(
    "PRESSROOM_HOME",
    Kind.PATH,
    "The data directory. Without it, the system's place for the user's data.",
    reading.path,
)
DATABASE_URL = Setting(
    "PRESSROOM_DATABASE_URL",
    Kind.ADDRESS,
    "A PostgreSQL server that holds the store in place of a file: postgresql://USER:PASSWORD@HOST/DATABASE.",
    reading.secret,
    is_secret=True,
)
KEY = Setting(
    "PRESSROOM_KEY",
    Kind.LIST,
    "Keys that sign media addresses and seal tokens in place of the data directory's own, for several "
    "machines; the first seals, all open.",
    reading.secret,
    is_secret=True,
)
PUBLIC_URL = Setting(
    "PRESSROOM_PUBLIC_URL",
    Kind.ADDRESS,
    "Where the internet reaches our media route.",
    reading.public_url,
)
MEDIA_PORT = Setting(
    "PRESSROOM_MEDIA_PORT", Kind.PORT, "The port of our media route on this machine.", reading.port
)
HOSTS = Setting(
    "PRESSROOM_HOSTS",
    Kind.LIST,
    f"The ways local files go, best first, of {', '.join(Way)}. Without it, every one that is set up.",
    read_ways,
)
FFMPEG_PATH = Setting("FFMPEG_PATH", Kind.PATH, "Another ffmpeg than the one that came along.", reading.path)
RENDITIONS_MAX_GB = Setting(
    "PRESSROOM_RENDITIONS_MAX_GB",
    Kind.GIGABYTES,
    "What converted files may take, those in use apart.",
    reading.size_bytes,
    default="10",
)
INSIGHTS_KEEP_DAYS = Setting(
    "PRESSROOM_INSIGHTS_KEEP_DAYS",
    Kind.NUMBER,
    "How many days of insights a worker keeps; without it, all.",
    reading.days,
)
NOTIFY_COMMAND = Setting(
    "PRESSROOM_NOTIFY_COMMAND",
    Kind.COMMAND,
    "A program that a worker runs for what needs a person.",
    reading.command,
)
NOTIFY_URL = Setting(
    "PRESSROOM_NOTIFY_URL",
    Kind.ADDRESS,
    "An https address that a worker posts to what needs a person.",
    reading.private_address,
    is_secret=True,
)
NOTIFY_SECRET = Setting(
    "PRESSROOM_NOTIFY_SECRET",
    Kind.TEXT,
    "What signs the notices that go to PRESSROOM_NOTIFY_URL.",
    reading.secret,
    is_secret=True,
)
NOTIFY_APPRISE = Setting(
    "PRESSROOM_NOTIFY_APPRISE",
    Kind.LIST,
    "Addresses of Apprise (mail, Slack, Discord, ntfy and a hundred more) that a worker tells what needs a "
    "person; blanks or commas between them.",
    reading.apprise_addresses,
    is_secret=True,
)
REQUIRE_TERMINAL = Setting(
    "PRESSROOM_REQUIRE_TERMINAL",
    Kind.FLAG,
    "Whoever is not at a terminal is a program: it plans and proposes, and a person lets it out.",
    reading.truth,
)
WEB_URL = Setting(
    "PRESSROOM_WEB_URL",
    Kind.ADDRESS,
    "Where people open the page of this data directory, if not at the address it is served at: a forwarded "
    "port of their own machine, such as http://localhost:9000.",
    reading.web_url,
)
DEBUG = Setting(
    "PRESSROOM_DEBUG",
    Kind.FLAG,
    "Any text lets failures of the command line print their traceback, secrets masked.",
    reading.is_given,
)


def _declared() -> Iterator[Setting[Any]]:
    yield from (one for one in globals().values() if isinstance(one, Setting))


SETTINGS: tuple[Setting[Any], ...] = (*_declared(), *(way.setting for way in Way if way.setting))
"""All of the above in their order, then those of the remote hosts."""
# For tests only, so no page of the docs lists them.
TEST_SETTINGS = ("PRESSROOM_CRASH_AT", "PRESSROOM_FREEZE_AT")
# Derived, so that a new secret or address is masked from the day it is declared.
SECRET_SETTINGS = frozenset(one.name for one in SETTINGS if one.is_secret)
# Their user and password are masked, the rest of the address is shown.
ADDRESS_SETTINGS = frozenset(one.name for one in SETTINGS if one.kind is Kind.ADDRESS and not one.is_secret)
