"""Calls the control API of a running sandbox."""

import json
from dataclasses import dataclass
from typing import Any, Final
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode, urlsplit
from urllib.request import ProxyHandler, Request, build_opener

import click

from pressroom.cli.sandbox.registry import find_running
from pressroom.cli.shell.invocation import Invocation
from pressroom.core.address import LOCAL_HOSTS
from pressroom.core.errors import NotSent, PressroomError, Refused
from pressroom.core.remedies import Fix, Remedy, RemedyKind

_TIMEOUT_S: Final = 30.0
_START: Final = Fix.of("Start one: {}.", Remedy(RemedyKind.DETACH_SANDBOX))

url_option: Final = click.option("--url", help="Address of the sandbox; by default the one that runs.")


class OrderRefused(Refused):
    """The sandbox refuses an order, or no sandbox runs to take it."""


@dataclass(frozen=True, slots=True)
class Control:
    """The control API of the sandbox at `url`. Every call raises OrderRefused or NotSent."""

    url: str

    def get(self, what: str, **query: str | int | None) -> Any:  # noqa: ANN401  # whatever it documents
        """Read something."""
        return self._call("GET", what, query, None)

    def post(self, what: str, order: dict[str, Any]) -> Any:  # noqa: ANN401
        """Give an order."""
        return self._call("POST", what, {}, order)

    def delete(self, what: str, **query: str | int | None) -> Any:  # noqa: ANN401
        """Clear something."""
        return self._call("DELETE", what, query, None)

    def _call(self, method: str, what: str, query: dict[str, Any], order: dict[str, Any] | None) -> Any:  # noqa: ANN401
        given = urlencode({name: one for name, one in query.items() if one is not None})
        address = f"{self.url}/_sandbox/{what}" + (f"?{given}" if given else "")
        body = None if order is None else json.dumps(order).encode()
        request = Request(address, data=body, method=method, headers={"content-type": "application/json"})  # noqa: S310  # checked
        # Past the environment's proxy, which could not reach a sandbox on this machine.
        opener = build_opener(ProxyHandler({}))
        try:
            with opener.open(request, timeout=_TIMEOUT_S) as answer:
                return json.load(answer)
        except HTTPError as error:
            raise _refused(error) from None
        except (URLError, OSError, ValueError) as error:
            reason = getattr(error, "reason", error)
            raise NotSent(f"No sandbox answers at {self.url} ({reason}).", fix=_START) from None


def _refused(error: HTTPError) -> PressroomError:
    try:
        text = str(json.load(error)["error"])
    except (ValueError, KeyError, TypeError):
        text = f"it answers {error.code}, so it is no sandbox or an old one"
    return OrderRefused(f"The sandbox refuses: {text}.", rule="order", fix="Correct it and try again.")


def find_control(invocation: Invocation, url: str | None) -> Control:
    """Find the sandbox to steer: `url`, else the environment's, else the only one that runs.

    Raises OrderRefused when there is none, or more than one.
    """
    # Loopback alone: INSTAGRAM_API_BASE may name the real API, to which no order may be sent.
    named = url or invocation.runtime.environ.get("INSTAGRAM_API_BASE", "")
    if (urlsplit(named).hostname or "") in LOCAL_HOSTS:
        return Control(named.rstrip("/"))
    if url is not None:
        raise OrderRefused(
            f"{url} is not an address of this machine.",
            rule="url",
            value=url,
            limit="loopback",
            fix=Fix.of("Give the address that {} told.", Remedy(RemedyKind.START_SANDBOX)),
        )
    found = find_running(invocation.settings().home)
    if not found:
        raise OrderRefused("No sandbox runs.", rule="sandbox", fix=_START)
    # Not the newest by guess: a reset or a clock of the wrong one would spoil somebody's test.
    if len(found) > 1:
        raise OrderRefused(
            "Several sandboxes run.",
            rule="sandbox",
            value=", ".join(one.url for one in found),
            fix="Name one with `--url`.",
        )
    return Control(found[0].url)
