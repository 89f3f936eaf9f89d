"""Metrics of published media: read with few calls; None, never 0, for what is not known.

`listed.listed_insights` reads those of a whole list, 50 media per call; `read.media_insights` reads those of
one media; `derive` computes rates from them.
"""
