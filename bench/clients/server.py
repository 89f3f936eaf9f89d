"""The loopback server of the benchmark: answers every request at once, and prints its port."""

import json
from typing import Any

import uvicorn
from measuring import MEDIA

ANSWERS = {
    "GET": {
        "id": MEDIA,
        "permalink": "https://www.instagram.com/p/Cabcdefghij/",
        "media_type": "IMAGE",
        "media_product_type": "FEED",
        "timestamp": "2026-11-24T12:00:00+0000",
        "shortcode": "Cabcdefghij",
    },
    "POST": {"id": MEDIA},
}
BODIES = {method: json.dumps(answer).encode() for method, answer in ANSWERS.items()}
HEADERS = {
    method: [
        (b"content-type", b"application/json; charset=UTF-8"),
        (b"content-length", str(len(body)).encode()),
        (b"x-app-usage", b'{"call_count":3,"total_time":2,"total_cputime":1}'),
    ]
    for method, body in BODIES.items()
}


async def app(scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401  # ASGI's own
    await receive()
    method = scope["method"]
    await send({"type": "http.response.start", "status": 200, "headers": HEADERS[method]})
    await send({"type": "http.response.body", "body": BODIES[method]})


if __name__ == "__main__":
    config = uvicorn.Config(app, port=0, lifespan="off", log_level="critical", http="httptools")
    listener = config.bind_socket()
    print(listener.getsockname()[1], flush=True)
    uvicorn.Server(config).run(sockets=[listener])
