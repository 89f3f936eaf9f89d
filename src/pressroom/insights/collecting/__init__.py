"""Reads an account's numbers at the ages of `insights.ages`, and keeps them.

`collector` goes through what is due; `media`, with stories, and `account` read each their part; `pages` reads
fifty media with a call; `pull` turns what was read into rows, without any call; `thumbnails` keeps a small
picture of each media.
"""
