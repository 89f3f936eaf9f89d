"""The web page: the profile and each post as a phone shows it, the inbox, the log of calls.

`app` answers requests, and guards the page and the control API against pages of other sites. `visit`,
`profile` and `posts` compute what the templates show.
"""
