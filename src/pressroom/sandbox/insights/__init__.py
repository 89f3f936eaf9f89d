"""Numbers of media and of the account.

`growth` and `days` make them up, `media_routes` and `account_routes` answer with them, `account_rules`
refuses.
"""
