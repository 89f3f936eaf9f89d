"""Publishing: containers and what becomes of them.

`routes` are the calls, `rules` what each kind of container may carry, `params` how each parameter is read,
`state` where a container stands.
"""
