"""Records calls to a file, and replays them on a fresh sandbox.

`recorder` writes, `redaction` keeps secrets out, `replay` makes the calls again and reports differences.
"""
