"""The port of a listener: this machine's alone unless told otherwise, and refused clearly."""

import socket

import pytest

from pressroom.serving.sockets import address_of, cannot_listen, is_in_use, listen


def test_a_listener_is_on_loopback_and_any_free_port_unless_told_otherwise() -> None:
    with listen() as listener:
        host, port = listener.getsockname()
        assert (host, port > 0) == ("127.0.0.1", True)
        assert address_of(listener) == f"http://127.0.0.1:{port}"


def test_the_address_of_version_six_stands_in_brackets() -> None:
    with listen("::1") as listener:
        assert address_of(listener) == f"http://[::1]:{listener.getsockname()[1]}"


def test_small_answers_are_not_held_back() -> None:
    """asyncio sets TCP_NODELAY on connections of a socket that says it speaks TCP."""
    with listen() as listener:
        assert listener.proto == socket.IPPROTO_TCP


def test_a_port_in_use_is_refused_with_the_setting_and_the_fix() -> None:
    with listen() as taken:
        port = taken.getsockname()[1]
        with pytest.raises(OSError, match="in use") as caught:
            listen(port=port)
    refused = cannot_listen(caught.value, "127.0.0.1", port, rule="media_port", fix="Name another.")
    assert is_in_use(caught.value)
    assert str(refused).startswith(f"Port {port} is already in use by another program.")
    assert (refused.rule, refused.value, refused.fix) == ("media_port", port, "Name another.")


def test_an_address_of_another_machine_is_refused_with_the_systems_reason() -> None:
    with pytest.raises(OSError, match="assign") as caught:
        listen("203.0.113.1")
    refused = cannot_listen(caught.value, "203.0.113.1", 0, rule="metrics_port", fix="Name another.")
    assert not is_in_use(caught.value)
    assert "Port 0 of 203.0.113.1 cannot be opened: Cannot assign requested address." in str(refused)


def test_every_address_of_the_new_protocol_is_none_of_the_old_one() -> None:
    """Else whoever opens `::` serves all IPv4 networks, too."""
    with (
        listen("::") as listener,
        socket.socket(socket.AF_INET) as caller,
        pytest.raises(OSError, match="refused"),
    ):
        caller.connect(("127.0.0.1", listener.getsockname()[1]))
