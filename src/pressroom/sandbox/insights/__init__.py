"""Numbers of media and of the account.

`days` makes those of the account up, `media_routes` and `account_routes` answer with them, `account_rules`
refuses.
"""
