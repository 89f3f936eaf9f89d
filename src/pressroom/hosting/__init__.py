"""Gives local files an address that Meta can fetch.

`ways` chooses how: our own signed route (`route`, run by `server`, put behind an address by `signed`) or
Cloudinary (`cloudinary`). `signing` makes and checks the route's addresses, `download` fetches what the user
gave as a URL. Start at `ways.host_for`.
"""
