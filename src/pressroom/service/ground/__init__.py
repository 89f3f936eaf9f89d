"""What a session opens once and all its rooms share: store, vault, network, media desk, copies of files.

Start at `resources`. Nothing here knows accounts, posts or people.
"""
