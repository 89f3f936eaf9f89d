"""Addresses Meta could never fetch are told from those it may."""

from dataclasses import replace

import pytest

from pressroom.core.account import Account
from pressroom.core.errors import Refused
from pressroom.core.secret import Secret
from pressroom.hosting.public import require_public

REAL = Account(token=Secret("IGAAx"))
SANDBOX = replace(REAL, api_base="http://127.0.0.1:8055")
NEVER = [
    "http://localhost/a.jpg",
    "http://LOCALHOST:8000/a.jpg",
    "http://localhost./a.jpg",
    "http://app.localhost/a.jpg",
    "http://127.0.0.1/a.jpg",
    "http://127.1/a.jpg",
    "http://2130706433/a.jpg",
    "http://0x7f000001/a.jpg",
    "http://0.0.0.0/a.jpg",
    "http://[::1]/a.jpg",
    "http://[fe80::1]/a.jpg",
    "http://[fd00::1]/a.jpg",
    "http://[::ffff:127.0.0.1]/a.jpg",
    "http://10.1.2.3/a.jpg",
    "http://172.16.0.1/a.jpg",
    "http://192.168.1.20/a.jpg",
    "http://169.254.169.254/latest",
    "http://100.64.0.1/a.jpg",
    "https://nas.local/a.jpg",
    "https://intranet/a.jpg",
    "https://db.internal/a.jpg",
    "ftp://example.com/a.jpg",
    "file:///etc/passwd",
    "https:///a.jpg",
    "https://[oops/a.jpg",
    "https://224.0.0.1/a.jpg",
    "https://[ff02::1]/a.jpg",
    "https://[64:ff9b::10.0.0.1]/a.jpg",
    "https://[2002:7f00:1::]/a.jpg",
    "https://[::127.0.0.1]/a.jpg",
    "https://[::8.8.8.8]/a.jpg",
    "https://[::]/a.jpg",
    "https://[::ffff:0:127.0.0.1]/a.jpg",
    "https://[::ffff:0:8.8.8.8]/a.jpg",
    "https://[64:ff9b:1::7f00:1]/a.jpg",
    "https://[64:ff9b:1:7f00:0:100::]/a.jpg",
    "https://[2001:0:7f00:1::1]/a.jpg",
    "https://[2001:db8::1]/a.jpg",
    "https://[2002:a00:1::1]/a.jpg",
    "https://[fec0::1]/a.jpg",
    "https://[100::1]/a.jpg",
    "https://[4000::1]/a.jpg",
    "http://192.0.0.192/a.jpg",
    "http://192.88.99.1/a.jpg",
    "http://198.18.0.1/a.jpg",
    "http://255.255.255.255/a.jpg",
    "https://\uff11\uff12\uff17.0.0.1/a.jpg",
    "https://example.com:99999/a.jpg",
    "https://exa mple.com/a.jpg",
    "https://a..example.com/a.jpg",
]


def test_what_may_be_secret_in_an_address_is_not_shown() -> None:
    with pytest.raises(Refused) as caught:
        require_public("https://user:hidden@127.0.0.1:8/a@b.jpg?sig=hidden", REAL)
    assert caught.value.value == "https://127.0.0.1:8/a@b.jpg"
    assert "hidden" not in str(caught.value.as_json())


@pytest.mark.parametrize("url", NEVER)
def test_an_address_of_this_machine_or_network_is_refused(url: str) -> None:
    with pytest.raises(Refused, match="Instagram cannot fetch") as caught:
        require_public(url, REAL)
    assert caught.value.rule == "public_url"


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/a.jpg",
        "http://example.com:8080/a%20b.jpg?x=1",
        "https://8.8.8.8/a.jpg",
        "https://[2606:4700::1111]/a.jpg",
        "https://[64:ff9b::8.8.8.8]/a.jpg",
        "https://[::ffff:8.8.8.8]/a.jpg",
        "https://[2002:808:808::1]/a.jpg",
        "https://käse.example/a.jpg",
        "https://xn--bcher-kva.example/a.jpg",
        "https://localhost.example.com/a.jpg",
    ],
)
def test_an_address_on_the_internet_may_be_tried(url: str) -> None:
    require_public(url, REAL)


@pytest.mark.parametrize("url", NEVER)
def test_a_sandbox_may_fetch_from_anywhere(url: str) -> None:
    require_public(url, SANDBOX)


def test_the_refusal_leaves_out_the_query_which_may_be_a_signature() -> None:
    with pytest.raises(Refused) as caught:
        require_public("http://localhost/a.jpg?sig=secret", REAL)
    assert "secret" not in str(caught.value.as_json())
