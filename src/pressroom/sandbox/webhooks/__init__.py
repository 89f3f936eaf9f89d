"""Webhooks: events are sent to a callback, signed and batched, with retries for 36 hours.

`postman` delivers events, `routes` are the calls that subscribe an account, `app` those of the app itself,
`samples` has an example of every field.
"""
