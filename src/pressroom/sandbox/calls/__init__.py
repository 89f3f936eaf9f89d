"""One call, from its arrival to its answer: the same for every area of the API.

`app` takes requests, `call` parses one, `resolve` finds its `route`, `tokens` checks the token, `perform`
executes it, `spoil` applies a fault, `later` executes late effects, `several` splits batches and `ids=`.
`nodes` builds answers, and `scene` is the state that all calls share.
"""
