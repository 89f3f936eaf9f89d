"""Any file a phone, camera or designer makes becomes one that Instagram accepts, with the least work.

`examine` says what a file is and `looks` remembers it, `rules` holds it against `graph.limits`, `plan`
decides what to do, `desk` does it and checks the result. `judge` is the same rules as Instagram answers
them, `report` for people. Start at `desk`.
"""
