"""The use-cases of accounts: sign in and out, how tokens stand, pauses, raw calls. Start at `accounts`."""
