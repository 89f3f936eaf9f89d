"""What takes the extra `report`, whose packages the base install has not."""

from importlib.util import find_spec

from pressroom.core.errors import Refused


def require_report_extra(what: str, *packages: str) -> None:
    """Raise Refused where one of the packages is not installed."""
    missing = [name for name in packages if find_spec(name) is None]
    if missing:
        raise Refused(
            f"{what} needs {' and '.join(missing)}, not installed here.",
            rule="report_extra",
            value=", ".join(missing),
            limit="pressroom[report]",
            fix="Install it: `pip install 'pressroom[report]'`.",
        )
