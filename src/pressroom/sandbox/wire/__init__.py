"""The wire format of requests, answers and webhooks. Nothing here looks anything up in a world.

`answer` and `params` are HTTP, `fields`, `paging`, `times` and `usage` Meta's conventions in it, `refusals`
builds errors and `payloads` events, `log` keeps the calls, `names` decides which host names are answered,
`listening` chooses the port.
"""
