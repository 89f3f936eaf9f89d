"""Accounts and their tokens: stored sealed, returned only as `core.Account`.

`vault` stores accounts and lets one worker at a time refresh a token, `tokens` refreshes them before they
expire, `sealing` is the cryptography, `keys` finds or makes the key, `who` asks whose a token is, `pauses`
tells which pauses a new token ends. Start at `vault.open_vault`.
"""
