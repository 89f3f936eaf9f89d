"""A port for a server is nobody else's."""

import secrets

import pytest

from pressroom.serving.sockets import listen
from tests.ports import CHOSEN_BY_KERNEL_FROM, LOWEST, free_port


def test_it_is_none_that_a_connection_beside_it_could_be_given() -> None:
    assert all(1024 < free_port() < CHOSEN_BY_KERNEL_FROM for _ in range(20))


def test_one_that_is_taken_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    taken, other = free_port(), free_port()
    with listen(port=taken):
        draws = [other - LOWEST, taken - LOWEST]

        def draw(_below: int) -> int:
            return draws.pop()

        monkeypatch.setattr(secrets, "randbelow", draw)
        assert free_port() == other
