"""Valid account names. A post under a name that no login can have would wait forever."""

from pressroom.core.account import LONGEST_NAME, is_account_id, is_account_name
from pressroom.core.errors import Refused


def require_login_name(name: str, user_id: str) -> None:
    """Raise Refused for an invalid login name, such as the number of another user."""
    if not is_account_name(name):
        raise _not_a_name(name)
    # A number means the user with that id: a login so named would take another user's posts.
    if name.isdecimal() and name != user_id:
        raise Refused(
            f"{name} is the number of another account, and the token's is {user_id}.",
            rule="account_name",
            value=name,
            limit=user_id,
            fix="Use a name rather than a number, or that account's token.",
        )


def require_account(who: str) -> None:
    """Raise Refused for what is neither an account id nor a valid login name."""
    if not is_account_id(who) and not is_account_name(who):
        raise _not_a_name(who)


def _not_a_name(name: str) -> Refused:
    plain = "".join(letter for letter in name if letter.isprintable() and letter != "@").strip()[
        :LONGEST_NAME
    ]
    return Refused(
        f"{name!r} cannot be an account's name.",
        rule="account_name",
        value=name,
        limit=f"1 to {LONGEST_NAME} printable characters without `@`",
        fix=f"Leave the rest out: {plain}." if plain else "Give it one.",
    )
