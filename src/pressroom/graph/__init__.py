"""The Instagram Platform API as data: nothing here does I/O.

`calls` describes requests, `answers` what comes back, `error_table` every documented error, `limits` the
media and caption rules, `metrics` what may be asked of which media, `versions` and `hosts` where calls go.
Start at `calls`.
"""
