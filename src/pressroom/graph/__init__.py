"""The Instagram Platform API as data: nothing here does I/O.

`calls` describes requests, `answers` the responses, `error_table` every documented error, `limits` the
media and caption rules, `metrics` the insights of media and accounts, `hosts` where calls go and in which
version. Start at `calls`.
"""
