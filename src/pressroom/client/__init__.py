"""Sends graph calls: transports, auth, pacing, retries, paging.

`client.Client` is the one client: it builds requests (`request`), carries them through a transport
(`transport_aiohttp`, `transport_asgi`) and reads answers (`decode`). `pacing` keeps the account's gaps,
`retry` says what may be sent again. Start at `client`.
"""
