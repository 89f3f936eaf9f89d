"""Ask Pressroom for an Instagram post of each post that Ghost publishes: takes the webhook `post.published`.

GHOST_SECRET is the secret of the webhook, PRESSROOM_API the address of the API, PRESSROOM_KEY a key for it.
"""

import hashlib
import hmac
import json
import os
import time
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

MOST_BYTES = 5_000_000
LONGEST_CAPTION = 2_200


def is_from_ghost(body: bytes, signature: str, secret: str) -> bool:
    """Tell whether Ghost signed a body: `sha256=..., t=...`, of the body and the time behind it."""
    parts = dict(part.strip().split("=", 1) for part in signature.split(",") if "=" in part)
    expected = hmac.new(secret.encode(), body + parts.get("t", "").encode(), hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected.encode(), parts.get("sha256", "").encode())


def wish_of(post: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return what to ask Pressroom for; None for a post without a feature image."""
    if not post.get("feature_image"):
        return None
    excerpt = post.get("custom_excerpt") or post.get("excerpt") or ""
    link = post["url"]
    text = f"{post['title']}\n\n{excerpt}".strip()
    wish: dict[str, Any] = {
        "kind": "photo",
        "files": [{"url": post["feature_image"]}],
        "caption": f"{text[: LONGEST_CAPTION - len(link) - 2]}\n\n{link}",
        "at": "now",
    }
    if post.get("feature_image_alt"):
        wish["alt_texts"] = [post["feature_image_alt"]]
    return wish


def ask(wish: Mapping[str, Any], key: str) -> None:
    """Ask Pressroom, and try again for some minutes. key: of the post, so that it is asked for once."""
    headers = {
        "Authorization": f"Bearer {os.environ['PRESSROOM_KEY']}",
        "Content-Type": "application/json",
        "Idempotency-Key": key,
    }
    url = f"{os.environ['PRESSROOM_API']}/posts"
    request = Request(url, json.dumps(wish).encode(), headers)  # noqa: S310  # its owner set the address
    for wait_s in (5, 30, 120, 0):
        try:
            with urlopen(request, timeout=30) as answer:  # noqa: S310  # the same
                print(key, answer.status)
                return
        except HTTPError as error:
            problem = json.load(error)
            print(key, error.code, problem["detail"], problem["fix"])
            if not problem.get("retryable"):
                return
        except OSError as error:
            print(key, error)
        time.sleep(wait_s)


class Webhook(BaseHTTPRequestHandler):
    """Takes what Ghost tells, and answers at once: Ghost waits for two seconds."""

    def do_POST(self) -> None:
        """Ask for a post if Ghost signed it and it has a picture."""
        size = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(size) if size <= MOST_BYTES else b""
        is_signed = is_from_ghost(body, self.headers.get("X-Ghost-Signature", ""), os.environ["GHOST_SECRET"])
        self.send_response(202 if is_signed else 401)
        self.send_header("Content-Length", "0")
        self.end_headers()
        if is_signed:
            post = json.loads(body)["post"]["current"]
            if wish := wish_of(post):
                ask(wish, f"ghost-{post['id']}")


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", 8090), Webhook).serve_forever()
