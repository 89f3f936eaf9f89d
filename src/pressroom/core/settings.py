"""Settings from the environment; a project directory cannot set any.

Every setting is declared here once, for reading, masking and documenting it; the address of a remote host is
declared with its way, in `core.reading_settings`, where all texts are parsed. A session starts at
`settings_from_environment`, and acts for `account_from_environment` where nobody signed in.

A `Mask` keeps the environment's secrets out of what people see and what is logged; `without_secrets` out of
what child processes get.
"""

import contextlib
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, TypeVar

from pressroom.core import reading_settings as reading
from pressroom.core.account import Account, App, kind_of_app, login_types_for
from pressroom.core.address import without_sign_in
from pressroom.core.errors import SettingRefused
from pressroom.core.reading_settings import Kind, Setting, Tunnel, Way, parts_of, read_ways
from pressroom.core.secret import Secret, hidden_in, passwords_in, redact_json, redact_text
from pressroom.graph.answers import ME, UserId
from pressroom.graph.hosts import DEFAULT_BASE, DEFAULT_VERSION, LoginType

ValueT = TypeVar("ValueT")

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
UNIFIED_DELETES = Setting(
    "PRESSROOM_UNIFIED_DELETES",
    Kind.FLAG,
    "Delete published media under Unified Login, too: one project saw it work, and Meta documents nothing.",
    reading.is_given,
)
HOME = Setting(
    "PRESSROOM_HOME",
    Kind.PATH,
    "The data directory. Without it, the system's place for the user's data.",
    reading.path,
)
STATE_HOME = Setting(
    "XDG_STATE_HOME",
    Kind.PATH,
    "Where it is noted how new each store is, to recognise older copies; without it, ~/.local/state.",
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
    "PRESSROOM_PUBLIC_URL", Kind.ADDRESS, "Where the internet reaches our media route.", reading.public_url
)
MEDIA_PORT = Setting(
    "PRESSROOM_MEDIA_PORT", Kind.PORT, "The port of our media route on this machine.", reading.port
)
TUNNEL = Setting(
    "PRESSROOM_TUNNEL",
    Kind.TEXT,
    "The program of a tunnel that is open while Instagram fetches, found on PATH: cloudflared, ngrok or "
    "tailscale; for one of your own, cloudflared:NAME@HOST or ngrok@HOST.",
    reading.tunnel,
)
HOSTS = Setting(
    "PRESSROOM_HOSTS",
    Kind.LIST,
    f"The ways local files go, best first, of {', '.join(Way)}. Without it, every one that is set up.",
    read_ways,
)
FFMPEG_PATH = Setting("FFMPEG_PATH", Kind.PATH, "Another ffmpeg than the one that came along.", reading.path)
CHROME_PATH = Setting(
    "CHROME_PATH",
    Kind.PATH,
    "The Chromium, Chrome or Edge that writes reports as PDF; without it, the one on PATH.",
    reading.path,
)
RENDITIONS_MAX_GB = Setting(
    "PRESSROOM_RENDITIONS_MAX_GB",
    Kind.GIGABYTES,
    "What converted files may take, those in use apart.",
    reading.size_bytes,
    default="10",
)
PICTURES_MAX_GB = Setting(
    "PRESSROOM_PICTURES_MAX_GB",
    Kind.GIGABYTES,
    "What the small pictures of posts may take, those of posts that are not out yet apart.",
    reading.size_bytes,
    default="1",
)
UPLOADS_MAX_GB = Setting(
    "PRESSROOM_UPLOADS_MAX_GB",
    Kind.GIGABYTES,
    "What the uploads of all together may take, for as long as they are kept.",
    reading.size_bytes,
    default="20",
)
UPLOADS_OF_CALLER_MAX_GB = Setting(
    "PRESSROOM_UPLOADS_OF_CALLER_MAX_GB",
    Kind.GIGABYTES,
    "What the uploads of one person or program may take of that.",
    reading.size_bytes,
    default="5",
)
UPLOADS_SPARE_GB = Setting(
    "PRESSROOM_UPLOADS_SPARE_GB",
    Kind.GIGABYTES,
    "What files of programs leave free on the disk, so that they keep no post from going out.",
    reading.size_bytes,
    default="2",
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
CONNECTIONS = Setting(
    "PRESSROOM_CONNECTIONS",
    Kind.NUMBER,
    "How many connections each server of ours holds at once, streams apart.",
    reading.places,
    default="64",
)
STREAMS = Setting(
    "PRESSROOM_STREAMS",
    Kind.NUMBER,
    "How many streams of events each server of ours holds at once, beside its connections.",
    reading.places,
    default="256",
)
STREAMS_OF_CALLER = Setting(
    "PRESSROOM_STREAMS_OF_CALLER",
    Kind.NUMBER,
    "How many of those streams one caller may have: a key, or a browser that is signed in.",
    reading.places,
    default="8",
)
API_RATE_PER_MINUTE = Setting(
    "PRESSROOM_API_RATE_PER_MINUTE",
    Kind.NUMBER,
    "How many requests a minute a key may make of the HTTP API and as an agent, a sixth at once.",
    reading.places,
    default="600",
)
DEBUG = Setting(
    "PRESSROOM_DEBUG",
    Kind.FLAG,
    "Any text lets failures of the command line print their traceback, secrets masked.",
    reading.is_given,
)


# Found by their type, so that no list of them can lack one.
_DECLARED: list[Setting[Any]] = [value for value in list(globals().values()) if isinstance(value, Setting)]
SETTINGS: tuple[Setting[Any], ...] = (*_DECLARED, *(way.setting for way in Way if way.setting))
"""All of the above in their order, then those of the remote hosts."""
TEST_SETTINGS = ("PRESSROOM_CRASH_AT", "PRESSROOM_FREEZE_AT")  # no page of the docs lists them
# Derived, so that a new secret or address is masked from the day it is declared.
SECRET_SETTINGS = frozenset(setting.name for setting in SETTINGS if setting.is_secret)
# Their user and password are masked, the rest of the address is shown.
ADDRESS_SETTINGS = frozenset(
    setting.name for setting in SETTINGS if setting.kind is Kind.ADDRESS and not setting.is_secret
)


def read_from(setting: Setting[ValueT]) -> ValueT:
    """Declare a field that holds a setting's value; its default is the setting's."""
    return field(default=setting.read({}), metadata={"setting": setting})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Settings other than the account's.

    home: the data directory. state_home: where `marks` is, None for the user's own. public_url: where the
    internet reaches our media route, None when it does not. media_port: the port of our media route, None
    for any free one. tunnel: leads to it while a file needs that. hosts: the ways local files are made
    reachable, best first; None for all configured, ordered as `Way`. remote_hosts: the addresses of the
    configured remote hosts, including keys and secrets. key: signs media addresses and seals tokens in place
    of the data directory's own, so that several machines share it. database_url: the PostgreSQL server of a
    cluster; None keeps the store in the data directory. insights_keep_days: older readings, days and
    followers are deleted; None keeps all. notify_command, notify_url, notify_apprise: get the notices for
    people; notify_secret signs those sent to notify_url, notify_apprise holds one address or several.
    web_url: where people open our page; None is where it is served. connections, streams, streams_of_caller,
    api_rate_per_minute: what servers of ours take on at most. requires_terminal: nothing is published
    without the consent of a person at a terminal. unified_deletes: media are deleted under Unified Login,
    too. renditions_max_bytes: the budget of converted files, not counting those in use. pictures_max_bytes:
    the budget of posts' small pictures; those of posts that are not out yet stay anyway. uploads_max_bytes,
    uploads_of_caller_max_bytes: the most that all uploads, and those of one actor, take.
    uploads_spare_bytes: what they leave free on the disk. instagram_app_id, instagram_app_secret,
    meta_app_id, meta_app_secret: of the person's own app; see `app`.
    """

    home: Path
    state_home: Path | None = read_from(STATE_HOME)
    public_url: str | None = read_from(PUBLIC_URL)
    media_port: int | None = read_from(MEDIA_PORT)
    tunnel: Tunnel | None = read_from(TUNNEL)
    ffmpeg_path: Path | None = read_from(FFMPEG_PATH)
    chrome_path: Path | None = read_from(CHROME_PATH)
    hosts: tuple[Way, ...] | None = read_from(HOSTS)
    remote_hosts: Mapping[Way, Secret] = field(default_factory=dict[Way, Secret])
    key: Secret | None = read_from(KEY)
    database_url: Secret | None = read_from(DATABASE_URL)
    insights_keep_days: int | None = read_from(INSIGHTS_KEEP_DAYS)
    notify_command: tuple[str, ...] | None = read_from(NOTIFY_COMMAND)
    notify_url: Secret | None = read_from(NOTIFY_URL)
    notify_secret: Secret | None = read_from(NOTIFY_SECRET)
    notify_apprise: Secret | None = read_from(NOTIFY_APPRISE)
    web_url: str | None = read_from(WEB_URL)
    connections: int = read_from(CONNECTIONS)
    streams: int = read_from(STREAMS)
    streams_of_caller: int = read_from(STREAMS_OF_CALLER)
    api_rate_per_minute: int = read_from(API_RATE_PER_MINUTE)
    requires_terminal: bool = read_from(REQUIRE_TERMINAL)
    unified_deletes: bool = read_from(UNIFIED_DELETES)
    renditions_max_bytes: int = read_from(RENDITIONS_MAX_GB)
    pictures_max_bytes: int = read_from(PICTURES_MAX_GB)
    uploads_max_bytes: int = read_from(UPLOADS_MAX_GB)
    uploads_of_caller_max_bytes: int = read_from(UPLOADS_OF_CALLER_MAX_GB)
    uploads_spare_bytes: int = read_from(UPLOADS_SPARE_GB)
    instagram_app_id: str | None = read_from(INSTAGRAM_APP_ID)
    instagram_app_secret: Secret | None = read_from(INSTAGRAM_APP_SECRET)
    meta_app_id: str | None = read_from(META_APP_ID)
    meta_app_secret: Secret | None = read_from(META_APP_SECRET)

    def app(self, login_type: LoginType) -> App | None:
        """Return the app of a login; None unless both its id and its secret are set."""
        if kind_of_app(login_type) is LoginType.INSTAGRAM:
            app_id, secret = self.instagram_app_id, self.instagram_app_secret
        else:
            app_id, secret = self.meta_app_id, self.meta_app_secret
        return App(app_id, secret) if app_id and secret else None

    @property
    def store(self) -> Path | Secret:
        """Where the store is: the server's address, or a file of the data directory."""
        return self.database_url or self.home / "pressroom.db"

    @property
    def marks(self) -> Path | None:
        """The directory of this machine's marks of stores; None for a user without a home directory."""
        with contextlib.suppress(RuntimeError):
            return (self.state_home or Path.home() / ".local" / "state") / "pressroom"

    @property
    def assets(self) -> Path:
        """The directory of our copies of posts' files, one per store: each deletes what it does not need."""
        return self._of_store("assets")

    @property
    def pictures(self) -> Path:
        """The directory of the small pictures of posts, one per store as that of the copies."""
        return self._of_store("pictures")

    def _of_store(self, name: str) -> Path:
        if self.database_url is None:
            return self.home / name
        parts = parts_of(self.database_url.reveal())
        import hashlib  # noqa: PLC0415  # loads OpenSSL, 3 ms that no help needs

        # Hashed from the place alone, without user and password: a new password is the same store.
        place = f"{parts.hostname}:{parts.port}{parts.path}?{parts.query}"
        return self.home / name / hashlib.sha256(place.encode()).hexdigest()[:16]

    @property
    def renditions(self) -> Path:
        """The directory of converted files, shared by all processes of this user."""
        return self.home / "renditions"


def settings_from_environment(environ: Mapping[str, str], *, default_home: Path | None = None) -> Settings:
    """Read PRESSROOM_*, FFMPEG_PATH, CHROME_PATH, XDG_STATE_HOME and CLOUDINARY_URL.

    default_home: the data directory where PRESSROOM_HOME names none; None is this user's. Raises
    SettingRefused for an invalid one, and for a user without a home where no data directory is named.
    """
    home = HOME.read(environ) or default_home
    if home is None:
        import platformdirs  # noqa: PLC0415  # only when no directory is set

        try:
            home = platformdirs.user_data_path("pressroom", appauthor=False).expanduser()
        except RuntimeError as error:  # neither HOME nor the system's list of users names a home
            raise SettingRefused(
                "There is no home directory to keep data in.",
                rule="PRESSROOM_HOME",
                value=str(error),
                limit="a directory that this user may write",
                fix="Set PRESSROOM_HOME to one, or HOME to the user's own.",
            ) from None
    return Settings(
        home=home,
        remote_hosts={
            way: url for way in Way if way.setting and (url := way.setting.read(environ)) is not None
        },
        **{
            value.name: value.metadata["setting"].read(environ)
            for value in fields(Settings)
            if "setting" in value.metadata
        },
    )


def split_readable(environ: Mapping[str, str]) -> tuple[dict[str, str], tuple[SettingRefused, ...]]:
    """Return an environment without the settings that cannot be read, and why each cannot.

    Those that say where the store is stay: without them another store would be looked at.
    """
    readable, refused = dict(environ), list[SettingRefused]()
    ours = [value.metadata["setting"] for value in fields(Settings) if "setting" in value.metadata]
    for setting in (*ours, *(way.setting for way in Way if way.setting)):
        if setting.name == DATABASE_URL.name:
            continue
        try:
            setting.read(environ)
        except SettingRefused as error:
            refused.append(error)
            readable.pop(setting.name, None)
    return readable, tuple(refused)


def account_from_environment(environ: Mapping[str, str]) -> Account:
    """Build the account from INSTAGRAM_* variables.

    Raises SignInRequired without a token, SettingRefused for an invalid base, version or token.
    """
    base, version_in_base = API_BASE.read(environ)
    version = API_VERSION.read(environ, otherwise=version_in_base)
    token = ACCESS_TOKEN.read(environ)
    # Facebook Login rather than Unified, whose calls are the same as far as they are known.
    login_type = next(iter(login_types_for(token.reveal(), base)))
    return Account(
        token=token,
        user_id=user_id_from_environment(environ),
        login_type=login_type,
        api_base=base,
        version=version,
    )


def user_id_from_environment(environ: Mapping[str, str]) -> UserId:
    """Read the account's id; `me` where none is set. Raises SettingRefused."""
    return USER_ID.read(environ) or BUSINESS_ID.read(environ) or UserId(ME)


def is_version_chosen(environ: Mapping[str, str]) -> bool:
    """Tell whether the environment sets the API's version, by itself or in the base."""
    _, version_in_base = API_BASE.read(environ)
    return bool(version_in_base or environ.get(API_VERSION.name, "").strip())


@dataclass(frozen=True, slots=True)
class Mask:
    """Masks the given secrets, and what `redact_text` recognises."""

    secrets: tuple[str, ...] = ()

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> "Mask":
        """Collect the environment's secrets, including passwords in proxy addresses."""
        secrets = list[str]()
        for name, text in environ.items():
            if name in SECRET_SETTINGS:
                secrets += hidden_in(text.strip())
            elif _is_address(name):
                # HTTPS_PROXY and the like are written with and without a scheme.
                secrets += passwords_in(text if "://" in text else f"http://{text}")
        return cls(tuple(dict.fromkeys(secrets)))

    def __call__(self, text: str) -> str:
        """Return the text, masked."""
        return redact_text(text, *self.secrets)

    def json(self, value: object) -> object:
        """Return a copy of a JSON value, masked."""
        return redact_json(value, *self.secrets)

    # The generated repr would print the secrets.
    def __repr__(self) -> str:
        return "Mask()"


def _is_address(name: str) -> bool:
    """Return whether a variable holds an address that may contain a password."""
    return name in ADDRESS_SETTINGS or name.lower().endswith("_proxy")


def without_secrets(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment for a child process: without our secrets, addresses without their passwords."""
    return {
        name: without_sign_in(text) if _is_address(name) else text
        for name, text in environ.items()
        if name not in SECRET_SETTINGS
    }


def log_warnings_only(library: str) -> None:
    """Log nothing of a library below WARNING, unless the program has set a level for it."""
    # As SQLAlchemy and psycopg do for themselves: a host that logs INFO at the root means its own lines.
    logger = logging.getLogger(library)
    if logger.level == logging.NOTSET:
        logger.setLevel(logging.WARNING)
