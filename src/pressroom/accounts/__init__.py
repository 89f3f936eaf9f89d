"""Accounts and their tokens: stored sealed, returned only as `core.account.Account`.

`vault` seals and stores accounts and lets one worker at a time refresh a token, `tokens` refreshes them
before they expire and tells which logins end, `keys` finds or makes the key, `who` asks whose a token is.
`signing_in/` gets a token and finds its accounts. Start at `vault.open_vault`.
"""
