"""Gathers what the doctor judges. Start at `examining`; the checks themselves are in `accounts.doctor`."""
