"""Presets that provoke the traps of `graph.traps`, by their names: what the sandbox is set to, and how.

`with_trap` returns settings that provoke some of them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from pressroom.graph.hosts import LoginType
from pressroom.graph.permissions import Permission
from pressroom.sandbox.checks import did_you_mean
from pressroom.sandbox.settings import SandboxSettings


@dataclass(frozen=True, slots=True)
class Preset:
    """What provokes one trap: the settings that differ, and in a sentence what a client meets, or must do."""

    how: str
    changes: Mapping[str, Any] = field(default_factory=dict[str, Any])


_ACCEPT = "until `pressroom sandbox order roles tester=accepted`"
# What is left when a person unticks the permission to publish.
_ALL_BUT_PUBLISHING: Final = tuple(
    str(permission.name_under(LoginType.FACEBOOK))
    for permission in Permission
    if permission is not Permission.PUBLISH
)


def _page(page: str) -> dict[str, Any]:
    return {"login": LoginType.FACEBOOK, "page": page}


PRESETS: Final[Mapping[str, Preset]] = {
    "insufficient-role": Preset(
        f"Sign in by Instagram Login: the page says it, {_ACCEPT}.",
        {"tester": "invited", "without_role": "consent"},
    ),
    "no-role": Preset(
        f"Signing in works, and every call is refused, {_ACCEPT}.",
        {"login": LoginType.INSTAGRAM, "tester": "none", "without_role": "calls"},
    ),
    "authorize-host": Preset("Open /oauth/authorize on api.instagram.com, through the proxy."),
    "wrong-app-id": Preset(
        "Sign in by Instagram Login with any id but 1500000000000001, as the Meta app's 1400000000000001.",
        {"checks_app": True},
    ),
    "wrong-app-secret": Preset(
        "Sign in with any secret but sandbox-app-secret.",
        {"checks_app": True},
    ),
    "redirect-mismatch": Preset(
        "Sign in with any redirect URI but https://app.example/registered/.",
        {"redirect_uris": ("https://app.example/registered/",)},
    ),
    "code-used": Preset("Sign in: the code is used up before it is exchanged.", {"codes_spent": True}),
    "old-scopes": Preset("Sign in and ask for business_basic."),
    "missing-permission": Preset(
        "Publish: neither the account's token nor one of a sign-in has the permission.",
        {"granted": _ALL_BUT_PUBLISHING, "token_scopes": _ALL_BUT_PUBLISHING},
    ),
    "unused-permission": Preset(
        "Publish: the permission was used 91 days ago for the last time; another sign-in renews it.",
        {"permissions_lapse": True, "unused": ("instagram_content_publish",)},
    ),
    "wrong-host": Preset("Send the token to the other login's host, through the proxy."),
    "unknown-token": Preset("Send the token with a letter changed, or the first half of it."),
    "webhooks-development": Preset(
        "Let somebody comment: no webhook comes, until `pressroom sandbox order roles app_mode=live`.",
        {"app_mode": "development", "subscription": "usual"},
    ),
    "webhooks-unsubscribed": Preset(
        "Set a callback and let somebody comment: no webhook comes before POST /me/subscribed_apps, whose "
        "fields were emptied.",
        {"subscription": "emptied"},
    ),
    "id-for-user-id": Preset("Store `id` of /me under Instagram Login, and compare it with a webhook's."),
    "environment-token": Preset("Sign in while INSTAGRAM_ACCESS_TOKEN is set."),
    "login-lacks": Preset("Delete a post or search a hashtag under Instagram Login."),
    "no-page": Preset("List the Pages under Facebook Login: there is none.", _page("none")),
    "page-not-picked": Preset(
        "List the Pages under Facebook Login: the one there is was not picked.", _page("not_picked")
    ),
    "page-task": Preset("Publish under Facebook Login: no task on the Page allows it.", _page("no_task")),
    "page-unlinked": Preset(
        "List the Pages under Facebook Login: the one there is has no account.", _page("unlinked")
    ),
    "data-access-expired": Preset(
        "Read or publish under Facebook Login: consent was 91 days ago; another sign-in renews it.",
        {"login": LoginType.FACEBOOK, "agreed_days_ago": 91.0},
    ),
}


def changes_of(names: Iterable[str]) -> dict[str, Any]:
    """Gather what provokes traps together.

    Raises ValueError for an unknown name, and for two traps that want one setting differently.
    """
    # by: which trap set a setting first, for the refusal.
    changes, by = dict[str, Any](), dict[str, str]()
    for name in names:
        if name not in PRESETS:
            raise ValueError(f"there is no trap {name!r}.{did_you_mean(name, PRESETS)}")
        for setting, value in PRESETS[name].changes.items():
            if changes.setdefault(setting, value) != value:
                raise ValueError(f"{by[setting]} and {name} want another {setting} each")
            by.setdefault(setting, name)
    return changes


def with_trap(settings: SandboxSettings, *names: str) -> SandboxSettings:
    """Return the settings with those that provoke the traps. Raises ValueError as `changes_of`."""
    return replace(settings, **changes_of(names))
