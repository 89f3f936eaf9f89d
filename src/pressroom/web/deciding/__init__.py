"""The pages on which a person lets something out or not: forms alone, no script. Start at `approvals`."""
