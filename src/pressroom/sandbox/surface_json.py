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
from pressroom.sandbox.wire.other_errors import OTHER_ERRORS, OtherError
from pressroom.version import __version__

_OF_FACEBOOK = [login for login in LoginType if login is not LoginType.INSTAGRAM]


def describe_surface() -> SurfaceShape:
    """Describe all that the sandbox answers; the fields are explained in `surface_shapes`."""
    calls = [
        *(_shape(route, path_of(route), _summary(route)) for route in ROUTES),
        *(_shape(route, f"/{route.path}", _summary(route)) for route in ALL_OPEN_ROUTES),
        *(_shape(call, call.path, call.summary) for call in CALLS_WITHOUT_ROUTE),
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
        errors=[_error(error) for error in (*TABLE, *OTHER_ERRORS)],
    )


Call = Route | OpenRoute | CallWithoutRoute


def _shape(call: Call, path: str, summary: str) -> CallShape:
    return CallShape(
        name=call.name,
        method=call.method,
        path=path,
        summary=summary,
        needs_token=not isinstance(call, OpenRoute),
        certainty=call.mark.value,
        logins=[_login(call, login) for login in LoginType if _is_under(call, login)],
        parameters=list(_parameters(call.method, call.name)),
    )


def _is_under(call: Call, login: LoginType) -> bool:
    if isinstance(call, Route):
        return call.is_under(login)
    return isinstance(call, OpenRoute) or call.login == "both" or login in _OF_FACEBOOK


def _login(call: Call, login: LoginType) -> LoginShape:
    is_open = isinstance(call, OpenRoute)
    need = call.need if isinstance(call, Route) else None
    host = UPLOAD_HOST if call.name == uploads.CALL_NAME else login.host
    # Nothing is documented of Unified Login: what it has is inferred.
    is_inferred = login is LoginType.UNIFIED and not is_open
    return LoginShape(
        login=login.value,
        host=None if is_open else host,
        permission=need.name_under(login) if need else None,
        certainty=(Certainty.INFERRED if is_inferred else call.mark).value,
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


def _error(error: ErrorRow | OtherError) -> ErrorShape:
    row = error if isinstance(error, ErrorRow) else None
    return ErrorShape(
        name=row.name if row else None,
        code=error.code,
        last_code=row.last_code if row else None,
        subcode=row.subcode if row else None,
        http_status=error.http_status,
        type=error.meta_type,
        title=row.title if row else None,
        message=error.message,
        retry=row.retry.value if row else None,
        certainty=error.mark.value,
    )
