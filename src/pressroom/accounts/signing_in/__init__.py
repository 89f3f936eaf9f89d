"""Sign-in: from a pasted token or a person's consent to accounts that can be stored.

`asking` is the question to the person, `redirected` reads what came back, `exchange` makes a token of it,
`finding` tells a token's login, `walk` finds the accounts of Pages, `found` is the result. Nothing is stored
here.
"""
