"""The Instagram Platform API as data: nothing here does I/O.

`calls` describes requests, `answers` the responses, `error_table` every documented error, `limits` the
media and caption rules, `metrics` the insights of each kind of media, `versions` and `hosts` where calls go.
Start at `calls`.
"""
