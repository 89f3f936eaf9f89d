"""Sign-in: from a pasted token or a person's consent to accounts that can be stored.

`asking` is the question to the person, its answer and the token made of it, `listener` gets the answer on
this machine, `finding` tells a token's login and finds its accounts. Nothing is stored here.
"""
