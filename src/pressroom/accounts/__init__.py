"""Whom we act for, and their tokens: kept sealed, handed out only as `core.Account`.

`vault` keeps and gives accounts and lets one worker at a time renew a token, `sealing` is the cryptography,
`keys` finds or makes the key. Start at `vault.open_vault`.
"""
