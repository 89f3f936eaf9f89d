"""The doctor: gathers facts of a session, judges them, and says what to do; and the probes of the live API.

Start at `examining`. `judge_*` are pure judgements over facts; the other files gather these.
"""
