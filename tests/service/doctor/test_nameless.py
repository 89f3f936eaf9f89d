"""A report of probes can be handed on: it names nobody."""

import pytest

from pressroom.service.doctor.probes.desk import nameless


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("POST /17841400000000001/media_publish", "POST /{id}/media_publish"),
        ("Object with ID '17900000000000009' does not exist", "Object with ID '{id}' does not exist"),
        ("9007/2207027 after 120 s", "9007/2207027 after 120 s"),
        ("Ana.Prints and @bob.b said so", "{name} and {name} said so"),
        ("see https://example.com/a.jpg?access_token=x", "see {address}"),
        ("access_token=IGAAabcdefghijklmnopqrstuvwxyz", "access_token=***"),
        ("banana", "banana"),
    ],
)
def test_ids_names_addresses_and_secrets_are_taken_out(text: str, told: str) -> None:
    assert nameless(text, "ana.prints", "ana") == told
