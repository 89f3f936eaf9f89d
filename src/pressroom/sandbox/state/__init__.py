"""The data of a sandbox: accounts, tokens, containers, media, comments. Nothing here knows HTTP.

`things` defines their fields, `world` stores and finds them, `shelf` pages lists, `ids` makes ids, `growth`
makes up the numbers of media, `invented` makes tokens, `snapshot` and `files` save and restore a world,
`seeding` and `byhand` add accounts and media.
"""
