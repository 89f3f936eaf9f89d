"""Numbers of what was published: read with few calls, never guessed, never 0 for what is not known.

`read.media_insights` asks one media for its metrics; `derive` turns them into rates.
"""
