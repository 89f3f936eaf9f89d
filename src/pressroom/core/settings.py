"""Settings read from the environment; a project directory can set none of them."""

import hashlib
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from pressroom.core.account import Account
from pressroom.core.address import shown, without_sign_in
from pressroom.core.errors import SettingRefused, SignInRequired
from pressroom.core.secret import Secret
from pressroom.core.ways import Way
from pressroom.graph.hosts import DEFAULT_BASE, LoginType, login_type_of_base, login_type_of_token
from pressroom.graph.ids import ME, UserId
from pressroom.graph.versions import DEFAULT_VERSION, NEWEST, OLDEST, is_well_formed

_VERSION_AT_END = re.compile(r"/(v[^/]*)/*$")
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_HIGHEST_PORT = 65535
_GIGABYTES = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,9})?")
_GB = 1_000_000_000
_QUOTES = "\"'`"
_TRUTHS = {"": False, "0": False, "no": False, "false": False, "1": True, "yes": True, "true": True}


def account_from_environment(environ: Mapping[str, str]) -> Account:
    """Build the account bundle from INSTAGRAM_* variables.

    Raises SignInRequired without a token, SettingRefused for a base, version or token that cannot work.
    """
    base, version_in_base = _base(environ.get("INSTAGRAM_API_BASE", "").strip() or DEFAULT_BASE)
    version = environ.get("INSTAGRAM_API_VERSION", "").strip() or version_in_base or DEFAULT_VERSION
    if not is_well_formed(version):
        raise SettingRefused(
            f"INSTAGRAM_API_VERSION is {version!r}, which is not a version.",
            rule="api_version",
            value=version,
            limit="v<major>.<minor>",
            fix=f"Use one of {OLDEST.name} to {NEWEST.name}, spelled like {NEWEST.name}.",
        )
    token = _token(environ, base)
    return Account(
        token=token,
        user_id=_user_id(environ),
        login_type=login_type_of_base(base) or login_type_of_token(token.reveal()) or LoginType.INSTAGRAM,
        api_base=base,
        version=version,
    )


def _base(text: str) -> tuple[str, str | None]:
    parts = _split(text)
    is_loopback = parts.hostname in _LOOPBACK
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.query:
        # What may hold a password is not shown.
        seen = parts.hostname or "" if "@" in text or "?" in text else text
        raise SettingRefused(
            "INSTAGRAM_API_BASE is not an http(s) address.",
            rule="api_base",
            value=seen,
            limit="https://host",
            fix=f"Use {DEFAULT_BASE} or the address that `pressroom sandbox serve` prints.",
        )
    if parts.scheme == "http" and not is_loopback:
        raise SettingRefused(
            f"INSTAGRAM_API_BASE would send the token to {parts.hostname} unencrypted.",
            rule="api_base",
            value="http",
            limit="https, or http on this machine",
            fix="Use https://.",
        )
    found = _VERSION_AT_END.search(parts.path)
    path = parts.path[: found.start()] if found else parts.path
    return f"{parts.scheme}://{parts.netloc}{path.rstrip('/')}", found.group(1) if found else None


def _split(text: str) -> SplitResult:
    """Take an address apart; one that cannot be has no parts."""
    try:
        parts = urlsplit(text)
        _ = parts.port  # read, since a wrong one is noticed only then
    except ValueError:
        return urlsplit("")
    return parts


def _token(environ: Mapping[str, str], base: str) -> Secret:
    text = environ.get("INSTAGRAM_ACCESS_TOKEN", "").strip()
    if not text:
        raise SignInRequired(
            "INSTAGRAM_ACCESS_TOKEN is not set, so there is no account to act for.",
            fix="Set it to the account's token, or try without one: `pressroom demo`.",
        )
    if not text.isascii() or any(character.isspace() or character in _QUOTES for character in text):
        raise SettingRefused(
            "INSTAGRAM_ACCESS_TOKEN contains spaces, quotes or letters no token has.",
            rule="token",
            limit="ASCII letters and digits",
            fix="Copy the token again, whole and without quotes.",
        )
    _check_login(login_type_of_token(text), login_type_of_base(base))
    return Secret(text)


def _check_login(token: LoginType | None, host: LoginType | None) -> None:
    if token is None or host is None or token is host:
        return
    raise SettingRefused(
        f"The token belongs to {token.value.title()} Login, and graph.{host.value}.com takes only tokens of "
        f"{host.value.title()} Login.",
        rule="token_host",
        value=f"{token.value} token on graph.{host.value}.com",
        limit=f"{token.value} token on graph.{token.value}.com",
        fix=f"Set INSTAGRAM_API_BASE=https://graph.{token.value}.com, or use a token made with "
        f"{host.value.title()} Login.",
    )


def _user_id(environ: Mapping[str, str]) -> UserId:
    names = ("INSTAGRAM_USER_ID", "INSTAGRAM_BUSINESS_ID")
    name = next((name for name in names if environ.get(name, "").strip()), None)
    if name is None:
        return ME
    text = environ[name].strip()
    if not (text.isascii() and text.isdigit()) and text != ME:
        raise SettingRefused(
            f"{name} is {text!r}, which is not a user id.",
            rule="user_id",
            value=text,
            limit="digits only, such as 17841400000000000",
            fix=f"Use the account's number rather than its name, or unset {name}: `me` is used then.",
        )
    return UserId(text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Settings that are not an account's.

    home: the data directory. public_url: where the internet reaches our media route, None when it does not.
    media_port: the port of our media route, None for any free one.
    hosts: the ways local files go, best first; None is every one that is set up, in the order of `Way`.
    key: signs media addresses and seals tokens in place of the data directory's own, so that several
    machines share it.
    database_url: the PostgreSQL server of a cluster; None keeps the store in the data directory.
    notify_command, notify_url: who is told what needs a person; notify_secret signs what goes to the address.
    requires_terminal: nothing goes out that no person at a terminal let go.
    renditions_max_bytes: what converted files may take, those in use apart.
    """

    home: Path
    public_url: str | None = None
    media_port: int | None = None
    ffmpeg_path: Path | None = None
    cloudinary_url: Secret | None = None
    s3_url: Secret | None = None
    hosts: tuple[Way, ...] | None = None
    key: Secret | None = None
    database_url: Secret | None = None
    notify_command: tuple[str, ...] | None = None
    notify_url: Secret | None = None
    notify_secret: Secret | None = None
    requires_terminal: bool = False
    renditions_max_bytes: int = 10 * _GB

    @property
    def store(self) -> Path | Secret:
        """Where the store is: the server's address, or a file of the data directory."""
        return self.database_url or self.home / "pressroom.db"

    @property
    def assets(self) -> Path:
        """Where our copies of posts' files live. Each store has its own: it deletes what no post needs."""
        assets = self.home / "assets"
        if self.database_url is None:
            return assets
        parts = _split(self.database_url.reveal())
        place = f"{parts.hostname}:{parts.port}{parts.path}?{parts.query}"
        return assets / hashlib.sha256(place.encode()).hexdigest()[:16]

    @property
    def renditions(self) -> Path:
        """Where converted files live; any process of this user serves what another made."""
        return self.home / "renditions"


def default_home() -> Path:
    """Give the data directory used without PRESSROOM_HOME."""
    import platformdirs  # noqa: PLC0415  # only when no directory is set

    return platformdirs.user_data_path("pressroom", appauthor=False)


def settings_from_environment(environ: Mapping[str, str], *, default_home: Path) -> Settings:
    """Read PRESSROOM_*, FFMPEG_PATH and CLOUDINARY_URL. Raises SettingRefused for one that cannot work."""
    cloudinary = environ.get("CLOUDINARY_URL", "").strip()
    s3 = environ.get("PRESSROOM_S3_URL", "").strip()
    ffmpeg = environ.get("FFMPEG_PATH", "").strip()
    key = environ.get("PRESSROOM_KEY", "").strip()
    database = environ.get("PRESSROOM_DATABASE_URL", "").strip()
    notify_secret = environ.get("PRESSROOM_NOTIFY_SECRET", "").strip()
    return Settings(
        home=Path(environ.get("PRESSROOM_HOME", "").strip() or default_home).expanduser(),
        public_url=_public_url(environ.get("PRESSROOM_PUBLIC_URL", "").strip()),
        media_port=_port(environ.get("PRESSROOM_MEDIA_PORT", "").strip()),
        ffmpeg_path=Path(ffmpeg).expanduser() if ffmpeg else None,
        cloudinary_url=Secret(cloudinary) if cloudinary else None,
        s3_url=Secret(s3) if s3 else None,
        hosts=_hosts(environ.get("PRESSROOM_HOSTS", "").strip()),
        key=Secret(key) if key else None,
        database_url=Secret(database) if database else None,
        notify_command=_notify_command(environ.get("PRESSROOM_NOTIFY_COMMAND", "").strip()),
        notify_url=_notify_url(environ.get("PRESSROOM_NOTIFY_URL", "").strip()),
        notify_secret=Secret(notify_secret) if notify_secret else None,
        requires_terminal=_truth(environ.get("PRESSROOM_REQUIRE_TERMINAL", "").strip()),
        renditions_max_bytes=_bytes(environ.get("PRESSROOM_RENDITIONS_MAX_GB", "").strip() or "10"),
    )


def _public_url(text: str) -> str | None:
    if not text:
        return None
    parts = _split(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        seen = shown(without_sign_in(text))
        raise SettingRefused(
            f"PRESSROOM_PUBLIC_URL is {seen!r}, which is not an address alone.",
            rule="public_url",
            value=seen,
            limit="https://host, without ? and #",
            fix="Use the https address under which the internet reaches this machine.",
        )
    return text.rstrip("/")


def _port(text: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and 0 <= int(text) <= _HIGHEST_PORT):
        raise SettingRefused(
            f"PRESSROOM_MEDIA_PORT is {text!r}, which is not a port.",
            rule="media_port",
            value=text,
            limit="0 to 65535",
            fix="Use a free port such as 8077.",
        )
    return int(text)


def _hosts(text: str) -> tuple[Way, ...] | None:
    if not text:
        return None
    names = [name.strip().lower() for name in text.split(",")]
    unknown = next((name for name in names if name not in set(Way)), None)
    if unknown is not None or len(set(names)) < len(names):
        raise SettingRefused(
            f"PRESSROOM_HOSTS is {text!r}, which is not a list of different ways.",
            rule="hosts",
            value=unknown or text,
            limit=", ".join(Way),
            fix=f"List some of {', '.join(Way)} with commas between them, best first, or unset it.",
        )
    return tuple(Way(name) for name in names)


def _notify_command(text: str) -> tuple[str, ...] | None:
    """Take a command apart into words as a shell would; no shell runs it."""
    try:
        words = tuple(shlex.split(text))
    except ValueError as error:
        raise SettingRefused(
            f"PRESSROOM_NOTIFY_COMMAND cannot be taken apart into words: {error}.",
            rule="notify_command",
            limit="a program and its arguments",
            fix="Close every quote in it.",
        ) from None
    return words or None


def _notify_url(text: str) -> Secret | None:
    if not text:
        return None
    parts = _split(text)
    is_private = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
    if not is_private or not parts.hostname:
        # The address itself is a secret with many services, so it is not shown.
        raise SettingRefused(
            "PRESSROOM_NOTIFY_URL is not an https address.",
            rule="notify_url",
            limit="https, or http on this machine",
            fix="Use the https:// address of who is to be told.",
        )
    return Secret(text)


def _bytes(text: str) -> int:
    if not _GIGABYTES.fullmatch(text):
        raise SettingRefused(
            f"PRESSROOM_RENDITIONS_MAX_GB is {text!r}, which is not a number of gigabytes.",
            rule="renditions_max_gb",
            value=text,
            limit="a number from 0, such as 10 or 0.5",
            fix="Set it to how many gigabytes converted files may take, or unset it: 10 are used then.",
        )
    return round(float(text) * _GB)


def _truth(text: str) -> bool:
    if text.lower() not in _TRUTHS:
        raise SettingRefused(
            f"PRESSROOM_REQUIRE_TERMINAL is {text!r}, which is neither yes nor no.",
            rule="require_terminal",
            value=text,
            limit="1 or 0",
            fix="Set it to 1, or unset it.",
        )
    return _TRUTHS[text.lower()]
