"""The control API under `/_sandbox/`: state, faults, clock, calls, media, as JSON.

`app` takes requests and answers them, `actions` executes the orders; those that act for other people are in
`strangers`. `controls` has what all of them act on.
"""
