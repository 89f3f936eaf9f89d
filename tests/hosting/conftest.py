import logging
import urllib.request
from collections.abc import Generator
from pathlib import Path

import pytest

from pressroom.core.settings import Settings
from tests.fakes.clock import FakeClock
from tests.slow import slow

PICTURE = bytes(range(256)) * 400


@pytest.fixture(scope="module")
@slow("runs a server of others")
def endpoint() -> Generator[str]:
    """A store that speaks S3 and is not ours, with the bucket `shelf`."""
    from moto.server import ThreadedMotoServer  # noqa: PLC0415  # `make test` does not install it

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    base = f"http://{host}:{port}"
    urllib.request.urlopen(urllib.request.Request(f"{base}/shelf", method="PUT")).close()  # noqa: S310  # loopback
    yield base
    server.stop()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home")


@pytest.fixture
def content() -> bytes:
    """What is in the picture."""
    return PICTURE


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(jumps=False)


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "cat.jpg"
    path.write_bytes(PICTURE)
    return path
