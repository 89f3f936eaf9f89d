"""What exists in a sandbox: accounts, tokens, containers, media, comments.

`things` holds their shapes, `world` keeps and finds them, `ids` numbers them. Nothing here knows HTTP.
"""
