"""Serves ASGI apps on ports of this machine.

`sockets` opens a port, `runner` runs an app on it, `limits` bounds what clients may take, and `public` is the
one listener for the internet. For our pages `guard` refuses requests of other sites, `headers` adds security
headers, and `static` serves their files. Start at `runner.running`.
"""
