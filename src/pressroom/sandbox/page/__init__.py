"""What a person sees: the profile, each post as a phone shows it, the inbox, the calls as they come.

`app` answers; `visit` says whose pages they are; `profile`, `posts`, `inbox`, `calls` and `plans` work out
what the templates show; `art` draws pictures for media that have no file. `front` chooses between the page
and the control API, and keeps pages of other sites from both.
"""
