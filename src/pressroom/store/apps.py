"""Apps that ask for consent."""

from sqlalchemy import RowMapping, insert, select, update

from pressroom.core.stored_accounts import StoredApp
from pressroom.graph.hosts import LoginType
from pressroom.store.app_table import apps
from pressroom.store.database import Database


class SqlApps:
    """The part of `SqlAccounts` that keeps apps."""

    _database: Database

    def put_app(self, app: StoredApp) -> None:
        """Store an app, replacing the one of that login type and place."""
        row = {
            "app_id": app.app_id,
            "sealed_secret": app.sealed_secret,
            "redirect_uri": app.redirect_uri,
        }
        keys = {"login_type": app.login_type.value, "place": app.place}
        is_that = (apps.c.login_type == app.login_type.value) & (apps.c.place == app.place)
        with self._database.writing() as connection:
            if not connection.execute(update(apps).where(is_that).values(row)).rowcount:
                connection.execute(insert(apps).values(**keys, **row))

    def app(self, login_type: LoginType, place: str) -> StoredApp | None:
        """Return an app; None where there is none."""
        is_that = (apps.c.login_type == login_type.value) & (apps.c.place == place)
        with self._database.reading() as connection:
            row = connection.execute(select(apps).where(is_that)).mappings().first()
        return _app(row) if row else None

    def apps(self) -> tuple[StoredApp, ...]:
        """Return every app."""
        with self._database.reading() as connection:
            return tuple(_app(row) for row in connection.execute(select(apps)).mappings())


def _app(row: RowMapping) -> StoredApp:
    return StoredApp(
        login_type=LoginType(row["login_type"]),
        place=row["place"],
        app_id=row["app_id"],
        sealed_secret=row["sealed_secret"],
        redirect_uri=row["redirect_uri"],
    )
