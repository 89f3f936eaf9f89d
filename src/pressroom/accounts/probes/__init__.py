"""Asks the live API, on one's own account, what nobody knows of it: each question is a probe.

Start at `table.PROBES`: what is asked, what it costs, and which setting of the sandbox the answer sets.
`desk` makes the calls and remembers what was seen and made; `asking` goes through the table.
"""
