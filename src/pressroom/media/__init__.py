"""Converts any clip or picture into a file that Instagram accepts, with the least work.

`examine` probes a file and `looks` caches the result, `rules` checks it against `graph.limits`, `plan`
decides what to convert, `desk` converts and verifies. `judge` gives the same rules as Instagram's error
codes, `report` as a report for people. Start at `desk`.
"""
