"""Who acts, and the consent that a program needs before anything of it goes out (docs/decisions/0014).

Start at `gate`, which decides by `rules` why a program's request waits. `changing` changes a stored post
together with the consent that this takes, and says what an edit does to an approval. `approvals` has people's
decisions. `keys` and `pages` are the two ways by which programs and people come over HTTP.
"""
