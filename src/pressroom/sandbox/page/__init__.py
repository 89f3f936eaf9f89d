"""The web page: the profile and each post as a phone shows it, the inbox, the log of calls.

`app` answers requests; `visit` says whose page it is; `profile`, `posts`, `drafts`, `inbox`, `calls` and
`plans` compute what the templates show; `art` draws pictures for media without a file. `front` chooses
between the page and the control API, and guards both against pages of other sites.
"""
