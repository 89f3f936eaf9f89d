"""The page of the accounts: how each stands, its slots and pauses, and the doctor. Start at `pages`."""
