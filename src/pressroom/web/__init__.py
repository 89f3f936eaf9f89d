"""The pages on which a person looks at what programs propose, and decides; forms alone, no script.

`app` serves the routes, `site` knows who is signed in and renders, `items` is what a page shows of something
that waits; `pages` has the answers of the routes. Start at `app.serving`.
"""
