"""The control API under `/_sandbox/`: state, faults, clock, calls, media, as JSON.

`app` routes and answers, `guard` keeps other sites' pages out, `actions` does what is asked.
"""
