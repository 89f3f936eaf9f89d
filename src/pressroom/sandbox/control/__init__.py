"""The control API under `/_sandbox/`: state, faults, clock, calls, media, as JSON.

`app` routes and answers, `actions` executes orders; those of other people are in `strangers`, those about
recordings in `recordings`.
"""
