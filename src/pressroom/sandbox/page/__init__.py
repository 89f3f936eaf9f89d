"""What a person sees: the profile, each post as a phone shows it, the calls as they come.

`app` answers, `view` says what the templates show, `art` draws pictures for media that have no file.
"""
