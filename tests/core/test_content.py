"""Which posts count as the same content, in any release."""

from pressroom.core.assets import Fit
from pressroom.core.content import content_hash, shown_hash
from pressroom.core.post import Post, PostKind
from pressroom.service import new_post

# As made by the release that stored `blur` where nobody chose a fit.
_CONTENT = "2:aec8bc1726fc426b38509d2549c9eb55f862ba94d03658e988614a92a60a9537"
_SHOWN = "233dc240b088bafff4f1a8ce20ff946b21e035a0f8751d775dfc213ec2684c23"


def a_reel(fit: Fit | None) -> Post:
    return new_post(PostKind.REEL, ["https://e.com/a.mp4"], caption="Hello", fit=fit)


def test_a_command_repeated_after_an_upgrade_is_the_same_content() -> None:
    assert content_hash(a_reel(None)) == content_hash(a_reel(Fit.BLUR)) == _CONTENT
    assert content_hash(a_reel(Fit.KEEP)) != _CONTENT


def test_what_a_person_agreed_to_before_an_upgrade_still_holds() -> None:
    assert shown_hash(a_reel(Fit.BLUR)) == _SHOWN


def test_consent_tells_a_fit_that_was_chosen_from_one_that_was_not() -> None:
    assert len({shown_hash(a_reel(fit)) for fit in (None, *Fit)}) == 5
