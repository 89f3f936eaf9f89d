"""Settings from the environment; a project directory cannot set any."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TypeVar

from pressroom.core import declared_settings as declared
from pressroom.core.account import Account
from pressroom.core.app import App, kind_of_app
from pressroom.core.errors import SettingRefused
from pressroom.core.reading_settings import parts_of
from pressroom.core.secret import Secret
from pressroom.core.setting import Setting
from pressroom.core.ways import Way
from pressroom.graph.hosts import LoginType, logins_of_base, logins_of_token
from pressroom.graph.ids import ME, UserId

ValueT = TypeVar("ValueT")


def account_from_environment(environ: Mapping[str, str]) -> Account:
    """Build the account from INSTAGRAM_* variables.

    Raises SignInRequired without a token, SettingRefused for an invalid base, version or token.
    """
    base, version_in_base = declared.API_BASE.read(environ)
    version = declared.API_VERSION.read(environ, otherwise=version_in_base)
    token = declared.ACCESS_TOKEN.read(environ)
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
    return declared.USER_ID.read(environ) or declared.BUSINESS_ID.read(environ) or UserId(ME)


def is_version_chosen(environ: Mapping[str, str]) -> bool:
    """Tell whether the environment sets the API's version, by itself or in the base."""
    _, version_in_base = declared.API_BASE.read(environ)
    return bool(version_in_base or environ.get(declared.API_VERSION.name, "").strip())


def login_types_for(token: str, base: str | None) -> tuple[LoginType, ...]:
    """Return the login types that a token may be of at a base, the likeliest first; base: None for Meta's.

    Raises SettingRefused for a token of another login than those of the base.
    """
    by_token, by_host = logins_of_token(token), logins_of_base(base or "")
    # A sandbox's host says nothing, and the token does.
    allowed = by_host or tuple(LoginType)
    common = tuple(login for login in allowed if login in (by_token or allowed))
    if common:
        return common
    # Each of Meta's hosts accepts only tokens of its own login types (Instagram Platform, Overview).
    right, host = by_token[0], by_host[0].host
    raise SettingRefused(
        f"The token belongs to {_either(by_token)}, and {host} takes only tokens of {_either(by_host)}.",
        rule="token_host",
        value=f"{right.value} token on {host}",
        limit=f"{right.value} token on {right.host}",
        fix=f"Set INSTAGRAM_API_BASE=https://{right.host}, or use a token made with {_either(by_host)}.",
    )


def _either(logins: tuple[LoginType, ...]) -> str:
    return " or ".join(login.label for login in logins)


def read_from(setting: Setting[ValueT]) -> ValueT:
    """Declare a field that holds a setting's value; its default is the setting's."""
    return field(default=setting.read({}), metadata={"setting": setting})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Settings other than the account's.

    home: the data directory. public_url: where the internet reaches our media route, None when it does not.
    media_port: the port of our media route, None for any free one.
    hosts: the ways local files are made reachable, best first; None for all configured, ordered as `Way`.
    remote_hosts: the addresses of the configured remote hosts, including keys and secrets.
    key: signs media addresses and seals tokens in place of the data directory's own, so that several
    machines share it.
    database_url: the PostgreSQL server of a cluster; None keeps the store in the data directory.
    insights_keep_days: older readings, days and followers are deleted; None keeps all.
    notify_command, notify_url, notify_apprise: get the notices for people; notify_secret signs those sent to
    notify_url, notify_apprise holds one address or several.
    web_url: where people open our page; None is where it is served.
    requires_terminal: nothing is published without the consent of a person at a terminal.
    renditions_max_bytes: the budget of converted files, not counting those in use.
    instagram_app_id, instagram_app_secret, meta_app_id, meta_app_secret: of the person's own app; see `app`.
    """

    home: Path
    public_url: str | None = read_from(declared.PUBLIC_URL)
    media_port: int | None = read_from(declared.MEDIA_PORT)
    ffmpeg_path: Path | None = read_from(declared.FFMPEG_PATH)
    hosts: tuple[Way, ...] | None = read_from(declared.HOSTS)
    remote_hosts: Mapping[Way, Secret] = field(default_factory=dict[Way, Secret])
    key: Secret | None = read_from(declared.KEY)
    database_url: Secret | None = read_from(declared.DATABASE_URL)
    insights_keep_days: int | None = read_from(declared.INSIGHTS_KEEP_DAYS)
    notify_command: tuple[str, ...] | None = read_from(declared.NOTIFY_COMMAND)
    notify_url: Secret | None = read_from(declared.NOTIFY_URL)
    notify_secret: Secret | None = read_from(declared.NOTIFY_SECRET)
    notify_apprise: Secret | None = read_from(declared.NOTIFY_APPRISE)
    web_url: str | None = read_from(declared.WEB_URL)
    requires_terminal: bool = read_from(declared.REQUIRE_TERMINAL)
    renditions_max_bytes: int = read_from(declared.RENDITIONS_MAX_GB)
    instagram_app_id: str | None = read_from(declared.INSTAGRAM_APP_ID)
    instagram_app_secret: Secret | None = read_from(declared.INSTAGRAM_APP_SECRET)
    meta_app_id: str | None = read_from(declared.META_APP_ID)
    meta_app_secret: Secret | None = read_from(declared.META_APP_SECRET)

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
    def assets(self) -> Path:
        """The directory of our copies of posts' files, one per store: each deletes what it does not need."""
        assets = self.home / "assets"
        if self.database_url is None:
            return assets
        parts = parts_of(self.database_url.reveal())
        import hashlib  # noqa: PLC0415  # loads OpenSSL, 3 ms that no help needs

        # Hashed from the place alone, without user and password: a new password is the same store.
        place = f"{parts.hostname}:{parts.port}{parts.path}?{parts.query}"
        return assets / hashlib.sha256(place.encode()).hexdigest()[:16]

    @property
    def renditions(self) -> Path:
        """The directory of converted files, shared by all processes of this user."""
        return self.home / "renditions"


def _data_directory() -> Path:
    """Return this user's data directory. Raises SettingRefused for a user without a home."""
    import platformdirs  # noqa: PLC0415  # only when no directory is set

    try:
        return platformdirs.user_data_path("pressroom", appauthor=False).expanduser()
    except RuntimeError as error:  # neither HOME nor the system's list of users names a home
        raise SettingRefused(
            "There is no home directory to keep data in.",
            rule="PRESSROOM_HOME",
            value=str(error),
            limit="a directory that this user may write",
            fix="Set PRESSROOM_HOME to one, or HOME to the user's own.",
        ) from None


def settings_from_environment(environ: Mapping[str, str], *, default_home: Path | None = None) -> Settings:
    """Read PRESSROOM_*, FFMPEG_PATH and CLOUDINARY_URL. Raises SettingRefused for an invalid one.

    default_home: the data directory where PRESSROOM_HOME names none; None is this user's.
    """
    return Settings(
        home=declared.HOME.read(environ) or default_home or _data_directory(),
        remote_hosts={
            way: url for way in Way if way.setting and (url := way.setting.read(environ)) is not None
        },
        **{
            one.name: one.metadata["setting"].read(environ)
            for one in fields(Settings)
            if "setting" in one.metadata
        },
    )
