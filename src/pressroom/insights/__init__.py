"""Numbers of what was published: read with few calls, never guessed, never 0 for what is not known.

`listed.listed_insights` asks for those of a whole list, 50 media to a call; `read.media_insights` asks one
media for its metrics; `derive` turns them into rates.
"""
