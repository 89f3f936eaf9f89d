"""Webhooks: events are sent to a callback, signed and batched, with retries for 36 hours.

`postman` delivers events, `routes` are the calls that subscribe an account and set the app's callback. What
events look like is in `wire.payloads`.
"""
