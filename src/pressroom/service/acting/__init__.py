"""Which account a session acts for, and what keeps its posts from going out.

Start at `acting`: one rule for publishing, planning, slots, insights and the worker. `obstacles` has the
pauses that somebody makes, and the other reasons for which a post stays.
"""
