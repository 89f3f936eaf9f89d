"""Serves ASGI apps on ports of this machine.

`sockets` opens a port, `runner` runs an app on it, and has the only listener for the internet. `limits` and
`rates` bound what clients may take. For our pages `guard` refuses requests of other sites and adds security
headers, and `static` serves their files; `parts` puts other apps beside them, which `later` opens when they
are first asked for, and `reach` knows of a proxy before all. Start at `runner.running`.
"""
