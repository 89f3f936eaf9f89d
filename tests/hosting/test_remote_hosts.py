"""What every remote host is held to: a new one is in the list, and is held to it at once."""

from pathlib import Path

import pytest

from pressroom.core.errors import SettingRefused
from pressroom.core.reading_settings import Way
from pressroom.core.secret import Secret
from pressroom.hosting.remote import RemoteHost
from pressroom.hosting.ways import REMOTE_HOSTS

GUIDE = (Path(__file__).parents[2] / "docs" / "howto" / "hosting.md").read_text(encoding="utf-8")
every_host = pytest.mark.parametrize("host", REMOTE_HOSTS, ids=lambda host: host.way.value)


def test_each_way_with_a_setting_of_its_own_has_one_class() -> None:
    assert sorted(host.way for host in REMOTE_HOSTS) == sorted(way for way in Way if way.setting)


@every_host
def test_an_address_that_cannot_work_is_refused_without_quoting_it(host: type[RemoteHost]) -> None:
    assert host.way.setting is not None
    for text in ("hidden", "https://key:hidden@host", "s3://hidden[", "cloudinary://hidden["):
        with pytest.raises(SettingRefused, match=host.way.setting.name) as caught:
            host(Secret(text))
        assert "hidden" not in str(caught.value.as_json())


@every_host
def test_it_says_how_it_is_set_up_and_so_does_the_guide(host: type[RemoteHost]) -> None:
    assert host.way.setting is not None
    assert f"export {host.way.setting.name}=" in host.how_to()
    assert f"export {host.way.setting.name}=" in GUIDE
    assert f"`{host.way}`" in GUIDE


@every_host
def test_its_address_is_never_printed(host: type[RemoteHost]) -> None:
    assert host.way.setting is not None
    assert host.way.setting.is_secret
