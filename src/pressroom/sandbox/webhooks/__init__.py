"""Webhooks: what happens is told to a callback, signed, batched, and again later when nobody listens.

`postman` delivers events, `routes` are the calls that subscribe an account, `app` those of the app itself.
"""
