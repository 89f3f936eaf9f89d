"""Records calls to a file, and replays them on a fresh sandbox.

`recorder` writes without secrets, `replay` makes the calls again and reports differences.
"""
