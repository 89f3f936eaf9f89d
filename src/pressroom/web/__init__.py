"""The pages on which a person looks at what programs propose, and decides; forms alone, no script.

`app` has the routes, `visits` who is signed in, `items` what a page shows of something that waits, and each
other file the answers of one kind of page. Start at `server.serving`.
"""
