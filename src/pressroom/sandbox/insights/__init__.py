"""Insights of media and of the account.

`days` makes up the account's numbers, `media_routes` and `account_routes` are the calls, `account_rules`
checks what is asked of the account.
"""
