"""Turns calls into HTTP requests."""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

from pressroom.core.account import Account
from pressroom.core.errors import Refused
from pressroom.core.protocols import ByteStream, Request
from pressroom.graph.calls import Call, Effect, Endpoint
from pressroom.graph.limits import CONTAINER_LIFETIME_S
from pressroom.version import __version__

_FORM = "application/x-www-form-urlencoded"
_BYTES = "application/octet-stream"
TIMEOUT_S = 30.0
# Longer: Meta fetches an image before it answers a creation, and publishes before it answers that call.
WRITE_TIMEOUT_S = 60.0


class RequestBuilder:
    """Builds one account's requests: the token in a header, parameters in the query or a form body."""

    def __init__(self, account: Account) -> None:
        self._bases = {
            Endpoint.GRAPH: account.api_base,
            Endpoint.UPLOAD: account.upload_base,
            Endpoint.CODE: account.code_base,
        }
        self._version = account.version
        common = {"accept": "application/json", "user-agent": f"pressroom/{__version__}"}
        # The upload host expects Meta's older scheme name (Resumable Uploads).
        schemes = {Endpoint.GRAPH: "Bearer", Endpoint.UPLOAD: "OAuth"}
        self._plain_form = {**common, "content-type": _FORM}
        self._plain = common
        self._signed = {
            endpoint: {**common, "authorization": f"{scheme} {account.token.reveal()}"}
            for endpoint, scheme in schemes.items()
        }
        self._forms = {
            endpoint: {**headers, "content-type": _FORM} for endpoint, headers in self._signed.items()
        }

    def __repr__(self) -> str:
        return f"RequestBuilder({self._bases[Endpoint.GRAPH]})"

    def build_upload(self, call: Call[Any], stream: ByteStream, headers: Mapping[str, str]) -> Request:
        """Build a request whose body is bytes. The caller, who sees the progress, limits its time."""
        return Request(
            method=call.method,
            url=self._bases[call.endpoint] + call.path,
            headers={**self._signed[call.endpoint], "content-type": _BYTES, **headers},
            stream=stream,
            timeout_s=float(CONTAINER_LIFETIME_S),
            needs_fresh_connection=True,
        )

    def build(
        self,
        call: Call[Any],
        before_bytes: Callable[[], None] | None = None,
        *,
        timeout_s: float | None = None,
        opens_for_write: bool = False,
    ) -> Request:
        """Build a call's request. Raises Refused for text that cannot be encoded as UTF-8.

        timeout_s: None for the default by the call's effect. opens_for_write: as of `Client.exchange`.
        """
        url = self._bases[call.endpoint]
        url = f"{url}/{self._version}{call.path}" if call.is_versioned else url + call.path
        encoded = _encode(call)
        if call.method == "POST":
            # In the body, not the URL: captions and secrets would end up in logs of proxies.
            headers = self._plain_form if call.secrets else self._forms[call.endpoint]
            body = encoded.encode("ascii")
        else:
            # A call with a secret among its parameters is Meta's token call, which takes no header for it.
            headers, body = self._plain if call.secrets else self._signed[call.endpoint], None
            url = f"{url}?{encoded}" if encoded else url
        return Request(
            method=call.method,
            url=url,
            headers=headers,
            body=body,
            timeout_s=_timeout_s(call) if timeout_s is None else timeout_s,
            before_bytes=before_bytes,
            # A write over a dead kept-alive connection would leave its outcome unknown.
            needs_fresh_connection=opens_for_write or call.effect is Effect.WRITE,
        )


def _timeout_s(call: Call[Any]) -> float:
    return TIMEOUT_S if call.effect is Effect.READ else WRITE_TIMEOUT_S


def _encode(call: Call[Any]) -> str:
    try:
        return urlencode(call.params, safe=",")  # lists of fields stay readable
    except UnicodeEncodeError:
        raise Refused(
            f"A text of {call.method} {call.path} holds half a character (a lone surrogate).",
            rule="text_encoding",
            limit="text that can be written as UTF-8",
            fix="Remove the broken character, usually half of an emoji.",
        ) from None
