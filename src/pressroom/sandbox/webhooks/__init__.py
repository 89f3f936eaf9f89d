"""Webhooks: what happens is told to a callback, signed, batched, and again later when nobody listens.

`payloads` words the events, `postman` delivers them, `routes` are the calls that subscribe an account.
"""
