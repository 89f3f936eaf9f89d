"""What becomes of a post, decided without I/O: no call, no clock, no wait.

Start at `transitions.step`: it has containers, the look back and the first comment, too. `events` lists what
can happen and what is to be done next. `sends` says what becomes of a send, and judges one whose answer was
lost. `timing` judges lateness and waits, and ends posts. `operations` is what a person may do, `policy` the
numbers behind it all.
"""
