"""The page about running a worker says what is so."""

import hashlib
import hmac
import re
from pathlib import Path
from typing import Any

from tests.cli.shapes import PAGE as REFERENCE

PAGE = (Path(__file__).parents[2] / "docs/howto/operate.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


def test_every_metric_that_a_rule_names_is_documented() -> None:
    for name in set(re.findall(r"pressroom_[a-z_]+", " ".join(blocks("yaml")))):
        assert f"`{name.removesuffix('_bucket')}`" in REFERENCE, name


def test_the_check_of_a_signature_takes_ours_and_no_other() -> None:
    (code,) = [block for block in blocks("python") if "is_ours" in block]
    found: dict[str, Any] = {}
    exec(code, found)  # noqa: S102  # the page's own example
    signed = "sha256=" + hmac.new(b"s3", b"{}", hashlib.sha256).hexdigest()
    assert found["is_ours"](b"{}", signed, "s3")
    assert not found["is_ours"](b"{ }", signed, "s3")
