"""The doctor: gathers facts of a session, judges them, and says what to do; and the probes of the live API.

Start at `examining`, where everything is asked in its order. `facts` is what may be known, `findings` how it
is said. `gather_*` read the facts of a session; `judge_*` have the checks, each a pure function of facts.
"""
