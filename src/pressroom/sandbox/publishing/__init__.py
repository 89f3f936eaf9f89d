"""Publishing: containers, and the media made of them.

`routes` are the calls, `rules` which parameters each kind of container takes, `params` parses each
parameter, `status` computes a container's status and answers the call that reads it.
"""
