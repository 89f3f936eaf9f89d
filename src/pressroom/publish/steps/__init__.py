"""The calls that one effect of the machine asks for: prepare, create, upload, poll, send, follow up.

Start at `sending`: the call that must not be made twice. `preparation` and `creating` come before it.
"""
