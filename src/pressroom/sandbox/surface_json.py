"""`/_sandbox/surface.json`: every call, parameter and error, made from the tables that the sandbox uses."""

from collections.abc import Iterator

from pressroom.graph.certainty import MEANINGS, Certainty
from pressroom.graph.error_table import TABLE, ErrorRow
from pressroom.graph.hosts import UPLOAD_HOST, VERSIONS, LoginType
from pressroom.sandbox import uploads
from pressroom.sandbox.calls.call import OpenRoute, Route
from pressroom.sandbox.publishing.rules import FACEBOOK_ONLY, TAKEN_BY, Column
from pressroom.sandbox.surface import (
    ALL_OPEN_ROUTES,
    CALLS_WITHOUT_ROUTE,
    EVERYWHERE,
    INSIDE,
    ROUTES,
    TAKES,
    CallWithoutRoute,
    path_of,
)
from pressroom.sandbox.surface_shapes import (
    FORMAT,
    CallShape,
    DetailShape,
    ErrorShape,
    LoginShape,
    ParameterShape,
    SurfaceShape,
    VersionShape,
)
from pressroom.sandbox.wire.other_errors import HTTP_STATUS, META_TYPE, OTHER_ERRORS, OtherError
from pressroom.version import __version__

_OF_FACEBOOK = [login for login in LoginType if login is not LoginType.INSTAGRAM]


def describe_surface() -> SurfaceShape:
    """Describe all that the sandbox answers; the fields are explained in `surface_shapes`."""
    calls = [
        *map(_call, ROUTES),
        *map(_open_call, ALL_OPEN_ROUTES),
        *map(_call_without_route, CALLS_WITHOUT_ROUTE),
    ]
    return SurfaceShape(
        format=FORMAT,
        sandbox_version=__version__,
        certainty={mark.value: meaning for mark, meaning in MEANINGS.items()},
        versions=[
            VersionShape(
                name=version.name,
                released=version.released.isoformat(),
                ends=version.ends.isoformat() if version.ends else None,
            )
            for version in VERSIONS
        ],
        calls=sorted(calls, key=lambda call: (call.path, call.method)),
        parameters_of_every_call=[
            ParameterShape(name=name, certainty=mark.value) for name, mark in EVERYWHERE.items()
        ],
        parameter_details=[DetailShape(name=name, certainty=mark.value) for name, mark in INSIDE.items()],
        errors=[*map(_error, TABLE), *map(_other_error, OTHER_ERRORS)],
    )


def _call(route: Route) -> CallShape:
    logins = [
        LoginShape(
            login=login.value,
            host=login.host,
            permission=route.need.name_under(login) if route.need else None,
            # Nothing is documented of Unified Login: what it has is inferred.
            certainty=(Certainty.INFERRED if login is LoginType.UNIFIED else route.mark).value,
        )
        for login in LoginType
        if route.is_under(login)
    ]
    return CallShape(
        name=route.name,
        method=route.method,
        path=path_of(route),
        summary=_summary(route),
        needs_token=True,
        certainty=route.mark.value,
        logins=logins,
        parameters=list(_parameters(route.method, route.name)),
    )


def _open_call(route: OpenRoute) -> CallShape:
    mark = route.mark.value
    return CallShape(
        name=route.name,
        method=route.method,
        path=f"/{route.path}",
        summary=_summary(route),
        needs_token=False,
        certainty=mark,
        logins=[
            LoginShape(login=login.value, host=None, permission=None, certainty=mark) for login in LoginType
        ],
        parameters=list(_parameters(route.method, route.name)),
    )


def _call_without_route(call: CallWithoutRoute) -> CallShape:
    is_upload = call.name == uploads.CALL_NAME
    logins = [
        LoginShape(
            login=login.value,
            host=UPLOAD_HOST if is_upload else login.host,
            permission=None,
            certainty=(Certainty.INFERRED if login is LoginType.UNIFIED else call.mark).value,
        )
        for login in (LoginType if call.login == "both" else _OF_FACEBOOK)
    ]
    return CallShape(
        name=call.name,
        method=call.method,
        path=call.path,
        summary=call.summary,
        needs_token=True,
        certainty=call.mark.value,
        logins=logins,
        parameters=list(_parameters(call.method, call.name)),
    )


def _summary(route: Route | OpenRoute) -> str:
    return (route.handle.__doc__ or route.name).partition("\n")[0]


def _parameters(method: str, name: str) -> Iterator[ParameterShape]:
    for parameter, mark in TAKES[method, name].items():
        taken_by = TAKEN_BY.get(parameter, frozenset[Column]()) if name == "create" else frozenset[Column]()
        is_narrowed = bool(taken_by) and parameter in FACEBOOK_ONLY
        yield ParameterShape(
            name=parameter,
            certainty=mark.value,
            sent_in="header" if name == uploads.CALL_NAME else "any",
            logins=[login.value for login in _OF_FACEBOOK] if is_narrowed else None,
            containers=sorted(column.name.lower() for column in taken_by) or None,
        )


def _error(row: ErrorRow) -> ErrorShape:
    return ErrorShape(
        name=row.name,
        code=row.code,
        last_code=row.last_code,
        subcode=row.subcode,
        http_status=row.http_status,
        type=row.meta_type,
        title=row.title,
        message=row.message,
        retry=row.retry.value,
        certainty=row.mark.value,
    )


def _other_error(error: OtherError) -> ErrorShape:
    return ErrorShape(
        name=None,
        code=error.code,
        last_code=None,
        subcode=None,
        http_status=HTTP_STATUS,
        type=META_TYPE,
        title=None,
        message=error.message,
        retry=None,
        certainty=error.mark.value,
    )
