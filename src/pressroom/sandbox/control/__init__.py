"""The control API under `/_sandbox/`: state, faults, clock, calls, media, as JSON.

`app` routes and answers, `actions` does what is asked.
"""
