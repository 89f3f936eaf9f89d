"""The table of apps that ask for consent, one a kind of login and place."""

from typing import Final

from sqlalchemy import Column, LargeBinary, Table, Text

from pressroom.store.columns import Key, metadata

apps: Final = Table(
    "apps",
    metadata,
    # A `graph.hosts.LoginType`, and `core.account.place_of` an API.
    Column("login_type", Key, primary_key=True),
    Column("place", Key, primary_key=True),
    Column("app_id", Text, nullable=False),
    Column("sealed_secret", LargeBinary, nullable=False),
    Column("redirect_uri", Text),
)
