"""Reads media with their comments and polls (`media`), and accounts (`users`).

`others` has other people's media and hashtags, `search` places, audio and oEmbed, `shopping` the shop.
"""
