"""Who acts, and the consent that a program needs before anything of it goes out (docs/decisions/0014).

Start at `gate`. `changing` changes a stored post together with the consent that this takes; `approvals` has
people's decisions, `keys` and `pages` the two ways by which programs and people come over HTTP.
"""
