"""Sends graph calls: transports, auth, pacing, retries, paging.

`client.Client` builds requests (`request`), sends them through a transport (`transport_aiohttp`,
`transport_asgi`) and decodes answers (`decode`). `pacing` spaces an account's calls, `retry` decides what is
retried, `upload` resumes uploads, `resolving` keeps what strangers chose out of this network. Start at
`client`.
"""
