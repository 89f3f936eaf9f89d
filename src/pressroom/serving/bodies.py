"""Reads the body of a request to its end, for apps that begin nothing before they have all of it."""

from starlette.requests import Request
from starlette.types import Message, Receive


async def body_of(request: Request, most_bytes: int) -> bytes | None:
    """Return the body of a request; None for a longer one.

    Raises ClientDisconnect for a client that goes before the end, which `runner` takes for the end of it.
    """
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > most_bytes:
            return None
    return bytes(body)


def replaying(body: bytes, receive: Receive) -> Receive:
    """Give an app a body that was read already, and then what comes after it."""
    whole: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive_again() -> Message:
        return whole.pop() if whole else await receive()

    return receive_again
