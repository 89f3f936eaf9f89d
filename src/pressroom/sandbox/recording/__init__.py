"""Calls written to a file as they come, and the same calls made again on a fresh sandbox.

`recorder` writes, `redaction` keeps secrets out, `replay` makes the calls again and tells what differs.
"""
