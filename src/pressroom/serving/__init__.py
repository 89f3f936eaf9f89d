"""Serves ASGI apps on ports of this machine.

`sockets` opens a port, `runner` runs an app on it, and has the only listener for the internet. `limits`
bounds what clients may take. For our pages `guard` refuses requests of other sites and adds security headers,
and `static` serves their files. Start at `runner.running`.
"""
