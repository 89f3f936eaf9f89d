"""Every setting, declared once: what reads it, masks it and documents it takes it from here."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Generic, TypeVar

from pressroom.core import reading_settings as reading
from pressroom.core.ways import Way
from pressroom.graph.hosts import DEFAULT_BASE
from pressroom.graph.versions import DEFAULT_VERSION

ValueT = TypeVar("ValueT")


class Kind(StrEnum):
    """What the text of a setting is; the values are the words of the reference."""

    TEXT = "text"
    NUMBER = "number"
    VERSION = "version"
    PATH = "path"
    ADDRESS = "address"
    PORT = "port"
    LIST = "list"
    FLAG = "flag"
    GIGABYTES = "gigabytes"
    COMMAND = "command"


@dataclass(frozen=True, slots=True)
class Setting(Generic[ValueT]):
    """One variable of the environment.

    words: what it holds or does, in one line. parse: makes a value of the variable's name and text, or raises
    SettingRefused. default: the text that stands for one that is not set.
    """

    name: str
    kind: Kind
    words: str
    parse: Callable[[str, str], ValueT]
    default: str = ""
    is_secret: bool = False

    def read(self, environ: Mapping[str, str], *, otherwise: str | None = None) -> ValueT:
        """Read it. otherwise: what stands before the default where it is not set.

        Raises as `parse` does.
        """
        text = environ.get(self.name, "").strip()
        return self.parse(self.name, text or otherwise or self.default)


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
S3_URL = Setting(
    "PRESSROOM_S3_URL",
    Kind.ADDRESS,
    "A bucket for local files: s3://KEY:SECRET@BUCKET/PREFIX?region=REGION&endpoint=https://HOST.",
    reading.secret,
    is_secret=True,
)
CLOUDINARY_URL = Setting(
    "CLOUDINARY_URL",
    Kind.ADDRESS,
    "A Cloudinary account that serves local files: cloudinary://KEY:SECRET@CLOUD.",
    reading.secret,
    is_secret=True,
)
HOSTS = Setting(
    "PRESSROOM_HOSTS",
    Kind.LIST,
    f"The ways local files go, best first, of {', '.join(Way)}. Without it, every one that is set up.",
    reading.ways,
)
FFMPEG_PATH = Setting("FFMPEG_PATH", Kind.PATH, "Another ffmpeg than the one that came along.", reading.path)
RENDITIONS_MAX_GB = Setting(
    "PRESSROOM_RENDITIONS_MAX_GB",
    Kind.GIGABYTES,
    "What converted files may take, those in use apart.",
    reading.size_bytes,
    default="10",
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
REQUIRE_TERMINAL = Setting(
    "PRESSROOM_REQUIRE_TERMINAL",
    Kind.FLAG,
    "Whoever is not at a terminal is a program: it plans and proposes, and a person lets it out.",
    reading.truth,
)
DEBUG = Setting(
    "PRESSROOM_DEBUG",
    Kind.FLAG,
    "Any text lets failures of the command line print their traceback, secrets masked.",
    reading.is_given,
)

SETTINGS: tuple[Setting[Any], ...] = (
    ACCESS_TOKEN,
    USER_ID,
    BUSINESS_ID,
    API_BASE,
    API_VERSION,
    HOME,
    DATABASE_URL,
    KEY,
    PUBLIC_URL,
    MEDIA_PORT,
    S3_URL,
    CLOUDINARY_URL,
    HOSTS,
    FFMPEG_PATH,
    RENDITIONS_MAX_GB,
    NOTIFY_COMMAND,
    NOTIFY_URL,
    NOTIFY_SECRET,
    REQUIRE_TERMINAL,
    DEBUG,
)
# For tests alone, so no page lists them.
TEST_SETTINGS = ("PRESSROOM_CRASH_AT", "PRESSROOM_FREEZE_AT")
SECRET_SETTINGS = frozenset(one.name for one in SETTINGS if one.is_secret)
# They may say who signs in, and are no secret without that.
ADDRESS_SETTINGS = frozenset(one.name for one in SETTINGS if one.kind is Kind.ADDRESS and not one.is_secret)
