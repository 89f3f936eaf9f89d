"""The data of a sandbox: accounts, tokens, containers, media, comments. Nothing here knows HTTP.

`things` defines their fields, `world` stores, finds and lists them, `ids` makes up ids and tokens, `growth`
the numbers of media, `snapshot` saves and restores a world, `seeding` adds accounts and media.
"""
