"""What becomes of a post, decided without I/O: no call, no clock, no wait.

Start at `transitions.step`. `events` lists what can happen and what is to be done next. `containers`, `sends`
and `first_comment` say what an event makes of each, `endings` how a post ends. `reconcile` judges a send
whose answer was lost, `timing` judges lateness and waits, `operations` is what a person may do.
"""
