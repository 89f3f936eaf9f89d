"""The person and the Page of an account under Facebook Login: `/me`, `/me/accounts`, `/me/permissions`."""

import random
from typing import Any

from pressroom.graph.certainty import Certainty
from pressroom.graph.hosts import LoginType
from pressroom.sandbox.calls.call import GraphCall, Routes
from pressroom.sandbox.calls.nodes import EdgeQuery, NodeType, render, render_list, wanted_of
from pressroom.sandbox.calls.tokens import granted_scopes
from pressroom.sandbox.reading.users import USER, business_of
from pressroom.sandbox.state.growth import followers_at
from pressroom.sandbox.state.ids import invented_token
from pressroom.sandbox.state.things import Account, Token, TokenKind
from pressroom.sandbox.state.world import Shelf
from pressroom.sandbox.wire.answer import invalid, refusal

# Handling Errors: the person has taken the app's access back.
_NOT_INSTALLED = 458
_TASKS = ("ADVERTISE", "ANALYZE", "CREATE_CONTENT", "MESSAGING", "MODERATE", "MANAGE")
_PUBLISHING_TASKS = ("CREATE_CONTENT", "MANAGE")
_UNLISTED = ("none", "not_picked")
_UNIFIED = LoginType.UNIFIED
ROUTES = Routes(login=LoginType.FACEBOOK, need=None, mark=Certainty.DOCUMENTED)


def page_token(call: GraphCall, account: Account) -> str:
    """Give the Page's token, the same each time for the same permissions.

    A Page's token from a long-lived user token does not expire (Access Tokens).
    """
    # A token that was revoked stays so: after another consent the Page has another token.
    ended = sum(token.revoked_by is not None for token in call.scene.world.tokens_of(account.id))
    ending = (*((str(ended),) if ended else ()), *((call.login.value,) if call.login is _UNIFIED else ()))
    parts = (str(call.scene.world.random_seed), account.page_id, *ending, *(call.token.scopes or ()))
    letters = random.Random("/".join(parts)).randbytes(20).hex()  # noqa: S311  # no secret
    text = invented_token(call.login, letters)
    call.scene.world.tokens.setdefault(
        text,
        Token(
            text=text,
            user_id=account.id,
            login=call.login,
            created_at=call.now,
            expires_at=None,
            scopes=call.token.scopes,
            kind=TokenKind.PAGE,
            declined=call.token.declined,
        ),
    )
    return text


def _instagram_account(call: GraphCall, account: Account, query: EdgeQuery) -> dict[str, Any] | None:
    if call.scene.settings.page == "unlinked":
        return None
    return render(call, USER, account, query.wanted)


def _accounts_edge(call: GraphCall, account: Account, query: EdgeQuery) -> dict[str, Any]:
    is_listed = call.scene.settings.page not in _UNLISTED
    shelf = Shelf([(account.created_at, 0)], [account]) if is_listed else Shelf[Account]()
    part = shelf.cut(query.window(call))
    return render_list(call, PAGE, part, (account.facebook_user_id, "accounts"), query)


def _tasks(call: GraphCall, _account: Account) -> list[str]:
    missing = _PUBLISHING_TASKS if call.scene.settings.page == "no_task" else ()
    return [task for task in _TASKS if task not in missing]


def _picture(call: GraphCall, _account: Account, _query: EdgeQuery) -> dict[str, Any]:
    address = f"{call.public_base}/_sandbox/static/profile.svg"
    return {"data": {"height": 200, "is_silhouette": False, "url": address, "width": 200}}


def _nothing(_: GraphCall, __: Account) -> None:
    """Leave a field out, as for a person who did not grant the permission to read it."""


_KEPT_PRIVATE = ("middle_name", "gender", "birthday", "link", "locale", "timezone", "verified")
PERSON: NodeType[Account] = NodeType(
    wire_name="User",
    fields={
        "id": lambda _, account: account.facebook_user_id,
        "name": lambda _, account: account.name or account.username,
        "first_name": lambda _, account: (account.name or account.username).partition(" ")[0],
        "last_name": lambda _, account: (account.name or account.username).rpartition(" ")[2],
        "short_name": lambda _, account: (account.name or account.username).partition(" ")[0],
        "email": lambda call, account: (
            f"{account.username}@example.com" if "email" in granted_scopes(call.token) else None
        ),
        "updated_time": lambda call, account: call.format_time(account.created_at),
        **dict.fromkeys(_KEPT_PRIVATE, _nothing),
    },
    edges={
        "accounts": _accounts_edge,
        "permissions": lambda call, _, __: permissions(call),
        "picture": _picture,
    },
)
PAGE: NodeType[Account] = NodeType(
    wire_name="Page",
    fields={
        "id": lambda _, account: account.page_id,
        "name": lambda _, account: account.name or account.username,
        "username": lambda _, account: account.username,
        "access_token": page_token,
        "category": lambda _, __: "Publisher",
        "category_list": lambda _, __: [{"id": "1003", "name": "Publisher"}],
        "about": lambda _, account: account.biography or None,
        "website": lambda _, account: account.website or None,
        "link": lambda _, account: f"https://www.facebook.com/{account.page_id}",
        "fan_count": lambda call, account: followers_at(account, call.now),
        "followers_count": lambda call, account: followers_at(account, call.now),
        "is_published": lambda _, __: True,
        "verification_status": lambda _, __: "not_verified",
        "business": lambda _, account: business_of(account),
        "tasks": _tasks,
    },
    edges={
        "instagram_business_account": _instagram_account,
        "connected_instagram_account": _instagram_account,
        "picture": _picture,
    },
)
_DEFAULT_OF_ACCOUNTS = "access_token,category,category_list,name,id,tasks"


@ROUTES.answers("GET", "person", "", "person", mark=Certainty.GENERAL)
def person(call: GraphCall) -> dict[str, Any]:
    """`GET /me` of a person."""
    # A User gives its name unasked, unlike other nodes.
    if call.text("fields") is None:
        return {"name": call.account.name or call.account.username, "id": call.account.facebook_user_id}
    return render(call, PERSON, call.account, wanted_of(call))


@ROUTES.answers("GET", "page", "", "page", mark=Certainty.GENERAL)
def page(call: GraphCall) -> dict[str, Any]:
    """`GET /{page}`, or `/me` with the Page's token."""
    return render(call, PAGE, call.account, wanted_of(call))


@ROUTES.answers("GET", "person", "accounts", "accounts")
def accounts(call: GraphCall) -> dict[str, Any]:
    """`GET /me/accounts`: the Pages a person has a role on."""
    # A Page has no Pages: clients mix up the two tokens.
    if call.token.kind is TokenKind.PAGE:
        raise refusal(100, message="(#100) Tried accessing nonexisting field (accounts) on node type (Page)")
    call.params.setdefault("fields", _DEFAULT_OF_ACCOUNTS)
    return _accounts_edge(call, call.account, EdgeQuery.of_call(call))


@ROUTES.answers("GET", "person", "businesses", "businesses", mark=Certainty.THIRD_PARTY)
def businesses(_call: GraphCall) -> dict[str, Any]:
    """`GET /me/businesses`: none, since the Page belongs to the person."""
    # The client postiz asks for it while it signs in, and expects a list.
    return {"data": []}


@ROUTES.answers("GET", "person", "permissions", "permissions", mark=Certainty.THIRD_PARTY)
def permissions(call: GraphCall) -> dict[str, Any]:
    """`GET /me/permissions`: those that were granted, and those that were asked for and declined."""
    states = {"granted": granted_scopes(call.token), "declined": call.token.declined}
    return {
        "data": [{"permission": name, "status": state} for state, names in states.items() for name in names]
    }


@ROUTES.answers("DELETE", "person", "permissions", "permissions")
def revoke(call: GraphCall) -> dict[str, Any]:
    """`DELETE /me/permissions`: take the consent back; every token of the person ends (190/458)."""
    for token in call.scene.world.tokens_of(call.account.id):
        token.revoked_by = token.revoked_by or _NOT_INSTALLED
    return {"success": True}


@ROUTES.answers("DELETE", "person", "permissions/{permission}", "permissions")
def revoke_one(call: GraphCall) -> dict[str, Any]:
    """`DELETE /me/permissions/{permission}`: take one permission back, from every token of the person."""
    gone = call.arrival.segments[-1]
    if gone not in granted_scopes(call.token):
        raise invalid(f"The permission {gone} is not granted")
    for token in call.scene.world.tokens_of(call.account.id):
        token.scopes = [name for name in granted_scopes(token) if name != gone]
    return {"success": True}
