"""What every listener of ours needs, whatever it serves.

`sockets` opens the port, `runner` runs an app on it, `limits` bounds what strangers take; `public` is the one
listener that strangers reach. For our pages `guard` keeps other sites out, `headers` says what they are sent
with, and `static` serves their files. Start at `runner.running`.
"""
