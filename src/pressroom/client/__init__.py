"""Sends graph calls: transports, auth, pacing, retries, paging.

`client.Client` sends a call through a transport (`transport_aiohttp` or `transport_asgi`); `wire` makes
requests of calls and answers of replies. `pacing` spaces an account's calls and decides what is retried,
`upload` resumes uploads. Start at `client`.
"""
