"""A request as the SDK hands it to what answers it."""

from typing import Any, TypeAlias

from mcp.server.context import ServerRequestContext

Request: TypeAlias = ServerRequestContext[Any]
