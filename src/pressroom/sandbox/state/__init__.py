"""What exists in a sandbox: accounts, tokens, containers, media, comments. Nothing here knows HTTP.

`things` holds their shapes, `world` keeps and finds them, `ids` numbers them, `growth` makes up how media do.
`invented` makes up tokens, `snapshot` and `files` write a world down, `seeding` and `byhand` put accounts and
media into it.
"""
