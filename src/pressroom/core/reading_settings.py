"""What a setting is, and how its text is parsed; `core.settings` declares the settings there are.

A parser takes the variable's name and its text without surrounding blanks, empty if it is not set.
All raise SettingRefused for an invalid text. `Way` lists the ways to get a local file to Instagram.
"""

import re
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Generic, Self, TypeVar
from urllib.parse import SplitResult, urlsplit

from pressroom.core.address import (
    CLOUDINARY_ADDRESS,
    LOCAL_HOSTS,
    S3_ADDRESS,
    addresses_in,
    shown_address,
    without_sign_in,
)
from pressroom.core.errors import SettingRefused, SignInRequired
from pressroom.core.remedies import Fix, Remedy, RemedyKind
from pressroom.core.secret import Secret
from pressroom.graph.answers import ME, UserId
from pressroom.graph.hosts import DEFAULT_BASE, NEWEST, OLDEST, is_well_formed

ValueT = TypeVar("ValueT")


class Kind(StrEnum):
    """The form of a setting's text; the values are shown in the settings reference."""

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


# Tabs and ends of lines may stand between the parts of a list.
_ODD = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
# The name of a file, of a program too, may be of any bytes but one.
_NAMES, _ODD_IN_A_NAME = frozenset((Kind.PATH, Kind.COMMAND)), re.compile(r"\x00")


@dataclass(frozen=True, slots=True)
class Setting(Generic[ValueT]):
    """One environment variable.

    words: its documentation, one line. parse: converts the variable's name and text to a value, or raises
    SettingRefused. default: the text used when it is not set.
    """

    name: str
    kind: Kind
    words: str
    parse: Callable[[str, str], ValueT]
    default: str = ""
    is_secret: bool = False

    def read(self, environ: Mapping[str, str], *, otherwise: str | None = None) -> ValueT:
        """Parse the variable. otherwise: used instead of the default if it is not set. Raises as `parse`.

        Raises SettingRefused for letters that no setting of its kind has, such as NUL.
        """
        text = environ.get(self.name, "").strip()
        if not text.isprintable() and (_ODD_IN_A_NAME if self.kind in _NAMES else _ODD).search(text):
            raise SettingRefused(
                f"{self.name} holds a control character, such as NUL, or bytes that are not UTF-8.",
                rule=self.name,
                limit="text in UTF-8",
                fix=f"Set {self.name} again, typed anew or copied from another place.",
            )
        return self.parse(self.name, text or otherwise or self.default)


def parts_of(text: str) -> SplitResult:
    """Split an address; a malformed one has no parts."""
    try:
        parts = urlsplit(text)
        _ = parts.port  # urlsplit checks the port only when it is read
    except ValueError:
        return urlsplit("")
    return parts


def _is_number(text: str) -> bool:
    # isascii too: isdigit alone accepts the digits of other scripts.
    return text.isascii() and text.isdigit()


def secret(_name: str, text: str) -> Secret | None:
    """Read a secret unchanged."""
    return Secret(text) if text else None


def path(name: str, text: str) -> Path | None:
    """Read a path; ~ is the home of the user."""
    try:
        return Path(text).expanduser() if text else None
    except RuntimeError:
        raise SettingRefused(
            f"{name} starts at a home directory that is not known.",
            rule=name,
            value=text,
            limit="a path without ~, or a user with a home",
            fix=f"Write {name} out, from / on.",
        ) from None


def is_given(_name: str, text: str) -> bool:
    """Return whether the setting is not empty."""
    return bool(text)


def version(name: str, text: str) -> str:
    """Read a version of the API."""
    if not is_well_formed(text):
        raise SettingRefused(
            f"{name} is {text!r}, which is not a version.",
            rule="api_version",
            value=text,
            limit="v<major>.<minor>",
            fix=f"Use one of {OLDEST.name} to {NEWEST.name}, spelled like {NEWEST.name}.",
        )
    return text


LONGEST_TOKEN = 64_000
# What a token looks like. Anything else is looked at more closely: a sandbox may take another.
_TOKEN = re.compile(r"(?:IG|EAA)[\w-]*", re.ASCII)


def token(name: str, text: str) -> Secret:
    """Read a token. Raises SignInRequired for an empty text, SettingRefused for what is no token by form."""
    if not text:
        raise SignInRequired(
            f"{name} is not set, so there is no account to act for.",
            fix=Fix.of(
                "Sign in: {}. Or set it to the account's token. To try without one: {}.",
                Remedy(RemedyKind.SIGN_IN),
                Remedy(RemedyKind.TRY_DEMO),
            ),
        )
    if len(text) > LONGEST_TOKEN or not _TOKEN.fullmatch(text):
        from pressroom.core import pasted  # noqa: PLC0415  # few texts are no token

        if len(text) > LONGEST_TOKEN:
            raise pasted.too_long(name, LONGEST_TOKEN)
        if (refusal := pasted.no_token(name, text)) is not None:
            raise refusal
    return Secret(text)


def user_id(name: str, text: str) -> UserId | None:
    """Read an account's numeric id, or `me`."""
    if not text:
        return None
    if not _is_number(text) and text != ME:
        raise SettingRefused(
            f"{name} is {text!r}, which is not a user id.",
            rule="user_id",
            value=text,
            limit="digits only, such as 17841400000000000",
            fix=f"Use the account's number rather than its name, or unset {name}: `me` is used then.",
        )
    return UserId(text)


def app_id(name: str, text: str) -> str | None:
    """Read an app's id."""
    if text and not _is_number(text):
        raise SettingRefused(
            # Not quoted: who swaps the two gives the secret here.
            f"{name} is no app id.",
            rule="app_id",
            limit="digits alone",
            fix=f"Copy {name} from the app's dashboard; its secret has a variable of its own.",
        )
    return text or None


# A version pasted along with the address: it counts as INSTAGRAM_API_VERSION unless that is set.
_VERSION_AT_END = re.compile(r"/(v[^/]*)/*$")


def api_base(name: str, text: str) -> tuple[str, str | None]:
    """Read the API's address. Returns it without the version at its end, and that version or None."""
    parts = parts_of(text)
    is_loopback = parts.hostname in LOCAL_HOSTS
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.query:
        # Only the host: the rest may hold a password or a token.
        seen = parts.hostname or "" if "@" in text or "?" in text else text
        raise SettingRefused(
            f"{name} is not an http(s) address.",
            rule="api_base",
            value=seen,
            limit="https://host",
            fix=Fix.of(
                f"Use {DEFAULT_BASE} or the address that {{}} prints.", Remedy(RemedyKind.START_SANDBOX)
            ),
        )
    # The token would be readable on the network. Loopback is the sandbox.
    if parts.scheme == "http" and not is_loopback:
        raise SettingRefused(
            f"{name} would send the token to {parts.hostname} unencrypted.",
            rule="api_base",
            value="http",
            limit="https, or http on this machine",
            fix="Use https://.",
        )
    match = _VERSION_AT_END.search(parts.path)
    path = parts.path[: match.start()] if match else parts.path
    return f"{parts.scheme}://{parts.netloc}{path.rstrip('/')}", match.group(1) if match else None


def public_url(name: str, text: str) -> str | None:
    """Read an address without query and fragment; removes a / at its end."""
    if not text:
        return None
    parts = parts_of(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        seen = shown_address(without_sign_in(text))
        raise SettingRefused(
            f"{name} is {seen!r}, which is not an address alone.",
            rule="public_url",
            value=seen,
            limit="https://host, without ? and #",
            fix="Use the https address under which the internet reaches this machine.",
        )
    return text.rstrip("/")


def web_url(name: str, text: str) -> str | None:
    """Read an address of this machine without path, query and fragment; removes a / at its end."""
    if not text:
        return None
    parts = parts_of(text.rstrip("/"))
    # The page answers to these names alone, whoever forwards to it.
    is_local = parts.scheme in ("http", "https") and parts.hostname in LOCAL_HOSTS
    if not is_local or parts.path or parts.query or parts.fragment or parts.username is not None:
        seen = shown_address(without_sign_in(text))
        raise SettingRefused(
            f"{name} is {seen!r}, which is not the address of a page on this machine.",
            rule="web_url",
            value=seen,
            limit=f"http://HOST:PORT, the host one of {', '.join(sorted(LOCAL_HOSTS))}",
            fix="Name the address under which your browser reaches the page.",
        )
    return text.rstrip("/")


_TUNNEL = re.compile(r"(cloudflared|ngrok|tailscale)(?::(\w[\w.-]*))?(?:@(\S+))?")
_TUNNELS = "cloudflared, cloudflared:NAME@HOST, ngrok, ngrok@HOST or tailscale"


@dataclass(frozen=True, slots=True)
class Tunnel:
    """A tunnel that Pressroom opens. program: whose it is, found on PATH. name: of one that was set up there.

    address: where a tunnel of one's own is on the internet; None where the program tells it.
    """

    program: str
    name: str | None = None
    address: str | None = None

    @property
    def is_quick(self) -> bool:
        """Whether its address is made up anew each time, and nothing is promised of it."""
        return self.address is None and self.program != "tailscale"


def tunnel(name: str, text: str) -> Tunnel | None:
    """Read a tunnel: its program, or one of its own as PROGRAM:NAME@HOST."""
    if not text:
        return None
    match = _TUNNEL.fullmatch(text)
    program, own, host = match.groups() if match else ("", None, None)
    # Only cloudflared gives tunnels a name beside their address, and tailscale's is the machine's.
    is_whole = {"cloudflared": bool(own) == bool(host), "ngrok": not own, "tailscale": not (own or host)}
    if not is_whole.get(program):
        raise SettingRefused(
            f"{name} is {shown_address(without_sign_in(text))!r}, which is no tunnel.",
            rule="tunnel",
            value=shown_address(without_sign_in(text)),
            limit=_TUNNELS,
            fix=f"Set it to {_TUNNELS}.",
        )
    address = host if host is None or "://" in host else f"https://{host}"
    return Tunnel(program, own, public_url(name, address or ""))


_HIGHEST_PORT = 65535


def port(name: str, text: str) -> int | None:
    """Read a port."""
    if not text:
        return None
    if not (_is_number(text) and int(text) <= _HIGHEST_PORT):
        raise SettingRefused(
            f"{name} is {text!r}, which is not a port.",
            rule="media_port",
            value=text,
            limit="0 to 65535",
            fix="Use a free port such as 8077.",
        )
    return int(text)


_DAYS = re.compile(r"[0-9]{1,5}")
_PLACES = re.compile(r"[0-9]{1,4}")


def days(name: str, text: str) -> int | None:
    """Read a number of days."""
    if not text:
        return None
    if not (_DAYS.fullmatch(text) and int(text)):
        raise SettingRefused(
            f"{name} is {text!r}, which is not a number of days.",
            rule="insights_keep_days",
            value=text,
            limit="1 to 99999",
            fix="Set it to such as 730, or unset it: all are kept then.",
        )
    return int(text)


def places(name: str, text: str) -> int:
    """Read how many of something a server takes on."""
    if not (_PLACES.fullmatch(text) and int(text)):
        raise SettingRefused(
            f"{name} is {text!r}, which is not a number from 1 to 9999.",
            rule="places",
            value=text,
            limit="1 to 9999",
            fix="Set it to such as 64, or unset it.",
        )
    return int(text)


def command(name: str, text: str) -> tuple[str, ...] | None:
    """Split a command into words as a shell would; it is run without a shell."""
    try:
        words = tuple(shlex.split(text))
    except ValueError as error:
        raise SettingRefused(
            f"{name} cannot be taken apart into words: {error}.",
            rule="notify_command",
            limit="a program and its arguments",
            fix="Close every quote in it.",
        ) from None
    return words or None


def private_address(name: str, text: str) -> Secret | None:
    """Read an https address that is itself a secret; http is accepted for this machine."""
    if not text:
        return None
    parts = parts_of(text)
    is_private = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOCAL_HOSTS)
    if not is_private or not parts.hostname:
        # Many services put the secret into the address, so it is not shown.
        raise SettingRefused(
            f"{name} is not an https address.",
            rule="notify_url",
            limit="https, or http on this machine",
            fix="Use the https:// address of who is to be told.",
        )
    return Secret(text)


_WITH_SCHEME = re.compile(r"[A-Za-z][\w+.-]*://\S+")


def apprise_addresses(name: str, text: str) -> Secret | None:
    """Read addresses for Apprise, a secret in whole; Apprise is asked about them where they are used."""
    if not text:
        return None
    for number, address in enumerate(addresses_in(text), start=1):
        if not _WITH_SCHEME.fullmatch(address):
            # Not quoted: most services put the secret into the address.
            raise SettingRefused(
                f"{name}: address {number} begins with no scheme, or has a blank in it.",
                rule="notify_apprise",
                limit="mailtos://..., slack://... and the like, with blanks or commas between them",
                fix="Spell each as Apprise does, and a blank inside of one as %20.",
            )
    return Secret(text)


GB = 1_000_000_000
# A long run of digits would make float() infinite, which round() cannot convert.
_GIGABYTES = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,9})?")


def size_bytes(name: str, text: str) -> int:
    """Read gigabytes (10^9); returns bytes."""
    if not _GIGABYTES.fullmatch(text):
        raise SettingRefused(
            f"{name} is {text!r}, which is not a number of gigabytes.",
            rule=name.removeprefix("PRESSROOM_").lower(),
            value=text,
            limit="a number from 0, such as 10 or 0.5",
            fix="Set it to a number of gigabytes, or unset it.",
        )
    return round(float(text) * GB)


_TRUTHS = {"": False, "0": False, "no": False, "false": False, "1": True, "yes": True, "true": True}


def truth(name: str, text: str) -> bool:
    """Read yes or no; empty is no."""
    if text.lower() not in _TRUTHS:
        raise SettingRefused(
            f"{name} is {text!r}, which is neither yes nor no.",
            rule="require_terminal",
            value=text,
            limit="1 or 0",
            fix="Set it to 1, or unset it.",
        )
    return _TRUTHS[text.lower()]


class Way(StrEnum):
    """One way. The values are the words of PRESSROOM_HOSTS; the order is the default order.

    UPLOAD sends a clip's bytes to Instagram (Facebook Login only); the others serve the file at a URL, TUNNEL
    by a program that is started for it. That one comes last: each other way has its address already.
    words: the way's name inside a sentence. setting: the address of the remote host that the way needs, whose
    class is listed in `hosting.ways`; None for a way without one.
    """

    words: str
    setting: Setting[Secret | None] | None

    def __new__(cls, value: str, words: str, setting: Setting[Secret | None] | None = None) -> Self:
        """Create the member of a row of value, words and setting."""
        way = str.__new__(cls, value)
        # Without this the enum would make the value from the whole row.
        way._value_ = value
        way.words = words
        way.setting = setting
        return way

    UPLOAD = "upload", "the resumable upload"
    SIGNED = "signed", "our own media route"
    S3 = (
        "s3",
        "the S3 store",
        Setting(
            "PRESSROOM_S3_URL",
            Kind.ADDRESS,
            f"A bucket for local files: {S3_ADDRESS}.",
            secret,
            is_secret=True,
        ),
    )
    CLOUDINARY = (
        "cloudinary",
        "Cloudinary",
        Setting(
            "CLOUDINARY_URL",
            Kind.ADDRESS,
            f"A Cloudinary account that serves local files: {CLOUDINARY_ADDRESS}.",
            secret,
            is_secret=True,
        ),
    )
    TUNNEL = "tunnel", "the tunnel"


def read_ways(name: str, text: str) -> tuple[Way, ...] | None:
    """Read ways separated by commas, each at most once. Raises SettingRefused."""
    if not text:
        return None
    names = [name.strip().lower() for name in text.split(",")]
    unknown = next((name for name in names if name not in set(Way)), None)
    if unknown is not None or len(set(names)) < len(names):
        raise SettingRefused(
            f"{name} is {text!r}, which is not a list of different ways.",
            rule="hosts",
            value=unknown or text,
            limit=", ".join(Way),
            fix=f"List some of {', '.join(Way)} with commas between them, best first, or unset it.",
        )
    return tuple(Way(name) for name in names)
