"""An account is a user: names become logins, and what referred to a name refers to the user.

The content hashes of idempotency keys are made anew too, since the rule by which they are made changed.
"""

import hashlib
from typing import Any

import msgspec
import sqlalchemy as sa
from alembic import op

from pressroom.core.account import account_id
from pressroom.core.assets import Asset
from pressroom.core.post import Post, PostId, PostKind, PostOptions
from pressroom.core.stored_posts import EDITED_EARLIER, content_hash
from pressroom.graph.answers import UserId
from pressroom.graph.hosts import DEFAULT_BASE
from pressroom.store.columns import Key, UtcTime
from pressroom.store.identity import merge

revision = "0003"
down_revision = "0002"

_BUNDLE = (
    "user_id",
    "login_type",
    "api_base",
    "version",
    "timezone",
    "sealed_token",
    "token_obtained_at",
    "token_expires_at",
    "token_refreshed_at",
    "is_default",
    "refresh_worker",
    "refresh_until",
)


def upgrade() -> None:
    """Split logins from accounts, then merge accounts that are the same user."""
    connection = op.get_bind()
    _hash_contents_anew(connection)
    op.alter_column("accounts", "name", new_column_name="id")
    _logins()
    _account_aliases()
    op.drop_index("uq_accounts_default", "accounts")
    with op.batch_alter_table("accounts") as batch:
        batch.drop_constraint("token_has_its_bundle", type_="check")
        for name in _BUNDLE:
            batch.drop_column(name)
    op.add_column("posts", sa.Column("login", Key))
    op.execute("UPDATE posts SET login = account WHERE account IN (SELECT name FROM logins)")
    for old, new in _users(connection):
        merge(connection, old, new)


def _logins() -> None:
    op.create_table(
        "logins",
        sa.Column("name", Key, nullable=False),
        sa.Column("account", Key, nullable=False),
        sa.Column("user_id", sa.Text, nullable=False),
        sa.Column("login_type", sa.Text, nullable=False),
        sa.Column("api_base", sa.Text, nullable=False),
        sa.Column("version", sa.Text, nullable=False),
        sa.Column("timezone", sa.Text, nullable=False),
        sa.Column("sealed_token", sa.LargeBinary, nullable=False),
        sa.Column("token_obtained_at", UtcTime, nullable=False),
        sa.Column("token_expires_at", UtcTime),
        sa.Column("token_refreshed_at", UtcTime),
        sa.Column("is_default", sa.Boolean, nullable=False, server_default=sa.text("false")),
        sa.Column("refresh_worker", sa.Text),
        sa.Column("refresh_until", UtcTime),
        sa.PrimaryKeyConstraint("name", name="pk_logins"),
        sa.ForeignKeyConstraint(["account"], ["accounts.id"], name="fk_logins_account"),
    )
    names = ", ".join(_BUNDLE)
    op.execute(
        f"INSERT INTO logins (name, account, {names}) SELECT id, id, {names} FROM accounts"  # noqa: S608  # constants
        " WHERE sealed_token IS NOT NULL"
    )
    op.create_index("ix_logins_account", "logins", ["account"])
    op.create_index(
        "uq_logins_default",
        "logins",
        ["is_default"],
        unique=True,
        sqlite_where=sa.text("is_default"),
        postgresql_where=sa.text("is_default"),
    )


def _account_aliases() -> None:
    op.create_table(
        "account_aliases",
        sa.Column("alias", Key, nullable=False),
        sa.Column("account", Key, nullable=False),
        sa.PrimaryKeyConstraint("alias", name="pk_account_aliases"),
        sa.ForeignKeyConstraint(["account"], ["accounts.id"], name="fk_account_aliases_account"),
    )
    op.create_index("ix_account_aliases_account", "account_aliases", ["account"])


def _users(connection: sa.Connection) -> list[tuple[str, str]]:
    """Return the user of each name: by its login, or as an account of the environment."""
    logins = connection.execute(sa.text("SELECT name, user_id, api_base FROM logins ORDER BY name")).all()
    accounts = [(name, account_id(UserId(user_id), api_base)) for name, user_id, api_base in logins]
    rest = connection.execute(sa.text("SELECT id FROM accounts ORDER BY id")).scalars().all()
    signed_in = {name for name, _ in accounts}
    # The user behind `me` is read when its token is used again.
    accounts += [(name, _of_environment(name)) for name in rest if name not in signed_in]
    return [(old, new) for old, new in accounts if old != new]


def _of_environment(name: str) -> str:
    """Return the id of an account of the environment; a name that posts were planned under stays a name."""
    user, _, host = name.partition("@")
    if not (user.isdigit() or user.startswith("me-")):
        return name
    try:
        return account_id(UserId(user), f"http://{host}" if host else DEFAULT_BASE)
    except ValueError:  # a made-up name, not an address
        return name


_KEYS = sa.text(
    "SELECT k.account, k.key, k.content_hash, k.post_id, p.details FROM idempotency_keys k"
    " JOIN posts p ON p.id = k.post_id"
)
_ASSETS = sa.text("SELECT source, copy FROM assets WHERE post_id = :post_id ORDER BY place")
_SET_HASH = sa.text(
    "UPDATE idempotency_keys SET content_hash = :content_hash WHERE account = :account AND key = :key"
)


def _hash_contents_anew(connection: sa.Connection) -> None:
    """Replace each key's content hash by one made by today's rule.

    A post edited since no longer shows what its key was used with: it gets `EDITED_EARLIER`.
    """
    for row in connection.execute(_KEYS).mappings().all():
        assets = [Asset(*asset) for asset in connection.execute(_ASSETS, {"post_id": row["post_id"]}).all()]
        content = _hash_of(row, assets)
        connection.execute(_SET_HASH, {"account": row["account"], "key": row["key"], "content_hash": content})


def _hash_of(row: sa.RowMapping, assets: list[Asset]) -> str:
    """Return today's hash of a key's post; a damaged post must not stop the upgrade of the others."""
    try:
        details = msgspec.json.decode(row["details"], type=dict[str, Any])
        if _earlier(details, row["account"], assets) != row["content_hash"]:
            return EDITED_EARLIER
        kind, options = PostKind(details["kind"]), msgspec.convert(details["options"], PostOptions)
        return content_hash(Post(id=PostId(""), kind=kind, assets=tuple(assets), options=options))
    except (ValueError, KeyError, TypeError):
        return EDITED_EARLIER


def _earlier(details: dict[str, Any], account: str, assets: list[Asset]) -> str:
    """Hash a content as earlier releases did: with the account, every option, and the cover's path."""
    files = [
        asset.source if asset.is_url else (asset.copy or asset.source).rsplit("/", 1)[-1] for asset in assets
    ]
    options = dict(details["options"])
    if options.get("cover"):
        cover = Asset(**options["cover"])
        options["cover"] = {"source": cover.source if cover.is_url else cover.copy or "", "copy": None}
    chosen = (details["kind"], account, files, options)
    return hashlib.sha256(msgspec.json.encode(chosen, order="sorted")).hexdigest()
