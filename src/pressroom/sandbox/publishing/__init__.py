"""Publishing: containers, and the media made of them.

`routes` are the calls, `rules` which parameters each kind of container takes.
"""
