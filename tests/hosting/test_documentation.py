"""What docs/howto/hosting.md shows works."""

import re
from pathlib import Path
from typing import Any

import pytest

from pressroom.client.transport_asgi import AsgiTransport
from pressroom.core.protocols import Request
from pressroom.core.settings import Settings
from pressroom.hosting.signing import SignedHost

PAGE = Path(__file__).parents[2] / "docs" / "howto" / "hosting.md"
EXAMPLE = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)


async def test_the_app_of_the_example_serves_what_another_process_put_up(
    settings: Settings, picture: Path, content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PRESSROOM_HOME", str(settings.home))
    monkeypatch.delenv("PRESSROOM_KEY", raising=False)
    example: dict[str, Any] = {}
    exec(EXAMPLE[0], example)  # noqa: S102  # our own page

    host = SignedHost(settings, "https://your.app")
    url = await host.put(picture, content_type="image/jpeg", lifetime_s=60)
    transport = AsgiTransport(example["app"])
    reply = await transport.send(Request(method="GET", url=url))
    await transport.aclose()

    assert len(EXAMPLE) == 1
    assert (reply.status, reply.body) == (200, content)
