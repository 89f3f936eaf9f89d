"""Asks the live API, as an account of the session's, what Meta leaves open. Start at `prober`."""
